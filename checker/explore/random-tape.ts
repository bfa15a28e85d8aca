/** The fast-check arbitrary of tapes, and the way back from seed and path to the tape they stand for. */
import fc from "fast-check";
import type { DrawRecord } from "../run-record.ts";
import type { Action, System } from "../system.ts";
import type { Tape } from "./random-walk.ts";

export interface TapeBounds {
  /** Entries, taken or skipped. */
  readonly maxLength?: number;
}

export const DEFAULT_MAX_LENGTH = 400;

/** A tape is drawn in at most so many phases. */
const MOST_PHASES = 4;
/** In a phase, one kind of action in this many is left out, on average; 0 leaves out none. */
const LEFT_OUT = [0, 0, 2, 4, 8] as const;

/** Tapes over the action universe of the system. */
export const tape = (system: System, { maxLength = DEFAULT_MAX_LENGTH }: TapeBounds = {}): fc.Arbitrary<Tape> =>
  new TapeArbitrary(system, maxLength);

/** Where the deletion that led to a shrunk tape stood: the next ones are tried from there. */
interface Deletion {
  readonly size: number;
  readonly at: number;
}

/**
 * Drawn in phases: in each, some kinds of action are missing, so that walks also reach what a fair mixture hardly ever does
 * (a queue fills up only while nobody drains it). Shrunk by deleting ever shorter runs of entries; entries are never
 * changed. The array of fast-check would do that too, but recurses once for each entry and overflows on long tapes.
 */
class TapeArbitrary extends fc.Arbitrary<Tape> {
  readonly #maxLength: number;
  /** For each kind of action: its actions. */
  readonly #kinds: readonly (readonly number[])[];
  readonly #actions: number;

  constructor(system: System, maxLength: number) {
    super();
    this.#maxLength = system.actions.length === 0 ? 0 : maxLength;
    this.#kinds = kindsOf(system);
    this.#actions = system.actions.length;
  }

  override generate(random: fc.Random): fc.Value<Tape> {
    const length = random.nextInt(0, this.#maxLength);
    const phases = random.nextInt(1, MOST_PHASES);
    const entries: number[] = [];
    for (let phase = 1; phase <= phases; phase++) {
      const actions = this.#drawActions(random);
      while (entries.length * phases < length * phase) entries.push(actions[random.nextInt(0, actions.length - 1)]!);
    }
    return new fc.Value<Tape>(entries, undefined);
  }

  #drawActions(random: fc.Random): readonly number[] {
    const leftOut = LEFT_OUT[random.nextInt(0, LEFT_OUT.length - 1)]!;
    if (leftOut === 0) return this.#kinds.flat();
    const kept = this.#kinds.filter(() => random.nextInt(1, leftOut) !== 1);
    return (kept.length === 0 ? this.#kinds : kept).flat();
  }

  override canShrinkWithoutContext(value: unknown): value is Tape {
    const isAction = (entry: unknown) =>
      Number.isInteger(entry) && (entry as number) >= 0 && (entry as number) < this.#actions;
    return Array.isArray(value) && value.length <= this.#maxLength && value.every(isAction);
  }

  override shrink(value: Tape, context: unknown): fc.Stream<fc.Value<Tape>> {
    return fc.stream(shorter(value, context as Deletion | undefined));
  }
}

function* shorter(value: Tape, last: Deletion | undefined): IterableIterator<fc.Value<Tape>> {
  let size = last?.size ?? value.length >> 1;
  let at = last?.at ?? value.length - size;
  for (; size >= 1; size >>= 1, at = value.length - size) {
    for (; at > -size; at -= size) {
      const from = Math.max(0, at);
      const next: Deletion = { size, at: at - size };
      yield new fc.Value<Tape>(value.toSpliced(from, at + size - from), next);
    }
  }
}

/** The tape that fast-check drew (and shrank to). */
export const drawnTape = (system: System, { seed, path, maxLength }: DrawRecord): Tape =>
  fc.sample(tape(system, { maxLength }), { seed, path, numRuns: 1 })[0]!;

/** Actions of one kind have the same role and type, or are deliveries of channels of one role. */
function kindsOf(system: System): readonly (readonly number[])[] {
  const kinds = new Map<string, number[]>();
  system.actions.forEach((action: Action, number) => {
    const kind =
      action.kind === "event"
        ? `${system.components[action.component]!.role} ${action.event.type}`
        : `delivery ${system.channels![action.channel]!.role ?? action.channel}`;
    const known = kinds.get(kind);
    if (known) known.push(number);
    else kinds.set(kind, [number]);
  });
  return [...kinds.values()];
}

/** A well mixed number of at least 0 from two. */
export function mix(a: number, b: number): number {
  let h = Math.imul(a ^ 0x243f6a88, 0x9e3779b1) ^ Math.imul(b + 1, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return (h ^ (h >>> 15)) >>> 0;
}
