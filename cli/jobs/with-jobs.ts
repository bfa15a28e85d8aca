/** How many pieces of work are done at once, where, and with which engine. */
import { wholeNumber } from "../options.ts";
import type { Engine } from "../ports.ts";
import type { Terminal } from "../terminal.ts";
import type { Queueing } from "./queue/queueing.ts";

/** More threads than that share one machine badly. */
const MOST_JOBS = 256;

/** What `--jobs` says; without it, as many as the process may use at once. */
export const jobsOf = (text: string | undefined, { cores }: Terminal): number =>
  text === undefined ? cores : wholeNumber("--jobs", text, 1, MOST_JOBS);

/**
 * Does the work with an engine that can do `jobs` things at once; there are `pieces` of them. One alone is done in this
 * process. `from`: where a worker thread finds `perform`; undefined: there are none. With a queue, all are submitted at once.
 */
export async function withJobs<Result>(
  engine: Engine,
  jobs: number,
  pieces: number,
  from: string | undefined,
  work: (engine: Engine, atOnce: number) => Promise<Result>,
  queueing?: Queueing,
): Promise<Result> {
  if (queueing !== undefined) {
    const { queued } = await import("./queue/submit.ts");
    const queue = await queued(engine, queueing);
    try {
      return await work(queue.engine, Math.max(1, pieces));
    } finally {
      await queue.close();
    }
  }
  const atOnce = Math.min(jobs, pieces);
  if (atOnce <= 1 || from === undefined) return work(engine, 1);
  const { pooled } = await import("./pool.ts");
  const pool = pooled(engine, atOnce, from);
  try {
    return await work(pool.engine, atOnce);
  } finally {
    await pool.close();
  }
}
