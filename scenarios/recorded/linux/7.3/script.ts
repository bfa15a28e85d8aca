/**
 * What the operations of a recording of Linux 7.3 name. A program may give the kernel the ID of an object that is not there,
 * and gets an error. A file that was never opened, and a device that was never made, cannot be used.
 */
import type { Op } from "../drive.ts";

/** By operation: the field whose object must have been made before, by which operation, and what it is. */
const USES: { readonly [op: string]: readonly [field: string, by: string, what: string] } = {
  fd_read: ["f", "fq_alloc", "fault queue"],
  fd_write: ["f", "fq_alloc", "fault queue"],
  fd_poll: ["f", "fq_alloc", "fault queue"],
  fd_close: ["f", "fq_alloc", "fault queue"],
  fault: ["dev", "dev_new", "device"],
  dev_destroy: ["dev", "dev_new", "device"],
};

/** What is wrong with the script, with the place, or undefined. */
export function scriptComplaint73({ ops }: { readonly ops: readonly Op[] }): string | undefined {
  const made = new Set<string>();
  for (const [index, op] of ops.entries()) {
    if (op.op === "dev_new" || op.op === "fq_alloc") made.add(`${op.op} ${String(op["dev"] ?? op["f"])}`);
    const use = USES[op.op];
    if (!use) continue;
    const [field, by, what] = use;
    if (!made.has(`${by} ${String(op[field])}`))
      return `ops[${index}].${field}: "${op.op}" names ${what} ${String(op[field])}, which no "${by}" before it has made`;
  }
  return undefined;
}
