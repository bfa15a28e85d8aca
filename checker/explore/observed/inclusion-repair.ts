/**
 * Looks for one run that shows the observations. Where the walk (inclusion-walk.ts) is stuck, it goes back to a step that may
 * be the reason, takes it differently, and walks on from there. What it has learned about the order of steps it keeps.
 *
 * A run that is found is an explanation. That none is found says nothing: inclusion-sets.ts decides then.
 */
import type { Lines } from "./inclusion-lines.ts";
import { DEEPEST_WAIT, idOf, meets, Walker, type Lesson, type Saved, type Stuck } from "./inclusion-walk.ts";
import { Plan } from "./inclusion-plan.ts";
import type { Explanation, Turn, World } from "./inclusion-world.ts";

/** Steps that can be taken differently: older ones are final. */
const WINDOW = 4_000;
/** Steps that are looked at first where the walk is stuck. */
const NEAR = 12;
/** Steps of a lane before one that is about a doubted thing. */
const BEFORE = 6;
/** A step that is taken differently should lead so many demands beyond the one that was not reached. */
const BEYOND = 12;
/** Where it leads less far, so many steps are taken to find one that leads further. */
const MORE = 3_000;
/** Steps that are taken differently at once, at most. */
const MOST_LESSONS = 2;

const NOTHING_LEARNED: Lesson = { first: [] };

/** `steps`: of a run that shows the observations; undefined: none was found. `reached`: demands that some run shows. */
export interface Walked {
  readonly steps: readonly Explanation[] | undefined;
  readonly reached: number;
}

export const walk = <State>(
  world: World<State>,
  lines: Lines,
  initial: State,
  limit: number,
  turns: readonly Turn[] = [],
): Walked => {
  const plan = turns.length === 0 ? undefined : new Plan(turns);
  return new Repairs(new Walker(world, lines, initial, plan), lines, limit).run();
};

class Repairs<State> {
  readonly #walker: Walker<State>;
  readonly #lines: Lines;
  /** Steps that may be taken for one observation. */
  readonly #limit: number;

  constructor(walker: Walker<State>, lines: Lines, limit: number) {
    this.#walker = walker;
    this.#lines = lines;
    this.#limit = limit;
  }

