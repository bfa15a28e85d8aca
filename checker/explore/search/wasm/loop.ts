/**
 * The loop of a search in the module (search.wat): this side fills in what the module comes back for, from the same trees,
 * store and judge as the loop in JavaScript, so that either can go on where the other stopped.
 */
import type { Core } from "../../../kernel/core.ts";
import { Batch } from "../../states/batch.ts";
import type { Graph } from "../../states/graph.ts";
import type { Judge } from "../../claims/judge.ts";
import { repacking, type Layout } from "../../states/layout.ts";
import type { Limits } from "../limits.ts";
import type { Orbits } from "../../symmetry/orbits.ts";
import type { StepTrees } from "../step-trees.ts";
import { FETCH, type Store } from "../../states/store.ts";
import type { TreeSteps } from "../tree-steps.ts";
import { Answers } from "./answers.ts";
import { NoRoom, TreeGround } from "./ground.ts";
import { newInstance, type Instance } from "./instance.ts";
import { AREA, CONTROL_AT, MOST_GROUPS, MOST_SLOTS, REASON, ROWS, SLOT_BYTES } from "./memory-map.ts";

/** What the loop needs of its search. */
export interface Looped {
  readonly core: Core;
  readonly judge: Judge;
  readonly limits: Limits;
  readonly graph: Graph | undefined;
  /** Where states stand for others, their steps are taken in JavaScript. */
  readonly orbits: Orbits | undefined;
  readonly layout: Layout;
  store: Store;
  transitions: number;
  represented: number;
  representedTransitions: number;
  readonly vectorOf: (state: number, into: Int32Array) => Int32Array;
  readonly look: (vector: Int32Array, touched: number, state: number) => void;
  readonly stuck: (state: number) => void;
  /** Makes a layout with room for all that the core knows. */
  readonly relayout: () => Layout;
}

const CONTROL = Object.fromEntries(Object.entries(CONTROL_AT).map(([name, at]) => [name, at / 4])) as typeof CONTROL_AT;
/** Numbers of a state are below this. */
const MOST_STATES = 2 ** 32 - 1;
/** An index that cannot grow is filled this far; then a state may still have so many successors. */
const CROWDED = 0.8;
const MOST_STEPS = 1 << 17;

export class Loop {
  readonly #search: Looped;
  readonly #steps: TreeSteps;
  readonly #module: Instance;
  readonly #memory: Int32Array;
  readonly #halves: Uint16Array;
  readonly #vector: Int32Array;
  #answers: Answers;

  /** Takes over the search between two states, or gives undefined where it does not fit the module. */
  static of(search: Looped, steps: TreeSteps): Loop | undefined {
    if (search.core.slots > MOST_SLOTS || search.judge.groups.length > MOST_GROUPS) return undefined;
    const module = newInstance();
    return module && new Loop(search, steps, module);
  }

  private constructor(search: Looped, steps: TreeSteps, module: Instance) {
    this.#search = search;
    this.#steps = steps;
    this.#module = module;
    this.#memory = new Int32Array(module.buffer);
    this.#halves = new Uint16Array(module.buffer);
    this.#vector = new Int32Array(search.core.slots);
    const { store, layout, graph, limits, core } = search;
    const most = 2 ** Math.floor(Math.log2((module.buffer.byteLength - AREA.INDEX) / 3 / 4));
    const states = this.#memory.subarray(AREA.INDEX / 4 + most);
    this.#set("SLOT_COUNT", core.slots);
    this.#set("STATES", AREA.INDEX + 4 * most);
    this.#set("KEEPS_GRAPH", graph ? 1 : 0);
    this.#set("MOST_ENTRIES", most);
    this.#set("MOST_STATES", limits.maxStates === undefined ? MOST_STATES : Math.min(limits.maxStates, MOST_STATES));
    this.#set("COUNT", store.count);
    states.set(store.states.subarray(0, store.count * layout.words));
    store.settle(states, this.#memory.subarray(AREA.INDEX / 4, AREA.INDEX / 4 + store.index.length));
    this.#memory.fill(1, AREA.ORBITS / 4, AREA.ORBITS / 4 + FETCH);
    if (!search.orbits) steps.trees.settle(new TreeGround(this.#memory, layout));
    this.#answers = this.#newAnswers();
    this.#beginLayout();
  }

  get bytes(): number {
    return this.#answers.bytes;
  }

  /** Expands states before `until`; gives the next one, which is another only where no more fit or enough were found. */
  expand(from: number, until: number): number {
    this.#set("STATE", from);
    for (;;) {
      const reason = this.#module.run(until);
      this.#drain();
      switch (reason) {
        case REASON.LIST:
          this.#orAnew(() => this.#trees.list(this.#slot, this.#unpacked()[this.#slot]!));
          break;
        case REASON.FILL:
          this.#fill();
          break;
        case REASON.CONFIRM:
          this.#trees.confirm(this.#unpacked(), this.#slot, this.#entry, this.#get("CELL") / 4);
          break;
        case REASON.STUCK:
          this.#search.stuck(this.state - 1);
          break;
        case REASON.DRAIN:
          break;
        default:
          return this.state;
      }
    }
  }

  /** The batch that the module looks up, also where steps are taken in JavaScript. */
  newBatch(): Batch {
    return new Batch({
      states: this.#list("PENDING", FETCH * MOST_SLOTS),
      hash: this.#list("HASHES", FETCH),
      parent: this.#list("PARENTS", FETCH),
      action: this.#list("ACTIONS", FETCH),
      touched: this.#list("TOUCHED", FETCH),
      orbit: this.#list("ORBITS", FETCH),
    });
  }

  /** How many successors wait in the batch. */
  get waiting(): number {
    return this.#get("LENGTH");
  }

  /** The states met last, as recent.ts has them. */
  get recent(): Int32Array {
    return this.#list("RECENT", ROWS * this.#search.layout.words);
  }

  /** Looks up what waits in the batch. */
  flushBatch(batch: Batch): void {
    this.#set("LENGTH", batch.length);
    batch.length = 0;
    this.flush();
  }

  /** Looks up the successors that wait. */
  flush(): void {
    this.#module.flush();
    this.#drain();
  }

  /** Leaves everything to the loop in JavaScript. */
  leave(): void {
    this.flush();
    this.#trees.settle();
  }

  /** The state that is expanded. */
  get state(): number {
    return this.#get("STATE");
  }

  get isFull(): boolean {
    return this.#search.store.count >= this.#get("ROOM");
  }

  get #trees(): StepTrees {
    return this.#steps.trees;
  }

  get #slot(): number {
    return this.#get("SLOT") / SLOT_BYTES;
  }

  get #entry(): number {
    return (this.#get("LIST_AT") + this.#get("OFFSET")) / 4 + 1;
  }

  #unpacked(): Int32Array {
    return this.#search.vectorOf(this.state, this.#vector);
  }

