/**
 * All reachable states, level by level, so that what is found first is found by a shortest path; up to symmetry, where
 * breadth-first.ts asks for it.
 */
import { Core } from "../kernel/core.ts";
import { ModelError, type System } from "../system.ts";
import { Batch } from "./batch.ts";
import { DEADLOCK, forbidsDeadlock } from "./deadlock.ts";
import { mistakeAfter } from "./execution.ts";
import { Graph, STILL } from "./graph.ts";
import { Judge } from "./judge.ts";
import { layoutFor, pack, repacking, unpack, withRoom, type Layout } from "./layout.ts";
import { boundReached, type Limits } from "./limits.ts";
import { Memory } from "./memory.ts";
import { Orbits } from "./orbits.ts";
import { Recent } from "./recent.ts";
import { Stop, STOPPED_AT_FIRST } from "./stop.ts";
import { hashOf, Store } from "./store.ts";
import { warmUp } from "./warm-up.ts";

export abstract class LevelSearch {
  readonly system: System;
  core!: Core;
  judge!: Judge;
  readonly limits: Limits;
  store!: Store;
  layout!: Layout;
  transitions = 0;
  /** Steps from the initial state to the states being expanded. */
  depth = 0;
  /** All reachable states were expanded. */
  complete = false;
  /** Which bound ended the search early. */
  stoppedBy: string | undefined;
  /** First state without a step, and first in which an `always` is violated; or -1. */
  deadlock = -1;
  firstViolation = -1;
  /** With `keepGraph`. */
  graph: Graph | undefined;
  /** With `symmetry`, where something can be exchanged, and as long as it is sound. */
  orbits: Orbits | undefined;
  /** States that those found stand for, and transitions of those expanded: what a search without symmetry counts. */
  represented = 1;
  representedTransitions = 0;
  readonly #isBounded: boolean;
  readonly #memory = new Memory();
  stop!: Stop;
  #next = 0;
  #levelEnd = 1;
  #batch!: Batch;
  #scratch!: Int32Array;
  #packed!: Int32Array;
  #recent!: Recent;

  constructor(system: System, limits: Limits = {}) {
    this.system = system;
    this.limits = limits;
    for (const [limit, value] of Object.entries({ maxStates: limits.maxStates, maxBytes: limits.maxBytes }))
      if (value !== undefined && !(value >= 1)) throw new RangeError(`${limit} is ${value}; it must be at least 1.`);
    this.#isBounded = limits.maxStates !== undefined || limits.maxBytes !== undefined;
  }

