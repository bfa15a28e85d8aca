/** The engine, with its searches done by the workers of a queue. What is waited for stays there when nobody waits any more. */
import { masked } from "../../errors.ts";
import type { Engine, Watch } from "../../ports.ts";
import { JobLost, StillQueued } from "../../ports.ts";
import type { Outcome, Task, Told } from "../job.ts";
import { through, type Perform } from "../through.ts";
import { Board } from "./board.ts";
import { idOf, identityWords, type Identity, type JobData } from "./identity.ts";
import { workersAt } from "./presence.ts";
import type { Queueing } from "./queueing.ts";
import { isReusable } from "./results.ts";
import { PATIENCE } from "./server.ts";

/** Milliseconds between two looks at what waits; what an event has told is not waited for. */
const LOOK = 1000;
/** Looks between two at the jobs themselves, and before anybody is told that no worker is there. */
const LOOKS = 5;

interface Waiting {
  readonly data: JobData;
  readonly watch: Watch;
  readonly outcome: Promise<Outcome>;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: Error) => void;
}

/** What a worker has written into a job that failed. */
interface Failed {
  readonly lost: boolean;
  readonly message: string;
}

function errorOf(reason: string): Error {
  try {
    const { lost, message } = JSON.parse(reason) as Failed;
    return lost ? new JobLost(message) : new Error(message);
  } catch {
    // The queue's own words, or those of the server.
    return new JobLost(/stalled/.test(reason) ? `each worker that took it was lost (${reason})` : masked(reason));
  }
}

/** Promise.withResolvers, which Node 20 does not have. */
function withResolvers<Value>() {
  let resolve!: (value: Value) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<Value>((...both) => ([resolve, reject] = both));
  return { promise, resolve, reject };
}

class Submission {
  readonly #board: Board;
  readonly #identity: Identity;
  readonly #maxMemory: number | undefined;
  readonly #patience: number;
  readonly #tell: (text: string) => void;
  readonly #waiting = new Map<string, Waiting>();
  readonly #signals = new Set<AbortSignal>();
  readonly #timer: NodeJS.Timeout;
  #looks = 0;
  #looking = false;
  /** Whether a worker was heard of, or its absence told. */
  #heard = false;

