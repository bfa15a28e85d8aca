/** SPIN's verifiers: a model in Promela becomes a program that counts every state. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

export interface Counted {
  readonly states: number;
  /** Without the initial state, which some tools count as a transition. */
  readonly transitions: number;
  /** Bytes of the tables that the tool says it used. */
  readonly bytes?: number;
}

export const run = (directory: string, command: string, ...args: readonly string[]): string =>
  execFileSync(command, args, { cwd: directory, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

/** A number in the output, or an error that shows the output. */
export function numberIn(stdout: string, pattern: RegExp): number {
  const found = pattern.exec(stdout)?.[1];
  if (found === undefined) throw new Error(`${pattern.source} is not in:\n${stdout.slice(-2_000)}`);
  return Number(found);
}

/** Compiles the model with these -D into the directory; gives the program. `flags` are of the C compiler. */
export function verifierOf(
  model: string,
  defines: readonly string[],
  flags: readonly string[],
  directory: string,
): string {
  run(directory, "spin", ...defines, "-a", model);
  run(directory, "gcc", "-DSAFETY", ...flags, "-o", "pan", "pan.c");
  return join(directory, "pan");
}

const MEGABYTE = 1024 * 1024;

export function countedBySpin(stdout: string): Counted {
  if (!stdout.includes("errors: 0")) throw new Error(`SPIN found an error:\n${stdout}`);
  return {
    states: numberIn(stdout, /(\d+) states, stored/),
    transitions: numberIn(stdout, /(\d+) transitions \(/) - 1,
    bytes:
      MEGABYTE *
      (numberIn(stdout, /([\d.]+)\s+actual memory usage for states/) +
        numberIn(stdout, /([\d.]+)\s+memory used for hash table/)),
  };
}

/** Which of the programs are not installed. */
export const missing = (programs: readonly string[]): readonly string[] =>
  programs.filter((program) => {
    try {
      execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
      return false;
    } catch {
      return true;
    }
  });
