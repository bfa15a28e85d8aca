/**
 * Knob values that are known to break sentences of the catalogue: real hardware with a weakness, choices of a design, and
 * deliberate defects from it.
 *
 * `breaks` lists every sentence that a random walk can find broken, and what stays possible (canAlways) where that is new.
 * A row is a claim too: tests show that `shown`, searched exhaustively, violates every sentence of `breaks`.
 */
import type { Json } from "../../checker/json.ts";
import type { Request } from "../build.ts";

export type Settings = { readonly [knob: string]: Json };

export interface Departure {
  /** All of these knobs have these values. */
  readonly when: Settings;
  readonly breaks: readonly string[];
  readonly reason: string;
  readonly shown: Request;
}

/** What shows that the claims about a focused model can fail. */
export interface Breakages {
  readonly departures: readonly Departure[];
  /** Claims that nothing breaks, each with the reason. */
  readonly unbroken: { readonly [id: string]: string };
}
