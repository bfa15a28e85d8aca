/**
 * A walk through one run that is to show the observations: the lane whose observation is demanded next moves on, and other
 * lanes only where it has to wait for them, or where a lesson says so. inclusion-repair.ts goes back where it is stuck.
 */
import { canonical } from "../../kernel/canon.ts";
import type { Lines } from "./inclusion-lines.ts";
import { afterStep, isConsumed, type Node, type Passing } from "./inclusion-node.ts";
import { NOTHING_PASSED, type Due, type Plan } from "./inclusion-plan.ts";
import type { Explanation, ObservedStep, Tried, World } from "./inclusion-world.ts";

/** A step of the walk, and how its lane could have moved instead. */
interface Entry<State> {
  readonly before: Node<State>;
  readonly step: ObservedStep<State>;
  readonly lane: number;
  readonly consumed: readonly number[];
  readonly others: readonly string[];
}

/** A step of a lane: the one after so many observations and silent steps. */
export interface Place {
  readonly lane: number;
  readonly taken: number;
  readonly silent: number;
}

/** What was learned about a step: what has to come before it, and which one it is where the lane has a choice. */
export interface Lesson {
  readonly first: readonly Place[];
  readonly own?: string;
}

export interface Saved<State> {
  readonly path: readonly Entry<State>[];
  readonly node: Node<State>;
  readonly lessons: ReadonlyMap<string, Lesson>;
}

/** Why the walk is stuck: parts of the state that the lane looked at, and names that were doubted. */
export interface Stuck {
  /** The step that the lane could not take. */
  at?: Place;
  readonly parts: Set<string>;
  readonly names: Set<string>;
}

/** Steps of one lane on its way to an observation. */
const MOST_STEPS = 400;
/** Lanes that wait for lanes that wait. */
export const DEEPEST_WAIT = 6;
/** Times that a lane which holds something touches it before it lets go. */
const MOST_TOUCHES = 6;
/** Observations around the present one whose lanes are looked at. */
const AHEAD = 60;
export const meets = (touches: readonly string[], parts: ReadonlySet<string>): boolean =>
  touches.some((part) => parts.has(part));

export class Walker<State> {
  readonly #world: World<State>;
  readonly #lines: Lines;
  readonly #plan: Plan | undefined;
  /** Lanes that move on now, each for the one before it. */
  readonly #moving: number[] = [];
  /** Steps that are final. */
  readonly told: Explanation[] = [];
  path: Entry<State>[] = [];
  node: Node<State>;
  lessons = new Map<string, Lesson>();
  stuck: Stuck = { parts: new Set(), names: new Set() };
  /** Times that a lane may still be asked for its steps, for the observation at hand. */
  left = 0;

  constructor(world: World<State>, lines: Lines, initial: State, plan?: Plan) {
    this.#world = world;
    this.#lines = lines;
    this.#plan = plan;
    const { length } = lines.lanes;
    this.node = {
      state: initial,
      bindings: {},
      taken: new Int32Array(length),
      silent: new Int32Array(length),
      position: 0,
      passed: NOTHING_PASSED,
    };
  }

  settle(count: number): void {
    for (const { step, consumed } of this.path.splice(0, count)) this.told.push({ what: step.what, consumed });
  }

