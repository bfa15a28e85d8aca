/** Successors that wait to be looked up together, so that the memory they touch is fetched together. */
import { FETCH } from "./store.ts";

/** Where the numbers of a batch lie. */
export interface BatchTables {
  readonly states: Int32Array;
  readonly hash: Int32Array;
  readonly parent: Int32Array;
  readonly action: Int32Array;
  readonly touched: Int32Array;
  readonly orbit: Int32Array;
}

/** Tables for states of so many slots, which take at most as many words. */
export const batchTables = (slots: number): BatchTables => ({
  states: new Int32Array(FETCH * slots),
  hash: new Int32Array(FETCH),
  parent: new Int32Array(FETCH),
  action: new Int32Array(FETCH),
  touched: new Int32Array(FETCH),
  orbit: new Int32Array(FETCH),
});

export class Batch {
  /** Words of the packed states, one after the other. */
  readonly states: Int32Array;
  readonly hash: Int32Array;
  readonly parent: Int32Array;
  readonly action: Int32Array;
  /** A bit (slot mod 32) for each slot in which it may differ from its parent. */
  readonly touched: Int32Array;
  /** How many states it stands for. */
  readonly orbit: Int32Array;
  length = 0;

  constructor({ states, hash, parent, action, touched, orbit }: BatchTables) {
    this.states = states;
    this.hash = hash;
    this.parent = parent;
    this.action = action;
    this.touched = touched;
    this.orbit = orbit;
  }

  get isFull(): boolean {
    return this.length === FETCH;
  }

  /** Takes what lies behind the others in `states` as one more. */
  keep(hash: number, parent: number, action: number, touched: number, orbit: number): void {
    const place = this.length++;
    this.hash[place] = hash;
    this.parent[place] = parent;
    this.action[place] = action;
    this.touched[place] = touched;
    this.orbit[place] = orbit;
  }
}
