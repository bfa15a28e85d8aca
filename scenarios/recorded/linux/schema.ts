/** What recordings of all kernels have in common. Loaded when a recording is read, as all that needs zod. */
import * as z from "zod";
import type { Json } from "../../../checker/json.ts";
import { complaint, few, pasid, whole } from "../shape.ts";
import { scriptComplaint } from "./script.ts";

/** An operation with these fields, and no others. */
export const op = <const Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) =>
  z.strictObject({ op: z.literal(name), ...shape });

/** An event of the operation with index `i`. */
export const ev = <const Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) =>
  z.strictObject({ ev: z.literal(name), i: whole, ...shape });

export const flag = z.boolean().optional();
/** Which allocation fails, or which queued work runs; counted from 1 or 0. */
export const nth = z.int().min(0).max(1000);
/** Bits of a permission: read 1, write 2, execute 4, privileged 8. */
const permission = z.int().min(0).max(15);
/** success, invalid, failure. */
export const code = z.int().min(0).max(2);

/** A fault as the driver reports it; without PASID, of the device itself. */
export const faultFields = {
  dev: few,
  addr: whole,
  grp: whole.optional(),
  pasid: whole.optional(),
  perm: permission.optional(),
  last: flag,
  /** 1 or 2: which of the two is a page request is the kernel's affair. */
  type: z.int().min(1).max(2).optional(),
};

const areaFields = { mm: few, start: whole, end: whole, prot: z.int().min(0).max(7), sigbus: flag };

const partial = z.strictObject({ grp: whole, pasid, addr: whole });
const page = z.strictObject({ addr: whole, perm: permission, pasid, last: z.boolean() });

/** Fields of events that both kernels have. */
export const stateFields = { dev: few, iopf: z.boolean() };
export const partials = z.array(partial);
export const deliverFields = { dev: few, grp: whole, pasid, via: z.string(), count: whole, pages: z.array(page) };
export const responseFields = { dev: few, grp: whole, pasid, code: z.enum(["SUCCESS", "INVALID", "FAILURE"]) };

export const commonOps = [
  op("queue_alloc", { q: few }),
  op("queue_free", { q: few }),
  op("add_dev", { q: few, dev: few }),
  op("remove_dev", { q: few, dev: few }),
  // Without a queue it is called with NULL.
  op("discard", { q: few.optional(), null: z.literal(true).optional() }).refine(
    ({ q, null: none }) => (q === undefined) !== (none === undefined),
    "expected either q or null",
  ),
  op("flush", { dev: few }),
  op("run", { q: few, n: nth.optional() }),
  op("fail_alloc", { n: nth }),
  op("state", {}),
  op("mm_new", { mm: few }),
  op("mm_exit", { mm: few }),
  op("vma", areaFields),
  op("vma_del", { mm: few, start: whole }),
] as const;

export const commonEvents = [
  ev("ret", { val: z.int().nullable(), pasid: z.int().optional() }),
  ev("state_wq", { q: few, queued: whole }),
  ev("alloc_fail", { in: z.string() }),
  ev("log", { level: z.string(), dev: few.optional(), msg: z.string() }),
  ev("idle", {}),
  ev("mm_fault", {
    mm: few,
    addr: whole,
    write: z.boolean(),
    exec: z.boolean(),
    user: z.boolean(),
    ok: z.boolean(),
  }),
] as const;

/** A line; `kernel` begins with the release and a dot, and may say that it was booted, and where. */
export const recordingOf = (release: string, classes: readonly string[], ops: z.ZodType, events: z.ZodType) =>
  z.strictObject({
    kernel: z
      .string()
      .regex(new RegExp(String.raw`^${release.replace(".", String.raw`\.`)}\.\d+( \(booted[^()]*\))?$`)),
    class: z.enum(classes as readonly [string, ...string[]], {
      error: ({ input }) => `${JSON.stringify(input)} is no class of recordings of Linux ${release}`,
    }),
    seed: z.int().optional(),
    name: z.string().optional(),
    ops: z.array(ops).min(1),
    events: z.array(events),
  });

interface Line {
  readonly kernel: string;
  readonly class: string;
  readonly ops: readonly { readonly op: string; readonly [field: string]: Json }[];
  readonly events: readonly { readonly i: number }[];
}

/** What is wrong with the line, or undefined: of its shape, or of what its parts say of each other. */
export function lineComplaint(schema: z.ZodType, line: Json, booted: string): string | undefined {
  const sound = line as unknown as Line;
  return complaint(schema, line) ?? inconsistency(sound) ?? scriptComplaint(sound, booted);
}

function inconsistency({ ops, events }: Line): string | undefined {
  const [init, ...rest] = ops;
  if (init?.op !== "init") return `ops[0].op: expected "init", found ${JSON.stringify(init?.op)}`;
  const again = rest.findIndex(({ op: name }) => name === "init");
  if (again >= 0) return `ops[${again + 1}].op: "init" is the first operation, and only that`;
  const devices = Number(init["devs"]);
  const { groups } = init;
  if (Array.isArray(groups) && groups.length !== devices)
    return `ops[0].groups: expected one group for each of ${devices} devices`;
  // A page request comes from wherever it likes.
  const strange = ops.findIndex(({ op: name, dev }) => name !== "prq_put" && typeof dev === "number" && dev >= devices);
  if (strange >= 0) return `ops[${strange}].dev: expected one of ${devices} devices, counted from 0`;
  const empty = ops.findIndex(({ op: name, start, end }) => name === "vma" && Number(start) >= Number(end));
  if (empty >= 0) return `ops[${empty}].end: expected more than start`;
  const late = events.findIndex(({ i }) => i >= ops.length);
  if (late >= 0) return `events[${late}].i: expected the index of one of ${ops.length} operations`;
  const early = events.findIndex(({ i }, index) => index > 0 && i < events[index - 1]!.i);
  return early < 0 ? undefined : `events[${early}].i: expected events in the order of their operations`;
}
