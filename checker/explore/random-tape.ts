/** The fast-check arbitrary of tapes, and the way back from seed and path to the tape they stand for. */
import fc from "fast-check";
import type { Action, System } from "../system.ts";
import type { Tape } from "./random-walk.ts";

export interface TapeBounds {
  /** Entries, taken or skipped. */
  readonly maxLength?: number;
}

export const DEFAULT_MAX_LENGTH = 400;

/** One kind of action in this many is left out of a swarm tape. */
const LEFT_OUT = 4;

/**
 * Tapes over the action universe of the system. Half of them are swarm tapes: some kinds of action are missing, so that
 * walks also reach what a fair mixture hardly ever does (a queue fills up only while nobody drains it). Entries are not
 * shrunk, only deleted.
 */
export function tape(system: System, { maxLength = DEFAULT_MAX_LENGTH }: TapeBounds = {}): fc.Arbitrary<Tape> {
  const universe = system.actions.map((_, action) => action);
  if (universe.length === 0) return fc.constant([]);
  const kinds = kindsOf(system);
  const entries = fc.array(fc.noBias(fc.noShrink(fc.nat(universe.length - 1))), { maxLength, size: "max" });
  const swarm = fc.noShrink(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 0x7fffffff })));
  return fc.tuple(swarm, fc.noBias(entries)).map(
    ([salt, drawn]) => {
      if (salt === 0) return drawn;
      const kept = universe.filter((action) => mix(salt, kinds[action]!) % LEFT_OUT !== 0);
      return kept.length === 0 ? drawn : drawn.map((entry) => kept[entry % kept.length]!);
    },
    (value) => [0, value as number[]],
  );
}

/** The tape that fast-check drew (and shrank to) under this seed and path. */
export function drawnTape(system: System, drawn: { readonly seed: number; readonly path: string }, bounds: TapeBounds = {}): Tape {
  return fc.sample(tape(system, bounds), { seed: drawn.seed, path: drawn.path, numRuns: 1 })[0]!;
}

/** Actions of one kind have the same role and type, or are deliveries of the same role of channel. */
function kindsOf(system: System): readonly number[] {
  const names = system.actions.map((action: Action) =>
    action.kind === "event"
      ? `${system.components[action.component]!.role} ${action.event.type}`
      : `delivery ${system.channels![action.channel]!.role ?? action.channel}`,
  );
  const known = [...new Set(names)];
  return names.map((name) => known.indexOf(name));
}

/** A well mixed number of at least 0 from two. */
export function mix(a: number, b: number): number {
  let h = Math.imul(a ^ 0x243f6a88, 0x9e3779b1) ^ Math.imul(b + 1, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return (h ^ (h >>> 15)) >>> 0;
}
