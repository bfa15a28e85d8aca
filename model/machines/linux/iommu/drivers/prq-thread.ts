/**
 * The thread of an IOMMU driver that empties the page request queue into the IOPF core and handles its overflow.
 *
 * Models  drivers/iommu/intel/prq.c prq_event_thread() of 6.12, drivers/iommu/amd/ppr.c amd_iommu_poll_ppr_log(), and the
 *         unmerged PRIQ thread of SMMUv3 (iopf-core 2.1 to 2.3). It clears the interrupt before it reads the queue: I8 (no
 *         lost wake-up). It reports each record and writes the head, after each record or after the batch: K16
 *         (headAdvance). Then it reads the overflow bit, discards the partial faults: K18 (discardScope), and clears the
 *         bit, with an empty queue or at once: K17 (clearPolicy). AMD reads the status register back and starts again while
 *         its bits are set (amd_iommu_handle_irq(); K38: erratum ERBT1312 loses interrupts).
 * Omits   VT-d's checks before the report (page-requests/request-service.ts), and iommu->prq_complete, for which drains wait
 *         (teardown/queue-drain.ts). VT-d reads the tail once: later records raise an interrupt for the next run. This
 *         thread reads until the queue is empty, and again if records came before it read the overflow bit.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import type { PageRequest } from "../../../../units.ts";
import { linux, linux61, messages } from "../../../../said.ts";
import { LOOKS, READS, REPORTS, RESTARTS, type PageRequestDriver } from "./page-request-drivers.ts";
import { OK, pageResponse, READ, WRITE, type Fault, type PageResponse } from "../../include/iommu.ts";

/** What differs between drivers, and deliberate defects. */
export interface PrqThreadRules {
  /** K17 (clearPolicy). "never": a deliberate defect; the thread does not write the register. */
  readonly clearPolicy: "drainedOnly" | "immediate" | "never";
  /** K18 (discardScope): whether the thread discards partial faults after an overflow. */
  readonly discards: boolean;
  /** Before or after it clears the overflow bit; B2 (an overflow must purge partial faults) asks for before. */
  readonly discardWhen: "before-clear" | "after-clear";
  /** I8 (no lost wake-up): before it reads the queue. "after-read": H9 (lost interrupt). */
  readonly acknowledgeWhen: "before-read" | "after-read";
  /** K16: when the thread writes the head register. */
  readonly headAdvance: "perEntry" | "batch";
  /** 6.1: this thread responds to a last request that the core refused (iopf-core 1.5). */
  readonly answersErrors: boolean;
  /** K38: the workaround of AMD for erratum ERBT1312; the thread starts again while the pending bit is set. */
  readonly rereads?: boolean;
  /** Whose functions the steps name. */
  readonly driver?: PageRequestDriver;
}

export type PrqThreadEvent =
  | { readonly type: "prq.interrupt" }
  | { readonly type: "thread.acknowledges" | "thread.pops" | "thread.publishes" }
  | ({ readonly type: "prq.record" } & PageRequest)
  | { readonly type: "prq.empty" }
  | { readonly type: "reported"; readonly device: number; readonly result: number }
  | { readonly type: "thread.checks-overflow" | "thread.discards" | "thread.clears-overflow" }
  | { readonly type: "prq.registers"; readonly empty: boolean; readonly overflow: boolean; readonly pending: boolean }
  | { readonly type: "queue.returns" };

export type PrqThreadEmits =
  | PageResponse
  | { readonly type: "prq.clears-interrupt" | "prq.pops" | "prq.publishes-head" }
  | { readonly type: "prq.reads-registers" | "prq.clears-overflow" | "queue.discards" }
  | { readonly type: "driver.reports-fault"; readonly fault: Fault };

export const prqThreadSteps: readonly Message[] = [
  "acknowledges",
  "pops",
  "publishes",
  "checks-overflow",
  "discards",
  "clears-overflow",
].map((step) => ({ type: `thread.${step}` }));

export interface PrqThreadContext {
  readonly rules: PrqThreadRules;
  /** An interrupt came while the thread ran. */
  readonly again: boolean;
  /** The fault in iommu_report_device_fault(); kept only with `answersErrors`. */
  readonly fault: Fault | null;
}

const DISCARD = linux("drivers/iommu/io-pgfault.c", "iopf_queue_discard_partial");

const s = setup({
  types: {
    context: {} as PrqThreadContext,
    events: {} as PrqThreadEvent,
    emitted: {} as PrqThreadEmits,
    input: {} as PrqThreadRules,
  },
  guards: {
    acknowledgesLate: ({ context }) => context.rules.acknowledgeWhen === "after-read",
    batches: ({ context }) => context.rules.headAdvance === "batch",
    discardsFirst: ({ context }) => context.rules.discards && context.rules.discardWhen === "before-clear",
    discardsLast: ({ context }) => context.rules.discards && context.rules.discardWhen === "after-clear",
    interruptedAgain: ({ context }) => context.again,
    rereads: ({ context }) => context.rules.rereads === true,
  },
});

const faultOf = ({ device, pasid, prgi, page, last, instance, read, write }: PageRequest): Fault => ({
  device,
  pasid,
  grp: prgi,
  page,
  perm: (read ? READ : 0) | (write ? WRITE : 0),
  last,
  instance,
});
const acknowledge = s.emit({ type: "prq.clears-interrupt" });
const clear = s.enqueueActions(({ context, enqueue }) => {
  if (context.rules.clearPolicy !== "never") enqueue.emit({ type: "prq.clears-overflow" });
});

