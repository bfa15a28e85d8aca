/** A worker: takes jobs from a queue, does them, and leaves their results. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { Queue, Worker, type Job, type QueueBaseOptions } from "bullmq";
import type { Redis } from "ioredis";
import { masked, OutputError } from "../../errors.ts";
import { ThreadLost, type Watch } from "../../ports.ts";
import type { Outcome, Told } from "../job.ts";
import type { Perform } from "../through.ts";
import type { Address } from "./address.ts";
import { idOf, identityWords, PREFIX, queueName, taskWords, type Identity, type JobData } from "./identity.ts";
import { within, type Memory } from "./memory.ts";
import { leave, othersThan, register, sign } from "./presence.ts";
import { isReusable, Results } from "./results.ts";
import { Absence, PATIENCE, reach } from "./server.ts";

/** Milliseconds between two reports of progress, two signs of life, and two looks whether it is time to end. */
const REPORTS = 1000;
const SIGNS = 10_000;
const LOOK = 250;
/** How often a job is begun again after the worker that had it was lost: one that brings each down is no job to keep. */
const STALLED = 3;

export interface Taking {
  readonly address: Address;
  readonly identity: Identity;
  readonly memory: Memory;
  /** Milliseconds after which a job of a worker without a sign of life is taken again. */
  readonly lostAfter: number;
  /** Whether to end when no job waits or is being done. */
  readonly drain: boolean;
  /** Milliseconds for which a server that is gone is waited for, when the queue is to be emptied; else, as long as it takes. */
  readonly patience?: number;
  /** Asks for the end: what was begun is finished. */
  readonly signal: AbortSignal;
  /** One line for each job, and what the user should know. */
  readonly tell: (text: string) => void;
}

/** What was done, and the jobs of other models, which were left. */
export interface Taken {
  readonly done: number;
  readonly foreign: readonly { readonly of: Identity; readonly jobs: number }[];
}

/** Progress and violations, as they go to the submission. They are no results: one that is lost is lost. */
function watchOf(job: Job<JobData>): Watch {
  const send = (told: Told): void => void job.updateProgress(told).catch(() => undefined);
  let sent = -Infinity;
  return {
    // A job that was begun is finished.
    signal: new AbortController().signal,
    onViolation: (violation) => send({ kind: "violation", violation }),
    onProgress: (progress) => {
      const now = performance.now();
      if (now - sent < REPORTS) return undefined;
      sent = now;
      send({ kind: "progress", progress });
      return undefined;
    },
  };
}

/** As JSON text, for the submission: it becomes the reason of a job that failed. */
const failure = (lost: boolean, message: string): Error => new Error(JSON.stringify({ lost, message }));

/** @throws when the job is not one of this model, or is not what its id says. */
function expectOwn({ id, data }: Job<JobData>, identity: Identity): void {
  const isOurs = data.version === identity.version && data.model === identity.model;
  if (isOurs && id === idOf({ version: data.version, model: data.model, task: data.task })) return;
  throw failure(true, `a worker of ${identityWords(identity)} refuses it: it is not a job of these sources`);
}

const timed = (outcome: Outcome, seconds: number): Outcome =>
  outcome.kind === "record" && outcome.record.search.kind !== "random"
    ? { kind: "record", record: { ...outcome.record, seconds: Math.round(seconds * 1000) / 1000 } }
    : outcome;

/** Does one job; where its result is there already, nothing. */
const doing =
  (results: Results, perform: Perform, { identity, memory, tell }: Taking) =>
  async (job: Job<JobData>): Promise<string> => {
    expectOwn(job, identity);
    const [id, { task }] = [job.id!, job.data];
    const kept = await results.get(id);
    if (kept !== undefined && isReusable(kept, task)) return "";
    tell(`${id}: ${taskWords(task)}`);
    const started = performance.now();
    const outcome = await perform(within(task, memory), watchOf(job)).catch((error: Error) => {
      throw error instanceof ThreadLost ? failure(true, error.message) : failure(false, error.stack ?? error.message);
    });
    const seconds = (performance.now() - started) / 1000;
    await results.put(id, timed(outcome, seconds));
    tell(`${id}: done in ${seconds.toFixed(2)} s`);
    return "";
  };

