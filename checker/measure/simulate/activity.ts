/** What can happen, and when: possible steps, what they are steps of, and the clocks that they share. */
import type { Message } from "../../json.ts";
import type { Trial } from "../../kernel/trial.ts";
import type { Cost } from "../cost.ts";
import type { Timed } from "../rates.ts";
import { Bag } from "./bag.ts";
import type { Wide } from "./wide.ts";

/** A step that is possible now. */
export interface Possible {
  readonly unit: Unit;
  readonly timed: Exclude<Timed, { readonly kind: "never" }>;
  /** Undefined for one of many, which is drawn when it happens. */
  readonly trial: Trial | undefined;
  readonly weight: number;
  /** Undefined for what takes no time. */
  activity: Activity | undefined;
}

export interface Unit {
  readonly slot: number;
  /** Undefined for a channel. */
  readonly events: readonly Message[] | undefined;
  /** Of its machine, that of the events. */
  readonly kind: number;
  /** What rates say of each event, where they alone tell. */
  readonly timed: readonly Timed[] | undefined;
  /** The name of the step; of a channel it depends on the head. */
  readonly step: string | undefined;
  /** So many events that they are not all tried. */
  readonly wide: Wide | undefined;
  /** Counts how often it was looked at: what it depended on earlier is out of date. */
  version: number;
  isDirty: boolean;
  possible: readonly Possible[];
}

/** Steps of one component by one rule: one clock for all of them, and weights say which is taken when it rings. */
export class Activity {
  /** The number of its clock. */
  readonly clock: number;
  readonly cost: Cost;
  readonly possible = new Bag<Possible>();
  /** For how many the clock was drawn. */
  times = 0;
  /** Something has changed, or it has happened. */
  isDirty = false;
  hasHappened = false;

  constructor(clock: number, cost: Cost) {
    this.clock = clock;
    this.cost = cost;
  }
}
