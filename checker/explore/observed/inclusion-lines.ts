/** Observations by lane, and in the order in which their windows close. */
import type { Observation } from "./observed.ts";

export class Lines {
  readonly observed: readonly Observation[];
  /** Names of lanes; elsewhere a lane is its place here. */
  readonly lanes: readonly string[];
  /** By lane: its observations in order. */
  readonly ofLane: readonly (readonly number[])[];
  /** By observation: its lane, and its place among those of the lane. */
  readonly laneOf: readonly number[];
  readonly placeOf: readonly number[];
  /** Observations in the order in which their windows close. */
  readonly demands: readonly number[];
  /** Observations in the order in which their windows open. */
  readonly openings: readonly number[];
  readonly #numbers: ReadonlyMap<string, number>;

  constructor(observed: readonly Observation[]) {
    this.observed = observed;
    this.lanes = [...new Set(observed.map(({ lane }) => lane))];
    const numbers = new Map(this.lanes.map((lane, number) => [lane, number]));
    this.#numbers = numbers;
    const ofLane: number[][] = this.lanes.map(() => []);
    this.ofLane = ofLane;
    this.laneOf = observed.map(({ lane }) => numbers.get(lane)!);
    this.placeOf = this.laneOf.map((lane, index) => ofLane[lane]!.push(index) - 1);
    const places = [...observed.keys()];
    this.demands = places.toSorted((a, b) => observed[a]!.closes - observed[b]!.closes || a - b);
    this.openings = places.toSorted((a, b) => observed[a]!.opens - observed[b]!.opens || a - b);
  }

  numberOf(lane: string): number | undefined {
    return this.#numbers.get(lane);
  }
}