  /** Begins, or begins again, with what the symmetry says or without. */
  protected begin(symmetry: boolean): void {
    this.transitions = this.representedTransitions = this.depth = this.#next = 0;
    this.stop = new Stop(this.limits);
    this.complete = false;
    this.stoppedBy = this.orbits = undefined;
    this.deadlock = this.firstViolation = -1;
    this.represented = this.#levelEnd = 1;
    this.core = new Core(this.system);
    this.judge = new Judge(this.core);
    warmUp(this.core);
    const orbits = symmetry ? new Orbits(this.core, this.judge.instances) : undefined;
    this.orbits = orbits && orbits.exchanges.length > 1 ? orbits : undefined;
    this.judge.orbits = this.orbits;
    this.layout = this.#newLayout();
    this.store = new Store(this.layout.words);
    this.#batch = new Batch(this.core.slots);
    this.#packed = new Int32Array(this.core.slots);
    this.#scratch = new Int32Array(this.core.slots);
    this.graph = this.limits.keepGraph ? new Graph() : undefined;
    pack(this.layout, this.core.initial, this.#packed);
    this.store.add(this.#packed, 0, hashOf(this.#packed, 0, this.layout.words), -1, 0);
    this.#recent = new Recent(this.layout.words, this.#packed);
    this.#look(this.core.initial, -1, 0);
    if (this.stop.isOver) this.stoppedBy = STOPPED_AT_FIRST;
  }

  /** Expands up to `count` states; false when the search is over. */
  protected expandSome(count: number): boolean {
    const until = this.#next + count;
    while (this.#next < until) {
      if (this.#over()) return false;
      if (this.#next === this.#levelEnd && !this.#descend()) return false;
      if (this.stop.endsAt(this.#next)) this.graph?.addDegree(0);
      else this.#expand(this.#next);
      this.#next++;
    }
    return true;
  }

  /** Goes on to the states one step farther away; false when there are none, or the search is over. */
  #descend(): boolean {
    this.#flush();
    if (this.#next === this.store.count) {
      this.stoppedBy ??= this.stop.leftOut;
      this.complete = this.stoppedBy === undefined;
      return false;
    }
    this.depth++;
    this.#levelEnd = this.store.count;
    if (this.stop.isOver) this.stoppedBy = STOPPED_AT_FIRST;
    return !this.#over();
  }

  /** States found but not yet expanded. */
  get waiting(): number {
    return this.store.count - this.#next;
  }

  /** Bytes of all that grows: states and their index, the graph when it is kept, and what is remembered of machines and claims. */
  get bytes(): number {
    return this.#memory.of(this);
  }

  /** The numbers of the slots of a state. */
  vectorOf(state: number, into = new Int32Array(this.core.slots)): Int32Array {
    unpack(this.layout, this.store.states, state * this.layout.words, into);
    return into;
  }

  #over(): boolean {
    if (this.stoppedBy !== undefined) return true;
    if (!this.#isBounded) return false;
    const { bytes, waiting } = this;
    const bound = boundReached(this.limits, { states: this.store.count, waiting, bytes });
    if (bound === undefined) return false;
    this.#flush();
    this.stoppedBy = bound;
    return true;
  }

  #expand(state: number): void {
    const { core } = this;
    const { words } = this.layout;
    const { vector } = core;
    unpack(this.layout, this.store.states, state * words, vector);
    for (let w = 0; w < words; w++) this.#packed[w] = this.store.states[state * words + w]!;
    let steps = 0;
    try {
      for (let slot = 0; slot < core.componentCount; slot++) {
        const choices = core.choices(slot, vector[slot]!);
        for (let k = 0; k < choices.length; k += 2) {
          const action = choices[k]!;
          const outcome = choices[k + 1]!;
          if (this.orbits || !this.#collectQuiet(state, action, slot, core.quietNext(outcome))) {
            if (!core.takeChoice(slot, outcome)) continue;
            this.#collect(state, action);
          }
          steps++;
        }
      }
      for (let slot = core.componentCount; slot < core.slots; slot++) {
        if (vector[slot] === 0 || !core.takeDelivery(slot)) continue;
        this.#collect(state, core.actionOfDelivery(slot));
        steps++;
      }
    } catch (error) {
      throw error instanceof ModelError ? mistakeAfter(core, this.orbits, this.store.stepsTo(state), error) : error;
    }
    this.transitions += steps;
    this.representedTransitions += steps * (this.orbits?.sizeOf(vector) ?? 1);
    this.graph?.addDegree(steps);
    if (steps > 0) return;
    if (this.deadlock < 0) this.deadlock = state;
    if (forbidsDeadlock(this.system)) this.stop.violated(state, () => [DEADLOCK.id]);
  }

  /** Takes as a successor of `state` what only `slot` differs in; false when it does not fit, or `now` is none. */
  #collectQuiet(state: number, action: number, slot: number, now: number): boolean {
    const { word, shift, mask } = this.layout;
    if (now < 0 || now > mask[slot]!) return false;
    const { states } = this.#batch;
    const at = this.#copyPacked();
    const w = at + word[slot]!;
    states[w] = states[w]! ^ ((this.core.vector[slot]! ^ now) << shift[slot]!);
    const hash = hashOf(states, at, this.layout.words);
    if (this.#wasMet(at, hash)) return true;
    this.#keep(hash, state, now === this.core.vector[slot] ? STILL : action, 1 << (slot & 31), 1);
    return true;
  }

  /** Takes the vector after a step as a successor of `state` and goes back. */
  #collect(state: number, action: number): void {
    const { core, layout, orbits } = this;
    const { vector, touched, before, touchedCount } = core;
    const { word, shift, mask } = layout;
    const { states } = this.#batch;
    const at = this.#copyPacked();
    let bits = 0;
    let moved = 0;
    for (let k = 0; k < touchedCount; k++) {
      const slot = touched[k]!;
      const now = vector[slot]!;
      if (now > mask[slot]!) {
        this.#widen();
        return this.#collect(state, action);
      }
      const w = at + word[slot]!;
      const difference = before[k]! ^ now;
      moved |= difference;
      states[w] = states[w]! ^ (difference << shift[slot]!);
      bits |= 1 << (slot & 31);
    }
    let hash = hashOf(states, at, layout.words);
    let met = this.#wasMet(at, hash);
    let orbit = 1;
    if (orbits && !met) {
      const exchange = orbits.afterStep();
      orbit = orbits.size;
      if (exchange > 0) {
        if (!orbits.pack(exchange, vector, layout, states, at)) {
          this.#widen();
          return this.#collect(state, action);
        }
        bits = orbits.touched(exchange);
        hash = hashOf(states, at, layout.words);
        met = this.#wasMet(at, hash);
      }
    }
    core.undo();
    // What leads back to its own state never leads to a state that is found first by it.
    if (!met) this.#keep(hash, state, moved === 0 ? STILL : action, bits, orbit);
  }

  /** Puts the state that is being expanded behind those of the batch; gives its place. */
  #copyPacked(): number {
    const { words } = this.layout;
    const packed = this.#packed;
    const { states, length } = this.#batch;
    const at = length * words;
    for (let w = 0; w < words; w++) states[at + w] = packed[w]!;
    return at;
  }

  #keep(hash: number, state: number, action: number, touched: number, orbit: number): void {
    this.#batch.keep(hash, state, action, touched, orbit);
    if (this.#batch.isFull) this.#flush();
  }

  /** Whether the state in the buffer was met lately, so that nothing new would come of it. */
  #wasMet(at: number, hash: number): boolean {
    return this.graph === undefined && this.#recent.met(this.#batch.states, at, hash);
  }

  #flush(): void {
    const { store, graph } = this;
    const { words } = this.layout;
    const { states, hash, parent, action, touched, orbit, length } = this.#batch;
    store.fetch(hash, length);
    for (let k = 0; k < length; k++) {
      const id = store.add(states, k * words, hash[k]!, parent[k]!, action[k]!);
      graph?.addTransition(id < 0 ? -1 - id : id, action[k]!);
      if (id < 0) continue;
      this.represented += orbit[k]!;
      unpack(this.layout, states, k * words, this.#scratch);
      this.#look(this.#scratch, touched[k]!, id);
    }
    this.#batch.length = 0;
  }

  #look(vector: Int32Array, touched: number, state: number): void {
    if (!this.judge.look(vector, touched, state)) return;
    if (this.firstViolation < 0) this.firstViolation = state;
    this.stop.violated(state, () => this.judge.violated(vector).map(({ property }) => property.id));
  }

  #newLayout(): Layout {
    return layoutFor(Array.from({ length: this.core.slots }, (_, slot) => withRoom(this.core.sizeOf(slot))));
  }

  /** A slot outgrew its bits: everything stored so far is repacked, nothing is ever cut off. */
  #widen(): void {
    const { core } = this;
    const now = Int32Array.from(core.vector);
    const touched = core.touched.slice();
    const before = core.before.slice();
    const count = core.touchedCount;
    core.undo();
    const current = Int32Array.from(core.vector);
    this.#flush();
    const old = this.layout;
    this.layout = this.#newLayout();
    this.store = this.store.repacked(this.layout.words, repacking(old, this.layout));
    pack(this.layout, current, this.#packed);
    this.#recent = new Recent(this.layout.words, this.#packed);
    core.vector.set(now);
    core.touched.set(touched);
    core.before.set(before);
    core.touchedCount = count;
  }
}