  #fill(): void {
    this.#orAnew(() => {
      const fits = this.#trees.fill(this.#unpacked(), this.#slot, this.#entry, () => {});
      if (fits) this.#set("IS_FILLED", 1);
      else this.#widen();
    });
  }

  /** Does it; when the trees have outgrown their part of the memory, they are thrown away instead. */
  #orAnew(change: () => void): void {
    try {
      change();
    } catch (error) {
      if (!(error instanceof NoRoom)) throw error;
      this.#renewTrees();
    }
  }

  #widen(): void {
    this.flush();
    this.relayout();
    this.#renewTrees();
  }

  /** A slot has outgrown its bits: everything stored is repacked, and nothing waits. */
  relayout(): void {
    const search = this.#search;
    const old = search.layout;
    const now = search.relayout();
    search.store = search.store.repackedInPlace(now.words, repacking(old, now));
    this.#answers = this.#newAnswers();
    this.#beginLayout();
  }

  #renewTrees(): void {
    this.#steps.renew(new TreeGround(this.#memory, this.#search.layout));
    this.#set("LEAF_BYTES", 4 * this.#trees.stride);
  }

  #newAnswers(): Answers {
    const { core, judge, layout, limits } = this.#search;
    return new Answers(this.#memory, core, judge, layout, limits.stopAt !== undefined);
  }

  /** What depends on the layout: widths, what was met lately, and the index. */
  #beginLayout(): void {
    const { words } = this.#search.layout;
    const { states } = this.#search.store;
    const memory = this.#memory;
    const most = this.#get("MOST_ENTRIES");
    this.#set("WORD_BYTES", 4 * words);
    this.#set("LEAF_BYTES", 4 * this.#trees.stride);
    const room = Math.min(Math.floor(states.length / words), Math.floor(CROWDED * most)) - MOST_STEPS;
    this.#set("ROOM", Math.min(room, this.#search.limits.module?.until ?? room));
    const [recent, size] = [AREA.RECENT / 4, ROWS * words];
    memory.set(states.subarray(0, words), recent);
    for (let filled = words; filled < size; filled *= 2)
      memory.copyWithin(recent + filled, recent, recent + Math.min(filled, size - filled));
    this.#module.reindex(this.#search.store.index.length);
  }

  /** Takes what the module has found since. */
  #drain(): void {
    const { store, graph } = this.#search;
    const steps = this.#taken("TRANSITIONS");
    this.#search.transitions += steps;
    this.#search.representedTransitions += steps;
    const born = this.#taken("BORN");
    this.#search.represented += this.#taken("REPRESENTED");
    if (born > 0) store.born(this.#list("BORN_PARENTS", born), this.#halfList("BORN_ACTIONS", born));
    const size = this.#get("MASK") + 1;
    if (size !== store.index.length)
      store.settle(store.states, this.#memory.subarray(AREA.INDEX / 4, AREA.INDEX / 4 + size));
    const moves = this.#taken("MOVES");
    if (moves > 0) graph!.addTransitions(this.#list("MOVE_TARGETS", moves), this.#halfList("MOVE_ACTIONS", moves));
    const degrees = this.#taken("DEGREES");
    for (let k = 0; k < degrees; k++) graph!.addDegree(this.#memory[AREA.DEGREE_LIST / 4 + k]!);
    const looks = this.#taken("LOOKS");
    for (let k = 0; k < looks; k++)
      this.#look(this.#memory[AREA.LOOK_STATES / 4 + k]!, this.#memory[AREA.LOOK_TOUCHED / 4 + k]!);
  }

  #look(state: number, touched: number): void {
    const vector = this.#search.vectorOf(state, this.#vector);
    this.#search.look(vector, touched, state);
    this.#answers.note(vector, touched);
  }

  #list(name: keyof typeof AREA, length: number): Int32Array {
    return this.#memory.subarray(AREA[name] / 4, AREA[name] / 4 + length);
  }

  #halfList(name: keyof typeof AREA, length: number): Uint16Array {
    return this.#halves.subarray(AREA[name] / 2, AREA[name] / 2 + length);
  }

  #get(name: keyof typeof CONTROL_AT): number {
    return this.#memory[CONTROL[name]]! >>> 0;
  }

  #set(name: keyof typeof CONTROL_AT, value: number): void {
    this.#memory[CONTROL[name]] = value;
  }

  #taken(name: keyof typeof CONTROL_AT): number {
    const value = this.#get(name);
    this.#set(name, 0);
    return value;
  }
}
