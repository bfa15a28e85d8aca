/** What is expected of a system with rates, told as plain JSON. A number never stands without its method and its assumptions. */
import type { ModelRecord } from "../run-record.ts";
import type { Counted } from "./counted.ts";
import type { Level } from "./level.ts";
import type { Rates } from "./rates.ts";
import type { Solved } from "./relax.ts";

/** How long it takes until `ends` has come `times` times: from the beginning, or in the long run from each `begins` on. */
export interface PassageAsked {
  readonly label: string;
  readonly ends: Counted;
  readonly begins?: Counted;
  /** If this comes before, it does not happen any more. */
  readonly unless?: Counted;
  /** Default: 1. */
  readonly times?: number;
  /** Probabilities, such as 0.5 and 0.99. */
  readonly percentiles?: readonly number[];
  /** Times, in ns: how probably it has happened by then. */
  readonly by?: readonly number[];
}

export interface Asked {
  readonly counts?: readonly Counted[];
  /** What counts as a finished piece of work: counts are also told per piece. */
  readonly work?: Counted;
  readonly levels?: readonly Level[];
  readonly passages?: readonly PassageAsked[];
  /** Counts and levels are told at these times after the beginning too, in ns. */
  readonly at?: readonly number[];
}

export const EXPECTED_SCHEMA = "faultline-expected/1";

/** JSON has no number for it. */
export type Amount = number | "infinite";

export interface CountRecord {
  readonly label: string;
  /** In the long run. */
  readonly perNs: number;
  /** Of the work; absent where no work is finished, or none was named. */
  readonly perWork?: number;
  readonly curve?: readonly { readonly ns: number; readonly perNs: number; readonly until: number }[];
}

export interface PassageRecord {
  readonly label: string;
  /** In ns; infinite where it may never happen. */
  readonly mean: Amount;
  /** How probably it happens at all. */
  readonly reached: number;
  readonly percentiles: readonly { readonly probability: number; readonly ns: Amount }[];
  readonly by: readonly { readonly ns: number; readonly probability: number }[];
  readonly solver: SolverRecord;
}

export type SolverRecord = { readonly method: "Gauss-Seidel" } & Solved;

export interface ExpectedRecord {
  readonly schema: typeof EXPECTED_SCHEMA;
  readonly method: "expected";
  readonly model: ModelRecord;
  readonly rates: Rates;
  /** One sentence each. */
  readonly assumptions: readonly string[];
  /** Steps of rules that no state needs. */
  readonly unused: readonly string[];
  /** States and transitions with their rates; how many of the states last, and how many states the search found. */
  readonly chain: {
    readonly states: number;
    readonly lasting: number;
    readonly transitions: number;
    readonly searched: number;
  };
  readonly solver: SolverRecord;
  /** Where it stays in the long run: how probably, in how many states; `stops`: no step comes there. */
  readonly ends: readonly { readonly probability: number; readonly states: number; readonly stops: boolean }[];
  readonly work?: CountRecord;
  readonly counts: readonly CountRecord[];
  readonly levels: readonly {
    readonly label: string;
    /** On average over the time, in the long run. */
    readonly mean: number;
    readonly curve?: readonly { readonly ns: number; readonly mean: number; readonly soFar: number }[];
  }[];
  readonly passages: readonly PassageRecord[];
}
