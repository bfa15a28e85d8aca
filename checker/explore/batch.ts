/** Successors that wait to be looked up together, so that the memory they touch is fetched together. */
import { FETCH } from "./store.ts";

export class Batch {
  /** Words of the packed states, one after the other. */
  readonly states: Int32Array;
  readonly hash = new Int32Array(FETCH);
  readonly parent = new Int32Array(FETCH);
  readonly action = new Int32Array(FETCH);
  /** A bit (slot mod 32) for each slot in which it may differ from its parent. */
  readonly touched = new Int32Array(FETCH);
  /** How many states it stands for. */
  readonly orbit = new Int32Array(FETCH);
  length = 0;

  /** @param slots Numbers of a state, which take at most as many words. */
  constructor(slots: number) {
    this.states = new Int32Array(FETCH * slots);
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
