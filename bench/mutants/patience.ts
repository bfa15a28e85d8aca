/**
 * Ends a process and those that it started when they do not end by themselves. What they use of the processor is counted, and
 * not the time that passes: other work on the machine changes no answer.
 */
import { readdirSync, readFileSync } from "node:fs";

/** How long processes are waited for. */
export interface Patience {
  /** Seconds of the processor that all processes of the group may use together. */
  readonly cpu: number;
  /** Seconds in which no process of the group runs or uses the processor: they wait for what does not come. */
  readonly idle: number;
}

/** More than three times what the longest file of tests takes, so that a change that only makes it slow is not taken for more. */
export const PATIENCE: Patience = { cpu: 400, idle: 60 };

/** What a group of processes used: CPU seconds, and whether one of them runs or is ready to run. */
interface Use {
  readonly cpu: number;
  readonly runs: boolean;
}

/** Linux counts in this unit for all programs. */
const TICKS_PER_SECOND = 100;
const EVERY_MS = 1_000;
/** CPU seconds that idle processes use in that time, for timers of their own. */
const NEXT_TO_NOTHING = 0.05;

/** Fields of /proc/PID/stat, from the one after the name of the program on. */
const FIELD = { state: 0, group: 2, times: [11, 12, 13, 14] } as const;

function fieldsOf(pid: string): readonly string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    // It has ended since the folder was read.
    return [];
  }
}

function useOf(group: number): Use {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(fieldsOf)
    .filter((fields) => fields[FIELD.group] === String(group));
  const ticks = all.flatMap((fields) => FIELD.times.map((at) => Number(fields[at])));
  return {
    cpu: ticks.reduce((sum, one) => sum + one, 0) / TICKS_PER_SECOND,
    runs: all.some((fields) => ["R", "D"].includes(fields[FIELD.state]!)),
  };
}

/** Calls `end` with what was lost patience with. The result stops the watch. */
export function watched(group: number, { cpu, idle }: Patience, end: (why: string) => void): () => void {
  let used = 0;
  let still = 0;
  const timer = setInterval(() => {
    const now = useOf(group);
    still = now.runs || now.cpu - used > NEXT_TO_NOTHING ? 0 : still + 1;
    used = now.cpu;
    if (used > cpu) end(`does not end within ${cpu} CPU s`);
    else if (still * EVERY_MS >= 1_000 * idle) end(`waits without end: idle for ${idle} s`);
  }, EVERY_MS);
  return () => clearInterval(timer);
}