async function foreignJobs(client: Redis, identity: Identity): Promise<Taken["foreign"]> {
  const found: { readonly of: Identity; readonly jobs: number }[] = [];
  for (const of of await othersThan(client, identity)) {
    const queue = new Queue(queueName(of), { prefix: PREFIX, connection: client, skipMetasUpdate: true });
    queue.on("error", () => undefined);
    const jobs = await queue.getJobCountByTypes("waiting", "prioritized", "delayed");
    if (jobs > 0) found.push({ of, jobs });
  }
  return found;
}

/** Waits until the worker should end; whether it should because the server is gone. */
async function isLost(
  { drain, signal, patience = PATIENCE }: Taking,
  absence: Absence,
  isEmpty: () => Promise<boolean>,
  show: () => Promise<void>,
): Promise<boolean> {
  let isOver = false;
  let shown = performance.now();
  const empty = async (): Promise<boolean> => {
    while (!isOver) {
      await setTimeout(LOOK);
      if (performance.now() - shown > SIGNS) {
        shown = performance.now();
        await show();
      }
      if (drain && (await isEmpty())) break;
    }
    return false;
  };
  const gone = async (): Promise<boolean> => {
    while (!isOver && absence.milliseconds <= patience) await setTimeout(LOOK);
    return true;
  };
  const asked = signal.aborted ? Promise.resolve() : once(signal, "abort");
  const emptied = empty();
  // What was asked of a server that is gone is answered only when it is back, and refused when nobody waits any more.
  emptied.catch(() => undefined);
  try {
    return await Promise.race([emptied, asked.then(() => false), ...(drain ? [gone()] : [])]);
  } finally {
    isOver = true;
  }
}

/** The worker of BullMQ, which has the locks and the waits; what happens is told. */
function working(
  work: (job: Job<JobData>) => Promise<string>,
  how: QueueBaseOptions & { readonly prefix: string },
  { identity, memory, lostAfter, tell }: Taking,
  isThere: () => boolean,
): Worker<JobData, string> {
  const worker = new Worker<JobData, string>(queueName(identity), work, {
    ...how,
    concurrency: memory.jobs,
    lockDuration: lostAfter,
    stalledInterval: lostAfter / 2,
    maxStalledCount: STALLED,
  });
  worker.on("error", ({ message }) => {
    if (isThere()) tell(masked(message));
  });
  worker.on("failed", (job, { message }) => tell(`${job?.id ?? "a job"}: failed: ${message}`));
  worker.on("stalled", (id) => tell(`${id}: the worker that had it is gone; it is done again`));
  return worker;
}

/**
 * @throws UsageError when there is no queue that can be used
 * @throws OutputError when it was to be emptied, and is gone
 */
export async function take(perform: Perform, taking: Taking): Promise<Taken> {
  const { address, identity, memory, signal, tell } = taking;
  const { client, connecting } = await reach(address);
  const self = { ...identity, id: randomUUID() };
  const show = (): Promise<void> => sign(client, self);
  await register(client, identity);
  await show();
  tell(`${identityWords(identity)}; ${memory.jobs} at once; jobs from ${address.shown}`);
  const foreign = await foreignJobs(client, identity);
  for (const { of, jobs } of foreign)
    tell(
      `${jobs} ${jobs === 1 ? "job waits" : "jobs wait"} for a worker of ${identityWords(of)}; this one leaves them`,
    );

  const absence = new Absence(client, () => {
    if (connecting.again) tell(`the connection to ${address.shown} is lost; trying again`);
  });
  const isThere = (): boolean => absence.milliseconds === 0;
  const how = { prefix: PREFIX, connection: connecting.options, skipVersionCheck: true };
  const queue = new Queue<JobData>(queueName(identity), how);
  queue.on("error", () => undefined);
  const isEmpty = async (): Promise<boolean> =>
    (await queue.getJobCountByTypes("waiting", "active", "prioritized", "delayed")) === 0;
  const worker = working(doing(new Results(client, tell), perform, taking), how, taking, isThere);
  let done = 0;
  worker.on("completed", () => void done++);
  let lost = false;
  try {
    lost = await isLost(taking, absence, isEmpty, show);
  } finally {
    if (!isThere()) connecting.again = false;
    else if (signal.aborted) tell("taking no more jobs; those that were begun are finished (once more: they are left)");
    await worker.close(lost);
    if (isThere()) await leave(client, self);
    connecting.again = false;
    await queue.close();
    client.disconnect();
  }
  if (lost) throw new OutputError(`the queue ${address.shown} is gone, and with it the jobs that were left`);
  return { done, foreign };
}
