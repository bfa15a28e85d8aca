/**
 * The shape of a line of a recording of Linux 7.3, made with the mock device of iommufd's selftest: each operation and each
 * event with its own fields.
 */
import * as z from "zod";
import type { Json } from "../../../../checker/json.ts";
import { choosing, complaint, few, pasid, whole } from "../../shape.ts";
import { classes73 } from "../classes.ts";
import { op, ev, nth, recordingOf } from "../schema.ts";
import { scriptComplaint73 } from "./script.ts";

/** The recordings write 0 and 1 where those of other kernels write false and true. */
const bit = z.int().min(0).max(1);
const flag = bit.optional();
/** 64 bits, as far as a JSON number holds them. */
const wide = z
  .number()
  .nonnegative()
  .max(2 ** 64);
const length = whole.optional();
const dev = { dev: few };

const operation = z.discriminatedUnion(
  "op",
  [
    op("dev_new", { ...dev, pasid: bit }),
    op("dev_destroy", dev),
    op("idev_destroy", dev),
    op("hwpt_alloc", {
      h: few,
      ...dev,
      ph: few.optional(),
      v: few.optional(),
      f: few.optional(),
      pasid: flag,
      nest_parent: flag,
    }).refine(({ ph, v }) => ph === undefined || v === undefined, "expected at most one of ph and v"),
    op("hwpt_destroy", { h: few }),
    op("hwpt_replace", { ...dev, h: few.optional() }),
    op("pasid_attach", { ...dev, pasid: whole, h: few.optional() }),
    op("pasid_replace", { ...dev, pasid: whole, h: few.optional() }),
    op("pasid_detach", { ...dev, pasid: whole }),
    op("pasid_check", { ...dev, pasid: whole, h: few.optional() }),
    op("fq_alloc", { f: few }),
    op("fq_destroy", { f: few }),
    op("fd_close", { f: few }),
    op("fd_read", { f: few, n: nth.optional(), bytes: length, bad: flag }).refine(
      ({ n, bytes }) => (n === undefined) !== (bytes === undefined),
      "expected either n or bytes",
    ),
    op("fd_write", { f: few, resps: z.array(z.tuple([whole, whole])), bytes: length, bad: flag }),
    op("fd_poll", { f: few }),
    op("fault", { ...dev, pasid: whole, grp: whole, last: bit, perm: z.int().min(0).max(15), addr: whole }),
    op("discard", {}),
    op("viommu_alloc", { v: few, ...dev, h: few, type: whole, flags: length, data: flag }),
    op("viommu_destroy", { v: few }),
    op("vdev_alloc", { d: few, v: few, ...dev, virt: wide }),
    op("vdev_destroy", { d: few }),
    op("veventq_alloc", { e: few, v: few, type: whole, depth: whole, flags: length }),
    op("veventq_destroy", { e: few }),
    op("ve_close", { e: few }),
    op("vevent", dev),
    op("ve_read", { e: few, bytes: whole, bad: flag, edge: length }),
    op("ve_write", { e: few, bytes: whole }),
    op("ve_poll", { e: few }),
    op("hwq_alloc", { k: few, v: few, type: whole, index: whole, iova: wide, len: wide }),
    op("hwq_destroy", { k: few }),
    op("viommu_mmap", { v: few, how: z.int().min(0).max(3) }),
    op("viommu_munmap", { v: few }),
    op("ioas_map", { iova: wide, len: wide, off: whole }),
    op("ioas_unmap", { iova: wide, len: wide }),
    op("vinv", { v: few, virt: wide, cache: whole }),
    op("cache_check", { ...dev, cache: whole, zero: bit }),
    op("fail_nth", { n: nth }),
    op("iommufd_close", {}),
  ],
  choosing("op"),
);

/** Whether the point at which the operation was to fail was reached. */
const hit = bit.optional();
const id = whole.optional();

const event = z.discriminatedUnion(
  "ev",
  [
    ev("ret", { val: z.int(), id, stdev: id, idev: id, hwpt: id, done: whole.optional(), hit }),
    ev("read", { f: few, val: z.int(), recs: z.array(z.record(z.string(), z.int())), hit }),
    ev("write", { f: few, val: z.int(), hit }),
    ev("vread", {
      e: few,
      val: z.int(),
      recs: z.array(z.strictObject({ flags: whole, seq: whole, virt: wide.optional() })),
      hit,
    }),
    ev("poll", { f: few.optional(), e: few.optional(), in: z.boolean(), out: z.boolean(), hit }),
    ev("deliver", { ...dev, grp: whole, pasid, count: whole }),
    ev("response", { ...dev, grp: whole, pasid, code: z.int().min(0).max(2) }),
    ev("iopf_add", dev),
    ev("iopf_remove", dev),
    ev("destroyed", { kind: z.string(), id: whole }),
    ev("warn_on", { in: z.string() }),
    ev("log", { text: z.string() }),
    ev("skip", { why: z.string() }),
  ],
  choosing("ev"),
);

const recording = recordingOf("7.3", classes73, operation, event);

type Line = { readonly ops: readonly unknown[]; readonly events: readonly { readonly i: number }[] };

function inconsistency({ ops, events }: Line): string | undefined {
  const late = events.findIndex(({ i }) => i >= ops.length);
  if (late >= 0) return `events[${late}].i: expected the index of one of ${ops.length} operations`;
  const early = events.findIndex(({ i }, index) => index > 0 && i < events[index - 1]!.i);
  return early < 0 ? undefined : `events[${early}].i: expected events in the order of their operations`;
}

/** What is wrong with the line, or undefined: of its shape, or of what its parts say of each other. */
export const shape73 = (line: Json): string | undefined =>
  complaint(recording, line) ??
  inconsistency(line as unknown as Line) ??
  scriptComplaint73(line as unknown as Parameters<typeof scriptComplaint73>[0]);