export const prqThread = s.createMachine({
  id: "prq-thread",
  description: "the page request thread of an IOMMU driver",
  meta: {
    origin: READS,
    lane: "the page request thread of the IOMMU driver",
    messages: messages<PrqThreadEmits>({
      "driver.page-response": {
        says: "responds {code} to PRGI {grp}, which the core refused",
        origin: linux61("drivers/iommu/intel/svm.c", "handle_bad_prq_event"),
      },
      "prq.clears-interrupt": { says: "clears the pending interrupt", origin: LOOKS },
      "prq.pops": "reads the record at the head of the queue",
      "prq.publishes-head": "writes the head register",
      "prq.reads-registers": { says: "reads the status register", origin: LOOKS },
      "prq.clears-overflow": { says: "clears the overflow bit", origin: RESTARTS },
      "driver.reports-fault": {
        says: "reports page {fault.page} of PRGI {fault.grp} of device {fault.device}",
        origin: REPORTS,
      },
      "queue.discards": { says: "discards the partial faults of all devices", origin: DISCARD },
    }),
  },
  context: ({ input }) => ({ rules: input, again: false, fault: null }),
  initial: "idle",
  states: {
    idle: {
      description: "sleeps until the next interrupt",
      on: {
        "prq.interrupt": [{ guard: "acknowledgesLate", target: "reading" }, { target: "woken" }],
      },
    },
    woken: {
      description: "has an interrupt to acknowledge",
      on: {
        "thread.acknowledges": {
          description: "acknowledges the interrupt",
          meta: { origin: LOOKS },
          target: "reading",
          actions: acknowledge,
        },
      },
    },
    reading: {
      description: "is about to read the next record",
      on: {
        "thread.pops": {
          description: "reads the next record of the queue",
          target: "popping",
          actions: emit({ type: "prq.pops" }),
        },
      },
    },
    popping: {
      description: "reads the record at the head of the queue",
      on: {
        "prq.record": {
          target: "reporting",
          actions: [
            emit(({ event }) => ({ type: "driver.reports-fault", fault: faultOf(event) })),
            assign({ fault: ({ context, event }) => (context.rules.answersErrors ? faultOf(event) : null) }),
          ],
        },
        "prq.empty": [
          { guard: "batches", target: "publishing" },
          { guard: "acknowledgesLate", target: "acknowledging" },
          { target: "checking" },
        ],
      },
    },
    reporting: {
      description: "is inside iommu_report_device_fault()",
      on: {
        reported: {
          target: "reading",
          actions: enqueueActions(({ context: { fault }, event, enqueue }) => {
            if (fault?.last && event.result !== OK) enqueue.emit(pageResponse([fault], "invalid", null));
            enqueue.assign({ fault: null });
          }),
        },
      },
    },
    publishing: {
      description: "has read a batch and not written the head register",
      on: {
        "thread.publishes": [
          {
            description: "writes the head register",
            guard: "acknowledgesLate",
            target: "acknowledging",
            actions: emit({ type: "prq.publishes-head" }),
          },
          { target: "checking", actions: emit({ type: "prq.publishes-head" }) },
        ],
      },
    },
    acknowledging: {
      description: "has read the queue and not acknowledged the interrupt",
      on: { "thread.acknowledges": { target: "checking", actions: acknowledge } },
    },
    checking: {
      description: "has emptied the queue",
      on: {
        "thread.checks-overflow": {
          description: "reads the overflow bit",
          meta: { origin: LOOKS },
          target: "looking",
          actions: emit({ type: "prq.reads-registers" }),
        },
      },
    },
    looking: {
      description: "reads the status register",
      on: {
        "prq.registers": [
          {
            guard: ({ context, event }) => !event.overflow && context.rules.rereads === true && event.pending,
            target: "woken",
          },
          { guard: ({ event }) => !event.overflow, target: "done" },
          /** Records of before the overflow are in the queue: the thread reads on (see Omits). */
          {
            guard: ({ context, event }) => context.rules.clearPolicy !== "immediate" && !event.empty,
            target: "reading",
          },
          { guard: "discardsFirst", target: "discarding" },
          { target: "clearing" },
        ],
      },
    },
    discarding: {
      description: "discards partial faults before it clears the overflow bit",
      initial: "calling",
      states: {
        calling: {
          description: "has seen the overflow bit with an empty queue",
          on: {
            "thread.discards": {
              description: "discards the partial faults of all devices",
              meta: { origin: DISCARD },
              target: "waiting",
              actions: emit({ type: "queue.discards" }),
            },
          },
        },
        waiting: {
          description: "is inside iopf_queue_discard_partial()",
          on: { "queue.returns": { target: "#prq-thread.clearing" } },
        },
      },
    },
    clearing: {
      description: "is about to clear the overflow bit",
      on: {
        "thread.clears-overflow": [
          {
            description: "clears the overflow bit",
            meta: { origin: RESTARTS },
            guard: "discardsLast",
            target: "discarding-late",
            actions: clear,
          },
          { guard: "rereads", target: "checking", actions: clear },
          { target: "done", actions: clear },
        ],
      },
    },
    "discarding-late": {
      description: "discards partial faults after it has cleared the overflow bit",
      initial: "calling",
      states: {
        calling: {
          description: "has cleared the overflow bit",
          on: {
            "thread.discards": {
              meta: { origin: DISCARD },
              target: "waiting",
              actions: emit({ type: "queue.discards" }),
            },
          },
        },
        waiting: {
          description: "is inside iopf_queue_discard_partial()",
          on: { "queue.returns": { target: "#prq-thread.done" } },
        },
      },
    },
    done: {
      description: "returns from the interrupt thread",
      always: [{ guard: "interruptedAgain", target: "woken", actions: assign({ again: false }) }, { target: "idle" }],
    },
  },
  on: { "prq.interrupt": { actions: assign({ again: true }) } },
});
