/** What `faultline measure --method simulate` found, as data: each number with its interval, its method and its assumptions. */
import type { ModelRecord } from "../checker/run-record.ts";

export const SIMULATED_SCHEMA = "faultline-simulated/1";

/** The mean over replications, and where it lies. */
export interface SimulatedNumber {
  readonly name: string;
  readonly unit: "" | "per second" | "ns";
  /** Null: `missing` says why. */
  readonly mean: number | null;
  /** In a few words, where there is no mean. */
  readonly missing?: string;
  /** Null without a mean, and of what is no mean over replications. */
  readonly low: number | null;
  readonly high: number | null;
  /** Replications that have it. */
  readonly of: number;
}

/** One system with one choice of everything. */
export interface SimulatedPoint {
  readonly model: ModelRecord;
  /** What differs from the other points: a design, the value of a knob. */
  readonly choice: { readonly [name: string]: string };
  readonly how: {
    readonly seed: number;
    /** Asked for, and done before an interrupt. */
    readonly replications: number;
    readonly done: number;
    /** "20 000 events", "5 ms". */
    readonly length: string;
    readonly warmUp: string;
    readonly confidence: number;
    /** Steps of all replications together, without the warm-up. */
    readonly events: number;
  };
  readonly numbers: readonly SimulatedNumber[];
  readonly assumptions: readonly string[];
}

export interface SimulatedRecord {
  readonly schema: typeof SIMULATED_SCHEMA;
  readonly method: "simulate";
  readonly system: string;
  readonly piece: string;
  readonly points: readonly SimulatedPoint[];
  /** Points that an interrupt left out. */
  readonly left: number;
}
