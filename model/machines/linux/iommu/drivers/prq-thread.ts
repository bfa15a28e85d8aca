/**
 * The thread of an IOMMU driver that empties the page-request queue into the IOPF core and handles overflow.
 *
 * Models  Linux drivers/iommu/intel/prq.c prq_event_thread(), the AMD PPR log poll, the unmerged SMMUv3 PRIQ thread
 *         (iopf-core 2.1-2.3): acknowledge the interrupt before reading the queue (I8), report each record, publish the
 *         head (K16: after each record or after the batch), then look at the overflow flag, forget partial faults (K18)
 *         and clear it (K17: only when the queue is empty, or at once). AMD reads the status register back in the end, and
 *         begins again while its bits are set (amd_iommu_handle_irq(), K38).
 * Omits   the checks of a request that VT-d refuses before the core sees it (linux/iommu/drivers/page-requests/request-service.ts), and drains, which
 *         this thread completes (no PASID is torn down here; the study teardown). The snapshot of the tail: it reads on
 *         until the queue is empty, and again where records came before it looked at the flag. VT-d ends the run there and
 *         leaves them to the next one, for which they have raised an interrupt after the acknowledgement.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import type { PageRequest } from "../../../../units.ts";
import { OK, pageResponse, READ, WRITE, type Fault, type PageResponse } from "../../include/iommu.ts";

/** What drivers of different hardware do differently, and departures from it. */
export interface PrqThreadRules {
  /** K17. `never`: it does all but write the register. */
  readonly clearPolicy: "drainedOnly" | "immediate" | "never";
  /** K18. Whether partial faults are forgotten on overflow at all. */
  readonly discards: boolean;
  /** Before the flag is cleared, as B2 asks, or only after. */
  readonly discardWhen: "before-clear" | "after-clear";
  /** I8. Before the queue is read, or only when it was found empty (H9). */
  readonly acknowledgeWhen: "before-read" | "after-read";
  /** K16. */
  readonly headAdvance: "perEntry" | "batch";
  /** Linux 6.1 leaves it to this thread to answer what the core refused, if it was the last of its group (iopf-core 1.5). */
  readonly answersErrors: boolean;
  /** K38. Reads the pending bit back before it rests, and begins again while it is set: AMD's workaround for ERBT1312. */
  readonly rereads?: boolean;
}

export type PrqThreadEvent =
  | { readonly type: "prq.interrupt" }
  | { readonly type: "thread.acknowledges" }
  | { readonly type: "thread.pops" }
  | ({ readonly type: "prq.record" } & PageRequest)
  | { readonly type: "prq.empty" }
  | { readonly type: "reported"; readonly device: number; readonly result: number }
  | { readonly type: "thread.publishes" }
  | { readonly type: "thread.checks-overflow" }
  | { readonly type: "prq.registers"; readonly empty: boolean; readonly overflow: boolean; readonly pending: boolean }
  | { readonly type: "thread.discards" }
  | { readonly type: "queue.returns" }
  | { readonly type: "thread.clears-overflow" };

export type PrqThreadEmits =
  | PageResponse
  | {
      readonly type:
        "prq.clears-interrupt" | "prq.pops" | "prq.publishes-head" | "prq.reads-registers" | "prq.clears-overflow";
    }
  | { readonly type: "driver.reports-fault"; readonly fault: Fault }
  | { readonly type: "queue.discards" };

/** What it does on its own. */
export const prqThreadSteps: readonly Message[] = [
  { type: "thread.acknowledges" },
  { type: "thread.pops" },
  { type: "thread.publishes" },
  { type: "thread.checks-overflow" },
  { type: "thread.discards" },
  { type: "thread.clears-overflow" },
];

export interface PrqThreadContext {
  readonly rules: PrqThreadRules;
  /** Interrupted again while running. */
  readonly again: boolean;
  /** In the core's hands; only kept where this thread has to answer an error. */
  readonly fault: Fault | null;
}

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
  context: ({ input }) => ({ rules: input, again: false, fault: null }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "prq.interrupt": [{ guard: "acknowledgesLate", target: "reading" }, { target: "woken" }],
      },
    },
    woken: { on: { "thread.acknowledges": { target: "reading", actions: acknowledge } } },
    reading: { on: { "thread.pops": { target: "popping", actions: emit({ type: "prq.pops" }) } } },
    popping: {
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
    /** Inside iommu_report_device_fault(). */
    reporting: {
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
      on: {
        "thread.publishes": [
          { guard: "acknowledgesLate", target: "acknowledging", actions: emit({ type: "prq.publishes-head" }) },
          { target: "checking", actions: emit({ type: "prq.publishes-head" }) },
        ],
      },
    },
    acknowledging: { on: { "thread.acknowledges": { target: "checking", actions: acknowledge } } },
    checking: {
      on: {
        "thread.checks-overflow": { target: "looking", actions: emit({ type: "prq.reads-registers" }) },
      },
    },
    looking: {
      on: {
        "prq.registers": [
          {
            guard: ({ context, event }) => !event.overflow && context.rules.rereads === true && event.pending,
            target: "woken",
          },
          { guard: ({ event }) => !event.overflow, target: "done" },
          /** Records wait that belong before the overflow: it reads on (see Omits). */
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
      initial: "calling",
      states: {
        calling: { on: { "thread.discards": { target: "waiting", actions: emit({ type: "queue.discards" }) } } },
        waiting: { on: { "queue.returns": { target: "#prq-thread.clearing" } } },
      },
    },
    clearing: {
      on: {
        "thread.clears-overflow": [
          { guard: "discardsLast", target: "discarding-late", actions: clear },
          { guard: "rereads", target: "checking", actions: clear },
          { target: "done", actions: clear },
        ],
      },
    },
    "discarding-late": {
      initial: "calling",
      states: {
        calling: { on: { "thread.discards": { target: "waiting", actions: emit({ type: "queue.discards" }) } } },
        waiting: { on: { "queue.returns": { target: "#prq-thread.done" } } },
      },
    },
    done: {
      always: [{ guard: "interruptedAgain", target: "woken", actions: assign({ again: false }) }, { target: "idle" }],
    },
  },
  on: { "prq.interrupt": { actions: assign({ again: true }) } },
});
