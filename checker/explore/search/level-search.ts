/**
 * All reachable states, level by level, so that what is found first is found by a shortest path; up to symmetry, where
 * breadth-first.ts asks for it.
 */
import { Core } from "../../kernel/core.ts";
import { ModelError, type System } from "../../system.ts";
import { Batch, batchTables } from "../states/batch.ts";
import { CompactStore } from "../states/compact-store.ts";
import { CoreSteps } from "./core-steps.ts";
import { DEADLOCK, forbidsDeadlock } from "../claims/deadlock.ts";
import { mistakeAfter } from "./execution.ts";
import { Graph } from "../states/graph.ts";
import { Judge } from "../claims/judge.ts";
import { layoutFor, pack, unpack, withRoom, type Layout } from "../states/layout.ts";
import { boundReached, type Limits } from "./limits.ts";
import { Memory } from "./memory.ts";
import { Orbits } from "../symmetry/orbits.ts";
import { Recent } from "../states/recent.ts";
import type { Expanding, Steps } from "./steps.ts";
import { APPROXIMATE, Stop, STOPPED_AT_FIRST } from "./stop.ts";
import { hashOf, Store } from "../states/store.ts";
import { TreeSteps } from "./tree-steps.ts";
import { warmUp } from "./warm-up.ts";
import { Loop, type Looped } from "./wasm/loop.ts";

/** A search of fewer states is over before the module would pay. */
const MODULE_FROM = 1 << 18;
/** With a limit of memory, the module comes back after so many states. */
const BETWEEN_LOOKS = 1024;

/** The next state to be expanded, the first of the level behind, and the states met last. */
export interface Position {
  readonly next: number;
  readonly levelEnd: number;
  readonly recent: Int32Array;
}

