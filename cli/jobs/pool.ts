/** Independent pieces of work on several threads. Which one is done where and when changes no byte of what it gives. */
import { fileURLToPath } from "node:url";
import { MessageChannel } from "node:worker_threads";
import { Piscina } from "piscina";
import type { RunRecord } from "../../checker/run-record.ts";
import { ModelError } from "../../checker/system.ts";
import { BrokenOff, ThreadLost, type Engine, type Watch } from "../ports.ts";
import type { Job, Mistake, Outcome, Task, Told } from "./job.ts";

const WORKER = fileURLToPath(new URL("worker.mjs", import.meta.url));

/** Whether the thread is gone, and not only its work. */
const isLost = (error: unknown): error is Error =>
  error instanceof Error &&
  ((error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY" || error.message.startsWith("worker exited"));

const thrown = ({ message, record }: Mistake): ModelError =>
  record ? new BrokenOff(message, record) : new ModelError(message);

/** The engine, with searches and answers on `jobs` threads; `close` ends them. */
export function pooled(
  engine: Engine,
  jobs: number,
  from: string,
): { readonly engine: Engine; close: () => Promise<void> } {
  const pool = new Piscina<Job, string>({
    filename: WORKER,
    name: "perform",
    minThreads: 0,
    maxThreads: jobs,
    idleTimeout: Infinity,
  });

  async function done(task: Task, { onProgress, onViolation, signal }: Watch): Promise<Outcome> {
    const { port1, port2 } = new MessageChannel();
    const interrupt = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const stop = (): void => void Atomics.store(interrupt, 0, Number(signal.reason) || 1);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
    port1.on("message", (told: Told) => {
      if (told.kind === "progress") void onProgress(told.progress);
      else onViolation?.(told.violation);
    });
    try {
      return JSON.parse(await pool.run({ from, task, port: port2, interrupt }, { transferList: [port2] })) as Outcome;
    } catch (error) {
      throw isLost(error) ? new ThreadLost(error.message) : error;
    } finally {
      signal.removeEventListener("abort", stop);
      port1.close();
    }
  }

  async function recordOf(task: Task, watch: Watch): Promise<RunRecord> {
    const outcome = await done(task, watch);
    if (outcome.kind === "mistake") throw thrown(outcome);
    if (outcome.kind !== "record") throw new Error(`A ${task.kind} gave ${outcome.kind}.`);
    return outcome.record;
  }

  return {
    engine: {
      ...engine,
      check: (run, limits, watch) => recordOf({ kind: "check", run, limits }, watch),
      random: (run, limits, watch) => recordOf({ kind: "random", run, limits }, watch),
      answers: async (ids, watch) => {
        const outcome = await done({ kind: "answers", ids }, watch);
        if (outcome.kind === "mistake") throw thrown(outcome);
        if (outcome.kind !== "answers") throw new Error(`Answers gave ${outcome.kind}.`);
        return outcome.answers;
      },
    },
    close: () => pool.destroy(),
  };
}
