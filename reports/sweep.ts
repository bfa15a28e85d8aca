/** A sweep, told as plain JSON: many runs of a system that differ in a few settings, and what they say together. */
import type { RunRecord } from "../checker/run-record.ts";

export const SWEEP_SCHEMA = "faultline-sweep/1";

export type SweptRequest = Omit<RunRecord["model"], "parameters" | "fingerprint">;

/** Something that is varied. The first value is that of the base, with which the others are compared. */
export interface Factor {
  /** "hardware", "design", or a knob. */
  readonly name: string;
  readonly values: readonly string[];
}

/** A claim that a run violates. */
export interface BrokenClaim {
  readonly id: string;
  readonly name?: string;
  readonly statement: string;
  /** Of the counterexample. */
  readonly steps: number;
  /** The suite lists it for this very run. */
  readonly known?: true;
}

/** What is kept of one run. */
export interface Searched {
  readonly kind: "searched";
  readonly complete: boolean;
  readonly stoppedBy?: string;
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  /** Ids of claims, in the order of the catalogue. */
  readonly holds: readonly string[];
  readonly broken: readonly BrokenClaim[];
  /** Without an answer: the search ended early. */
  readonly open: readonly string[];
  /** Reachability checks that no state satisfies. */
  readonly unseen: readonly string[];
}

export type SweptResult =
  | Searched
  /** A mistake of the model, or a lost thread. */
  | { readonly kind: "failed"; readonly message: string }
  /** Not begun, because of an interrupt. */
  | { readonly kind: "left" };

export interface SweptRun {
  /** The index of the value of each factor. */
  readonly values: readonly number[];
  readonly request: SweptRequest;
  readonly result: SweptResult;
}

/** "12 combinations" or "releaseOrder=nothing-pinned", and why nothing can be built with them. */
export interface LeftOutCombinations {
  readonly what: string;
  readonly because: string;
}

/** One value of one factor, by index. */
export interface Setting {
  readonly factor: number;
  readonly value: number;
}

/** Every run with all these settings breaks the claim, and of each smaller set some run does not. */
export interface BreakingSet {
  readonly settings: readonly Setting[];
  /** Runs with these settings. */
  readonly runs: number;
  /** A smaller set may do: the runs that could say so have no answer. */
  readonly maybeSmaller?: true;
}

/** What is known of one claim that some run breaks. */
export interface ClaimSweep {
  readonly id: string;
  readonly name?: string;
  readonly statement: string;
  /** How many runs break it, hold it, claim it without an answer, and do not claim it. */
  readonly broken: number;
  readonly holds: number;
  readonly open: number;
  readonly unclaimed: number;
  /** Runs of the suite that are known to break it. */
  readonly known: number;
  /** Without --pairs: so few that each breaking run has one of them. */
  readonly sets: readonly BreakingSet[];
  /** Runs that break it and that no set explains. */
  readonly unexplained: number;
  /** Settings with which it holds in `runs` of `of` runs that differ from a breaking one in this alone; `open`: no answer. */
  readonly mends: readonly {
    readonly setting: Setting;
    readonly runs: number;
    readonly of: number;
    readonly open?: number;
  }[];
  /** Two settings that break it, each of which holds with the base. `alone`: both were run with nothing else changed. */
  readonly pairs: readonly { readonly settings: readonly [Setting, Setting]; readonly alone: boolean }[];
  /** Index of the run that breaks it with the fewest changes. */
  readonly example: number;
}

/** A value that is known to break claims, here or in other runs. */
export interface DefectOfValue {
  readonly setting: Setting;
  /** Ids of claims. */
  readonly breaks: readonly string[];
  /** Those of all defects that the value is a part of. */
  readonly any: readonly string[];
  /** Shows it. */
  readonly command: string;
}

/** The part of a sweep that is about one system. */
export interface SystemSweep {
  readonly system: string;
  readonly factors: readonly Factor[];
  /** Of the product of all values: how many there are. */
  readonly combinations: number;
  readonly leftOut: readonly LeftOutCombinations[];
  /** With pairs: pairs of values that no combination was found for that can be built. */
  readonly unmet: readonly (readonly [Setting, Setting])[];
  readonly runs: readonly SweptRun[];
  readonly claims: readonly ClaimSweep[];
  readonly defects: readonly DefectOfValue[];
  /** Those that none of the runs shows: something that they need is not in these runs. */
  readonly unshown: readonly DefectOfValue[];
  /** Factors that made no difference: runs that differ in one of them alone found as much, and judged the same. */
  readonly idle: readonly string[];
}

export interface SweepRecord {
  readonly schema: typeof SWEEP_SCHEMA;
  /** Version and hash of the sources. */
  readonly tool: string;
  /**
   * Every combination; each value alone and each pair of values in at least one combination; or each value and each pair
   * of values with nothing else changed.
   */
  readonly method: "product" | "pairs" | "each-pair";
  readonly maxStates: number;
  readonly systems: readonly SystemSweep[];
}

/** Whether a run has an answer to everything that it claims. */
export const isWhole = (result: SweptResult): result is Searched =>
  result.kind === "searched" && result.complete && result.open.length === 0;

/** Whether a run breaks a property and ended before it could say what else it breaks. */
export const brokeEarly = (result: SweptResult): result is Searched =>
  outcomeOf(result) === "breaks" && !isWhole(result);

/** `holds` and `breaks` as a run says it; a violation is one however early the search ended. */
export function outcomeOf(result: SweptResult): "holds" | "breaks" | "incomplete" | "failed" | "not run" {
  if (result.kind === "failed") return "failed";
  if (result.kind === "left") return "not run";
  if (result.broken.length > 0) return "breaks";
  return isWhole(result) ? "holds" : "incomplete";
}
