/** What a search is asked to do, and when it has to stop. */
import type { StopRules } from "./stop.ts";

export interface Limits extends StopRules {
  /** Stop after this many states. */
  readonly maxStates?: number;
  /** Stop when the tables of the search would take more bytes. */
  readonly maxBytes?: number;
  /** Keep all transitions, for claims about what stays possible (4 bytes each). */
  readonly keepGraph?: boolean;
  /** Keep one state for all that the symmetry of the system turns into each other. */
  readonly symmetry?: boolean;
}

/** Which bound is reached, or undefined. */
export function boundReached(
  { maxStates, maxBytes }: Limits,
  { states, waiting, bytes }: { states: number; waiting: number; bytes: number },
): string | undefined {
  if (maxStates !== undefined && states >= maxStates && waiting > 0) return `max-states ${maxStates}`;
  if (maxBytes !== undefined && bytes >= maxBytes) return `max-memory ${maxBytes}`;
  return undefined;
}
