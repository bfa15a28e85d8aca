/**
 * All transitions of a search, source by source in the order of discovery: what claims about what stays possible and about
 * fair runs need.
 */
import { ModelError } from "../../system.ts";
import { GROWTH } from "./store.ts";

/** Stands for the action of a transition that changes nothing: as in TLA+, it is no step. */
export const STILL = 0xffff;
/** Longer tables cannot be made, and a number of a transition fits 32 bits. */
const MOST_TRANSITIONS = 2 ** 32 - 2;

export class Graph {
  /** Targets of the transitions, those of state 0 first. */
  targets = new Int32Array(1 << 16);
  /** The number of the action, by transition, or `STILL`. */
  actions = new Uint16Array(1 << 16);
  transitions = 0;
  /** How many transitions each state has. */
  degrees = new Uint16Array(1 << 14);
  states = 0;
  #offsets: Uint32Array | undefined;

  /** A graph with room for so many transitions and states, which it holds; they are to be written into its tables. */
  static holding(transitions: number, states: number): Graph {
    const graph = new Graph();
    let room = graph.targets.length;
    while (room < transitions) room = Math.min(GROWTH * room, MOST_TRANSITIONS);
    graph.targets = new Int32Array(room);
    graph.actions = new Uint16Array(room);
    let rows = graph.degrees.length;
    while (rows < states) rows *= GROWTH;
    graph.degrees = new Uint16Array(rows);
    graph.transitions = transitions;
    graph.states = states;
    return graph;
  }

  addTransition(target: number, action: number): void {
    if (this.transitions === this.targets.length) this.#enlarge();
    this.actions[this.transitions] = action;
    this.targets[this.transitions++] = target;
  }

  /** The number of transitions of the next state. */
  addDegree(degree: number): void {
    if (this.states === this.degrees.length) {
      const wider = new Uint16Array(GROWTH * this.degrees.length);
      wider.set(this.degrees);
      this.degrees = wider;
    }
    this.degrees[this.states++] = degree;
  }

  /** Adds transitions one after the other. */
  addTransitions(targets: Int32Array, actions: Uint16Array): void {
    while (this.transitions + targets.length > this.targets.length) this.#enlarge();
    this.targets.set(targets, this.transitions);
    this.actions.set(actions, this.transitions);
    this.transitions += targets.length;
  }

  #enlarge(): void {
    const room = Math.min(GROWTH * this.targets.length, MOST_TRANSITIONS);
    if (room === this.targets.length) throw new ModelError("More transitions than can be numbered.");
    const targets = new Int32Array(room);
    targets.set(this.targets);
    this.targets = targets;
    const actions = new Uint16Array(room);
    actions.set(this.actions);
    this.actions = actions;
  }

  /** Where the transitions of each state begin: those of state s are from `offsets[s]` to before `offsets[s + 1]`. */
  get offsets(): Uint32Array {
    if (this.#offsets?.length === this.states + 1) return this.#offsets;
    const offsets = new Uint32Array(this.states + 1);
    for (let state = 0; state < this.states; state++) offsets[state + 1] = offsets[state]! + this.degrees[state]!;
    this.#offsets = offsets;
    return offsets;
  }

  get bytes(): number {
    return 6 * this.transitions + 2 * this.states;
  }
}
