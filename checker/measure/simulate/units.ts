/**
 * What can happen in a simulation, kept up to date: a unit is all events of one type of a component, or a channel. A unit is
 * looked at again only when a slot has changed that decided the last time what it can do.
 */
import type { Message } from "../../json.ts";
import type { Live } from "../../kernel/live.ts";
import type { Trial } from "../../kernel/trial.ts";
import { stepName } from "../occurrence.ts";
import type { Possible, Unit } from "./activity.ts";
import { Dependents, type Found } from "./dependents.ts";
import { wideOf, type Wide } from "./wide.ts";
import type { Timed } from "../rates.ts";
import type { Timing } from "./timing.ts";

/** From so many events on, they are drawn before they are tried. */
const WIDE = 16;

export class Units {
  readonly all: readonly Unit[];
  readonly #live: Live;
  readonly #timing: Timing;
  readonly #dependents: Dependents;
  /** By slot of a channel, and type of the head: the name of the step. */
  readonly #deliveries: readonly Map<string, string>[];

  constructor(live: Live, timing: Timing) {
    this.#live = live;
    this.#timing = timing;
    const { system } = live;
    const units: Unit[] = [];
    const grouped = remembered(byType);
    const widths = remembered((timed: readonly Timed[]) => wideOf(timed));
    const add = (slot: number, events: readonly Message[] | undefined, step: string | undefined): void => {
      const timed = events && timing.ofEvents(step!, events);
      const wide = timed && timed.length > WIDE ? widths(timed) : undefined;
      const kind = events ? live.machines[slot]!.kindOf(events[0]!.type) : -1;
      units.push({ slot, events, kind, timed, step, wide, version: 0, isDirty: false, possible: NOTHING });
    };
    for (const [slot, component] of system.componentNames.entries()) {
      for (const events of grouped(system.components[component]!.events ?? []))
        add(slot, events, stepName(system, { kind: "event", component, event: events[0]! }, events[0]!));
    }
    for (let slot = live.componentCount; slot < live.slots; slot++) add(slot, undefined, undefined);
    this.all = units;
    this.#deliveries = system.channelNames.map(() => new Map());
    this.#dependents = new Dependents(live, units);
  }

  /** Nothing was looked at yet. */
  begin(): void {
    for (const unit of this.all) {
      unit.version = 0;
      unit.isDirty = false;
      unit.possible = NOTHING;
    }
    this.#dependents.begin();
  }

  /** Whether the state of the component alone tells that the unit can do nothing. */
  isOff({ slot, events, kind }: Unit): boolean {
    return events ? !this.#live.mayTake(slot, kind) : this.#live.queue(slot).length === 0;
  }

  /** The units that depend on one of the slots, each once. They are to be looked at before this is asked again. */
  dependingOn(slots: readonly number[]): Found {
    return this.#dependents.of(slots);
  }

  /** What the unit can do now, if it is not off. It depends on every slot that decides it. */
  look(unit: Unit): readonly Possible[] {
    this.#dependents.renew(unit);
    const { slot, events, timed, wide } = unit;
    if (!events) return this.#lookChannel(unit);
    if (wide) return this.#lookWide(unit, wide);
    if (events.length === 1) {
      const trial = this.#live.tryEvent(slot, events[0]!);
      this.#noteReads(unit);
      return trial ? this.#only(unit, timed ? timed[0]! : this.#timing.of(unit.step!, trial), trial) : NOTHING;
    }
    const found: Possible[] = [];
    for (let k = 0; k < events.length; k++) {
      const trial = this.#live.tryEvent(slot, events[k]!);
      this.#noteReads(unit);
      if (trial) this.#add(unit, timed ? timed[k]! : this.#timing.of(unit.step!, trial), trial, found);
    }
    return found;
  }

  /** Of a unit that is off: nothing. */
  skip(unit: Unit): readonly Possible[] {
    this.#dependents.renew(unit);
    return NOTHING;
  }

  /** Of a unit with so many events: all that are possible, tried one by one. */
  everyOf(unit: Unit): readonly Possible[] {
    const found: Possible[] = [];
    for (const event of unit.events!) {
      const trial = this.#live.tryEvent(unit.slot, event);
      if (trial) this.#add(unit, this.#timing.of(unit.step!, trial), trial, found);
    }
    return found;
  }

  stepOf(unit: Unit, trial: Trial): string {
    return unit.step ?? this.#deliveryOf(unit.slot, trial.event);
  }

  #lookChannel(unit: Unit): readonly Possible[] {
    const trial = this.#live.tryDelivery(unit.slot);
    this.#noteReads(unit);
    if (!trial) return NOTHING;
    return this.#only(unit, this.#timing.of(this.#deliveryOf(unit.slot, trial.event), trial), trial);
  }

  #lookWide(unit: Unit, wide: Wide): readonly Possible[] {
    for (const at of wide.places) {
      const trial = this.#live.tryEvent(unit.slot, unit.events![at]!);
      this.#noteReads(unit);
      if (trial) return [{ unit, timed: wide.timed, trial: undefined, weight: wide.total, activity: undefined }];
    }
    return NOTHING;
  }

  #only(unit: Unit, timed: Timed, trial: Trial): readonly Possible[] {
    if (timed.kind === "never" || (timed.kind === "timed" && timed.times === 0)) return NOTHING;
    return [{ unit, timed, trial, weight: timed.weight, activity: undefined }];
  }

  #add(unit: Unit, timed: Timed, trial: Trial, found: Possible[]): void {
    if (timed.kind === "never" || (timed.kind === "timed" && timed.times === 0)) return;
    found.push({ unit, timed, trial, weight: timed.weight, activity: undefined });
  }

  /** What decided the last trial decides what the unit can do. */
  #noteReads(unit: Unit): void {
    const { reads, readCount } = this.#live;
    for (let k = 0; k < readCount; k++) if (reads[k] !== unit.slot) this.#dependents.add(reads[k]!, unit);
  }

  #deliveryOf(slot: number, event: Message): string {
    const names = this.#deliveries[slot - this.#live.componentCount]!;
    const known = names.get(event.type);
    if (known !== undefined) return known;
    const step = stepName(this.#live.system, { kind: "deliver", channel: this.#live.nameOf(slot) }, event);
    names.set(event.type, step);
    return step;
  }
}

/** Events of one type, in order. */
function byType(all: readonly Message[]): readonly (readonly Message[])[] {
  const groups = new Map<string, Message[]>();
  for (const event of all) {
    const events = groups.get(event.type);
    if (events) events.push(event);
    else groups.set(event.type, [event]);
  }
  return [...groups.values()];
}

/** What is made of a list, once for each list: components often share one, and it may have thousands of events. */
function remembered<From extends object, T>(make: (from: From) => T): (from: From) => T {
  const known = new Map<From, T>();
  return (from) => {
    if (!known.has(from)) known.set(from, make(from));
    return known.get(from)!;
  };
}

const NOTHING: readonly Possible[] = [];
