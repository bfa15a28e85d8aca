/** The shape of recordings of RISC-V IOMMU reference models: page-request queue, ATS and command queue. */
import * as z from "zod";

const whole = z.int().nonnegative();
const pasid = whole.nullable();

const registers = z.object({
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

const event = z.discriminatedUnion("event", [
  z.object({ event: z.literal("pageResponse"), device: whole, pasid, prgi: whole, code: whole }),
  z.object({ event: z.literal("record"), ...pageRequest }),
  z.object({ event: z.literal("empty") }),
  z.object({ event: z.enum(["commandQueue", "translated", "atcInvalidate", "fenceComplete", "invalidateAccepted"]) }),
]);

const did = { out: z.array(event), state: registers.optional() };

const step = z.discriminatedUnion("op", [
  z.object({ op: z.literal("device"), device: whole, ats: z.boolean(), pri: z.boolean(), prpr: z.boolean(), ...did }),
  z.object({ op: z.literal("pageRequest"), ...pageRequest, ...did }),
  z.object({ op: z.enum(["pop", "clearOverflow", "clearInterrupt"]), ...did }),
  z.object({ op: z.enum(["enableQueue", "memoryFault"]), on: z.boolean(), ...did }),
  z.object({ op: z.enum(["map", "unmap", "translate"]), address: whole, ...did }),
  z.object({
    op: z.enum(["invalidateIotlb", "invalidateAtc", "invalidateAtcComplete", "fence", "respond"]),
    ...did,
  }),
]);

const sequence = z.object({
  id: z.string(),
  /** Slots of the ring; one always stays empty. */
  entries: z.int().min(1).max(65536),
  initial: registers,
  steps: z.array(step),
});

export type RiscvSequence = z.infer<typeof sequence>;
export type RiscvStep = z.infer<typeof step>;
export type RiscvEvent = z.infer<typeof event>;
export type RiscvRegisters = z.infer<typeof registers>;

/** What is wrong with the shape of a line, or undefined. */
export function riscvShape(line: unknown): string | undefined {
  const parsed = sequence.safeParse(line);
  if (parsed.success) return undefined;
  const issue = parsed.error.issues[0]!;
  const where = issue.path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return `at ${where.replace(/^\./, "") || "the top"}: ${issue.message}`;
}
