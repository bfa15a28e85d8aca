/**
 * The handles of a recording of Linux 7.3: by which ID or descriptor the program knows an object. A handle that was never made,
 * or whose object the program has destroyed, stands for an ID that does not exist.
 */
import type { Op } from "../drive.ts";

/** No object has it: IDs begin with 1. */
export const NO_ID = 0;

interface Handle {
  /** Null after the program has destroyed the object. */
  readonly id: number | null;
  /** Which memory the object has, so that its file can be found. */
  readonly at: number;
}

/** By operation that makes an object: the field that names it. */
const MADE_BY: { readonly [op: string]: string } = {
  dev_new: "dev",
  hwpt_alloc: "h",
  fq_alloc: "f",
  viommu_alloc: "v",
  vdev_alloc: "d",
  veventq_alloc: "e",
  hwq_alloc: "k",
};

export class Handles {
  readonly #made = new Map<string, Handle>();
  readonly #taken = new Map<string, number>();
  readonly #ops: readonly Op[];

  constructor(ops: readonly Op[]) {
    this.#ops = ops;
  }

  /** Memory that no object has had, of the kind of the field. */
  fresh(field: string): number {
    const at = this.#taken.get(field) ?? 0;
    this.#taken.set(field, at + 1);
    return at;
  }

  makes(field: string, op: Op, id: number, at: number): void {
    this.#made.set(`${field}${Number(op[field])}`, { id, at });
  }

  destroys(field: string, op: Op): void {
    const found = this.of(field, op);
    if (found) this.#made.set(`${field}${Number(op[field])}`, { ...found, id: null });
  }

  of(field: string, op: Op): Handle | undefined {
    return this.#made.get(`${field}${Number(op[field])}`);
  }

  /** The memory of the object; of a handle that was never made, memory that no object gets. */
  at(field: string, op: Op): number {
    return this.of(field, op)?.at ?? mostOf(this.#ops, field);
  }

  id(field: string, op: Op): number {
    return this.of(field, op)?.id ?? NO_ID;
  }
}

/** How many objects a script can make, by field. An IOAS that is attached may make an HWPT. */
export function mostOf(ops: readonly Op[], field: string): number {
  const makes = (op: Op): boolean =>
    MADE_BY[op.op] === field ||
    (field === "h" &&
      (op.op === "dev_new" || (/^(hwpt|pasid)_(replace|attach)$/.test(op.op) && op["h"] === undefined)));
  return ops.filter(makes).length;
}
