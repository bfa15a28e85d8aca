/** What the searches for an explanation (inclusion.ts) know of a system, what it answers, and which steps depend on which. */
import type { Json } from "../../json.ts";
import type { Mark, Observation } from "./observed.ts";

/** A step of the system. One without marks is silent. */
export interface ObservedStep<State> {
  readonly to: State;
  readonly lane: string;
  readonly marks: readonly Mark[];
  /** The parts of the state that it reads or writes: two steps without a common part commute. */
  readonly touches: readonly string[];
  /** Told of a step in an answer. */
  readonly what: Json;
  /** Names of things that the step is about; they only guide a search. */
  readonly about?: () => readonly string[];
  /**
   * Names of things of which later observations say that the step should come otherwise; none: they do not. `next` is the
   * next observation of the lane before the step, `moment` the first one that has not come. This only guides a search.
   */
  readonly doubts?: (next: number | undefined, moment: number) => readonly string[];
  /** Names of what the step does that has a turn in a plan; `next` as above. */
  readonly turns?: (next: number | undefined) => readonly string[];
}

/** A step that the machine of a lane would take, and another part of the state does not let it. */
export interface RefusedStep {
  readonly refused: true;
  readonly lane: string;
  readonly touches: readonly string[];
}
export type Tried<State> = ObservedStep<State> | RefusedStep;

/** Something that has a turn in a plan, once or several times. */
export interface Turn {
  readonly name: string;
  readonly lane: string;
  /** Each chain is in order. */
  readonly chain: string;
  /** So many of other chains come before it. */
  readonly after: readonly (readonly [chain: string, count: number])[];
}

/** What the search needs to know of a system. */
export interface World<State> {
  /** Equal texts for equal states. */
  readonly key: (state: State) => string;
  /** All steps, or at least those of the lane. */
  readonly steps: (state: State, lane?: string) => readonly Tried<State>[];
  /** Steps that become possible because the observation is the next one of its lane: the call of which it is a line. */
  readonly calls: (state: State, observation: Observation, place: number) => readonly Tried<State>[];
  /** Names of things that the observation is about, as far as they are there. They only guide a search. */
  readonly meant?: (state: State, place: number) => readonly string[];
  /** An order in which a run from the state may have done things, as far as it is foreseen. It only guides a search. */
  readonly plan?: (initial: State) => readonly Turn[];
}

export interface InclusionLimits {
  /** States explored, and steps walked, for one observation, at most. */
  readonly states: number;
}

/** A step on the way, with the observations that it consumed. */
export interface Explanation {
  readonly what: Json;
  readonly consumed: readonly number[];
}

export type Answer =
  | {
      readonly kind: "explained";
      readonly steps: readonly Explanation[];
      /** Which of the states the run begins in; absent: one of them. */
      readonly from?: number;
    }
  | {
      readonly kind: "not-explained";
      /** Of the states that explain most, the first; up to before the observation that cannot be. */
      readonly steps: readonly Explanation[];
      /** The first observation that cannot be explained. */
      readonly at: number;
      /** False: of the states before, only the first were kept, and another one might explain more. */
      readonly exhaustive: boolean;
      /** What could have been shown there instead, by the lane of the observation and by others. */
      readonly instead: readonly { readonly lane: string; readonly mark: Mark }[];
    }
  | { readonly kind: "undecided"; readonly at: number; readonly because: string };

export interface Loose {
  readonly lane: string;
  readonly parts: readonly string[];
}

/**
 * The last steps of other lanes on which nothing depends yet, after a step. Each step depends on those before it that
 * touched a common part, or are of its lane. A step of the lane that is demanded depends on all of them, or it is undefined:
 * what it does not depend on can be taken after it.
 */
export function loosened<State>(
  before: readonly Loose[],
  { lane, touches }: ObservedStep<State>,
  demandedLane: string,
): readonly Loose[] | undefined {
  const isNeeded = (loose: Loose): boolean => loose.lane === lane || loose.parts.some((part) => touches.includes(part));
  if (lane === demandedLane) return before.every(isNeeded) ? [] : undefined;
  const others = before.filter((loose) => !isNeeded(loose));
  return [...others, { lane, parts: [...touches].sort() }].sort((a, b) => (a.lane < b.lane ? -1 : 1));
}
