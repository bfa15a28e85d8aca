/**
 * Breadth-first search over all reachable states, so that what is found first is found by a shortest path. The search
 * is advanced in slices: the caller owns clock, terminal and interrupts.
 */
import { Core } from "../kernel/core.ts";
import { ModelError, type Action, type System } from "../system.ts";
import { Graph } from "./graph.ts";
import { Judge } from "./judge.ts";
import { layoutFor, pack, unpack, type Layout } from "./layout.ts";
import { Recent } from "./recent.ts";
import { FETCH, hashOf, Store } from "./store.ts";
import { warmUp } from "./warm-up.ts";

export interface Limits {
  /** Stop after this many states. */
  readonly maxStates?: number;
  /** Stop when the tables of the search would take more bytes. */
  readonly maxBytes?: number;
  /** Stop at the first violation of an `always` or the first deadlock. */
  readonly stopAtViolation?: boolean;
  /** Keep all transitions, for claims about what stays possible (4 bytes each). */
  readonly keepGraph?: boolean;
}

/** Successors are collected before they are looked up, so that the memory they touch is fetched together. */
const BATCH = FETCH;

export class BreadthFirst {
  readonly system: System;
  readonly core: Core;
  readonly judge: Judge;
  readonly limits: Limits;
  store: Store;
  layout: Layout;
  transitions = 0;
  /** Steps from the initial state to the states being expanded. */
  depth = 0;
  /** All reachable states were expanded. */
  complete = false;
  /** Which bound ended the search early. */
  stoppedBy: string | undefined;
  /** First state without a step, or -1. */
  deadlock = -1;
  /** First state in which an `always` is violated, or -1. */
  firstViolation = -1;
  /** With `keepGraph`. */
  readonly graph: Graph | undefined;

  #next = 0;
  #levelEnd = 1;
  #widest = 0;
  readonly #buffer: Int32Array;
  readonly #hash = new Int32Array(BATCH);
  readonly #parent = new Int32Array(BATCH);
  readonly #action = new Int32Array(BATCH);
  readonly #touched = new Int32Array(BATCH);
  readonly #scratch: Int32Array;
  #buffered = 0;
  #packed: Int32Array;
  #recent: Recent;

  constructor(system: System, limits: Limits = {}) {
    this.system = system;
    this.limits = limits;
    this.core = new Core(system);
    this.judge = new Judge(this.core);
    warmUp(this.core);
    this.layout = this.#newLayout();
    this.store = new Store(this.layout.words);
    this.#buffer = new Int32Array(BATCH * this.core.slots);
    this.#packed = new Int32Array(this.core.slots);
    this.#scratch = new Int32Array(this.core.slots);
    this.graph = limits.keepGraph ? new Graph() : undefined;
    pack(this.layout, this.core.initial, this.#packed);
    this.store.add(this.#packed, 0, hashOf(this.#packed, 0, this.layout.words), -1, 0);
    this.#recent = new Recent(this.layout.words, this.#packed);
    if (this.judge.look(this.core.initial, -1, 0)) this.firstViolation = 0;
  }

  /** Expands up to `count` states; false when the search is over. */
  advance(count: number): boolean {
    const until = this.#next + count;
    while (this.#next < until) {
      if (this.#over()) return false;
      if (this.#next === this.#levelEnd) {
        this.#flush();
        if (this.#next === this.store.count) {
          this.complete = this.stoppedBy === undefined;
          return false;
        }
        this.depth++;
        this.#levelEnd = this.store.count;
        if (this.#over()) return false;
      }
      this.#expand(this.#next++);
    }
    return true;
  }

  /** States found but not yet expanded. */
  get waiting(): number {
    return this.store.count - this.#next;
  }

  /** Bytes of the tables: states, parents, actions, index, and the graph when it is kept. */
  get bytes(): number {
    return this.store.bytes + (this.graph?.bytes ?? 0);
  }

  get widestLevel(): number {
    return this.#widest;
  }

  /** The numbers of the slots of a state. */
  vectorOf(state: number, into = new Int32Array(this.core.slots)): Int32Array {
    unpack(this.layout, this.store.states, state * this.layout.words, into);
    return into;
  }

  /** The actions on the path by which the state was found first. */
  pathTo(state: number): readonly Action[] {
    const actions: Action[] = [];
    for (let at = state; this.store.parents[at]! >= 0; at = this.store.parents[at]!)
      actions.push(this.system.actions[this.store.actions[at]!]!);
    return actions.reverse();
  }

  #over(): boolean {
    const { maxStates, maxBytes, stopAtViolation } = this.limits;
    if (stopAtViolation && (this.firstViolation >= 0 || this.deadlock >= 0)) {
      this.stoppedBy = "first violation";
      return true;
    }
    if (maxStates !== undefined && this.store.count >= maxStates && this.#next < this.store.count) {
      this.#flush();
      this.stoppedBy = `max-states ${maxStates}`;
      return true;
    }
    if (maxBytes !== undefined && this.bytes >= maxBytes) {
      this.#flush();
      this.stoppedBy = `max-memory ${maxBytes}`;
      return true;
    }
    return false;
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
          if (!this.#collectQuiet(state, action, slot, core.quietNext(outcome))) {
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
      if (error instanceof ModelError) throw new ModelError(`${error.message}\n${this.#told(state)}`);
      throw error;
    }
    this.transitions += steps;
    this.graph?.addDegree(steps);
    if (steps === 0 && this.deadlock < 0) this.deadlock = state;
  }

  #told(state: number): string {
    const steps = this.pathTo(state).map((action) =>
      action.kind === "event"
        ? `${action.component}: ${JSON.stringify(action.event)}`
        : `delivery of ${action.channel}`,
    );
    return `It happens after ${steps.length} steps:\n  ${steps.join("\n  ")}`;
  }

  /** Takes as a successor of `state` what only `slot` differs in; false when it does not fit, or `now` is none. */
  #collectQuiet(state: number, action: number, slot: number, now: number): boolean {
    const { word, shift, mask } = this.layout;
    if (now < 0 || now > mask[slot]!) return false;
    const at = this.#copyPacked();
    const w = at + word[slot]!;
    this.#buffer[w] = this.#buffer[w]! ^ ((this.core.vector[slot]! ^ now) << shift[slot]!);
    this.#keep(at, state, action, 1 << (slot & 31));
    return true;
  }

  /** Takes the vector after a step as a successor of `state` and goes back. */
  #collect(state: number, action: number): void {
    const { core, layout } = this;
    const { vector, touched, before, touchedCount } = core;
    const { word, shift, mask } = layout;
    const buffer = this.#buffer;
    const at = this.#copyPacked();
    let bits = 0;
    for (let k = 0; k < touchedCount; k++) {
      const slot = touched[k]!;
      const now = vector[slot]!;
      if (now > mask[slot]!) {
        this.#widen();
        return this.#collect(state, action);
      }
      const w = at + word[slot]!;
      buffer[w] = buffer[w]! ^ ((before[k]! ^ now) << shift[slot]!);
      bits |= 1 << (slot & 31);
    }
    core.undo();
    this.#keep(at, state, action, bits);
  }

