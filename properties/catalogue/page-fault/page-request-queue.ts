/** PRQ: the page request queue and its overflow. */
import { always, canAlways, each, parameters, sometimes } from "../../../checker/property.ts";
import type { PrqThreadContext } from "../../../model/machines/linux/iommu/drivers/prq-thread.ts";
import type { PageRequestQueueContext } from "../../../model/machines/iommu/page-request-queue-messages.ts";
import { coreRule, hardwareRule } from "../sources.ts";
import { usableSlots } from "../../../model/systems/credits.ts";
import { canOverflow, overflows, where, type Parameters } from "../parameters.ts";

const prq = each<PageRequestQueueContext>("prq");
const thread = each<PrqThreadContext>("prq-thread");
const occupied = ({ records, unpublished }: PageRequestQueueContext): number => records.length + unpublished;

export const prqFamily = [
  always({
    id: "PRQ-1",
    name: "prq-within-slots",
    statement: "No more slots of the page request queue are occupied than are usable.",
    source: hardwareRule("S13"),
    witness: "PRQ-2",
    reads: { prq, built: parameters<Parameters>() },
    holds: ({ prq: q, built }) => occupied(q.context) <= usableSlots(built.hardware),
    values: ({ prq: q, built }) => ({ occupied: occupied(q.context), usable: usableSlots(built.hardware) }),
  }),
  sometimes({
    id: "PRQ-2",
    name: "prq-record-waits",
    statement: "A record waits in the page request queue.",
    source: hardwareRule("section 3"),
    reads: { prq },
    holds: ({ prq: q }) => q.context.records.length > 0,
  }),
  sometimes({
    id: "PRQ-3",
    name: "prq-overflows",
    statement: "The page request queue overflows.",
    source: hardwareRule("2.5"),
    applies: where(overflows),
    reads: { prq },
    holds: ({ prq: q }) => q.state === "overflowed",
  }),
  always({
    id: "PRQ-4",
    name: "credits-prevent-overflow",
    statement:
      "The page request queue never overflows if devices have no more credits than it has slots, and slots are freed before the response.",
    source: hardwareRule("S14"),
    witness: "PRQ-2",
    applies: where((built) => !canOverflow(built)),
    reads: { prq },
    holds: ({ prq: q }) => q.state !== "overflowed",
    values: ({ prq: q }) => ({ prq: q.state }),
  }),
  canAlways({
    id: "PRQ-5",
    name: "prq-can-drain",
    statement: "The page request queue can always become empty and accept requests again.",
    source: coreRule("L2"),
    witness: "PRQ-2",
    reads: { prq },
    parts: {
      "the queue accepts requests": ({ prq: q }) => q.state === "accepting",
      "it is empty": ({ prq: q }) => occupied(q.context) === 0,
    },
  }),
  always({
    id: "PRQ-6",
    name: "prq-thread-awake",
    statement: "While a record waits in the page request queue, the thread that empties it is awake.",
    source: coreRule("I8"),
    witness: "PRQ-7",
    reads: { prq, thread },
    given: { "a record waits": ({ prq: q }) => q.context.records.length > 0 },
    parts: { "the thread is awake": ({ thread: t }) => t.state !== "idle" },
    values: ({ prq: q, thread: t }) => ({ records: q.context.records.length, thread: t.state }),
  }),
  sometimes({
    id: "PRQ-7",
    name: "prq-interrupt-again",
    statement: "The thread is interrupted again while it runs.",
    source: coreRule("I8"),
    reads: { thread },
    holds: ({ thread: t }) => t.context.again,
  }),
  always({
    id: "PRQ-8",
    name: "overflow-thread-awake",
    statement: "While the overflow flag is set, the thread that clears it is awake.",
    source: coreRule("L2, B33"),
    witness: "PRQ-2",
    reads: { prq, thread },
    given: { "the overflow flag is set": ({ prq: q }) => q.state === "overflowed" },
    parts: { "the thread is awake": ({ thread: t }) => t.state !== "idle" },
    values: ({ prq: q, thread: t }) => ({ prq: q.state, thread: t.state }),
  }),
  always({
    id: "PRQ-9",
    name: "overflow-cleared-when-empty",
    statement: "When the overflow flag is about to be cleared, the queue is empty.",
    source: coreRule("I7, B1"),
    witness: "PRQ-10",
    reads: { prq, thread },
    given: { "the flag is about to be cleared": ({ thread: t }) => t.state === "clearing" },
    parts: { "the queue is empty": ({ prq: q }) => q.context.records.length === 0 },
    values: ({ prq: q, thread: t }) => ({ records: q.context.records.length, thread: t.state }),
  }),
  sometimes({
    id: "PRQ-10",
    name: "overflow-about-to-clear",
    statement: "The overflow flag is about to be cleared.",
    source: coreRule("I7"),
    applies: where(overflows),
    reads: { thread },
    holds: ({ thread: t }) => t.state === "clearing",
  }),
] as const;
