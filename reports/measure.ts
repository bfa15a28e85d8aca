/** What `faultline measure` found, as data: each number with its method, its bounds and its assumptions. */
import type { ModelRecord, TraceRecord } from "../checker/run-record.ts";

export const MEASURE_SCHEMA = "faultline-measure/1";

export const METHODS = ["bounds", "expected"] as const;
export type Method = (typeof METHODS)[number];

/** JSON has no number for it. */
export type Amount = number | "infinite";

export interface MeasuredCount {
  readonly name: string;
  /** Of bounds: per piece of work, over all runs. */
  readonly least?: Amount;
  readonly most?: Amount;
  /** Where there is no most: a run that goes round for ever. */
  readonly circle?: TraceRecord;
  /** Expected, in the long run. */
  readonly perPiece?: number;
  readonly perSecond?: number;
}

/** One system with one choice of everything. */
export interface MeasuredPoint {
  readonly model: ModelRecord;
  /** What differs from the other points: a design, the value of a knob. */
  readonly choice: { readonly [name: string]: string };
  readonly states: number;
  readonly transitions: number;
  readonly assumptions: readonly string[];
  /** Pieces of work in a second: of what is expected. */
  readonly perSecond?: number;
  /** From a fault to the response to its sender: of what is expected, where faults come in the long run and it can be told. */
  readonly fault?: { readonly mean: Amount; readonly median: Amount; readonly most99: Amount };
  /** Of what is expected: what is left of the equations, relative. */
  readonly residual?: number;
  readonly counts: readonly MeasuredCount[];
}

export interface MeasureRecord {
  readonly schema: typeof MEASURE_SCHEMA;
  readonly method: Method;
  readonly system: string;
  readonly piece: string;
  readonly points: readonly MeasuredPoint[];
  /** Points that an interrupt left out. */
  readonly left: number;
}
