/** The shape of recordings of RISC-V IOMMU reference models: page request queue, translations and command queue. */
import * as z from "zod";
import { choosing, complaint, pasid, whole } from "../shape.ts";

const registers = z.strictObject({
  head: whole,
  tail: whole,
  enabled: z.boolean(),
  on: z.boolean(),
  overflow: z.boolean(),
  memoryFault: z.boolean(),
  interruptPending: z.boolean(),
});

const pageRequest = {
  device: whole,
  pasid,
  read: z.boolean(),
  write: z.boolean(),
  last: z.boolean(),
  prgi: whole,
  address: whole,
};
/** Success, Invalid Request, Response Failure. */
const code = z.literal([0, 1, 15]);
const response = { device: whole, pasid, prgi: whole, code };
/** ITags of PCIe. */
const itag = z.int().min(0).max(31);

const event = z.discriminatedUnion(
  "event",
  [
    z.strictObject({ event: z.literal("pageResponse"), ...response }),
    z.strictObject({ event: z.literal("record"), ...pageRequest }),
    z.strictObject({ event: z.enum(["empty", "fenceComplete"]) }),
    z.strictObject({
      event: z.literal("translated"),
      /** 0: the translation was found, or the translation request completed; another: the access failed. */
      status: whole,
      read: z.boolean(),
      write: z.boolean(),
      frame: z.union([whole, z.string()]).exactOptional(),
    }),
    z.strictObject({ event: z.literal("atcInvalidate"), device: whole, itag, address: whole }),
    z.strictObject({ event: z.literal("invalidateAccepted"), ret: z.literal([0, 1]) }),
    z.strictObject({ event: z.literal("commandQueue"), head: whole, tail: whole }),
  ],
  choosing("event"),
);

const did = { out: z.array(event), state: registers.optional() };

const step = z.discriminatedUnion(
  "op",
  [
    z.strictObject({
      op: z.literal("device"),
      device: whole,
      ats: z.boolean(),
      pri: z.boolean(),
      prpr: z.boolean(),
      ...did,
    }),
    z.strictObject({ op: z.literal("pageRequest"), ...pageRequest, ...did }),
    z.strictObject({ op: z.enum(["pop", "clearOverflow", "clearInterrupt", "fence"]), ...did }),
    z.strictObject({ op: z.enum(["enableQueue", "memoryFault"]), on: z.boolean(), ...did }),
    z.strictObject({ op: z.literal("map"), address: whole, write: z.boolean(), ...did }),
    z.strictObject({ op: z.literal("unmap"), address: whole, ...did }),
    z.strictObject({ op: z.literal("invalidateIotlb"), address: whole, ...did }),
    z.strictObject({
      op: z.literal("translate"),
      device: whole,
      ats: z.boolean(),
      write: z.boolean(),
      address: whole,
      ...did,
    }),
    z.strictObject({ op: z.literal("invalidateAtc"), device: whole, address: whole, ...did }),
    z.strictObject({
      op: z.literal("invalidateAtcComplete"),
      device: whole,
      itag,
      completions: z.int().min(1).max(8),
      ...did,
    }),
    z.strictObject({ op: z.literal("respond"), ...response, ...did }),
  ],
  choosing("op"),
);

const sequence = z.strictObject({
  id: z.string(),
  /** Slots of the ring; one always stays empty. */
  entries: z.int().min(1).max(65536),
  initial: registers,
  steps: z.array(step).min(1),
});

export type RiscvSequence = z.infer<typeof sequence>;
export type RiscvStep = z.infer<typeof step>;
export type RiscvEvent = z.infer<typeof event>;
export type RiscvRegisters = z.infer<typeof registers>;

const COMMANDS: readonly string[] = ["device", "invalidateIotlb", "invalidateAtc", "fence", "respond"];
const COMPLETION = "invalidateAtcComplete";

/** What the steps say of each other: an event that is not there would not be compared. */
function inconsistency({ steps }: RiscvSequence): string | undefined {
  const tails = steps.some(({ out }) => out.some(({ event }) => event === "commandQueue"));
  let last: number | undefined;
  for (const [index, { op, out }] of steps.entries()) {
    const where = `steps[${index}].out`;
    const adds = COMMANDS.includes(op);
    const completes = op === COMPLETION;
    const accepted = out.filter(({ event }) => event === "invalidateAccepted").length;
    if (accepted !== Number(completes)) return `${where}: expected ${completes ? "one" : "no"} invalidateAccepted`;
    const queues = out.filter((event) => event.event === "commandQueue");
    if (queues.length !== Number(tails && (adds || completes)))
      return `${where}: expected ${tails && (adds || completes) ? "one" : "no"} commandQueue`;
    for (const { tail } of queues) {
      const expected = last === undefined ? tail : last + Number(adds);
      if (tail !== expected) return `${where}: expected tail ${expected}, one more for each command`;
      last = tail;
    }
  }
  return undefined;
}

/** What is wrong with the line, or undefined. */
export const riscvShape = (line: unknown): string | undefined =>
  complaint(sequence, line) ?? inconsistency(line as RiscvSequence);
