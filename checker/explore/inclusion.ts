/**
 * Whether what was observed is a behaviour of a system: a set of states, closed over silent steps, that consumes one
 * observation after the other. Each state of the set carries what it has consumed ahead of time, and what it knows of free
 * values.
 *
 * An observation is demanded when its window closes. The search for it explores silent steps of all lanes, and steps that
 * consume observations whose windows are open. It keeps a state only if each step of another lane on the way matters for
 * the one that is demanded: some later step touches what it touched. Steps that do not matter commute with all that follow,
 * and are taken when an observation of their own lane is demanded.
 */
import type { Json } from "../json.ts";
import { canonical } from "../kernel/canon.ts";
import { freeIn, unified, type Bindings, type Mark, type Observation } from "./observed.ts";

/** A step of the system. One without marks is silent. */
export interface ObservedStep<State> {
  readonly to: State;
  readonly lane: string;
  readonly marks: readonly Mark[];
  /** The parts of the state that it reads or writes: two steps without a common part commute. */
  readonly touches: readonly string[];
  /** Told of a step in an answer. */
  readonly what: Json;
}

/** What the search needs to know of a system. */
export interface World<State> {
  /** Equal texts for equal states. */
  readonly key: (state: State) => string;
  readonly steps: (state: State) => readonly ObservedStep<State>[];
  /** Steps that become possible because the observation is the next one of its lane: the call of which it is a line. */
  readonly calls: (state: State, observation: Observation, place: number) => readonly ObservedStep<State>[];
}

/** A step on the way, with the observations that it consumed. */
export interface Explanation {
  readonly what: Json;
  readonly consumed: readonly number[];
}

export type Answer =
  | { readonly kind: "explained"; readonly steps: readonly Explanation[] }
  | {
      readonly kind: "not-explained";
      /** Of the states that explain most, the first; up to before the observation that cannot be. */
      readonly steps: readonly Explanation[];
      /** The first observation that cannot be explained. */
      readonly at: number;
      /** What could have been shown there instead, by the lane of the observation and by others. */
      readonly instead: readonly { readonly lane: string; readonly mark: Mark }[];
    }
  | { readonly kind: "undecided"; readonly at: number; readonly because: string };

export interface InclusionLimits {
  /** States explored for one observation, at most. */
  readonly states: number;
}

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

/** A state on the way to an observation: sets of parts that steps of other lanes touched, and that nobody needed so far. */
interface Node<State> extends Member<State> {
  readonly loose: readonly Loose[];
}
interface Loose {
  readonly lanes: readonly string[];
  readonly parts: readonly string[];
}

/** Told of an observation that cannot be. */
const MOST_TOLD = 12;

class Inclusion<State> {
  readonly #world: World<State>;
  readonly #observed: readonly Observation[];
  readonly #limits: InclusionLimits;
  readonly #ofLane = new Map<string, number[]>();
  /** By lane: how many of its observations were demanded. */
  readonly #demanded = new Map<string, number>();
  /** By free value: how many observations that name it were not demanded yet. */
  readonly #uses = new Map<string, number>();
  /** Observations whose windows are open now. */
  readonly #open = new Set<number>();

  constructor(world: World<State>, observed: readonly Observation[], limits: InclusionLimits) {
    this.#world = world;
    this.#observed = observed;
    this.#limits = limits;
    for (const [index, { lane, shows }] of observed.entries()) {
      const places = this.#ofLane.get(lane) ?? [];
      places.push(index);
      this.#ofLane.set(lane, places);
      for (const free of freeIn(shows)) this.#uses.set(free, (this.#uses.get(free) ?? 0) + 1);
    }
  }

  explain(initial: readonly State[]): Answer {
    const end = this.#observed.length;
    const closing: number[][] = Array.from({ length: end + 1 }, () => []);
    const opening: number[][] = Array.from({ length: end + 1 }, () => []);
    for (const [index, { opens, closes }] of this.#observed.entries()) {
      closing[closes]!.push(index);
      // Before observation 0 is moment -1.
      opening[opens + 1]!.push(index);
    }
    let members: readonly Member<State>[] = initial.map((state) => ({
      state,
      ahead: [],
      bindings: {},
      trail: undefined,
    }));
    for (let moment = 0; moment <= end; moment++) {
      for (const index of opening[moment]!) this.#open.add(index);
      for (const demanded of closing[moment]!) {
        const found = this.#consume(members, demanded, moment === end);
        if (!("members" in found)) return found;
        members = found.members;
      }
    }
    return { kind: "explained", steps: told(members[0]?.trail) };
  }

