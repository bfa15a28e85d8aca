/**
 * What a program imports as "faultline": the systems with their properties, and the searches of the command line. A record
 * is plain JSON; "faultline/reports" tells it.
 */
import type { Json } from "../checker/json.ts";
import type { RunRecord, TraceRecord } from "../checker/run-record.ts";
import { engine } from "./engine.ts";
import type { CheckLimits, Named, NamedHost, NamedProperty, Replayed, RunRequest, Watch } from "./ports.ts";

export type { Json } from "../checker/json.ts";
export type { PropertyRecord, RunRecord, StepRecord, TraceRecord, Verdict } from "../checker/run-record.ts";
export type { CheckLimits, Named, NamedHost, NamedProperty, Replayed, ReplayOutcome, RunRequest } from "./ports.ts";

/** What a run is about. What is left out is as in `faultline check`. */
export interface Selection {
  /** None: the runs of the suite, or all systems that are meant for what is chosen. */
  readonly systems?: readonly string[];
  readonly hardware?: string;
  readonly design?: string;
  readonly bounds?: string;
  readonly set?: { readonly [knob: string]: Json };
}

/** Systems of the whole path, and focused models. */
export const systems: readonly Named[] = engine.systems;
export const hardware: readonly Named[] = engine.hardware;
export const designs: readonly NamedHost[] = engine.hosts;
export const properties: readonly NamedProperty[] = engine.properties;

/**
 * The runs that a selection stands for.
 *
 * @throws Error for a name that does not exist, with the nearest ones.
 */
export const runs = ({ systems: named = [], design, set = {}, ...chosen }: Selection): readonly RunRequest[] =>
  engine.runs({ ...chosen, systems: named, set, ...(design !== undefined && { host: design }) });

const unwatched = (): Watch => ({ onProgress: () => undefined, signal: new AbortController().signal });

/** Searches one run, in this thread. Violations that are known of the design are marked with their reason. */
export const check = (run: RunRequest, limits: CheckLimits = {}): Promise<RunRecord> =>
  engine.check(run, limits, unwatched());

/** Takes the steps of a stored counterexample again. */
export const replay = (trace: TraceRecord): Promise<Replayed> =>
  engine.replay(trace as TraceRecord & { readonly [field: string]: Json });
