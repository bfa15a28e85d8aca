/** The programs that are measured: how each is built for a size of the protocol, and how it tells what it counted. */
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PROTOCOL_SIZES, ProtocolSize } from "../checker/textbook/page-fault-protocol.ts";

export interface Counted {
  readonly states: number;
  /** Without the initial state, which some of them count as a transition. */
  readonly transitions: number;
  /** Bytes of the tables that the tool says it used. */
  readonly bytes?: number;
}

export interface Tool {
  readonly name: string;
  /** Programs that must be installed. */
  readonly needs: readonly string[];
  /** Prepares a directory for the size, outside of what is measured; gives the command. */
  readonly build: (
    name: keyof typeof PROTOCOL_SIZES,
    size: ProtocolSize,
    directory: string,
  ) => readonly [string, ...string[]];
  readonly read: (stdout: string) => Counted;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const run = (directory: string, command: string, ...args: readonly string[]): string =>
  execFileSync(command, args, { cwd: directory, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

const defines = ({ pages, slots, depth, limit, retries }: ProtocolSize): readonly string[] => [
  `-DN=${pages}`,
  `-DK=${slots}`,
  `-DD=${depth}`,
  `-DL=${limit}`,
  `-DR=${retries}`,
];

/** A number in the output, or an error that shows the output. */
function numberIn(stdout: string, pattern: RegExp): number {
  const found = pattern.exec(stdout)?.[1];
  if (found === undefined) throw new Error(`${pattern.source} is not in:\n${stdout.slice(-2_000)}`);
  return Number(found);
}

const MEGABYTE = 1024 * 1024;

export const ours: Tool = {
  name: "faultline",
  needs: [],
  build: (name) => [process.execPath, "--import", here("../cli/typescript.mjs"), here("ours.ts"), name],
  read: (stdout) => JSON.parse(stdout) as Counted,
};

function spin(name: string, ...flags: readonly string[]): Tool {
  return {
    name,
    needs: ["spin", "gcc"],
    build: (size, sizes, directory) => {
      run(directory, "spin", ...defines(sizes), "-DONE", "-a", here("peers/spin/iopf.pml"));
      run(directory, "gcc", "-O2", "-DSAFETY", ...flags, "-o", "pan", "pan.c");
      return [join(directory, "pan"), size === "L" ? "-w24" : "-w22", "-m10000000"];
    },
    read: (stdout) => {
      if (!stdout.includes("errors: 0")) throw new Error(`SPIN found an error:\n${stdout}`);
      return {
        states: numberIn(stdout, /(\d+) states, stored/),
        transitions: numberIn(stdout, /(\d+) transitions \(/) - 1,
        bytes:
          MEGABYTE *
          (numberIn(stdout, /([\d.]+)\s+actual memory usage for states/) +
            numberIn(stdout, /([\d.]+)\s+memory used for hash table/)),
      };
    },
  };
}

const rumur: Tool = {
  name: "Rumur",
  needs: ["rumur", "gcc"],
  build: (_, { pages, slots, depth, limit, retries }, directory) => {
    const values: Readonly<Record<string, unknown>> = {
      N: pages,
      K: slots,
      D: depth,
      L: limit,
      R: retries,
      BUG: false,
    };
    const model = readFileSync(here("peers/rumur/iopf.m.in"), "utf8");
    writeFileSync(
      join(directory, "iopf.m"),
      model.replaceAll(/@(\w+)@/g, (_all, name: string) => String(values[name])),
    );
    run(directory, "rumur", "--threads", "1", "-o", "iopf.c", "iopf.m");
    run(directory, "gcc", "-std=c11", "-O3", "-march=native", "-mcx16", "iopf.c", "-o", "iopf", "-lpthread");
    return [join(directory, "iopf")];
  },
  read: (stdout) => ({
    states: numberIn(stdout, /(\d+) states, \d+ rules fired/),
    transitions: numberIn(stdout, /\d+ states, (\d+) rules fired/),
  }),
};

const c: Tool = {
  name: "C, for this alone",
  needs: ["gcc"],
  build: (_, size, directory) => {
    copyFileSync(here("peers/c/iopf.c"), join(directory, "iopf.c"));
    run(directory, "gcc", "-O2", ...defines(size), "-o", "iopf", "iopf.c");
    return [join(directory, "iopf")];
  },
  read: (stdout) => {
    const { states, transitions, bytes } = JSON.parse(stdout) as Required<Counted>;
    return { states, transitions: transitions - 1, bytes };
  },
};

export const TOOLS: readonly Tool[] = [ours, spin("SPIN, breadth first", "-DBFS"), spin("SPIN, depth first"), rumur, c];

/** Which of the programs a tool needs are not installed. */
export const missing = (tool: Tool): readonly string[] =>
  tool.needs.filter((program) => {
    try {
      execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
      return false;
    } catch {
      return true;
    }
  });