  /** The states after the observation. */
  #consume(
    members: readonly Member<State>[],
    demanded: number,
    atEnd: boolean,
  ): { readonly members: readonly Member<State>[] } | Answer {
    const found = new Map<string, Member<State>>();
    const { lane, shows } = this.#observed[demanded]!;
    for (const free of freeIn(shows)) this.#uses.set(free, this.#uses.get(free)! - 1);
    const accept = (member: Member<State>): void => {
      const settled = this.#settled(member, demanded);
      const key = this.#keyOf(settled);
      if (!found.has(key)) found.set(key, settled);
    };
    const seen = new Set<string>();
    const nodes: Node<State>[] = [];
    const visit = (node: Node<State>): void => {
      const key = `${this.#keyOf(node)}|${node.loose.length === 0 ? "" : JSON.stringify(node.loose)}`;
      if (seen.has(key)) return;
      seen.add(key);
      nodes.push(node);
    };
    for (const member of members)
      if (member.ahead.includes(demanded)) accept(member);
      else visit({ ...member, loose: [] });
    const offers = new Map<string, { lane: string; mark: Mark }>();
    for (let index = 0; index < nodes.length; index++) {
      if (nodes.length > this.#limits.states)
        return {
          kind: "undecided",
          at: demanded,
          because: `more than ${this.#limits.states} states were explored for one observation`,
        };
      const node = nodes[index]!;
      for (const step of this.#stepsFrom(node)) {
        const after = this.#after(node, step, atEnd, offers);
        if (!after) continue;
        const loose = loosened(node.loose, step, lane);
        if (!after.ahead.includes(demanded)) visit({ ...after, loose });
        else if (loose.length === 0) accept(after);
      }
    }
    this.#demanded.set(lane, (this.#demanded.get(lane) ?? 0) + 1);
    this.#open.delete(demanded);
    if (found.size > 0) return { members: [...found.values()] };
    const instead = [...offers.values()].sort((a, b) => Number(b.lane === lane) - Number(a.lane === lane));
    return {
      kind: "not-explained",
      steps: told(members[0]?.trail),
      at: demanded,
      instead: instead.slice(0, MOST_TOLD),
    };
  }

  *#stepsFrom(node: Node<State>): Generator<ObservedStep<State>> {
    yield* this.#world.steps(node.state);
    for (const index of this.#open) {
      const observation = this.#observed[index]!;
      if (this.#next(node, observation.lane) === index) yield* this.#world.calls(node.state, observation, index);
    }
  }

  /** The next observation of the lane, or the one `further` behind it. */
  #next({ ahead }: Member<State>, lane: string, further = 0): number | undefined {
    const places = this.#ofLane.get(lane);
    if (!places) return undefined;
    const demanded = this.#demanded.get(lane) ?? 0;
    let taken = 0;
    for (const index of ahead) if (this.#observed[index]!.lane === lane) taken += 1;
    return places[demanded + taken + further];
  }

  /** The state after the step, whose marks are the next observations of its lane; undefined: they are not. */
  #after(
    node: Node<State>,
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
      const isOpen = next !== undefined && (further > 0 || this.#open.has(next));
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
    const used = known.filter(([free]) => this.#uses.get(free)! > 0);
    const bindings = used.length === known.length ? member.bindings : Object.fromEntries(used);
    return { ...member, ahead, bindings };
  }

  #keyOf({ state, ahead, bindings }: Member<State>): string {
    return `${ahead.join()} ${canonical(bindings)} ${this.#world.key(state)}`;
  }
}

/** What other lanes touched and nobody needed, after a step; a step of the lane that is demanded is needed. */
function loosened<State>(
  before: readonly Loose[],
  { lane, touches }: ObservedStep<State>,
  demandedLane: string,
): readonly Loose[] {
  const meets = ({ lanes, parts }: Loose): boolean =>
    lanes.includes(lane) || parts.some((part) => touches.includes(part));
  if (lane === demandedLane && before.length === 0) return before;
  const others = before.filter((loose) => !meets(loose));
  if (lane === demandedLane) return others;
  const met = before.filter(meets);
  const lanes = [...new Set([lane, ...met.flatMap((loose) => loose.lanes)])].sort();
  const parts = [...new Set([...touches, ...met.flatMap((loose) => loose.parts)])].sort();
  return [...others, { lanes, parts }].sort((a, b) => (a.lanes[0]! < b.lanes[0]! ? -1 : 1));
}

function told(last: Trail | undefined): readonly Explanation[] {
  const steps: Explanation[] = [];
  for (let at = last; at; at = at.before) steps.push({ what: at.what, consumed: at.consumed });
  return steps.reverse();
}

/**
 * Whether the observations, from `observations()`, are a behaviour of the system from one of the states.
 *
 * Sound and complete up to the limit: explained, if some run of the system shows exactly these observations in an order
 * that their lanes and windows allow.
 */
export const explain = <State>(
  world: World<State>,
  initial: readonly State[],
  observed: readonly Observation[],
  limits: InclusionLimits,
): Answer => new Inclusion(world, observed, limits).explain(initial);
