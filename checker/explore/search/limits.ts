/** What a search is asked to do, and when it has to stop. */
import type { Compaction } from "../states/compact-store.ts";
import type { StopRules } from "./stop.ts";

/**
 * `trees`: by step trees, in the module (wasm/loop.ts) once the search has grown; `script`: by step trees without the module;
 * `reference`: every step is taken on the core.
 */
export type Engine = "trees" | "script" | "reference";

export interface Limits extends StopRules {
  /** Stop after this many states. */
  readonly maxStates?: number;
  /** Stop when the tables of the search would take more bytes. */
  readonly maxBytes?: number;
  /** Keep all transitions, for claims about what stays possible and about fair runs (6 bytes each). */
  readonly keepGraph?: boolean;
  /** How steps are taken: by `trees`, or otherwise to compare these with. */
  readonly engine?: Engine;
  /** The module takes over a search of `from` states, and hands it back at `until`. */
  readonly module?: { readonly from: number; readonly until?: number };
  /** Keep a hash of each state and not the state: states may be missed, and nothing holds for certain. */
  readonly approximate?: Compaction;
  /** Keep one state for all that the symmetry of the system turns into each other. */
  readonly symmetry?: boolean;
}

const UNITS = [
  ["GB", 1e9],
  ["MB", 1e6],
  ["GiB", 2 ** 30],
  ["MiB", 2 ** 20],
  ["kB", 1e3],
] as const;

/** As it was typed where it is that round: "500 MB", "1.5 GiB"; otherwise to a tenth, "4.2 GB". */
export function bytesWords(bytes: number): string {
  const exact = UNITS.find(([, unit]) => bytes >= unit && (100 * bytes) % unit === 0);
  const [name, unit] = exact ?? (bytes >= 1e9 ? UNITS[0] : UNITS[1]);
  return `${exact ? bytes / unit : (bytes / unit).toFixed(1)} ${name}`;
}

/** Which bound is reached, or undefined. */
export function boundReached(
  { maxStates, maxBytes }: Limits,
  { states, waiting, bytes }: { states: number; waiting: number; bytes: number },
): string | undefined {
  if (maxStates !== undefined && states >= maxStates && waiting > 0) return `max-states ${maxStates}`;
  if (maxBytes !== undefined && bytes >= maxBytes) return `max-memory ${bytesWords(maxBytes)}`;
  return undefined;
}