  /** Walks until the demand is consumed. */
  forward(target: number): boolean {
    const { demands, laneOf } = this.#lines;
    while (this.node.position <= target) {
      const demanded = demands[this.node.position]!;
      this.stuck = { parts: new Set(), names: new Set() };
      const lane = laneOf[demanded]!;
      if (!this.advance(lane, () => isConsumed(this.#lines, this.node, demanded), DEEPEST_WAIT)) {
        for (const name of this.#world.meant?.(this.node.state, demanded) ?? []) this.stuck.names.add(name);
        return false;
      }
    }
    return true;
  }

  has({ lane, taken, silent }: Place): boolean {
    const now = this.node.taken[lane]!;
    return now > taken || (now === taken && this.node.silent[lane]! > silent);
  }

  /** The lane takes steps until it is done. */
  advance(lane: number, isDone: () => boolean, depth: number): boolean {
    this.#moving.push(lane);
    const isReached = this.#advance(lane, isDone, depth);
    this.#moving.pop();
    return isReached;
  }

  #advance(lane: number, isDone: () => boolean, depth: number): boolean {
    for (let count = 0; !isDone(); count++) {
      if (count === MOST_STEPS || this.left <= 0) return false;
      const lesson = this.lessons.get(idOf(this.node, lane));
      if (lesson && depth > 0) {
        for (const first of lesson.first)
          if (!this.has(first)) this.drive(first.lane, () => this.has(first), depth - 1);
        if (isDone()) return true;
      }
      const { passing, refused, early } = this.own(lane);
      if (passing.length > 0) {
        const own = lesson?.own;
        const chosen =
          (own === undefined ? undefined : passing.find(({ step }) => textOf(step) === own)) ?? passing[0]!;
        this.#take(lane, chosen, passing);
      } else if (early && depth > 0 && this.#letPass(early, depth - 1)) {
        continue;
      } else if (refused.size === 0 || depth === 0) {
        this.stuck.at = { lane, taken: this.node.taken[lane]!, silent: this.node.silent[lane]! };
        return false;
      } else if (!this.#unblock(lane, refused, depth - 1)) return false;
    }
    return true;
  }

  /** The lanes whose turn it is move on until so many turns of the chain have passed. */
  #letPass({ chain, count }: Due, depth: number): boolean {
    const passed = (): number => this.node.passed.get(chain) ?? 0;
    while (passed() < count) {
      const name = this.#plan!.laneOf(chain, this.node.passed);
      const lane = name === undefined ? undefined : this.#lines.numberOf(name);
      if (lane === undefined || this.#moving.includes(lane)) return false;
      const before = passed();
      if (!this.drive(lane, () => passed() > before, depth)) return false;
    }
    return true;
  }

  /** As above; without success nothing has happened. */
  drive(lane: number, isDone: () => boolean, depth: number): boolean {
    const { length } = this.path;
    if (this.advance(lane, isDone, depth)) return true;
    this.goBack(length);
    return false;
  }

  #take(lane: number, { step, consumed, node }: Passing<State>, passing: readonly Passing<State>[]): void {
    const others = passing.length > 1 ? passing.filter((one) => one.step !== step).map((one) => textOf(one.step)) : [];
    this.path.push({ before: this.node, step, lane, consumed, others });
    this.node = node;
  }

  goBack(length: number): void {
    if (length === this.path.length) return;
    this.node = this.path[length]!.before;
    this.path.length = length;
  }

  /** Other lanes move on until nobody refuses the step of the lane any more. */
  #unblock(lane: number, refused: ReadonlySet<string>, depth: number): boolean {
    const { length } = this.path;
    for (const other of this.nearby()) {
      if (other === lane || this.#moving.includes(other)) continue;
      for (let touches = 0; touches < MOST_TOUCHES; touches++) {
        if (!this.driveTo(other, refused, depth)) break;
        const { passing, refused: still } = this.own(lane);
        if (passing.length > 0 || still.size === 0) return true;
      }
      this.goBack(length);
    }
    return false;
  }

  /** The lane moves on until it has touched one of the parts. */
  driveTo(lane: number, parts: ReadonlySet<string>, depth: number): boolean {
    let seen = this.path.length;
    const touched = (): boolean => {
      for (; seen < this.path.length; seen++) {
        const { lane: of, step } = this.path[seen]!;
        if (of === lane && meets(step.touches, parts)) return true;
      }
      return false;
    };
    return this.drive(lane, touched, depth);
  }

  /** Lanes with an observation near the present. */
  nearby(): readonly number[] {
    const { demands, laneOf } = this.#lines;
    const { position } = this.node;
    const those = [
      ...demands.slice(position, position + AHEAD),
      ...demands.slice(Math.max(0, position - AHEAD), position),
    ];
    return [...new Set(those.map((index) => laneOf[index]!))];
  }

  /** Steps that the lane can take now, the parts of those that others refuse, and what has to pass before others. */
  own(lane: number): {
    readonly passing: readonly Passing<State>[];
    readonly refused: ReadonlySet<string>;
    readonly early: Due | undefined;
  } {
    this.left -= 1;
    const { observed, ofLane, lanes, demands } = this.#lines;
    const { state, taken, position } = this.node;
    const moment = position < demands.length ? observed[demands[position]!]!.closes : observed.length;
    const next = ofLane[lane]![taken[lane]!];
    const isOpen = next !== undefined && observed[next]!.opens < moment;
    const name = lanes[lane]!;
    const tried: readonly Tried<State>[] = [
      ...this.#world.steps(state, name),
      ...(isOpen ? this.#world.calls(state, observed[next]!, next) : []),
    ];
    const passing: Passing<State>[] = [];
    const refused = new Set<string>();
    let early: Due | undefined;
    for (const step of tried) {
      if (step.lane !== name) continue;
      for (const part of step.touches) this.stuck.parts.add(part);
      if ("refused" in step) {
        for (const part of step.touches) refused.add(part);
        continue;
      }
      const after = afterStep(this.#lines, this.node, step, lane, moment);
      if (!after) {
        for (const name of step.about?.() ?? []) this.stuck.names.add(name);
        continue;
      }
      const turns = this.#plan?.known(step.turns?.(next) ?? []) ?? [];
      const due = this.#plan?.missing(turns, this.node.passed);
      if (due) {
        early ??= due;
        continue;
      }
      if (turns.length > 0) {
        passing.push({ ...after, node: { ...after.node, passed: this.#plan!.after(turns, this.node.passed) } });
        continue;
      }
      const doubts = step.doubts?.(next, moment) ?? [];
      for (const doubted of doubts) this.stuck.names.add(doubted);
      if (doubts.length === 0) passing.push(after);
    }
    return { passing, refused, early };
  }

  /** How far the walk has come: the demand, and behind the point the steps of its lane on the way to it. */
  reached(): number {
    const { demands, laneOf } = this.#lines;
    const { position, silent } = this.node;
    return position === demands.length
      ? position
      : position + Math.min(silent[laneOf[demands[position]!]!]!, 999) / 1000;
  }

  saved(): Saved<State> {
    return { path: this.path.slice(), node: this.node, lessons: new Map(this.lessons) };
  }

  restore({ path, node, lessons }: Saved<State>): void {
    this.path = path.slice();
    this.node = node;
    this.lessons = new Map(lessons);
  }
}

const textOf = <State>({ what }: ObservedStep<State>): string => canonical(what);
export const idOf = <State>({ taken, silent }: Node<State>, lane: number): string =>
  `${lane} ${taken[lane]} ${silent[lane]}`;
