/**
 * What the trees of claims (read-tree.ts) know, in the memory of the module: a node says where its slot lies, and for each
 * number of it what comes next. What is not there yet is looked at by the judge, and then written down.
 */
import type { Core } from "../../../kernel/core.ts";
import type { Judge } from "../../claims/judge.ts";
import type { Layout } from "../../states/layout.ts";
import { LEAF } from "../../claims/read-tree.ts";
import { AREA, CONTROL_AT, GROUP_BYTES } from "./memory-map.ts";

/** In the place of an address: nothing is known, and that nothing is violated. */
const UNKNOWN = 0;
const FINE = 1;
/** Cells of a node: word in bytes, shift, mask, for how many numbers there is room, and then one for each. */
const NODE = 4;

export class Answers {
  readonly #memory: Int32Array;
  readonly #core: Core;
  readonly #judge: Judge;
  readonly #layout: Layout;
  /** Whether a violation says something new each time. */
  readonly #countsBad: boolean;
  /** Place of a node, by its children: they are others when it becomes another node. */
  #places = new Map<object, number>();
  /** The next free cell. */
  #free = AREA.ANSWERS / 4;

  constructor(memory: Int32Array, core: Core, judge: Judge, layout: Layout, countsBad: boolean) {
    this.#memory = memory;
    this.#core = core;
    this.#judge = judge;
    this.#layout = layout;
    this.#countsBad = countsBad;
    memory[CONTROL_AT.GROUP_COUNT / 4] = judge.groups.length;
    this.#cutRoots();
  }

  get bytes(): number {
    return 4 * this.#free - AREA.ANSWERS;
  }

  /** Writes down what the judge has said of the vector. */
  note(vector: Int32Array, touched: number): void {
    for (const [g, group] of this.#judge.groups.entries()) if ((group.mask & touched) !== 0) this.#noteGroup(g, vector);
  }

  #noteGroup(g: number, vector: Int32Array): void {
    let cell = (AREA.GROUPS + g * GROUP_BYTES) / 4 + 1;
    for (const { slot, children, answer } of this.#judge.groups[g]!.bad.wayOf(vector)) {
      if (slot === LEAF) {
        this.#memory[cell] = answer === undefined || !this.#countsBad ? FINE : UNKNOWN;
        return;
      }
      const number = vector[slot]!;
      const place = this.#placeOf(children, slot, number);
      if (place === undefined) return this.#forget();
      this.#memory[cell] = 4 * place;
      cell = place + NODE + number;
    }
  }

  /** The place of the node, with room for the number; undefined when the memory is full. */
  #placeOf(node: object, slot: number, number: number): number | undefined {
    const memory = this.#memory;
    const old = this.#places.get(node);
    const had = old === undefined ? 0 : memory[old + NODE - 1]!;
    if (number < had) return old;
    const { word, shift, mask } = this.#layout;
    const room = Math.max(2 * had, this.#core.sizeOf(slot));
    const place = this.#free;
    this.#free += NODE + room;
    if (4 * this.#free > AREA.HEADS) return undefined;
    memory.set([4 * word[slot]!, shift[slot]!, mask[slot]!, room], place);
    memory.fill(UNKNOWN, place + NODE, place + NODE + room);
    if (old !== undefined) memory.copyWithin(place + NODE, old + NODE, old + NODE + had);
    this.#places.set(node, place);
    return place;
  }

  #forget(): void {
    this.#places = new Map();
    this.#free = AREA.ANSWERS / 4;
    this.#cutRoots();
  }

  #cutRoots(): void {
    for (const [g, { mask }] of this.#judge.groups.entries())
      this.#memory.set([mask, UNKNOWN], (AREA.GROUPS + g * GROUP_BYTES) / 4);
  }
}