  /** Puts the state that is being expanded at the end of the buffer; gives its place. */
  #copyPacked(): number {
    const { words } = this.layout;
    const packed = this.#packed;
    const buffer = this.#buffer;
    const at = this.#buffered * words;
    for (let w = 0; w < words; w++) buffer[at + w] = packed[w]!;
    return at;
  }

  #keep(at: number, state: number, action: number, touched: number): void {
    const place = this.#buffered;
    const hash = hashOf(this.#buffer, at, this.layout.words);
    if (!this.graph && this.#recent.met(this.#buffer, at, hash)) return;
    this.#hash[place] = hash;
    this.#parent[place] = state;
    this.#action[place] = action;
    this.#touched[place] = touched;
    this.#buffered = place + 1;
    if (place + 1 === BATCH) this.#flush();
  }

  #flush(): void {
    const { store, judge, core } = this;
    const { words } = this.layout;
    const size = this.#buffered;
    store.fetch(this.#hash, size);
    const { graph } = this;
    for (let k = 0; k < size; k++) {
      const id = store.add(this.#buffer, k * words, this.#hash[k]!, this.#parent[k]!, this.#action[k]!);
      graph?.addTarget(id < 0 ? -1 - id : id);
      if (id < 0) continue;
      const saved = this.#scratch;
      unpack(this.layout, this.#buffer, k * words, saved);
      if (judge.look(saved, this.#touched[k]!, id) && this.firstViolation < 0) this.firstViolation = id;
    }
    this.#buffered = 0;
    this.#widest = Math.max(this.#widest, core.slots && store.count - this.#next);
  }

  #newLayout(): Layout {
    return layoutFor(Array.from({ length: this.core.slots }, (_, slot) => this.core.sizeOf(slot)));
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
    const vector = new Int32Array(core.slots);
    this.store = this.store.repacked(this.layout.words, (from, at, to, there) => {
      unpack(old, from, at, vector);
      pack(this.layout, vector, this.#scratchWords);
      to.set(this.#scratchWords.subarray(0, this.layout.words), there);
    });
    pack(this.layout, current, this.#packed);
    this.#recent = new Recent(this.layout.words, this.#packed);
    core.vector.set(now);
    core.touched.set(touched);
    core.before.set(before);
    core.touchedCount = count;
  }

  readonly #scratchWords = new Int32Array(64);
}
