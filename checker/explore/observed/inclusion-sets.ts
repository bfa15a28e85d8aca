/**
 * Whether observations are a behaviour of a system, decided: a set of states, closed over silent steps, that consumes one
 * observation after the other. Each state of the set carries what it has consumed ahead of time, and what it knows of free
 * values.
 *
 * An observation is demanded when its window closes. The search for it explores silent steps of all lanes, and steps that
 * consume observations whose windows are open. A step of another lane is taken only where the next step of the lane that is
 * demanded depends on it, directly or through others: two steps without a common part commute, so all other steps can be
 * taken later.
 *
 * The search first tries only lanes that seem to matter (inclusion-helpers.ts), and keeps only the first states that it
 * finds. Where an observation is not explained, it goes back and tries everything.
 */
import { canonical } from "../../kernel/canon.ts";
import { helpersOf, type Moving } from "./inclusion-helpers.ts";
import type { Lines } from "./inclusion-lines.ts";
import {
  loosened,
  type Answer,
  type Explanation,
  type InclusionLimits,
  type Loose,
  type ObservedStep,
  type Tried,
  type World,
} from "./inclusion-world.ts";
import { Windows } from "./inclusion-windows.ts";
import { unified, type Bindings, type Mark, type Observation } from "./observed.ts";

/** States explored for all observations together, as a multiple of those for one. */
const MOST_STATES = 5;
/** Positions that are searched again, with every step of every lane, where an observation was not explained. */
const LOOKS_BACK = 40;
/**
 * How much is tried for an observation. `alone`: no other lane moves, if that explains it. `likely`: lanes that seem to
 * matter, and the first states that are found. `all`: every step of every lane.
 */
const LEVELS = ["alone", "likely", "all"] as const;
/** States that are kept for the next observation, below the last level. */
const MOST_KEPT = { alone: 4, likely: 24, all: Infinity } as const;

interface Trail extends Explanation {
  readonly before: Trail | undefined;
}

/** A state, with the observations that it has consumed before their windows closed. */
interface Member<State> {
  readonly state: State;
  /** Ascending. */
  readonly ahead: readonly number[];
  readonly bindings: Bindings;
  readonly trail: Trail | undefined;
}

/** A state on the way to an observation: the last steps of other lanes on which nothing depends so far. */
interface Node<State> extends Member<State> {
  readonly loose: readonly Loose[];
  /** Lanes besides that of the observation that may take steps; undefined: all. */
  readonly helpers: ReadonlySet<string> | undefined;
}

const NOBODY: ReadonlySet<string> = new Set();
/** Bindings of no value. */
const NOTHING: Bindings = {};
/** Told of an observation that cannot be. */
const MOST_TOLD = 12;

export class Sets<State> {
  readonly #world: World<State>;
  readonly #lines: Lines;
  readonly #observed: readonly Observation[];
  readonly #limits: InclusionLimits;
  /** States that may still be explored, of the whole search. */
  #left: number;
  readonly #windows: Windows;
  #level: (typeof LEVELS)[number] = "alone";
  /** The first observation, as a place in `#demands`, for which not everything was tried. */
  #cutAt = Infinity;

  constructor(world: World<State>, lines: Lines, limits: InclusionLimits) {
    this.#world = world;
    this.#lines = lines;
    this.#observed = lines.observed;
    this.#windows = new Windows(lines);
    this.#limits = limits;
    this.#left = MOST_STATES * limits.states;
  }

  readonly #moving: Moving<Member<State>, Tried<State>> = {
    tries: (member, lane) => this.#triedFrom(member, lane),
    after: (member, step) => ("refused" in step ? undefined : this.#after(member, step, false, new Map())),
    key: (member) => this.#keyOf(member),
  };

