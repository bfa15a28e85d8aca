/**
 * The way of a page request from the IOMMU to the IOPF core: the page request queue in memory and the one thread that reports
 * its records, one after the other, for all devices behind that IOMMU. The domain can change meanwhile.
 *
 * Models  iopf-core 2.1 and 1.4. A request enters only while a domain translates for the device. The thread is inside one
 *         report at a time (threaded IRQ, ONESHOT).
 *         The prq_retry loop of intel_iommu_drain_pasid_prq() reads the queue again after each run of the thread. It waits
 *         while a record with its PASID is there, and passes over other records. So a drain waits for every record of its
 *         device, even for later ones, and for no record without PASID: L3 (a drain ends once the device has stopped).
 *         Some requests belong to domains that the kernel serves itself. Here they page in the memory of a process: B12 (a
 *         reader of the fault queue faults itself), or belong to another device.
 *         A run of the thread reads the tail once, takes these records one by one, writes the head, and completes
 *         iommu->prq_complete at its end: D1 (two drains share one completion). Until the head is written its records are in
 *         the queue. Where nobody waits for the completion, each record is a run of its own (`runs`). With `refuses` the
 *         thread sends Invalid and reports nothing, as 6.1 and 6.12 do with a request without PASID.
 *         While the queue is not empty it may overflow, and sets PRO. Until PRO is clear, hardware responds Success to new
 *         requests, as VT-d does. The thread clears PRO at the end of a run that has emptied the queue, before it completes.
 * Omits   what prq-thread.ts has: discarded partial faults after an overflow, the interrupt register, the capacity of the
 *         queue. What request-service.ts has: other checks of a request. A blocked device sends no request, where real
 *         hardware refuses its requests.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import { clause, linux612, messages } from "../../../../said.ts";
import { pageResponse, type Fault, type PageResponse } from "../../include/iommu.ts";

export type IntakeRuns = "whole-queue" | "one-record";

export type FaultIntakeContext = {
  readonly runs: IntakeRuns;
  /** From head to tail, in order of arrival; null: a request that the kernel serves itself. */
  readonly queued: readonly (Fault | null)[];
  /** With whole runs: a request has raised an interrupt that the thread has not acknowledged. */
  readonly interrupted: boolean;
  /** Where the thread is in a run of the whole queue. */
  readonly phase: "idle" | "woken" | "reading" | "emptied";
  /** Records of this run, and how many of them the thread is done with. */
  readonly run: number;
  readonly taken: number;
  /** The thread is inside iommu_report_device_fault(). */
  readonly reporting: boolean;
  /** The domain that translates for the device; null: it is blocked. */
  readonly domain: number | null;
  /** Addresses of a domain. */
  readonly pages: number;
  /** Hardware writes an accepted request to the queue later, in order. */
  readonly posted: boolean;
  /** The thread responds Invalid to requests of the device and does not report them. */
  readonly refuses: boolean;
  /** PRO: a request has found the queue full. */
  readonly overflow: boolean;
  /** Overflows that may still happen; null: any number. */
  readonly overflows: number | null;
};

export type FaultIntakeEvent =
  | { readonly type: "pri.request" | "pri.arrives"; readonly fault: Fault }
  | { readonly type: "paging.requests" }
  | { readonly type: `intake.${"wakes" | "begins" | "reports" | "publishes" | "clears" | "completes" | "overflows"}` }
  | { readonly type: "reported" }
  | { readonly type: "intake.opens"; readonly domain: number }
  | { readonly type: "intake.blocks" | "intake.drains" | "intake.awaits" }
  /** A drain looks for its own records: those of the device (0), or those that the kernel serves itself (1). */
  | { readonly type: "prq.searches"; readonly drain: number }
  /** A drain reads PRO. */
  | { readonly type: "prq.reads-overflow"; readonly drain: number };

