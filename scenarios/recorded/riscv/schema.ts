/** The shape of recordings of RISC-V IOMMU reference models: page-request queue, ATS and command queue. */
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

const event = z.discriminatedUnion(
  "event",
  [
    z.strictObject({ event: z.literal("pageResponse"), device: whole, pasid, prgi: whole, code: whole }),
    z.strictObject({ event: z.literal("record"), ...pageRequest }),
    z.strictObject({ event: z.literal("empty") }),
    // Of other parts: what they say is not compared.
    z.looseObject({
      event: z.enum(["commandQueue", "translated", "atcInvalidate", "fenceComplete", "invalidateAccepted"]),
    }),
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
    z.strictObject({ op: z.enum(["pop", "clearOverflow", "clearInterrupt"]), ...did }),
    z.strictObject({ op: z.enum(["enableQueue", "memoryFault"]), on: z.boolean(), ...did }),
    // On other parts: not replayed.
    z.looseObject({ op: z.enum(["map", "unmap", "translate"]), address: whole, ...did }),
    z.looseObject({
      op: z.enum(["invalidateIotlb", "invalidateAtc", "invalidateAtcComplete", "fence", "respond"]),
      ...did,
    }),
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

/** What is wrong with the line, or undefined. */
export const riscvShape = (line: unknown): string | undefined => complaint(sequence, line);
