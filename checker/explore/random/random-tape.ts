/** The fast-check arbitrary of tapes, and the way back from seed and path to the tape they stand for. */
import fc from "fast-check";
import type { DrawRecord } from "../../run-record.ts";
import type { Core } from "../../kernel/core.ts";
import { ModelError, type System } from "../../system.ts";
import { Memo } from "./random-memo.ts";
import { slotsOfActions, tryAction, type Tape } from "./random-walk.ts";

export interface TapeBounds {
  /** Most entries of a tape. */
  readonly maxLength?: number;
}

export const DEFAULT_MAX_LENGTH = 400;

/** A tape is drawn in at most so many phases. */
const MOST_PHASES = 4;
/** In a phase, one kind of action in this many is left out, on average; 0 leaves out none. */
const LEFT_OUT = [0, 0, 2, 4, 8] as const;

/** Tapes over the action universe of the system; `memo` spares a second one where the caller has one already. */
export const tape = (
  system: System,
  { maxLength = DEFAULT_MAX_LENGTH }: TapeBounds = {},
  memo = new Memo(system),
): fc.Arbitrary<Tape> => new TapeArbitrary(memo, maxLength);

/** Where the deletion that led to a shrunk tape stood: the next ones are tried from there. */
interface Deletion {
  readonly size: number;
  readonly at: number;
}

/**
 * Drawn along a walk, so that every entry can be taken, and in phases: in each, some kinds of action are missing, so that
 * walks also reach what a fair mixture hardly ever does (a queue fills up only while nobody drains it). Shrunk by deleting
 * ever shorter runs of entries; entries are never changed. The array of fast-check would do that too, but recurses once
 * for each entry and overflows on long tapes.
 */
class TapeArbitrary extends fc.Arbitrary<Tape> {
  readonly #memo: Memo;
  readonly #maxLength: number;
  /** The kind of each action of the universe. */
  readonly #kinds: readonly number[];
  readonly #kindCount: number;

  constructor(memo: Memo, maxLength: number) {
    super();
    this.#memo = memo;
    this.#maxLength = maxLength;
    this.#kinds = kindsOf(memo.system);
    this.#kindCount = new Set(this.#kinds).size;
  }

  override generate(random: fc.Random): fc.Value<Tape> {
    this.#memo.walked();
    const walk = new DrawnWalk(this.#memo.core, random);
    const length = random.nextInt(0, this.#maxLength);
    const phases = random.nextInt(1, MOST_PHASES);
    for (let phase = 1; phase <= phases; phase++) {
      const kept = this.#drawKinds(random);
      while (walk.entries.length * phases < length * phase && walk.step((action) => kept[this.#kinds[action]!]!));
    }
    return new fc.Value<Tape>(walk.entries, undefined);
  }

  #drawKinds(random: fc.Random): readonly boolean[] {
    const leftOut = LEFT_OUT[random.nextInt(0, LEFT_OUT.length - 1)]!;
    return Array.from({ length: this.#kindCount }, () => leftOut === 0 || random.nextInt(1, leftOut) !== 1);
  }

  override canShrinkWithoutContext(value: unknown): value is Tape {
    const isAction = (entry: unknown) =>
      Number.isInteger(entry) && (entry as number) >= 0 && (entry as number) < this.#kinds.length;
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

/** A walk whose next step is drawn from all that can be taken. */
class DrawnWalk {
  readonly entries: number[] = [];
  readonly #core: Core;
  readonly #random: fc.Random;
  readonly #slots: Int32Array;
  readonly #possible: number[] = [];
  /** The last entry is a mistake in the model: nothing can follow it. */
  #over = false;

  constructor(core: Core, random: fc.Random) {
    this.#core = core;
    this.#random = random;
    this.#slots = slotsOfActions(core);
    core.vector.set(core.initial);
  }

  /** Takes one step among those that `may` be taken; false when there is none. */
  step(may: (action: number) => boolean): boolean {
    if (this.#over) return false;
    const possible = this.#possible;
    possible.length = 0;
    let listed = false;
    try {
      this.#list(may);
      listed = true;
      while (possible.length > 0) {
        const at = this.#random.nextInt(0, possible.length - 1);
        const action = possible[at]!;
        this.entries.push(action);
        if (tryAction(this.#core, this.#slots, action)) return true;
        this.entries.pop();
        possible[at] = possible.at(-1)!;
        possible.pop();
      }
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      this.#over = true;
      if (!listed) this.#blame();
    }
    return false;
  }

  /** A mistake was met while looking what can be taken: the entry is the action that makes it. */
  #blame(): void {
    for (let action = 0; action < this.#slots.length; action++) {
      try {
        if (tryAction(this.#core, this.#slots, action)) this.#core.undo();
      } catch {
        this.entries.push(action);
        return;
      }
    }
  }

  /** What the components handle and the channels hold; some of it may still be refused by others. */
  #list(may: (action: number) => boolean): void {
    const { vector, componentCount } = this.#core;
    for (let slot = 0; slot < vector.length; slot++) {
      if (slot < componentCount) {
        const choices = this.#core.choices(slot, vector[slot]!);
        for (let k = 0; k < choices.length; k += 2) if (may(choices[k]!)) this.#possible.push(choices[k]!);
      } else if (vector[slot] !== 0) {
        const action = this.#core.actionOfDelivery(slot);
        if (may(action)) this.#possible.push(action);
      }
    }
  }
}

/** The tape that fast-check drew (and shrank to). */
export const drawnTape = (system: System, { seed, path, maxLength }: DrawRecord): Tape =>
  fc.sample(tape(system, { maxLength }), { seed, path, numRuns: 1 })[0]!;

/** For each action its kind: the same role and type, or deliveries of channels of one role. */
function kindsOf(system: System): readonly number[] {
  const names = system.actions.map((action) =>
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
