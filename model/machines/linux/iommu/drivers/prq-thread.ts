/**
 * The thread of an IOMMU driver that empties the page request queue into the IOPF core and handles its overflow.
 *
 * Models  drivers/iommu/intel/prq.c prq_event_thread() of 6.12, drivers/iommu/amd/ppr.c amd_iommu_poll_ppr_log(), and the
 *         unmerged PRIQ thread of SMMUv3 (iopf-core 2.1 to 2.3). It clears the interrupt before it reads the queue: I8 (no
 *         lost wake-up). It reports each record and writes the head, after each record or after the batch: K16
 *         (headAdvance). Then it reads the overflow bit, discards the partial faults: K18 (discardScope), and clears the
 *         bit, with an empty queue or at once: K17 (clearPolicy). AMD reads the status register first and clears both its
 *         bits. It restarts the log behind the queue if the overflow bit was set, and begins again while a bit is set
 *         (amd_iommu_handle_irq(); K38: erratum ERBT1312 loses interrupts).
 *         With `tail: "once"` a run reads the tail once (page-request-drivers.ts says whose does). With `inFull` it is
 *         VT-d's thread in full: it checks each record (intel/prq-checks.ts), sends Invalid to a last request that it
 *         refuses, and reports the others. If the queue is not empty when a run that read the tail once sees the overflow
 *         bit, it leaves the bit to the next run. A record that it leaves has raised an interrupt. At the end it completes
 *         iommu->prq_complete, for which drains wait (teardown/queue-drain.ts).
 * Omits   without these rules: the checks, and the runs. Such a thread reads until the queue is empty, and again if records came
 *         before it read the overflow bit. The time between the last register write and complete(). iommu->iopf_lock.
 *         Private data, with which 6.1 takes every request for a last one and responds to every one that it refuses
 *         (drivers/page-requests/request-service.ts).
 */
import { and, assign, emit } from "xstate";
import { faultOf } from "../intel/prq-checks.ts";
import { LOOKS, READS, RESTARTS } from "./page-request-drivers.ts";
import {
  acknowledge,
  answers,
  cleared,
  discards,
  logs,
  passed,
  refuse,
  returns,
  s,
  waits,
} from "./prq-thread-actions.ts";
import { prqThreadSays } from "./prq-thread-messages.ts";
import { verdictOf } from "./prq-thread-refusals.ts";

export { prqThreadSteps, type PrqThreadContext } from "./prq-thread-messages.ts";

export const prqThread = s.createMachine({
  id: "prq-thread",
  description: "the page request thread of an IOMMU driver",
  meta: {
    origin: READS,
    lane: "the page request thread of the IOMMU driver",
    messages: prqThreadSays,
  },
  context: ({ input }) => ({ rules: input, again: false, fault: null, left: 0, saw: false, handled: false }),
  initial: "idle",
  states: {
    idle: {
      description: "sleeps until the next interrupt",
      on: {
        "prq.interrupt": [
          { guard: "acknowledgesLate", target: "beginning" },
          { guard: "looksFirst", target: "peeking" },
          { target: "woken" },
        ],
      },
    },
    peeking: {
      description: "is about to read the status register, before the queue",
      on: {
        "thread.checks-overflow": {
          description: "reads the status register",
          meta: { origin: LOOKS },
          target: "peeked",
          actions: emit({ type: "prq.reads-registers" }),
        },
      },
    },
    peeked: {
      description: "reads the status register, before the queue",
      on: {
        "prq.registers": [
          {
            guard: ({ event }) => event.pending || event.overflow,
            target: "woken",
            actions: assign({ saw: ({ event }) => event.overflow }),
          },
          { target: "done" },
        ],
      },
    },
    woken: {
      description: "has an interrupt to acknowledge",
      on: {
        "thread.acknowledges": {
          description: "acknowledges the interrupt",
          meta: { origin: LOOKS },
          target: "beginning",
          actions: acknowledge,
        },
      },
    },
    beginning: {
      description: "begins to read the queue",
      always: [{ guard: "readsTailOnce", target: "sizing" }, { target: "reading" }],
    },
    sizing: {
      description: "reads head and tail once",
      on: {
        "thread.reads-tail": {
          description: "reads head and tail of the queue",
          actions: emit({ type: "prq.reads-registers" }),
        },
        "prq.registers": {
          target: "reading",
          actions: assign({
            left: ({ event }) => event.records,
            handled: ({ context, event }) => context.rules.inFull !== undefined && event.records > 0,
          }),
        },
      },
    },
    reading: {
      description: "is about to read the next record",
      always: { guard: "hasReadAll", target: "emptied" },
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
        "prq.record": [
          {
            guard: ({ context, event }) => verdictOf(context, event) !== "reported",
            target: "reading",
            actions: [refuse, passed],
          },
          {
            target: "reporting",
            actions: [
              emit(({ event }) => ({ type: "driver.reports-fault", fault: faultOf(event) })),
              assign({ fault: ({ context, event }) => (context.rules.answersErrors ? faultOf(event) : null) }),
            ],
          },
        ],
        "prq.empty": { target: "emptied" },
      },
    },
    emptied: {
      description: "has read its last record",
      always: [{ guard: "batches", target: "publishing" }, { target: "handled" }],
    },
    handled: {
      description: "has read its last record and written the head register",
      always: [
        { guard: "acknowledgesLate", target: "acknowledging" },
        { guard: "restartsAfterDiscard", target: "discarding" },
        { guard: "restarts", target: "clearing" },
        { guard: "looksAgain", target: "peeking" },
        { guard: "looksFirst", target: "done" },
        { target: "checking" },
      ],
    },
    reporting: {
      description: "is inside iommu_report_device_fault()",
      on: { reported: { target: "reading", actions: [answers, passed] } },
    },
    publishing: {
      description: "has read a batch and not written the head register",
      on: {
        "thread.publishes": {
          description: "writes the head register",
          target: "handled",
          actions: emit({ type: "prq.publishes-head" }),
        },
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
          /** Records of before the overflow are in the queue: for the next run, or the thread reads on. */
          {
            guard: ({ context, event }) => waits(context, event) && context.rules.tail === "once",
            target: "done",
            actions: logs("overflow-detected"),
          },
          { guard: ({ context, event }) => waits(context, event), target: "reading" },
          { guard: "discardsFirst", target: "discarding", actions: logs("overflow-detected") },
          { target: "clearing", actions: logs("overflow-detected") },
        ],
      },
    },
    discarding: discards(
      "discards partial faults before it clears the overflow bit",
      "has seen the overflow bit with an empty queue",
      "#prq-thread.clearing",
    ),
    clearing: {
      description: "is about to clear the overflow bit",
      on: {
        "thread.clears-overflow": [
          {
            description: "clears the overflow bit",
            meta: { origin: RESTARTS },
            guard: "discardsLast",
            target: "discarding-late",
            actions: cleared,
          },
          { guard: "looksAgain", target: "peeking", actions: cleared },
          { guard: "rereads", target: "checking", actions: cleared },
          { target: "done", actions: cleared },
        ],
      },
    },
    "discarding-late": discards(
      "discards partial faults after it has cleared the overflow bit",
      "has cleared the overflow bit",
      "#prq-thread.done",
    ),
    done: {
      description: "returns from the interrupt thread",
      entry: returns,
      always: [
        { guard: and(["interruptedAgain", "looksFirst"]), target: "peeking", actions: assign({ again: false }) },
        { guard: "interruptedAgain", target: "woken", actions: assign({ again: false }) },
        { target: "idle" },
      ],
    },
  },
  on: { "prq.interrupt": { actions: assign({ again: true }) } },
});
