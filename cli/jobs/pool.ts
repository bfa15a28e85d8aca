/** Independent pieces of work on several threads. Which one is done where and when changes no byte of what it gives. */
import { fileURLToPath } from "node:url";
import { MessageChannel } from "node:worker_threads";
import { Piscina } from "piscina";
import { ThreadLost, type Engine } from "../ports.ts";
import type { Job, Outcome, Told } from "./job.ts";
import { through, type Perform } from "./through.ts";

/**
 * Milliseconds that an interrupted replication has to end by itself. After them its thread is ended: it still builds the
 * system, and nothing of it is kept in either case.
 */
const GRACE = 300;

/** Megabytes of a thread for what is new: most of what a simulation or a search allocates is garbage before they are full. */
const YOUNG = 192;

const WORKER = fileURLToPath(new URL("worker.mjs", import.meta.url));

/** Whether the thread is gone, and not only its work. */
const isLost = (error: unknown): error is Error =>
  error instanceof Error &&
  ((error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY" || error.message.startsWith("worker exited"));

/** So many threads, begun when there is work; `close` ends them. */
export function threads(jobs: number, from: string): { readonly perform: Perform; close: () => Promise<void> } {
  const pool = new Piscina<Job, string>({
    filename: WORKER,
    name: "perform",
    minThreads: 0,
    maxThreads: jobs,
    idleTimeout: Infinity,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG },
  });

  const perform: Perform = async (task, { onProgress, onViolation, signal }) => {
    const { port1, port2 } = new MessageChannel();
    const interrupt = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const end = new AbortController();
    const stop = (): void => {
      Atomics.store(interrupt, 0, Number(signal.reason) || 1);
      if (task.kind === "replication") setTimeout(() => end.abort(), GRACE).unref();
    };
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
    port1.on("message", (told: Told) => {
      if (told.kind === "progress") void onProgress(told.progress);
      else onViolation?.(told.violation);
    });
    try {
      const job: Job = { from, task, port: port2, interrupt };
      return JSON.parse(await pool.run(job, { transferList: [port2], signal: end.signal })) as Outcome;
    } catch (error) {
      if (end.signal.aborted) return { kind: "replication", replication: null };
      throw isLost(error) ? new ThreadLost(error.message) : error;
    } finally {
      signal.removeEventListener("abort", stop);
      port1.close();
    }
  };

  return { perform, close: () => pool.destroy() };
}

/** The engine, with searches and answers on `jobs` threads; `close` ends them. */
export function pooled(
  engine: Engine,
  jobs: number,
  from: string,
): { readonly engine: Engine; close: () => Promise<void> } {
  const { perform, close } = threads(jobs, from);
  return { engine: through(engine, perform), close };
}