export type FaultIntakeEmits =
  | PageResponse
  | { readonly type: "driver.reports-fault" | "pri.arrives"; readonly fault: Fault }
  | { readonly type: "paging.done" }
  | { readonly type: "prq.seen"; readonly drain: number; readonly present: boolean }
  /** To the drains that wait for the thread. */
  | { readonly type: "completion.completes" };

const PRQ = "drivers/iommu/intel/prq.c";
const DRAIN = "intel_iommu_drain_pasid_prq";
const OVERFLOW = clause("vtd", "7.4 (PRS.PRO)");

const s = setup({
  types: {
    context: {} as FaultIntakeContext,
    events: {} as FaultIntakeEvent,
    emitted: {} as FaultIntakeEmits,
    input: {} as {
      pages: number;
      domain: number | null;
      posted: boolean;
      runs?: IntakeRuns;
      refuses?: boolean;
      overflows?: number | null;
    },
  },
});

/** Two domains have no address in common, so the address of a request names its domain. */
const stamped = ({ domain, pages }: FaultIntakeContext, fault: Fault): Fault => ({
  ...fault,
  page: domain! * pages + fault.page,
});
/** Whether records of this drain are in the queue; a record stays there until the head is written. */
export const isPresent = ({ queued }: FaultIntakeContext, drain: number): boolean =>
  drain === 0 ? queued.some((fault) => fault !== null) : queued.includes(null);
/** The thread has written the head, and completes iommu->prq_complete after that. */
export const isAboutToComplete = ({ phase }: FaultIntakeContext): boolean => phase === "emptied";
const accepts = (context: FaultIntakeContext, fault: Fault | null): Partial<FaultIntakeContext> => ({
  queued: [...context.queued, fault],
  interrupted: context.runs === "whole-queue",
});
const isEmptied = ({ overflow, queued }: FaultIntakeContext): boolean => overflow && queued.length === 0;

/** The thread is done with a record; with runs of one record it ends the run as well. */
const passes = s.enqueueActions(({ context: { runs, taken, queued, overflow }, enqueue }) => {
  enqueue.assign({ reporting: false });
  if (runs === "whole-queue") {
    enqueue.assign({ taken: taken + 1 });
    return;
  }
  enqueue.assign({ queued: queued.slice(1), overflow: overflow && queued.length > 1 });
  enqueue.emit({ type: "completion.completes" });
});
const takes = s.enqueueActions(({ context: { queued, taken, refuses }, enqueue }) => {
  const fault = queued[taken];
  if (fault && !refuses) {
    enqueue.assign({ reporting: true });
    enqueue.emit({ type: "driver.reports-fault", fault });
    return;
  }
  enqueue.emit(fault ? pageResponse([fault], "invalid", null) : { type: "paging.done" });
  enqueue(passes);
});