  explain(initial: readonly State[]): Answer {
    let members: readonly Member<State>[] = initial.map((state) => ({
      state,
      ahead: [],
      bindings: NOTHING,
      trail: undefined,
    }));
    // The states before each of the last observations.
    const past: (readonly Member<State>[])[] = [];
    let [level, until, from] = [0, 0, 0];
    let start = members;
    const first = members;
    let again: Answer | undefined;
    this.#windows.goTo(0);
    for (let position = 0; position < this.#lines.demands.length; position++) {
      past.push(members);
      if (past.length > LOOKS_BACK) past.shift();
      if (position >= until) level = 0;
      this.#level = LEVELS[level]!;
      let found = this.#consume(members, this.#lines.demands[position]!, position);
      if (!("members" in found) && level === 0) {
        this.#level = "likely";
        this.#windows.goTo(position);
        found = this.#consume(members, this.#lines.demands[position]!, position);
      }
      if ("members" in found) {
        members = found.members;
      } else if (level === LEVELS.length - 1) {
        if (again && found.kind === "undecided") return again;
        if (found.kind !== "not-explained" || from <= this.#cutAt) return found;
        // Once more from the beginning, with everything tried.
        again = { ...found, exhaustive: false };
        [until, from, position, members] = [Infinity, 0, -1, first];
        past.length = 0;
        this.#cutAt = Infinity;
        this.#windows.goTo(0);
      } else {
        level += 1;
        until = Math.max(until, position + 1);
        from = level === 1 ? position + 1 - past.length : from;
        members = level === 1 ? past[0]! : start;
        start = members;
        position = from - 1;
        past.length = 0;
        if (from <= this.#cutAt) this.#cutAt = Infinity;
        this.#windows.goTo(from);
      }
    }
    return { kind: "explained", steps: told(members[0]?.trail) };
  }

  /** The states after the observation. */
  #consume(
    members: readonly Member<State>[],
    demanded: number,
    position: number,
  ): { readonly members: readonly Member<State>[] } | Answer {
    const { lane, closes } = this.#observed[demanded]!;
    const atEnd = closes === this.#observed.length;
    this.#windows.openUntil(closes);
    const found = new Map<string, Member<State>>();
    const seen = new Set<string>();
    const nodes: Node<State>[] = [];
    const visit = (node: Node<State>): void => {
      const key = `${this.#keyOf(node)}|${node.loose.length === 0 ? "" : JSON.stringify(node.loose)}`;
      if (seen.has(key)) return;
      seen.add(key);
      nodes.push(node);
    };
    const accepted: Member<State>[] = [];
    for (const member of members)
      if (member.ahead.includes(demanded)) accepted.push(member);
      else visit({ ...member, loose: [], helpers: this.#level === "alone" ? NOBODY : undefined });
    const offers = new Map<string, { lane: string; mark: Mark }>();
    for (let index = 0; index < nodes.length; index++) {
      if (nodes.length > this.#limits.states)
        return {
          kind: "undecided",
          at: demanded,
          because: `more than ${this.#limits.states} states were explored for one observation`,
        };
      this.#left -= 1;
      if (this.#left < 0)
        return {
          kind: "undecided",
          at: demanded,
          because: `more than ${MOST_STATES * this.#limits.states} states were explored`,
        };
      if (accepted.length >= MOST_KEPT[this.#level]) {
        this.#cutAt = Math.min(this.#cutAt, position);
        break;
      }
      const node = nodes[index]!;
      const tried = this.#triedFrom(node);
      const helpers =
        this.#level === "likely" && node.loose.length === 0 ? helpersOf(node, tried, lane, this.#moving) : node.helpers;
      for (const step of tried) {
        if ("refused" in step) continue;
        if (step.lane !== lane && helpers && !helpers.has(step.lane)) {
          this.#cutAt = Math.min(this.#cutAt, position);
          continue;
        }
        const loose = loosened(node.loose, step, lane);
        const after = loose && this.#after(node, step, atEnd, offers);
        if (!after) continue;
        if (after.ahead.includes(demanded)) accepted.push(after);
        else visit({ ...after, loose, helpers });
      }
    }
    this.#windows.settle(demanded);
    for (const member of accepted.slice(0, 2 * MOST_KEPT[this.#level])) {
      const settled = this.#settled(member, demanded);
      const key = this.#keyOf(settled);
      if (!found.has(key)) found.set(key, settled);
    }
    if (found.size > 0) return { members: [...found.values()] };
    const instead = [...offers.values()].sort((a, b) => Number(b.lane === lane) - Number(a.lane === lane));
    return {
      kind: "not-explained",
      steps: told(members[0]?.trail),
      at: demanded,
      exhaustive: true,
      instead: instead.slice(0, MOST_TOLD),
    };
  }

  /** Steps of the lane, or of all. */
  #triedFrom(member: Member<State>, lane?: string): readonly Tried<State>[] {
    const tried = [...this.#world.steps(member.state, lane)];
    for (const index of this.#windows.open) {
      const observation = this.#observed[index]!;
      if (lane !== undefined && observation.lane !== lane) continue;
      if (this.#next(member, observation.lane) === index)
        tried.push(...this.#world.calls(member.state, observation, index));
    }
    return tried;
  }

  /** The next observation of the lane, or the one `further` behind it. */
  #next({ ahead }: Member<State>, lane: string, further = 0): number | undefined {
    const number = this.#lines.numberOf(lane);
    if (number === undefined) return undefined;
    const places = this.#lines.ofLane[number]!;
    const demanded = this.#windows.demandedOf(lane);
    let taken = 0;
    for (const index of ahead) if (this.#observed[index]!.lane === lane) taken += 1;
    return places[demanded + taken + further];
  }

  /** The state after the step, whose marks are the next observations of its lane; undefined: they are not. */
  #after(
    node: Member<State>,
    { to, lane, marks, what }: ObservedStep<State>,
    atEnd: boolean,
    offers: Map<string, { lane: string; mark: Mark }>,
  ): Member<State> | undefined {
    const consumed: number[] = [];
    let { bindings } = node;
    for (const [further, mark] of marks.entries()) {
      const next = this.#next(node, lane, further);
      // Behind the last line of its lane a step may show what it likes: nobody recorded it.
      if (next === undefined && atEnd) break;
      const isOpen = next !== undefined && (further > 0 || this.#windows.open.has(next));
      const known = isOpen ? unified(this.#observed[next]!.shows, mark, bindings) : undefined;
      if (!known) {
        offers.set(`${lane} ${canonical(mark)}`, { lane, mark });
        return undefined;
      }
      consumed.push(next!);
      bindings = known;
    }
    const ahead = consumed.length === 0 ? node.ahead : [...node.ahead, ...consumed].sort((a, b) => a - b);
    return { state: to, ahead, bindings, trail: { what, consumed, before: node.trail } };
  }

  /** Without what was demanded, and without what is known of values that nobody will ask for. */
  #settled(member: Member<State>, demanded: number): Member<State> {
    const ahead = member.ahead.filter((index) => index !== demanded);
    const known = Object.entries(member.bindings);
    const used = known.filter(([free]) => this.#windows.isUsed(free));
    const all = used.length === known.length ? member.bindings : Object.fromEntries(used);
    const bindings = used.length === 0 ? NOTHING : all;
    return { ...member, ahead, bindings };
  }

  #keyOf({ state, ahead, bindings }: Member<State>): string {
    const known = bindings === NOTHING ? "" : canonical(bindings);
    return `${ahead.join()} ${known} ${this.#world.key(state)}`;
  }
}

function told(last: Trail | undefined): readonly Explanation[] {
  const steps: Explanation[] = [];
  for (let at = last; at; at = at.before) steps.push({ what: at.what, consumed: at.consumed });
  return steps.reverse();
}