export abstract class LevelSearch implements Expanding, Looped {
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
  /** Called when a bound is reached, before it ends the search: what was found so far can be gone on with. */
  beforeBound: (() => void) | undefined;
  readonly #isBounded: boolean;
  readonly #memory = new Memory();
  stop!: Stop;
  batch!: Batch;
  packed!: Int32Array;
  steps!: Steps;
  #next = 0;
  #levelEnd = 1;
  #scratch!: Int32Array;
  #recent!: Recent;
  /** Where the module goes on with the search, and from how many states on. */
  #loop: Loop | undefined;
  #moduleFrom = Infinity;

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
    const { approximate, engine = "trees", module = { from: MODULE_FROM } } = this.limits;
    this.store = approximate ? new CompactStore(this.layout, approximate) : new Store(this.layout.words);
    this.batch = new Batch(batchTables(this.core.slots));
    this.packed = new Int32Array(this.core.slots);
    this.#scratch = new Int32Array(this.core.slots);
    this.graph = this.limits.keepGraph ? new Graph() : undefined;
    pack(this.layout, this.core.initial, this.packed);
    this.store.add(this.packed, 0, hashOf(this.packed, 0, this.layout.words), -1, 0);
    this.#recent = new Recent(this.layout.words, this.packed);
    this.steps = this.#newSteps();
    this.#loop = undefined;
    this.#moduleFrom = engine === "trees" && !approximate ? module.from : Infinity;
    this.look(this.core.initial, -1, 0);
    if (this.stop.isOver) this.stoppedBy = STOPPED_AT_FIRST;
  }

  /** Expands up to `count` states; false when the search is over. */
  protected expandSome(count: number): boolean {
    const until = this.#next + count;
    while (this.#next < until) {
      if (this.#over()) return false;
      if (this.#next === this.#levelEnd && !this.#descend()) return false;
      if (this.stop.endsAt(this.#next)) {
        this.graph?.addDegree(0);
        this.#next++;
      } else if (this.#loop && !this.orbits) this.#expandIn(this.#loop, Math.min(until, this.#levelEnd));
      else this.#expand(this.#next++);
      if (this.#loop?.isFull) this.#leave(this.#loop);
    }
    return true;
  }

  /** Goes on to the states one step farther away; false when there are none, or the search is over. */
  #descend(): boolean {
    this.#flush();
    if (this.#next === this.store.count) {
      this.stoppedBy ??= this.stop.leftOut ?? (this.limits.approximate ? APPROXIMATE : undefined);
      this.complete = this.stoppedBy === undefined;
      return false;
    }
    this.depth++;
    this.#levelEnd = this.store.count;
    this.store.forget(this.#next);
    if (this.stop.isOver) this.stoppedBy = STOPPED_AT_FIRST;
    if (this.#loop === undefined && this.store.count >= this.#moduleFrom) this.#enter();
    return !this.#over();
  }

  /** Whether the module goes on with the search. */
  get isInModule(): boolean {
    return this.#loop !== undefined;
  }

  /** Where the search is, besides what its tables say. */
  get position(): Position {
    const recent = this.#loop && !this.orbits ? this.#loop.recent : this.#recent.rows;
    return { next: this.#next, levelEnd: this.#levelEnd, recent };
  }

  /** Goes on with these tables from this position. */
  protected goOn(layout: Layout, store: Store, graph: Graph | undefined, { next, levelEnd, recent }: Position): void {
    this.layout = layout;
    this.store = store;
    this.graph = graph;
    this.#next = next;
    this.#levelEnd = levelEnd;
    this.#recent = new Recent(layout.words, this.packed);
    this.#recent.rows.set(recent);
    this.steps = this.#newSteps();
  }

  /** States found but not yet expanded. */
  get waiting(): number {
    return this.store.count - this.#next;
  }

  /** Bytes of states, their index, and the graph when it is kept: a function of what was found. */
  get tableBytes(): number {
    return this.store.bytes + (this.graph?.bytes ?? 0);
  }

  /** Bytes of all that grows: states and their index, the graph when it is kept, and what is remembered of machines and claims. */
  get bytes(): number {
    return this.#memory.of(this) + (this.#loop?.bytes ?? 0);
  }

  /** The numbers of the slots of a state. */
  vectorOf(state: number, into: Int32Array = new Int32Array(this.core.slots)): Int32Array {
    unpack(this.layout, this.store.states, this.store.at(state), into);
    return into;
  }

  #over(): boolean {
    if (this.stoppedBy !== undefined) return true;
    if (!this.#isBounded) return false;
    const { bytes, waiting } = this;
    const bound = boundReached(this.limits, { states: this.store.count, waiting, bytes });
    if (bound === undefined) return false;
    this.beforeBound?.();
    this.#flush();
    this.stoppedBy = bound;
    return true;
  }

  /** Hands the search over to the module. */
  #enter(): void {
    this.#loop = this.steps instanceof TreeSteps ? Loop.of(this, this.steps) : undefined;
    if (!this.#loop) this.#moduleFrom = Infinity;
    else this.batch = this.#loop.newBatch();
  }

  /** Goes on without the module, in whose memory no more fits. */
  #leave(loop: Loop): void {
    this.#flush();
    loop.leave();
    this.#loop = undefined;
    this.#moduleFrom = Infinity;
    this.batch = new Batch(batchTables(this.core.slots));
    this.#recent = new Recent(this.layout.words, this.store.states);
  }

  #expandIn(loop: Loop, until: number): void {
    const most = this.limits.maxBytes === undefined ? until : Math.min(until, this.#next + BETWEEN_LOOKS);
    try {
      this.#next = loop.expand(this.#next, this.stop.firstEndIn(this.#next, most));
    } catch (error) {
      throw this.#told(error, loop.state);
    }
    this.batch.length = loop.waiting;
  }

  /** A mistake of the model with the way to it. */
  #told(error: unknown, state: number): unknown {
    if (!(error instanceof ModelError)) return error;
    return mistakeAfter(this.core, this.orbits, this.store.stepsTo(state), error);
  }

  #expand(state: number): void {
    const { store, orbits } = this;
    const { words } = this.layout;
    for (let w = 0, at = store.at(state); w < words; w++) this.packed[w] = store.states[at + w]!;
    let steps: number;
    try {
      steps = this.steps.takeAll(state);
    } catch (error) {
      throw this.#told(error, state);
    }
    this.transitions += steps;
    this.representedTransitions += orbits ? steps * orbits.sizeOf(this.vectorOf(state, this.#scratch)) : steps;
    this.graph?.addDegree(steps);
    if (steps === 0) this.stuck(state);
  }

  /** The state has no step. */
  stuck(state: number): void {
    if (this.deadlock < 0) this.deadlock = state;
    if (forbidsDeadlock(this.system)) this.stop.violated(state, () => [DEADLOCK.id]);
  }

  keep(hash: number, state: number, action: number, touched: number, orbit: number): void {
    this.batch.keep(hash, state, action, touched, orbit);
    if (this.batch.isFull) this.#flush();
  }

  wasMet(at: number, hash: number): boolean {
    return this.graph === undefined && this.#recent.met(this.batch.states, at, hash);
  }

  #flush(): void {
    if (this.#loop) return this.#loop.flushBatch(this.batch);
    const { store, graph } = this;
    const { words } = this.layout;
    const { states, hash, parent, action, touched, orbit, length } = this.batch;
    store.fetch(hash, length);
    for (let k = 0; k < length; k++) {
      const id = store.add(states, k * words, hash[k]!, parent[k]!, action[k]!);
      graph?.addTransition(id < 0 ? -1 - id : id, action[k]!);
      if (id < 0) continue;
      this.represented += orbit[k]!;
      unpack(this.layout, states, k * words, this.#scratch);
      this.look(this.#scratch, touched[k]!, id);
    }
    this.batch.length = 0;
  }

  look(vector: Int32Array, touched: number, state: number): void {
    if (!this.judge.look(vector, touched, state)) return;
    if (this.firstViolation < 0) this.firstViolation = state;
    this.stop.violated(state, () => this.judge.violated(vector).map(({ property }) => property.id));
  }

  #newSteps(): Steps {
    return this.limits.engine === "reference" ? new CoreSteps(this) : new TreeSteps(this);
  }

  #newLayout(): Layout {
    return layoutFor(Array.from({ length: this.core.slots }, (_, slot) => withRoom(this.core.sizeOf(slot))));
  }

  /** Makes a layout with room for all that the core knows. */
  relayout(): Layout {
    return (this.layout = this.#newLayout());
  }

  /** Everything stored so far is repacked, nothing is ever cut off. */
  widen(current: Int32Array): void {
    this.#flush();
    const old = this.layout;
    if (this.#loop) this.#loop.relayout();
    else this.store = this.store.relaid(old, this.relayout());
    pack(this.layout, current, this.packed);
    this.#recent = new Recent(this.layout.words, this.packed);
  }
}