  /** The steps of a run that shows all observations, or undefined: none was found. */
  run(): Walked {
    const steps = this.#steps();
    return { steps, reached: Math.floor(this.#walker.reached()) };
  }

  #steps(): readonly Explanation[] | undefined {
    let furthest = -1;
    while (this.#walker.node.position < this.#lines.demands.length) {
      const target = this.#walker.node.position;
      this.#walker.left = this.#limit;
      if (!this.#walker.forward(target) && !this.#repairs(target)) return undefined;
      if (this.#walker.reached() <= furthest) return undefined;
      furthest = this.#walker.reached();
      if (this.#walker.path.length > 2 * WINDOW) this.#walker.settle(WINDOW);
    }
    this.#walker.settle(this.#walker.path.length);
    return this.#walker.told;
  }

  /** One step differently, then several. */
  #repairs(target: number): boolean {
    const stuck = this.#walker.stuck;
    for (let depth = 1; depth <= MOST_LESSONS; depth++) {
      this.#walker.left = depth * this.#limit;
      this.#walker.stuck = stuck;
      if (this.#repair(target, depth, false)) return true;
    }
    return false;
  }

  /**
   * Takes a step differently, so that the demand is reached; the steps that are the likeliest reason first. What leads
   * well beyond the demand is taken at once, otherwise what leads furthest.
   */
  #repair(target: number, depth: number, onlyNear: boolean): boolean {
    const goal = Math.min(target + BEYOND, this.#lines.demands.length - 1);
    const stuck = this.#walker.stuck;
    const before = this.#walker.saved();
    const start = this.#walker.reached();
    let furthest = start;
    let best: Saved<State> | undefined;
    for (const place of this.#suspects(stuck, onlyNear)) {
      if (this.#walker.left <= 0) break;
      const entry = before.path[place];
      const { position } = before.node;
      const lane = entry?.lane ?? this.#lines.laneOf[this.#lines.demands[position]!]!;
      const id = idOf(entry?.before ?? before.node, lane);
      for (const attempt of this.#attempts(place, lane, before, stuck)) {
        if (this.#walker.left <= 0) break;
        this.#walker.restore(before);
        this.#walker.goBack(place);
        const learned = attempt(this.#walker.lessons.get(id) ?? NOTHING_LEARNED);
        if (!learned) continue;
        this.#walker.lessons.set(id, learned);
        this.#walker.forward(goal);
        const reached = this.#walker.reached();
        if (reached > goal || (reached <= start && depth > 1 && this.#repair(target, depth - 1, true))) return true;
        if (reached > furthest) {
          best = this.#walker.saved();
          furthest = reached;
          this.#walker.left = Math.min(this.#walker.left, MORE);
        }
      }
    }
    this.#walker.restore(best ?? before);
    return best !== undefined;
  }

  /** Other ways to go on at the place: what else the lane can do, and other lanes that come first. */
  #attempts(
    place: number,
    lane: number,
    before: Saved<State>,
    stuck: Stuck,
  ): readonly ((lesson: Lesson) => Lesson | undefined)[] {
    this.#walker.restore(before);
    this.#walker.goBack(place);
    const entry = before.path[place];
    const parts = entry ? new Set(entry.step.touches) : stuck.parts;
    const own = (entry?.others ?? []).map((text) => (lesson: Lesson) => ({ ...lesson, own: text }));
    const others = this.#walker.nearby().filter((other) => other !== lane);
    const { at } = stuck;
    const late = (lesson: Lesson): Lesson | undefined =>
      at && this.#walker.drive(at.lane, () => this.#walker.has(at), DEEPEST_WAIT)
        ? { ...lesson, first: [...lesson.first, at] }
        : undefined;
    return [
      ...own,
      ...(at && at.lane !== lane && entry ? [late] : []),
      ...others.map((other) => ({ first, ...lesson }: Lesson): Lesson | undefined => {
        if (!this.#comesFirst(other, parts)) return undefined;
        const { taken, silent } = this.#walker.path.at(-1)!.before;
        return { ...lesson, first: [...first, { lane: other, taken: taken[other]!, silent: silent[other]! }] };
      }),
    ];
  }

  /** The other lane moves until it has touched a part; if nobody knows which one, as far as it can. */
  #comesFirst(other: number, parts: ReadonlySet<string>): boolean {
    if (parts.size > 0) return this.#walker.driveTo(other, parts, DEEPEST_WAIT);
    const { length } = this.#walker.path;
    for (let goes = true; goes;) {
      const taken = this.#walker.node.taken[other]!;
      goes = this.#walker.drive(other, () => this.#walker.node.taken[other]! > taken, DEEPEST_WAIT);
    }
    return this.#walker.path.length > length;
  }

  /** Places of the path, the likeliest first: those near, those about what was doubted, and those that touch the same. */
  *#suspects({ parts, names }: Stuck, onlyNear: boolean): Generator<number> {
    const { length } = this.#walker.path;
    const path = this.#walker.path.slice();
    yield length;
    const near: number[] = [];
    for (let place = length - 1; place >= 0 && near.length < NEAR; place--)
      if (meets(path[place]!.step.touches, parts)) near.push(place);
    yield* near;
    if (onlyNear) return;
    // What a lane did before it came to a thing that is named may be the reason too.
    const follows = new Map<number, number>();
    for (let place = length - 1; place >= 0; place--) {
      const { lane, step } = path[place]!;
      if (meets(step.about?.() ?? [], names)) follows.set(lane, BEFORE);
      const left = follows.get(lane) ?? 0;
      if (left === 0) continue;
      follows.set(lane, left - 1);
      if (!near.includes(place)) yield place;
    }
    for (let place = length - 1; place >= 0; place--)
      if (path[place]!.others.length > 0 || meets(path[place]!.step.touches, parts)) yield place;
  }
}