  constructor(board: Board, { maxMemory, tell, patience = PATIENCE }: Queueing, identity: Identity) {
    this.#board = board;
    this.#identity = identity;
    this.#maxMemory = maxMemory;
    this.#patience = patience;
    this.#tell = tell;
    this.#timer = setInterval(() => void this.#look(), LOOK);
    board.events.on("active", ({ jobId }) => this.#begin(jobId));
    board.events.on("completed", ({ jobId }) => void this.#settle(jobId).catch(board.ignore));
    board.events.on("failed", ({ jobId, failedReason }) => this.#fail(jobId, failedReason));
    board.events.on("progress", ({ jobId, data }) => this.#told(jobId, data as Told));
  }

  readonly perform: Perform = (task, watch) => {
    const data = { ...this.#identity, task: this.#asked(task) };
    const id = idOf(data);
    const there = this.#waiting.get(id);
    if (there !== undefined) return there.outcome;
    if (watch.signal.aborted) return Promise.reject(new StillQueued());
    const { promise: outcome, resolve, reject } = withResolvers<Outcome>();
    this.#waiting.set(id, { data, watch, outcome, resolve, reject });
    this.#leaveOn(watch.signal);
    this.#submit(id, data).catch((error: Error) => this.#reject(id, new JobLost(masked(error.message))));
    return outcome;
  };

  close(): void {
    clearInterval(this.#timer);
    for (const signal of this.#signals) signal.removeEventListener("abort", this.#leave);
  }

  /** The memory of this machine is not that of the workers: only a limit that the user gave is one of the job. */
  #asked(task: Task): Task {
    if (task.kind !== "check") return task;
    const { maxMemory: _, maxProcess: _of, ...limits } = task.limits;
    const maxMemory = this.#maxMemory;
    return { ...task, limits: { ...limits, ...(maxMemory !== undefined && { maxMemory }) } };
  }

  /** An interrupt leaves the jobs where they are. */
  #leaveOn(signal: AbortSignal): void {
    if (this.#signals.has(signal)) return;
    this.#signals.add(signal);
    signal.addEventListener("abort", this.#leave);
  }

  readonly #leave = (): void => this.#rejectAll(() => new StillQueued());

  /** What is there is not done again. */
  async #submit(id: string, data: JobData): Promise<void> {
    const kept = await this.#board.results.get(id);
    if (kept !== undefined && isReusable(kept, data.task)) return this.#resolve(id, kept);
    if (kept !== undefined) await this.#board.results.remove(id);
    if (this.#waiting.has(id)) await this.#board.add(id, data);
  }

  #resolve(id: string, outcome: Outcome): void {
    this.#waiting.get(id)?.resolve(outcome);
    this.#waiting.delete(id);
  }

  #reject(id: string, error: Error): void {
    this.#waiting.get(id)?.reject(error);
    this.#waiting.delete(id);
  }

  #rejectAll(error: () => Error): void {
    for (const id of this.#waiting.keys()) this.#reject(id, error());
  }

  /** Gives the result to who waits for it; false: there is none. */
  async #settle(id: string): Promise<boolean> {
    if (!this.#waiting.has(id)) return true;
    this.#heard = true;
    const outcome = await this.#board.results.get(id);
    if (outcome === undefined) return false;
    this.#resolve(id, outcome);
    return true;
  }

  #fail(id: string, reason: string): void {
    this.#heard ||= this.#waiting.has(id);
    this.#reject(id, errorOf(reason));
  }

  #begin(id: string): void {
    this.#heard ||= this.#waiting.has(id);
    this.#waiting.get(id)?.watch.onBegin?.();
  }

  #told(id: string, told: Told): void {
    const watch = this.#waiting.get(id)?.watch;
    if (watch === undefined) return;
    this.#heard = true;
    if (told.kind === "progress") void watch.onProgress(told.progress);
    else watch.onViolation?.(told.violation);
  }

  /** Events may be lost, with a connection or with the server: what is there is looked at, too. */
  async #look(): Promise<void> {
    const { shown, absence } = this.#board;
    if (absence.milliseconds > this.#patience)
      this.#rejectAll(() => new JobLost(`the queue ${shown} has been gone for ${this.#patience / 1000} s`));
    if (this.#looking || absence.milliseconds > 0) return;
    this.#looking = true;
    try {
      this.#looks++;
      for (const id of await this.#board.results.there([...this.#waiting.keys()])) await this.#settle(id);
      if (this.#looks % LOOKS !== 0) return;
      for (const [id, { data }] of this.#waiting) await this.#lookAt(id, data);
      if (!this.#heard && this.#waiting.size > 0) await this.#tellOfWorkers();
    } catch (error) {
      this.#board.ignore(error);
    } finally {
      this.#looking = false;
    }
  }

  /** A job that nobody has any more, because the server was begun anew, is submitted again. */
  async #lookAt(id: string, data: JobData): Promise<void> {
    const state = await this.#board.stateOf(id);
    if (state === undefined && !(await this.#settle(id))) await this.#board.add(id, data);
    else if (state?.failed !== undefined) this.#fail(id, state.failed);
  }

  async #tellOfWorkers(): Promise<void> {
    const workers = await workersAt(this.#board.client);
    const isOurs = ({ version, model }: Identity): boolean =>
      version === this.#identity.version && model === this.#identity.model;
    this.#heard = true;
    if (workers.some(isOurs)) return;
    const others = [...new Set(workers.map(identityWords))].sort();
    const refusing =
      others.length === 0 ? "" : `; those of ${others.slice(0, 3).join(", and of ")} refuse it, as nothing may differ`;
    this.#tell(
      `no worker of ${identityWords(this.#identity)} is at ${this.#board.shown}${refusing}.\n  Start one: faultline worker --queue ${this.#board.shown}`,
    );
  }
}

/** `close` ends the connections, and leaves the jobs. @throws UsageError when there is no queue that can be used */
export async function queued(
  engine: Engine,
  queueing: Queueing,
): Promise<{ readonly engine: Engine; close: () => Promise<void> }> {
  const identity = queueing.identity();
  const board = await Board.at(queueing.address, identity, queueing.tell);
  const submission = new Submission(board, queueing, identity);
  return {
    engine: through(engine, submission.perform),
    close: async () => {
      submission.close();
      await board.close();
    },
  };
}
