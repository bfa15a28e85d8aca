/** Step trees in the memory of the module, and the table by which it finds their roots. */
import type { Layout } from "../../states/layout.ts";
import type { Ground } from "../step-trees.ts";
import { AREA, SLOT_BYTES } from "./memory-map.ts";

/** The trees outgrew their part of the memory. They are filled anew. */
export class NoRoom extends Error {
  override name = "NoRoom";
}

export class TreeGround implements Ground {
  readonly #memory: Int32Array;
  readonly #cells: Int32Array;
  readonly #leaves: Int32Array;
  /** Address of what is left for lists by number. */
  #free: number = AREA.HEADS;

  constructor(memory: Int32Array, { word, shift, mask }: Layout) {
    this.#memory = memory;
    this.#cells = memory.subarray(AREA.CELLS / 4, AREA.INDEX / 4);
    this.#leaves = memory.subarray(AREA.LEAVES / 4, AREA.CELLS / 4);
    for (let slot = 0; slot < word.length; slot++)
      memory.set([4 * word[slot]!, shift[slot]!, mask[slot]!], (AREA.SLOTS + slot * SLOT_BYTES) / 4);
  }

  cells(old: Int32Array, length: number): Int32Array {
    return inside(this.#cells, old, length);
  }

  leaves(old: Int32Array, length: number): Int32Array {
    return inside(this.#leaves, old, length);
  }

  head(slot: number, old: Int32Array, length: number): Int32Array {
    const at = this.#free;
    this.#free += 4 * length;
    if (this.#free > AREA.LEAVES) throw new NoRoom();
    const head = this.#memory.subarray(at / 4, this.#free / 4);
    head.fill(0);
    head.set(old);
    this.#memory.set([at, length], (AREA.SLOTS + slot * SLOT_BYTES) / 4 + 3);
    return head;
  }
}

function inside(table: Int32Array, old: Int32Array, length: number): Int32Array {
  if (length > table.length) throw new NoRoom();
  if (old.buffer !== table.buffer) table.set(old);
  return table;
}
