/** One run of the suite. */
import type { Json } from "../../checker/json.ts";
import type { Request } from "../build.ts";

export interface SuiteRun extends Request {
  /** Violations that are known, each with the reason. One that is gone fails the suite as well: the reason is wrong then. */
  readonly known: { readonly [property: string]: string };
}

type Known = SuiteRun["known"];

/** The same reason for several properties. */
export const because = (reason: string, ...ids: readonly string[]): Known =>
  Object.fromEntries(ids.map((id) => [id, reason]));

/** A run of a focused model: no hardware, one of its designs, and what it is known to break. */
export const studyRun = (
  system: string,
  host: string,
  bounds: string,
  { set = {}, known = {} }: { readonly set?: { readonly [knob: string]: Json }; readonly known?: Known } = {},
): SuiteRun => ({ system, hardware: "any", host, bounds, set, known });

/** A known violation: the steps of the shortest path, and those of its end that can be repeated for ever. */
export interface KnownCount {
  readonly steps: number;
  readonly cycle?: number;
}

export interface Counts {
  /** With those that differ by an exchange of equals only, as a search without symmetry counts them. */
  readonly states: number;
  readonly transitions: number;
  /** Steps to the farthest state. */
  readonly depth: number;
  /** By id. */
  readonly known: { readonly [property: string]: KnownCount };
}
