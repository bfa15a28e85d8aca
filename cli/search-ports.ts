/** What is asked of a search, what it says on its way, and how it may end. */
import type { Solving } from "../checker/measure/slices.ts";
import type { ModelRecord, RunRecord } from "../checker/run-record.ts";
import { ModelError } from "../checker/system.ts";

/** One run to be made. */
export type RunRequest = Omit<ModelRecord, "parameters" | "fingerprint">;

/** How far a search is. `bytes` are those of its tables. */
export type Progress =
  | {
      readonly kind: "states";
      readonly states: number;
      readonly depth: number;
      readonly queue: number;
      readonly bytes?: number;
      /** Properties found violated: those that nobody expected, and those that are known. */
      readonly violations?: number;
      readonly known?: number;
    }
  | {
      readonly kind: "runs";
      readonly runs: number;
      readonly of: number;
      readonly steps: number;
      readonly violations?: number;
    }
  /** Of a simulation: how many events, and how much of the whole is done, from 0 to 1. */
  | { readonly kind: "events"; readonly events: number; readonly share: number }
  /** Of equations: how much of this part of them is solved, from 0 to 1. */
  | ({ readonly kind: "solving" } & Solving)
  | { readonly kind: "sequences"; readonly sequences: number }
  | { readonly kind: "questions"; readonly questions: number }
  | { readonly kind: "defects"; readonly defects: number };

/** A property found violated while the search still runs; what the whole graph is needed for comes with the record. */
export interface Violation {
  readonly id: string;
  readonly name?: string;
  readonly statement: string;
  /** "at depth 27", "in 12 steps". */
  readonly where: string;
  /** Whether it is known of the design. */
  readonly isKnown?: boolean;
  /** What the search does now. */
  readonly search: "stops" | "goes on" | "is over";
}

/**
 * How a search that takes long talks to the command line: it calls `onProgress` every few milliseconds, awaits what comes
 * back (only then can an interrupt arrive), and when `signal` is aborted it ends with what it has, as incomplete.
 */
export interface Watch {
  readonly onProgress: (progress: Progress) => Promise<void> | undefined;
  readonly signal: AbortSignal;
  /** Called when the work begins, if it has waited for a worker. */
  readonly onBegin?: () => void;
  /** Called once for each property that is found violated; not for what the suite expects of its own runs. */
  readonly onViolation?: (violation: Violation) => void;
  /** Called with what the user should know at once: one clause without a full stop. */
  readonly onNote?: (note: string) => void;
}

/** A search that met a mistake of the model, after it had found something broken: `record` says what. */
export class BrokenOff extends ModelError {
  readonly record: RunRecord;

  constructor(message: string, record: RunRecord) {
    super(message);
    this.record = record;
  }
}

/** A thread that ended before its work: it ran out of memory, or somebody ended it. */
export class ThreadLost extends Error {
  readonly what: "lost thread" | "lost job" = "lost thread";
}

/** A job that no worker of the queue could do, or whose queue is gone. */
export class JobLost extends ThreadLost {
  override readonly what = "lost job";
}

/** A job that stays in its queue when the user interrupts. */
export class StillQueued extends Error {}

/**
 * What a violation that nobody expected ends: the search, when all states of its depth were found; the paths that lead to
 * it; nothing.
 */
export const STOP_AT = ["first", "each", "never"] as const;
/** How a search takes steps. */
export const ENGINES = ["trees", "reference"] as const;

/** Where checkpoints of a search are kept. */
export interface CheckpointRequest {
  readonly directory: string;
  /** The search goes on from the checkpoint that is there. */
  readonly isResumed: boolean;
  /** Seconds between two checkpoints, at least. */
  readonly seconds: number;
  /** Version and sources, as the checkpoint names them. */
  readonly tool: string;
}

export interface CheckLimits {
  readonly stopAt?: (typeof STOP_AT)[number];
  readonly engine?: (typeof ENGINES)[number];
  readonly maxStates?: number;
  /** In bytes, of this search. */
  readonly maxMemory?: number;
  /** In bytes, by which the process may grow, with all that it does at once; by default `maxMemory`. */
  readonly maxProcess?: number;
  /** `false`: states that differ by an exchange of equals only are all searched. */
  readonly symmetry?: boolean;
  /** Knobs that the user set: each is searched without, too, to say what it did. Those of the suite's own runs are not. */
  readonly compares?: readonly string[];
  readonly checkpoint?: CheckpointRequest;
  /** Hashes stand for states. */
  readonly approximate?: boolean;
}

export interface RandomLimits {
  readonly seed: number;
  readonly runs: number;
}
