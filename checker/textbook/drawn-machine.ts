/**
 * Machines of every shape that a model may use, drawn at random.
 *
 * Models  flat, nested and parallel states, final states at the top and inside, wildcards, transitions without an event,
 *         forbidden ones, `raise`, actions on entry and exit, guards over context and event, several emissions of one
 *         step; a context with a counter, a value of a sort, and a set of values of a sort.
 * Omits   what a machine of a model must not have: history, children, delays.
 */
import { assign, createMachine, emit, raise, type AnyStateMachine } from "xstate";
import type { Drawing } from "./drawing.ts";

/** Types of messages that may be calls. Without circles, a message of one type brings forth later ones only. */
export const CALLED = ["x", "y", "z"] as const;
/** The type of those that are never calls: what is said when a state is left, or without an event. */
export const SENT = "w";
export const TYPES = [...CALLED, SENT] as const;
export const SPONTANEOUS = ["tick", "tock"] as const;
/** Taken in a prologue only. */
export const SET_UP = "setup";
const RAISED = "inner";

export interface PartContext {
  /** Its own value of the sort, for the machines that are alike. */
  readonly me: number | null;
  readonly count: number;
  /** Of the last message that named one. */
  readonly who: number | null;
  readonly item: number | null;
  /** Kept in order. */
  readonly seen: readonly number[];
}

interface PartEvent {
  readonly type: string;
  readonly who?: number | null;
  readonly item?: number | null;
}

interface Given {
  readonly context: PartContext;
  readonly event: PartEvent;
}

/** What the drawing may do in one transition. */
interface Place {
  readonly targets: readonly string[];
  readonly emits: readonly string[];
  readonly mayRaise: boolean;
}

export interface Shape {
  /** The counter goes from 0 to before this, at least 2. */
  readonly counts: number;
  /** Whether a message may bring forth those of its own and earlier types; then it is one at a time. */
  readonly circles: boolean;
}

const changed = (change: (given: Given) => Partial<PartContext>) => assign(change as never);

class Drawn {
  readonly #draw: Drawing;
  readonly #counts: number;
  readonly #circles: boolean;

  constructor(draw: Drawing, { counts, circles }: Shape) {
    this.#draw = draw;
    this.#counts = counts;
    this.#circles = circles;
  }

