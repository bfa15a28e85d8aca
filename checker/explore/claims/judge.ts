/**
 * Judges states while they are found. A predicate is asked once of all states in which it reads the same (read-tree.ts);
 * instances that read the same slots share one tree.
 */
import type { Core } from "../../kernel/core.ts";
import { impartially } from "./impartial.ts";
import { instancesOf, type Instance } from "./instances.ts";
import type { Orbits } from "../symmetry/orbits.ts";
import { askHolds, PredicateError } from "./predicate.ts";
import { ReadTree, Views } from "./read-tree.ts";
import { Held, type Reads } from "./reads.ts";

/** Instances that read the same slots, and of these the violated ones, if any. */
interface Group {
  readonly slots: readonly number[];
  /** Bit (slot mod 32) for each slot: a superset test against what a step touched. */
  readonly mask: number;
  readonly instances: readonly Instance[];
  readonly bad: ReadTree<readonly Instance[] | undefined>;
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
  readonly #views: Views;
  /** The state that is looked at. */
  #state = -1;

  constructor(core: Core) {
    this.core = core;
    this.instances = instancesOf(core.system);
    this.#views = new Views(new Held(core));
    const groups = new Map<string, { slots: number[]; instances: Instance[] }>();
    for (const instance of this.instances) {
      if (instance.property.kind === "canAlways" || instance.property.kind === "leadsTo") continue;
      const slots = instance.slots.map((name) => core.slotOf(name));
      const key = slots.join(",");
      const group = groups.get(key);
      if (group) group.instances.push(instance);
      else groups.set(key, { slots, instances: [instance] });
    }
    this.groups = [...groups.values()].map(({ slots, instances: read }) => ({
      slots,
      mask: slots.reduce((mask, slot) => mask | (1 << (slot & 31)), 0),
      instances: read,
      bad: new ReadTree(this.#views, (reads) => this.#badOf(read, reads)),
    }));
  }

  /** Said before anything is judged, where states stand for others: then no predicate may tell these apart. */
  set orbits(orbits: Orbits | undefined) {
    this.#views.held.orbits = orbits;
  }

  /** Bytes of what is remembered of predicates, roughly. */
  get bytes(): number {
    return this.groups.reduce((bytes, { bad }) => bytes + bad.bytes, this.#views.bytes);
  }

  /** Looks at the vector of `state`; only groups that read a touched slot. Returns whether an `always` is violated. */
  look(vector: Int32Array, touched: number, state: number): boolean {
    this.#state = state;
    let bad = false;
    for (let g = 0; g < this.groups.length; g++) {
      const group = this.groups[g]!;
      if ((group.mask & touched) !== 0 && group.bad.of(vector) !== undefined) bad = true;
    }
    return bad;
  }

  /** The instances violated in this vector. */
  violated(vector: Int32Array): readonly Instance[] {
    this.#state = -1;
    return this.groups.flatMap((group) => group.bad.of(vector) ?? []);
  }

  #badOf(instances: readonly Instance[], reads: Reads): readonly Instance[] | undefined {
    const bad: Instance[] = [];
    for (const instance of instances) {
      const { property } = instance;
      if (this.failed.has(property.id)) continue;
      const holds = this.#ask(instance, reads);
      if (holds === undefined) continue;
      if (property.kind === "always" && !holds) bad.push(instance);
      if ((property.kind === "sometimes") === holds && !this.found.has(property.id))
        this.found.set(property.id, { instance, state: this.#state });
    }
    return bad.length > 0 ? bad : undefined;
  }

  #ask(instance: Instance, reads: Reads): boolean | undefined {
    try {
      return impartially(reads, instance, askHolds);
    } catch (error) {
      if (!(error instanceof PredicateError)) throw error;
      this.failed.set(instance.property.id, error.message);
      return undefined;
    }
  }
}
