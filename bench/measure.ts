/** One program, run in a process of its own, with its clock, its processor time and the memory it took at most. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";

export interface Measured {
  readonly stdout: string;
  /** From start to end, start-up included. */
  readonly seconds: number;
  /** Processor time of all threads, to the end: what a look from outside misses where other work keeps it waiting. */
  readonly cpuSeconds: number;
  /** Largest resident set, in bytes. */
  readonly peakBytes: number;
}

const POLL_MS = 20;
/** Runs its arguments, then tells on descriptor 3 what it and its children took, and ends as they did. */
const TIMED = '"$@" 3>&-; code=$?; times >&3; exit $code';

/** Of the only child of the process, or undefined where it has not begun or has ended. */
function peakOfChild(pid: number): number | undefined {
  try {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ");
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child!}/status`, "utf8"))?.[1];
    return peak === undefined ? undefined : Number(peak) * 1024;
  } catch {
    return undefined;
  }
}

/** The second line of what `times` prints: user and system time of the children. "0m1.25s 0m0.10s" is 1.35 s. */
export function childrenTime(times: string): number {
  const found = /\n(\d+)m([\d.,]+)s (\d+)m([\d.,]+)s/.exec(times);
  if (!found) throw new Error(`The shell's "times" printed ${JSON.stringify(times)}.`);
  const [userMinutes, user, systemMinutes, system] = found.slice(1).map((part) => Number(part.replace(",", ".")));
  return 60 * (userMinutes! + systemMinutes!) + user! + system!;
}

/** Runs the program to its end. Throws Error with what it wrote to stderr when it fails. Linux only: reads /proc. */
export async function measure(command: string, args: readonly string[], directory: string): Promise<Measured> {
  const start = performance.now();
  const child = spawn("sh", ["-c", TIMED, "sh", command, ...args], {
    cwd: directory,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const texts = ["", "", "", ""];
  for (const descriptor of [1, 2, 3])
    (child.stdio[descriptor] as Readable)
      .setEncoding("utf8")
      .on("data", (chunk: string) => (texts[descriptor] += chunk));
  let peakBytes = 0;
  const poll = setInterval(() => {
    if (child.pid !== undefined) peakBytes = peakOfChild(child.pid) ?? peakBytes;
  }, POLL_MS);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    const [, stdout = "", stderr = "", times = ""] = texts;
    if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}: ${stderr.slice(-2_000)}`);
    return { stdout, seconds: (performance.now() - start) / 1_000, cpuSeconds: childrenTime(times), peakBytes };
  } finally {
    clearInterval(poll);
  }
}