export const faultIntake = s.createMachine({
  id: "fault-intake",
  description: "the page request queue of an IOMMU and the thread that reports its records",
  meta: {
    origin: linux612(PRQ, "prq_event_thread"),
    lane: "the page request queue and its thread",
    messages: messages<FaultIntakeEmits>({
      "driver.page-response": "responds {code} to PRGI {grp} of device {device}",
      "driver.reports-fault": "reports page {fault.page} of PRGI {fault.grp}",
      "pri.arrives": { says: "accepts a request of PRGI {fault.grp} for the queue", origin: clause("vtd", "7.4") },
      "paging.done": "serves the request of another device",
      "prq.seen": {
        says: "reads the queue for drain {drain}: {present?has a record to wait for:has no record to wait for}",
        origin: linux612(PRQ, DRAIN),
      },
      "completion.completes": "completes iommu->prq_complete",
    }),
  },
  context: ({ input }) => ({
    runs: "one-record",
    queued: [],
    interrupted: false,
    phase: "idle",
    run: 0,
    taken: 0,
    reporting: false,
    refuses: false,
    overflow: false,
    overflows: 0,
    ...input,
  }),
  on: {
    "pri.request": [
      {
        guard: ({ context }) => context.domain !== null && context.posted,
        actions: emit(({ context, event }) => ({ type: "pri.arrives", fault: stamped(context, event.fault) })),
      },
      {
        guard: ({ context }) => context.domain !== null,
        actions: assign(({ context, event }) => accepts(context, stamped(context, event.fault))),
      },
    ],
    "pri.arrives": [
      {
        meta: { origin: OVERFLOW },
        guard: ({ context }) => context.overflow,
        actions: emit(({ event }) => pageResponse([event.fault], "success", null)),
      },
      { actions: assign(({ context, event }) => accepts(context, event.fault)) },
    ],
    "paging.requests": [
      { meta: { origin: OVERFLOW }, guard: ({ context }) => context.overflow, actions: emit({ type: "paging.done" }) },
      { actions: assign(({ context }) => accepts(context, null)) },
    ],
    "intake.overflows": {
      description: "sets PRO: a request has found the queue full",
      meta: { origin: OVERFLOW },
      guard: ({ context }) => context.overflows !== 0 && !context.overflow && context.queued.length > 0,
      actions: assign(({ context: { runs, overflows } }) => ({
        overflow: true,
        interrupted: runs === "whole-queue",
        overflows: overflows && overflows - 1,
      })),
    },
    "intake.wakes": {
      description: "acknowledges the interrupt",
      guard: ({ context }) => context.phase === "idle" && context.interrupted,
      actions: assign({ phase: "woken", interrupted: false }),
    },
    "intake.begins": {
      description: "reads head and tail of the queue",
      guard: ({ context }) => context.phase === "woken",
      actions: assign(({ context }) => ({ phase: "reading", run: context.queued.length })),
    },
    "intake.reports": {
      description: "takes the next record of the queue",
      guard: ({ context: { runs, phase, reporting, queued, run, taken } }) =>
        !reporting && (runs === "one-record" ? queued.length > 0 : phase === "reading" && taken < run),
      actions: takes,
    },
    reported: { actions: passes },
    "intake.publishes": {
      description: "writes the head register",
      guard: ({ context: { phase, reporting, run, taken } }) => phase === "reading" && !reporting && taken === run,
      actions: assign(({ context }) => ({
        phase: "emptied",
        queued: context.queued.slice(context.run),
        run: 0,
        taken: 0,
      })),
    },
    "intake.clears": {
      description: "clears PRO: the queue is empty",
      guard: ({ context }) => context.phase === "emptied" && isEmptied(context),
      actions: assign({ overflow: false }),
    },
    "intake.completes": {
      description: "completes iommu->prq_complete, and the run ends",
      guard: ({ context }) => context.phase === "emptied" && !isEmptied(context),
      actions: [assign({ phase: "idle" }), emit({ type: "completion.completes" })],
    },
    "prq.searches": {
      actions: emit(({ context, event: { drain } }) => ({
        type: "prq.seen",
        drain,
        present: isPresent(context, drain),
      })),
    },
    "prq.reads-overflow": {
      actions: emit(({ context, event: { drain } }) => ({
        type: "prq.seen",
        drain,
        present: context.overflow,
      })),
    },
    "intake.opens": { actions: assign({ domain: ({ event }) => event.domain }) },
    "intake.blocks": { actions: assign({ domain: null }) },
    /** The begin of a drain, which only reads. */
    "intake.drains": {},
    /** The end of a drain, which has found none of its records. */
    "intake.awaits": { guard: ({ context }) => context.refuses || !isPresent(context, 0) },
  },
});

/** Its own steps. */
export const faultIntakeSteps = (runs: IntakeRuns = "one-record"): readonly Message[] =>
  (runs === "one-record" ? ["reports"] : ["wakes", "begins", "reports", "publishes", "clears", "completes"]).map(
    (step) => ({ type: `intake.${step}` }),
  );
