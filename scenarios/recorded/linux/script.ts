/** What the operations of a recording name: a script that names what none of its operations has made is refused. */
import type { Json } from "../../../checker/json.ts";

interface Script {
  readonly kernel: string;
  readonly class: string;
  readonly ops: readonly { readonly op: string; readonly [field: string]: Json }[];
}

/** By the field that names it: the operation that makes it, and what it is. */
const MADE: readonly (readonly [field: string, by: string, what: string])[] = [
  ["q", "queue_alloc", "IOPF queue"],
  ["mm", "mm_new", "process"],
  ["h", "hwpt_alloc", "HWPT"],
  ["f", "fq_alloc", "fault queue"],
];
/** The IOPF queue that drivers have below VT-d's page request queue, and below iommufd. */
const OF_DRIVER = 0;

const isIommufd = (op: string): boolean => op.startsWith("hwpt_");
/** iommufd adds its devices to an IOPF queue, and removes them, by itself. */
const BY_HAND = ["add_dev", "remove_dev", "queue_alloc", "queue_free"];

/** A program can give the kernel the number of an object that is not there, and gets ENOENT; a harness has no such pointer. */
const isLookedUp = (field: string, op: string): boolean => field === "h" && isIommufd(op);

/** What is wrong with the script, with the place, or undefined. `booted` is the class of what a booted kernel did. */
export function scriptComplaint({ kernel, class: name, ops }: Script, booted: string): string | undefined {
  if (kernel.includes("(booted") !== (name === booted))
    return `class: "${booted}" is the class of booted kernels, and of no other recordings, but the kernel is "${kernel}"`;
  const intel = ops[0]?.["intel"] === true;
  const iommufd = ops.some(({ op }) => isIommufd(op));
  const made = new Set<string>(intel || iommufd ? [`q${OF_DRIVER}`] : []);
  for (const [index, op] of ops.entries()) {
    const where = `ops[${index}].op: "${op.op}"`;
    if (op.op.startsWith("prq_") && !intel)
      return `${where} needs a page request queue, and ops[0] has no "intel": true`;
    if (iommufd && BY_HAND.includes(op.op)) return `${where} is a call of the driver, in a recording of iommufd`;
    for (const [field, by, what] of MADE) {
      const number = op[field];
      if (typeof number !== "number") continue;
      if (op.op === by) made.add(`${field}${number}`);
      else if (name === booted && isLookedUp(field, op.op)) continue;
      else if (!made.has(`${field}${number}`))
        return `ops[${index}].${field}: "${op.op}" names ${what} ${number}, which no "${by}" before it has made`;
    }
  }
  return undefined;
}
