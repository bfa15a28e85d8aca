/**
 * Discrete events: the possible steps of a system, each with a clock, and the step whose clock rings first is taken. A clock
 * goes on while its activity stays possible and is stopped for good when it is not (decision
 * docs/decisions/0033-simulation.md). What takes no time comes before everything that takes some.
 */
import { Live } from "../../kernel/live.ts";
import type { Trial } from "../../kernel/trial.ts";
import { ModelError, type System } from "../../system.ts";
import type { Rates } from "../rates.ts";
import { Activity, type Possible, type Unit } from "./activity.ts";
import { Agenda } from "./agenda.ts";
import { Bag } from "./bag.ts";
import { chosenFrom, timeOf, type Draws } from "./draws.ts";
import { Names } from "./seen.ts";
import { Timing } from "./timing.ts";
import { Units } from "./units.ts";
import { drawnFrom } from "./wide.ts";

/** Steps without time one after the other: more are taken for a circle. */
const MOST_IMMEDIATE = 100_000;
/** Draws of one of many that turn out to be impossible, before all of them are tried. */
const MOST_DRAWS = 64;

/** Who is told of every step: before it is made, when the state is still that before it, and after it. */
export interface Watcher {
  readonly before: (step: string, trial: Trial, now: number) => void;
  readonly after: (trial: Trial, now: number) => void;
}

const NO_DRAWS: Draws = {
  uniform: () => {
    throw new ModelError("A simulation has not begun.");
  },
};

export class Engine {
  readonly live: Live;
  readonly names: Names;
  /** Nanoseconds since the beginning. */
  now = 0;
  /** Steps taken. */
  steps = 0;
  readonly #units: Units;
  readonly #agenda = new Agenda();
  #activities: Activity[] = [];
  /** By component and rule. */
  #byRule: (Activity | undefined)[][] = [];
  #immediate = new Bag<Possible>();
  /** The first `#dirtyCount`. */
  readonly #dirty: Activity[] = [];
  #dirtyCount = 0;
  #draws: Draws = NO_DRAWS;
  #inARow = 0;

  /** Of rates that were checked. `told`: types of the messages that a watcher asks for; undefined: all. */
  constructor(system: System, rates: Rates, told?: ReadonlySet<string>) {
    this.live = new Live(system, told);
    this.names = new Names(this.live);
    this.#units = new Units(this.live, new Timing(rates, this.names));
  }

  /** Begins anew with these draws. What was made for the system is used again: with thousands of pages it takes long. */
  begin(draws: Draws): this {
    this.live.begin();
    this.#units.begin();
    this.#agenda.clear();
    this.#draws = draws;
    this.now = 0;
    this.steps = 0;
    this.#activities = [];
    this.#byRule = this.live.system.componentNames.map(() => []);
    this.#immediate = new Bag();
    this.#dirtyCount = 0;
    this.#inARow = 0;
    for (const unit of this.#units.all) this.#look(unit);
    this.#windUp();
    return this;
  }

  /** When the next step is taken; infinite where none is possible any more. */
  get next(): number {
    if (this.#immediate.count > 0) return this.now;
    return this.#agenda.size > 0 ? this.#agenda.timeOf(this.#agenda.first) : Infinity;
  }

  /** Takes the next step; there is one. */
  advance(watcher: Watcher): void {
    const time = this.next;
    if (time > this.now || this.#immediate.count === 0) this.#inARow = 0;
    this.now = time;
    const from = this.#immediate.count > 0 ? this.#immediate : this.#ringing();
    const { unit, trial } = this.#drawn(from);
    const step = this.#units.stepOf(unit, trial);
    if (this.#immediate.count > 0 && ++this.#inARow > MOST_IMMEDIATE)
      throw new ModelError(`Steps without time go round in a circle, at ${time} ns with "${step}".`);
    watcher.before(step, trial, time);
    this.live.make(trial);
    this.steps++;
    const found = this.#units.dependingOn(trial.slots);
    for (let k = 0; k < found.count; k++) this.#look(found.units[k]!);
    this.#windUp();
    watcher.after(trial, time);
  }

  #ringing(): Bag<Possible> {
    const activity = this.#activities[this.#agenda.first]!;
    activity.hasHappened = true;
    this.#soil(activity);
    return activity.possible;
  }

  /** One of many is drawn before it is tried; where it is not possible, all is drawn again, so that the weights stay true. */
  #drawn(from: Bag<Possible>): { readonly unit: Unit; readonly trial: Trial } {
    for (let draw = 0; draw < MOST_DRAWS; draw++) {
      const { unit, trial } = from.items[from.count === 1 ? 0 : chosenFrom(from.items, from.count, this.#draws)]!;
      const found = trial ?? this.live.tryEvent(unit.slot, unit.events![drawnFrom(unit.wide!, this.#draws)]!);
      if (found) return { unit, trial: found };
    }
    const every = this.#exact(from.list());
    const { unit, trial } = every[chosenFrom(every, every.length, this.#draws)]!;
    return { unit, trial: trial! };
  }

  /** The same steps, and in place of many that were not tried those of them that are possible. */
  #exact(from: readonly Possible[]): readonly Possible[] {
    if (from.every(({ trial }) => trial)) return from;
    return from.flatMap((one) => (one.trial ? [one] : this.#units.everyOf(one.unit)));
  }

  /** Looks again at what the unit can do. */
  #look(unit: Unit): void {
    const before = unit.possible;
    const isOff = this.#units.isOff(unit);
    if (isOff && before.length === 0) {
      unit.isDirty = false;
      return;
    }
    for (let k = 0; k < before.length; k++) this.#forget(before[k]!);
    const found = isOff ? this.#units.skip(unit) : this.#units.look(unit);
    unit.possible = found;
    for (let k = 0; k < found.length; k++) this.#keep(found[k]!);
  }

  #keep(possible: Possible): void {
    const { timed, unit, trial } = possible;
    if (timed.kind === "immediate") {
      this.#immediate.add(possible);
      return;
    }
    const activities = this.#byRule[trial?.taker ?? unit.slot]!;
    let activity = activities[timed.rule];
    if (!activity) {
      activity = new Activity(this.#activities.length, timed.cost);
      this.#activities.push(activity);
      activities[timed.rule] = activity;
    }
    possible.activity = activity;
    activity.possible.add(possible);
    this.#soil(activity);
  }

  #forget(possible: Possible): void {
    const { activity } = possible;
    (activity?.possible ?? this.#immediate).remove(possible);
    if (activity) this.#soil(activity);
  }

  #soil(activity: Activity): void {
    if (activity.isDirty) return;
    activity.isDirty = true;
    this.#dirty[this.#dirtyCount++] = activity;
  }

  /** Starts and stops the clocks of what has changed. */
  #windUp(): void {
    for (let k = 0; k < this.#dirtyCount; k++) {
      const activity = this.#dirty[k]!;
      activity.isDirty = false;
      const { items, count } = activity.possible;
      const first = count === 0 ? undefined : items[0];
      const times = first?.timed.kind === "timed" ? first.timed.times : 0;
      if (times === 0) this.#agenda.delete(activity.clock);
      else if (activity.hasHappened || times !== activity.times || !this.#agenda.has(activity.clock))
        this.#agenda.set(activity.clock, this.now + timeOf(activity.cost, times, this.#draws));
      activity.times = times;
      activity.hasHappened = false;
    }
    this.#dirtyCount = 0;
  }
}
