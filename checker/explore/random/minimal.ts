/**
 * From a path that reaches a goal to one that is as short as can be shown: steps are left out as long as the goal is
 * still reached, long tails are replaced by shortest ones, and where the space allows the whole path is.
 */
import type { Core } from "../../kernel/core.ts";
import type { TraceRecord } from "../../run-record.ts";
import { ModelError } from "../../system.ts";
import type { Goal } from "./minimal-goal.ts";
import { shortestTo } from "./minimal-search.ts";
import { slotsOfActions, tryAction, type Tape } from "./random-walk.ts";

export interface MinimalBounds {
  /** Steps taken in attempts to leave something out. */
  readonly steps?: number;
  /** States of one search for a shorter tail. */
  readonly tailStates?: number;
  /** States of the search from the initial state. */
  readonly states?: number;
}

export interface Minimal {
  readonly path: Tape;
  /** `shortest`: no path of the system is shorter. `one-minimal`: without any single step, what is left misses the goal. */
  readonly minimality: TraceRecord["minimality"];
}

/** The shortest tail tried first has this many steps; it is doubled while the search stays within its bound. */
const FIRST_TAIL = 4;

class Minimiser {
  readonly #core: Core;
  readonly #goal: Goal;
  readonly #slots: Int32Array;
  #budget: number;
  readonly #bounds: Required<MinimalBounds>;
  path: Tape;

  constructor(core: Core, path: Tape, goal: Goal, bounds: MinimalBounds) {
    this.#core = core;
    this.#goal = goal;
    this.#slots = slotsOfActions(core);
    this.#bounds = { steps: 4_000_000, tailStates: 10_000, states: 30_000, ...bounds };
    this.#budget = this.#bounds.steps;
    const followed = this.follow(path);
    if (!followed) throw new ModelError("The path to be shortened does not reach its goal.");
    this.path = followed;
  }

  /** The steps taken until the goal is reached, without those that cannot be taken; undefined when it is not reached. */
  follow(tape: Tape): Tape | undefined {
    const core = this.#core;
    const taken: number[] = [];
    core.vector.set(core.initial);
    if (this.#goal.reached()) return taken;
    for (const action of tape) {
      this.#budget--;
      try {
        if (!tryAction(core, this.#slots, action)) continue;
      } catch (error) {
        if (!(error instanceof ModelError)) throw error;
        return this.#goal.mistake ? [...taken, action] : undefined;
      }
      taken.push(action);
      if (this.#goal.reached()) return taken;
    }
    return undefined;
  }

  /** Leaves out ever smaller runs of steps, last ones first; false when the budget ended before no single step could go. */
  leaveOut(): boolean {
    for (let size = Math.max(1, this.path.length >> 1); ; size = Math.max(1, size >> 1)) {
      let shorter = false;
      for (let at = this.path.length - size; at > -size; at -= size) {
        if (this.#budget <= 0) return false;
        const from = Math.max(0, at);
        const rest = this.follow([...this.path.slice(0, from), ...this.path.slice(at + size)]);
        if (!rest) continue;
        this.path = rest;
        at = Math.min(at, rest.length);
        shorter = true;
      }
      if (size === 1 && !shorter) return true;
    }
  }

  /** Replaces the last steps by fewer; true when that made the path shorter. */
  shortenTail(): boolean {
    const before = this.path.length;
    for (let length = FIRST_TAIL; length <= 2 * this.path.length; length *= 2) {
      const kept = this.path.slice(0, Math.max(0, this.path.length - length));
      const tail = this.#search(kept, this.path.length - kept.length - 1, this.#bounds.tailStates);
      if (tail.kind === "unknown") break;
      if (tail.kind === "found") this.path = [...kept, ...tail.path];
    }
    return this.path.length < before;
  }

  /** Whether the path is now known to be a shortest one. */
  searchAll(): boolean {
    const whole = this.#search([], this.path.length - 1, this.#bounds.states);
    if (whole.kind === "found") this.path = whole.path;
    return whole.kind !== "unknown";
  }

  #search(kept: Tape, maxDepth: number, maxStates: number): ReturnType<typeof shortestTo> {
    const core = this.#core;
    core.vector.set(core.initial);
    for (const action of kept) tryAction(core, this.#slots, action);
    return shortestTo(core, Int32Array.from(core.vector), this.#goal, { maxDepth, maxStates });
  }
}

/** A path to the goal that is no longer than the given one, and what is known about its length. */
export function minimise(core: Core, path: Tape, goal: Goal, bounds: MinimalBounds = {}): Minimal {
  const minimiser = new Minimiser(core, path, goal, bounds);
  let oneMinimal: boolean;
  do oneMinimal = minimiser.leaveOut();
  while (oneMinimal && minimiser.shortenTail());
  if (minimiser.path.length === 0 || minimiser.searchAll()) return { path: minimiser.path, minimality: "shortest" };
  return { path: minimiser.path, minimality: oneMinimal ? "one-minimal" : "unknown" };
}
