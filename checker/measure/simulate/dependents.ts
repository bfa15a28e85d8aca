/** Which units have to be looked at again when a slot changes. */
import type { Live } from "../../kernel/live.ts";
import type { Unit } from "./activity.ts";

/** A list is cleaned up when it is longer than this, and than twice what was left of it the last time. */
const SHORT = 64;

/** The first `count` of them. The list keeps its room. */
export interface Found {
  readonly units: readonly Unit[];
  readonly count: number;
}

export class Dependents implements Found {
  readonly units: Unit[] = [];
  count = 0;
  readonly #live: Live;
  /** By slot: the units of the slot itself. */
  readonly #own: readonly Unit[][];
  /** By slot: others that have read it, and which time they did. */
  readonly #units: readonly Unit[][];
  readonly #versions: readonly number[][];
  /** By slot: how many of these count. */
  readonly #counts: Int32Array;
  readonly #longest: number[];

  constructor(live: Live, units: readonly Unit[]) {
    const { slots } = live;
    this.#live = live;
    this.#own = Array.from({ length: slots }, () => []);
    this.#units = Array.from({ length: slots }, () => []);
    this.#versions = Array.from({ length: slots }, () => []);
    this.#counts = new Int32Array(slots);
    this.#longest = Array.from({ length: slots }, () => SHORT);
    for (const unit of units) this.#own[unit.slot]!.push(unit);
  }

  /** No unit depends on anything yet. */
  begin(): void {
    this.#counts.fill(0);
    this.#longest.fill(SHORT);
  }

  /** The unit is looked at anew: what it has read before does not count any more. */
  renew(unit: Unit): void {
    unit.version++;
    unit.isDirty = false;
  }

  add(slot: number, unit: Unit): void {
    const units = this.#units[slot]!;
    const versions = this.#versions[slot]!;
    // Several events of one unit often read the same.
    const count = this.#counts[slot]!;
    if (count > 0 && units[count - 1] === unit && versions[count - 1] === unit.version) return;
    units[count] = unit;
    versions[count] = unit.version;
    this.#counts[slot] = count + 1;
    if (count >= this.#longest[slot]!) this.#cleanUp(slot, units, versions);
  }

  /** The units that depend on one of the slots, each once. They are to be looked at before this is asked again. */
  of(slots: readonly number[]): Found {
    this.count = 0;
    for (let at = 0; at < slots.length; at++) {
      const slot = slots[at]!;
      const own = this.#own[slot]!;
      for (let k = 0; k < own.length; k++) if (!this.#isIdle(own[k]!)) this.#take(own[k]!);
      const count = this.#counts[slot]!;
      if (count === 0) continue;
      const units = this.#units[slot]!;
      const versions = this.#versions[slot]!;
      for (let k = 0; k < count; k++) if (units[k]!.version === versions[k]) this.#take(units[k]!);
      this.#counts[slot] = 0;
    }
    return this;
  }

  /** It could do nothing, and its component takes none of its events now. */
  #isIdle({ possible, slot, kind }: Unit): boolean {
    return possible.length === 0 && kind >= 0 && !this.#live.mayTake(slot, kind);
  }

  #take(unit: Unit): void {
    if (unit.isDirty) return;
    unit.isDirty = true;
    this.units[this.count++] = unit;
  }

  #cleanUp(slot: number, units: Unit[], versions: number[]): void {
    let left = 0;
    for (let k = 0; k < this.#counts[slot]!; k++) {
      if (units[k]!.version !== versions[k]) continue;
      units[left] = units[k]!;
      versions[left++] = versions[k]!;
    }
    this.#counts[slot] = left;
    this.#longest[slot] = Math.max(SHORT, 2 * left);
  }
}
