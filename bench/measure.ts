/** One program, run in a process of its own, with its clock, its processor time and the memory it took at most. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

export interface Measured {
  readonly stdout: string;
  /** From start to end, start-up included. */
  readonly seconds: number;
  /** Processor time of all threads. */
  readonly cpuSeconds: number;
  /** Largest resident set, in bytes. */
  readonly peakBytes: number;
}

const POLL_MS = 20;
/** Clock ticks a second in /proc: 100 on every Linux of today. */
const TICKS = 100;

function look(pid: number): { readonly cpuSeconds: number; readonly peakBytes: number } | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    if (peak === undefined) return undefined;
    return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS, peakBytes: Number(peak) * 1024 };
  } catch {
    // The process has ended between two looks.
    return undefined;
  }
}

/** Runs the program to its end. Throws Error with what it wrote to stderr when it fails. Linux only: reads /proc. */
export async function measure(command: string, args: readonly string[], directory: string): Promise<Measured> {
  const start = performance.now();
  const child = spawn(command, args, { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  let seen = { cpuSeconds: 0, peakBytes: 0 };
  const poll = setInterval(() => {
    if (child.pid !== undefined) seen = look(child.pid) ?? seen;
  }, POLL_MS);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}: ${stderr.slice(-2_000)}`);
    return { stdout, seconds: (performance.now() - start) / 1_000, ...seen };
  } finally {
    clearInterval(poll);
  }
}
