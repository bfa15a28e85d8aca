/** What goes between the process and its workers: plain data only. */
import type { MessagePort } from "node:worker_threads";
import type { Replication } from "../../checker/measure/simulate/asked.ts";
import type { RunRecord } from "../../checker/run-record.ts";
import type { Answer } from "../../reports/answers.ts";
import type { TriedDefect } from "../../reports/defects.ts";
import type { CheckLimits, Progress, RandomLimits, RunRequest, SimulationAsked, Violation } from "../ports.ts";

/** A piece of work that needs no other one. */
export type Task =
  | { readonly kind: "check"; readonly run: RunRequest; readonly limits: CheckLimits }
  | { readonly kind: "random"; readonly run: RunRequest; readonly limits: RandomLimits }
  | { readonly kind: "answers"; readonly ids: readonly string[] }
  | { readonly kind: "defects"; readonly ids: readonly string[]; readonly random: boolean }
  | {
      readonly kind: "replication";
      readonly run: RunRequest;
      readonly asked: SimulationAsked;
      readonly number: number;
    };

/** Told while the work goes on. */
export type Told =
  | { readonly kind: "progress"; readonly progress: Progress }
  | { readonly kind: "violation"; readonly violation: Violation };

/** A mistake of the model, with what was found before it. */
export interface Mistake {
  readonly kind: "mistake";
  readonly message: string;
  readonly record?: RunRecord;
}

/** A mistake of the user that only the work itself can find. */
export interface Refused {
  readonly kind: "refused";
  readonly message: string;
  readonly expected: string;
  readonly nearest: readonly string[];
}

export type Outcome =
  | { readonly kind: "record"; readonly record: RunRecord }
  | { readonly kind: "answers"; readonly answers: readonly Answer[] }
  | { readonly kind: "defects"; readonly tried: readonly TriedDefect[] }
  /** Null: it was interrupted. */
  | { readonly kind: "replication"; readonly replication: Replication | null }
  | Mistake
  | Refused;

export interface Job {
  /** Where the worker finds `perform`: a file URL. */
  readonly from: string;
  readonly task: Task;
  /** `Told` goes through it. */
  readonly port: MessagePort;
  /** One number in shared memory: the exit code of the interrupt, or 0. */
  readonly interrupt: Int32Array;
}
