/** What `faultline why` finds, as plain JSON: everything that its text says is in here. */
import type { Json } from "../checker/json.ts";
import type {
  ClaimRecord,
  ModelRecord,
  PropertyRecord,
  StepRecord,
  TraceRecord,
  Verdict,
} from "../checker/run-record.ts";

export const WHY_SCHEMA = "faultline-why/1";

/** What becomes of the path when it is varied; steps are counted from 1. */
export type VariationRecord =
  | { readonly kind: "violates" | "avoids" | "unknown" }
  | { readonly kind: "impossible"; readonly step: number }
  | { readonly kind: "no-run"; readonly because: string };

/** `shortest`: steps of the shortest run that violates without it; absent: no run that was looked at does. */
export interface NeededRecord {
  readonly shortest?: number;
}

export interface ViolationRecord {
  readonly trace: TraceRecord;
  /** Steps of a shortest run that violates; absent for runs without an end. */
  readonly shortest?: number;
  /** All runs of at most so many steps were looked at; absent: all runs. */
  readonly known?: number;
  /** A needed step may also be the same step of an equal part: another page, slot or device. */
  readonly hasEquals: boolean;
  /** Step by step: whether it is needed, and the path without it. */
  readonly steps: readonly (NeededRecord & { readonly without: VariationRecord })[];
  /** The steps of a component or a channel. */
  readonly lanes: readonly (NeededRecord & { readonly lane: string })[];
  /** Step `step + 1` before step `step`, the others as before. */
  readonly swapped: readonly { readonly step: number; readonly outcome: VariationRecord }[];
  /** Steps after which the violation could be avoided for the last time, -1: never; or why that is not known. */
  readonly lastSafe: number | string;
  readonly nearest?: {
    /** Steps of the path that are the same. */
    readonly after: number;
    /** The whole run, up to where it is decided. */
    readonly trace: TraceRecord;
    readonly end: "rest" | "for-ever" | "reached";
    /** Other steps possible there that lead to where it can be avoided. */
    readonly others: readonly StepRecord[];
  };
}

/** What a claim that is not violated rests on. */
export interface ClaimBasisRecord {
  readonly verdict:
    | Exclude<Verdict, { readonly kind: "violated" }>
    | { readonly kind: "vacuous"; readonly because: string }
    | { readonly kind: "not-claimed"; readonly because: string };
  /** Components of which it is claimed. */
  readonly instances: number;
  /** The `sometimes` without which it says nothing, and whether it is seen. */
  readonly witness?: ClaimRecord & { readonly verdict: Verdict };
  /** Of `leadsTo`: states in which something is owed; of `canAlways`: in which it is there; and of how many. */
  readonly premise?: { readonly states: number; readonly of: number };
  /** Fields that decide it, most states first; states are counted once for each instance. */
  readonly decided: readonly { readonly fields: readonly string[]; readonly states: number }[];
  /** States, flags and lists that are the same, or empty, wherever they are looked at. */
  readonly constant: readonly { readonly field: string; readonly value: string }[];
}

/** One knob with another value. */
export interface TrialRecord {
  readonly knob: string;
  readonly value: Json;
  /** What the value means; empty for numbers. */
  readonly means: string;
  readonly outcome:
    | { readonly kind: "violated"; readonly steps: number }
    | { readonly kind: "holds" }
    | { readonly kind: "witnessed"; readonly steps: number }
    | { readonly kind: "never-witnessed" }
    /** `vacuous`: its situation never occurs. `undecided`: a bound was reached, or the system cannot say. */
    | { readonly kind: "vacuous" | "not-claimed" | "undecided"; readonly because: string };
}

export interface TrialsRecord {
  readonly trials: readonly TrialRecord[];
  /** Values that do not go together with the others, which cannot be built. */
  readonly unbuildable: number;
  /** Knobs of which only some values were tried: the least of a range, the members one by one. */
  readonly partly: readonly string[];
  /** Trials that an interrupt left out. */
  readonly left: number;
  /** States of one search, at most. */
  readonly maxStates: number;
}

export interface WhyRecord {
  readonly model: ModelRecord;
  readonly property: ClaimRecord;
  readonly kind: PropertyRecord["kind"];
  readonly search: {
    readonly complete: boolean;
    readonly states: number;
    readonly transitions: number;
    readonly stoppedBy?: string;
  };
  /** Why nothing can be said of the claim itself. */
  readonly undecided?: string;
  readonly violation?: ViolationRecord;
  readonly claim?: ClaimBasisRecord;
  readonly knobs?: TrialsRecord;
}
