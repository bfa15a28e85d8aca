/**
 * Judges states while they are found. A predicate reads a few slots only, so it is evaluated once for each distinct
 * tuple of their numbers; instances that read the same slots share one lookup.
 */
import type { Core } from "../kernel/core.ts";
import { Pairs } from "../kernel/pairs.ts";
import { stateName } from "../kernel/step.ts";
import type { Json } from "../json.ts";
import type { Seen } from "../property.ts";
import { impartially, type Asked } from "./impartial.ts";
import { instancesOf, type Instance, type Source } from "./instances.ts";
import type { Orbits } from "./orbits.ts";
import { askHolds, PredicateError } from "./predicate.ts";

/** The slots of a core as predicates see them, from the vector given. */
export function sourceOf(core: Core, vector: ArrayLike<number>): Source {
  return {
    component: (name) => seenLocal(core, core.slotOf(name), vector[core.slotOf(name)]!),
    channel: (name) => core.messagesOf(core.slotOf(name), vector[core.slotOf(name)]!),
  };
}

function seenLocal(core: Core, slot: number, local: number): Seen {
  const snapshot = core.locals[slot]!.values[local]!;
  return {
    name: core.slotName(slot),
    state: stateName(snapshot.value),
    context: snapshot.context as Record<string, Json>,
  };
}

/** Instances that read the same slots. */
class Group {
  readonly slots: Int32Array;
  /** Bit (slot mod 32) for each slot: a superset test against what a step touched. */
  readonly mask: number;
  readonly instances: readonly Instance[];
  readonly #pairs: Pairs[];
  readonly #single: boolean;
  readonly #known: number[] = [];
  #tuples = 0;
  isNew = false;
  /** By tuple: the violated instances, if any; empty as long as nothing is violated. */
  readonly bad: (readonly Instance[] | undefined)[] = [];

  constructor(slots: readonly number[], instances: readonly Instance[]) {
    this.slots = Int32Array.from(slots);
    this.mask = slots.reduce((mask, slot) => mask | (1 << (slot & 31)), 0);
    this.instances = instances;
    this.#single = slots.length === 1;
    this.#pairs = slots.slice(1).map(() => new Pairs());
  }

  /** The number of the tuple of this vector; `isNew` when it was never seen. */
  tuple(vector: Int32Array): number {
    let id = vector[this.slots[0]!]!;
    if (this.#single) {
      let known = this.#known[id];
      this.isNew = known === undefined;
      if (known === undefined) this.#known[id] = known = this.#tuples++;
      return known;
    }
    this.isNew = false;
    for (let k = 0; k < this.#pairs.length; k++) {
      const pairs = this.#pairs[k]!;
      id = pairs.find(id, vector[this.slots[k + 1]!]!);
      this.isNew = pairs.isNew;
    }
    return id;
  }
}

/** What became of one property. */
export interface Finding {
  readonly instance: Instance;
  /** The state where it was first violated (`always`) or witnessed (`sometimes`). */
  readonly state: number;
}

export class Judge {
  readonly core: Core;
  readonly groups: readonly Group[];
  readonly instances: readonly Instance[];
  /** By id of the property: the first violation of an `always`, the first witness of a `sometimes`. */
  readonly found = new Map<string, Finding>();
  /** By id of the property: why it is asked no more. What was found before stands. */
  readonly failed = new Map<string, string>();
  /** Set where states stand for others: then no predicate may tell these apart. */
  orbits: Orbits | undefined;

  constructor(core: Core) {
    this.core = core;
    this.instances = instancesOf(core.system);
    const groups = new Map<string, { slots: number[]; instances: Instance[] }>();
    for (const instance of this.instances) {
      if (instance.property.kind === "canAlways" || instance.property.kind === "leadsTo") continue;
      const slots = instance.slots.map((name) => core.slotOf(name));
      const key = slots.join(",");
      const group = groups.get(key);
      if (group) group.instances.push(instance);
      else groups.set(key, { slots, instances: [instance] });
    }
    this.groups = [...groups.values()].map(({ slots, instances }) => new Group(slots, instances));
  }

  /** Looks at the vector of `state`; only groups that read a touched slot. Returns whether an `always` is violated. */
  look(vector: Int32Array, touched: number, state: number): boolean {
    let bad = false;
    for (let g = 0; g < this.groups.length; g++) {
      const group = this.groups[g]!;
      if ((group.mask & touched) === 0) continue;
      const tuple = group.tuple(vector);
      if (group.isNew) this.#evaluate(group, tuple, vector, state);
      if (group.bad.length > 0 && group.bad[tuple] !== undefined) bad = true;
    }
    return bad;
  }

  /** The instances violated in this vector. */
  violated(vector: Int32Array): readonly Instance[] {
    return this.groups.flatMap((group) => {
      const tuple = group.tuple(vector);
      if (group.isNew) this.#evaluate(group, tuple, vector, -1);
      return group.bad[tuple] ?? [];
    });
  }

  #evaluate(group: Group, tuple: number, vector: Int32Array, state: number): void {
    const asked = { vector, turn: tuple, sourceOf: (of: Int32Array) => sourceOf(this.core, of) };
    const bad: Instance[] = [];
    for (const instance of group.instances) {
      const { property } = instance;
      if (this.failed.has(property.id)) continue;
      const holds = this.#ask(instance, asked);
      if (holds === undefined) continue;
      if (property.kind === "always" && !holds) bad.push(instance);
      if ((property.kind === "sometimes") === holds && !this.found.has(property.id))
        this.found.set(property.id, { instance, state });
    }
    if (bad.length > 0) group.bad[tuple] = bad;
  }

  #ask(instance: Instance, asked: Asked): boolean | undefined {
    try {
      return impartially(this.orbits, instance, asked, askHolds);
    } catch (error) {
      if (!(error instanceof PredicateError)) throw error;
      this.failed.set(instance.property.id, error.message);
      return undefined;
    }
  }
}