  /** Guards over context alone, for transitions without an event. None is true at first: nobody would hear what is said. */
  #ofContext(): (given: Given) => boolean {
    const count = 1 + this.#draw.below(this.#counts - 1);
    return ({ context }) => context.count === count;
  }

  #guard(): (given: Given) => boolean {
    return this.#draw.pick<(given: Given) => boolean>([
      () => true,
      () => true,
      () => true,
      () => true,
      this.#ofContext(),
      ({ context }) => context.count === 0,
      ({ context, event }) => event.who === context.me,
      ({ context, event }) => event.who !== context.who,
      ({ context, event }) => event.item === context.item,
      ({ context }) => context.seen.length < 2,
    ]);
  }

  #change(): unknown {
    const { pick, below } = this.#draw;
    const step = 1 + below(this.#counts - 1);
    return pick([
      changed(({ context }) => ({ count: (context.count + step) % this.#counts })),
      changed(({ context }) => ({ count: (context.count + step) % this.#counts })),
      changed(({ context }) => ({ count: (context.count + step) % this.#counts })),
      changed(({ event }) => ({ who: event.who ?? null })),
      changed(({ event }) => ({ item: event.item ?? null })),
      changed(({ context, event }) => {
        const who = event.who ?? context.me;
        if (who === null) return {};
        const isSeen = context.seen.includes(who);
        return {
          seen: isSeen ? context.seen.filter((one) => one !== who) : [...context.seen, who].sort((a, b) => a - b),
        };
      }),
    ]);
  }

  #actions({ emits, mayRaise }: Place): readonly unknown[] {
    const { below, once, pick } = this.#draw;
    const said = Array.from(
      { length: emits.length === 0 ? 0 : this.#circles ? pick([0, 1]) : pick([0, 0, 1, 1, 2]) },
      () => {
        const type = pick(emits);
        return emit((({ context }: Given) => ({ type, who: context.me ?? context.who, item: context.item })) as never);
      },
    );
    return [
      ...(once(2) ? [] : [this.#change()]),
      ...said,
      ...(mayRaise && once(6) ? [raise({ type: RAISED })] : []),
      ...(below(4) === 0 ? [this.#change()] : []),
    ];
  }

  #transition(place: Place): object {
    const { once, pick } = this.#draw;
    if (once(12)) return {};
    return {
      ...(once(4) ? {} : { target: pick(place.targets) }),
      guard: this.#guard(),
      actions: this.#actions(place),
      ...(once(5) && { reenter: true }),
    };
  }

  /** The handlers of a state: some events have none, some two. */
  #handlers(targets: readonly string[], seldom: number): object {
    const { once, pick } = this.#draw;
    const later = (type: string): readonly string[] =>
      this.#circles && once(2) ? TYPES : TYPES.slice((TYPES as readonly string[]).indexOf(type) + 1);
    const on: Record<string, unknown> = {};
    for (const type of [...SPONTANEOUS, ...TYPES]) {
      if (once((SPONTANEOUS as readonly string[]).includes(type) ? 2 * seldom : seldom)) continue;
      const place = { targets, emits: later(type), mayRaise: true };
      on[type] = once(3) ? [this.#transition(place), this.#transition(place)] : this.#transition(place);
    }
    if (once(2)) on[RAISED] = this.#transition({ targets, emits: once(2) ? [SENT] : [], mayRaise: false });
    if (once(6)) on["*"] = this.#transition({ targets, emits: pick([[], [], [SENT]]), mayRaise: false });
    return { on };
  }

  /** A state without states, among its siblings; it may move on by itself, but only to later ones. */
  #leaf(name: string, siblings: readonly string[], seldom = 4): object {
    const { once, pick } = this.#draw;
    const later = siblings.slice(siblings.indexOf(name) + 1);
    const moves = { guard: this.#ofContext(), actions: this.#actions({ targets: [], emits: [SENT], mayRaise: false }) };
    return {
      ...this.#handlers(siblings, seldom),
      ...(later.length > 0 && once(5) && { always: { ...moves, target: pick(later) } }),
      ...(once(5) && siblings[0] !== name && { entry: this.#change() }),
      ...(once(6) && { exit: [this.#change(), emit({ type: SENT, who: null, item: null })] }),
    };
  }

  #leaves(names: readonly string[], seldom: number): Record<string, object> {
    return Object.fromEntries(names.map((name) => [name, this.#leaf(name, names, seldom)]));
  }

  #region(names: readonly string[]): object {
    return { initial: names[0]!, states: this.#leaves(names, 3) };
  }

  states(): object {
    const { below, once, pick } = this.#draw;
    const shape = pick(["flat", "nested", "parallel", "regions", "final", "flat"] as const);
    // What is done must not begin anew by itself: then a step would have no end.
    const names = ["a", "b", "c"].slice(0, shape === "nested" ? 2 + below(2) : 1 + below(3));
    const flat: Record<string, object> = this.#leaves(names, 4);
    switch (shape) {
      case "nested": {
        const inner = this.#leaves(["p", "q"], 3);
        const ends = once(2);
        const a = {
          ...this.#handlers(names, 2),
          initial: "p",
          states: ends ? { p: inner["p"]!, q: { type: "final" } } : inner,
          ...(ends && { onDone: { target: names.at(-1)!, actions: this.#change() } }),
        };
        return { initial: "a", states: { ...flat, a } };
      }
      case "parallel":
        return { type: "parallel", states: { left: this.#region(["p", "q"]), right: this.#region(["r", "s"]) } };
      case "regions": {
        const regions = { left: this.#region(["p", "q"]), right: this.#region(["r", "s"]) };
        return {
          initial: "a",
          states: { ...flat, a: { ...this.#handlers(names, 2), type: "parallel", states: regions } },
        };
      }
      case "final":
        return { initial: "a", states: { ...this.#leaves([...names, "end"], 4), end: { type: "final" } } };
      case "flat":
        return { initial: "a", states: flat };
    }
  }

  machine(): AnyStateMachine {
    const context = ({ input }: { input: { me: number | null } }): PartContext => ({
      me: input.me,
      count: 0,
      who: null,
      item: null,
      seen: [],
    });
    const { once } = this.#draw;
    const on = {
      [SET_UP]: { actions: this.#change() },
      ...(once(8) && { "*": { actions: this.#change() } }),
    };
    return createMachine({ id: "drawn", context, on, ...this.states() } as never);
  }
}

export const drawnMachine = (draw: Drawing, shape: Shape): AnyStateMachine => new Drawn(draw, shape).machine();
