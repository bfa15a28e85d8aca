/** The steps of a state, each taken on the core: slower than step trees (tree-steps.ts), which are compared with it. */
import { STILL } from "../states/graph.ts";
import type { Expanding, Steps } from "./steps.ts";
import { hashOf } from "../states/store.ts";

export class CoreSteps implements Steps {
  readonly bytes = 0;
  readonly confirmed = 0;
  readonly #search: Expanding;

  constructor(search: Expanding) {
    this.#search = search;
  }

  takeAll(state: number): number {
    const { core, orbits } = this.#search;
    const { vector } = core;
    this.#search.vectorOf(state, vector);
    let steps = 0;
    for (let slot = 0; slot < core.componentCount; slot++) {
      const choices = core.choices(slot, vector[slot]!);
      for (let k = 0; k < choices.length; k += 2) {
        const action = choices[k]!;
        const outcome = choices[k + 1]!;
        if (orbits || !this.#collectQuiet(state, action, slot, core.quietNext(outcome))) {
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
    return steps;
  }

  /** Takes as a successor of `state` what only `slot` differs in; false when it does not fit, or `now` is none. */
  #collectQuiet(state: number, action: number, slot: number, now: number): boolean {
    const search = this.#search;
    const { core, layout, batch } = search;
    const { word, shift, mask } = layout;
    if (now < 0 || now > mask[slot]!) return false;
    const { states } = batch;
    const at = this.#copyPacked();
    const w = at + word[slot]!;
    states[w] = states[w]! ^ ((core.vector[slot]! ^ now) << shift[slot]!);
    const hash = hashOf(states, at, layout.words);
    if (search.wasMet(at, hash)) return true;
    search.keep(hash, state, now === core.vector[slot] ? STILL : action, 1 << (slot & 31), 1);
    return true;
  }

  /** Takes the vector after a step as a successor of `state` and goes back. */
  #collect(state: number, action: number): void {
    const search = this.#search;
    const { core, layout, orbits, batch } = search;
    const { vector, touched, before, touchedCount } = core;
    const { word, shift, mask } = layout;
    const { states } = batch;
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
    let met = search.wasMet(at, hash);
    let orbit = 1;
    if (orbits && !met) {
      const exchange = orbits.afterStep();
      orbit = orbits.size;
      if (exchange > 0) {
        if (!orbits.pack(exchange, vector, layout, states, at)) {
          this.#widen();
          return this.#collect(state, action);
        }
        bits = orbits.touched(exchange, touched, 0, touchedCount);
        hash = hashOf(states, at, layout.words);
        met = search.wasMet(at, hash);
      }
    }
    core.undo();
    // What leads back to its own state never leads to a state that is found first by it.
    if (!met) search.keep(hash, state, moved === 0 ? STILL : action, bits, orbit);
  }

  /** Puts the state that is being expanded behind those of the batch; gives its place. */
  #copyPacked(): number {
    const { packed, batch, layout } = this.#search;
    const { words } = layout;
    const at = batch.length * words;
    for (let w = 0; w < words; w++) batch.states[at + w] = packed[w]!;
    return at;
  }

  /** Makes room in the layout; the step that did not fit stays taken. */
  #widen(): void {
    const { core } = this.#search;
    const now = Int32Array.from(core.vector);
    const touched = core.touched.slice();
    const before = core.before.slice();
    const count = core.touchedCount;
    core.undo();
    this.#search.widen(Int32Array.from(core.vector));
    core.vector.set(now);
    core.touched.set(touched);
    core.before.set(before);
    core.touchedCount = count;
  }
}
