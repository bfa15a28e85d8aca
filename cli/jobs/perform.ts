/** The work of a worker thread. Imported by worker.mjs, from the bundle or from the sources. */
import { ModelError } from "../../checker/system.ts";
import { engine } from "../engine.ts";
import { UsageError } from "../errors.ts";
import { BrokenOff, type Watch } from "../ports.ts";
import type { Job, Mistake, Outcome, Refused, Told } from "./job.ts";

/** Milliseconds between two reports. */
const REPORTS = 100;

/** What the engine is given: tells the process, and learns of an interrupt. */
function watchOf({ port, interrupt }: Job): Watch {
  const controller = new AbortController();
  const tell = (told: Told): void => port.postMessage(told);
  let told = performance.now();
  return {
    signal: controller.signal,
    onViolation: (violation) => tell({ kind: "violation", violation }),
    onProgress: (progress) => {
      const code = Atomics.load(interrupt, 0);
      if (code !== 0) controller.abort(code);
      const now = performance.now();
      if (now - told < REPORTS) return undefined;
      told = now;
      tell({ kind: "progress", progress });
      return undefined;
    },
  };
}

async function outcomeOf(job: Job): Promise<Outcome> {
  const { task } = job;
  if (task.kind === "answers") return { kind: "answers", answers: await engine.answers(task.ids, watchOf(job)) };
  if (task.kind === "defects")
    return { kind: "defects", tried: await engine.tryDefects(task.ids, task.random, watchOf(job)) };
  if (task.kind === "replication") {
    const { run, asked, number } = task;
    const replication = await engine.replicate(run, asked, number, watchOf(job));
    return { kind: "replication", replication: replication ?? null };
  }
  const { run, limits, kind } = task;
  const record = await (kind === "check"
    ? engine.check(run, limits, watchOf(job))
    : engine.random(run, limits, watchOf(job)));
  return { kind: "record", record };
}

const mistake = (error: ModelError): Mistake => ({
  kind: "mistake",
  message: error.message,
  ...(error instanceof BrokenOff && { record: error.record }),
});

const refused = ({ message, expected, nearest }: UsageError): Refused => ({
  kind: "refused",
  message,
  expected,
  nearest,
});

/**
 * An `Outcome` as JSON text: records are JSON, also where their parts are watched objects that no thread can be sent. A
 * mistake of the model or of the user is an outcome; every other error is thrown, with its stack.
 */
export async function perform(job: Job): Promise<string> {
  try {
    return JSON.stringify(await outcomeOf(job));
  } catch (error) {
    if (error instanceof ModelError) return JSON.stringify(mistake(error));
    if (error instanceof UsageError) return JSON.stringify(refused(error));
    throw error;
  } finally {
    job.port.close();
  }
}
