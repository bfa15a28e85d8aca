/**
 * The way of a page request from the IOMMU to the core: the queue in memory and the one thread that reports its records,
 * one after the other, for all devices behind that IOMMU. Domains can be switched under it.
 *
 * Models  iopf-core 2.1 and 1.4: a request enters only while a domain translates for the device; the thread is inside
 *         one report at a time (threaded IRQ, ONESHOT); the prq_retry loop of intel_iommu_drain_pasid_prq(), which reads
 *         the queue again each time the thread has run, waits while a record with its PASID is there, and passes over
 *         others (L3): a drain waits until none of the device is in the queue, also none that came after it began, and for
 *         none that the thread refuses because it has no PASID. Some requests are for domains that
 *         the kernel serves by itself: here those that page in the memory of a process (B12), or those of another device.
 *         After each record it says that a run of it is over, which is when prq_event_thread() completes what drains wait
 *         for (D1). It may refuse the requests of the device, as prq_event_thread() of 6.1 and 6.12 refuses those without
 *         PASID: it answers Invalid and reports nothing.
 *         The queue may overflow, as often as the system says: while it is not empty, some request finds it full, and PRO
 *         is set. Until PRO is clear hardware answers what arrives, with Success, as VT-d does. The thread clears PRO at
 *         the end of a run that has left the queue empty, before it completes.
 * Omits   batches, interrupts, partial faults and how many records fill the queue (prq-thread.ts), other checks of a
 *         request. Here each record is a run of its own; in a longer run drains are woken less often. A device that is
 *         blocked sends nothing, where real hardware refuses what it sends.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import { pageResponse, type Fault, type PageResponse } from "../../include/iommu.ts";

export type FaultIntakeContext = {
  /** In order of arrival; null: a request that pages in memory. */
  readonly queued: readonly (Fault | null)[];
  /** The thread is inside iommu_report_device_fault(). */
  readonly reporting: boolean;
  /** The domain that translates for the device; null: it is blocked. */
  readonly domain: number | null;
  /** Addresses of a domain. */
  readonly pages: number;
  /** A request that was accepted is not in the queue at once: it is written there later, in order. */
  readonly posted: boolean;
  /** Requests of the device are answered Invalid, and not reported. */
  readonly refuses: boolean;
  /** PRO: a request has found the queue full. */
  readonly overflow: boolean;
  /** How often that may still happen. */
  readonly overflows: number;
};

export type FaultIntakeEvent =
  | { readonly type: "pri.request" | "pri.arrives"; readonly fault: Fault }
  | { readonly type: "paging.requests" }
  | { readonly type: "intake.reports" | "intake.overflows" }
  | { readonly type: "reported" }
  | { readonly type: "intake.opens"; readonly domain: number }
  | { readonly type: "intake.blocks" | "intake.drains" | "intake.awaits" }
  /** A drain looks for records of its own: of the device (0), or of what the kernel serves by itself (1). */
  | { readonly type: "intake.looks"; readonly drain: number }
  /** It looks at PRO. */
  | { readonly type: "intake.looks-at-overflow"; readonly drain: number };

export type FaultIntakeEmits =
  | PageResponse
  | { readonly type: "driver.reports-fault" | "pri.arrives"; readonly fault: Fault }
  | { readonly type: "paging.done" }
  | { readonly type: "intake.seen"; readonly drain: number; readonly present: boolean }
  /** To whoever waits until the thread has run. */
  | { readonly type: "completion.completes" };

const s = setup({
  types: {
    context: {} as FaultIntakeContext,
    events: {} as FaultIntakeEvent,
    emitted: {} as FaultIntakeEmits,
    input: {} as {
      pages: number;
      domain: number | null;
      posted: boolean;
      refuses?: boolean;
      overflows?: number;
    },
  },
});

/** No two domains have an address in common, so that the address tells under which domain the request was made. */
const stamped = ({ domain, pages }: FaultIntakeContext, fault: Fault): Fault => ({
  ...fault,
  page: domain! * pages + fault.page,
});
/** Whether records of this drain are in the queue; the one that is being reported is still there. */
export const isPresent = ({ queued, reporting }: FaultIntakeContext, drain: number): boolean =>
  drain === 0 ? reporting || queued.some((fault) => fault !== null) : queued.includes(null);
/** At the end of a run that leaves this in the queue. */
const endsRun = ({ overflow }: FaultIntakeContext, queued: FaultIntakeContext["queued"]) => ({
  overflow: overflow && queued.length > 0,
});

export const faultIntake = s.createMachine({
  id: "fault-intake",
  context: ({ input }) => ({
    queued: [],
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
        actions: assign({ queued: ({ context, event }) => [...context.queued, stamped(context, event.fault)] }),
      },
    ],
    "pri.arrives": [
      {
        guard: ({ context }) => context.overflow,
        actions: emit(({ event }) => pageResponse([event.fault], "success", null)),
      },
      { actions: assign({ queued: ({ context, event }) => [...context.queued, event.fault] }) },
    ],
    "paging.requests": [
      { guard: ({ context }) => context.overflow, actions: emit({ type: "paging.done" }) },
      { actions: assign({ queued: ({ context }) => [...context.queued, null] }) },
    ],
    "intake.overflows": {
      guard: ({ context }) =>
        context.overflows > 0 && !context.overflow && (context.reporting || context.queued.length > 0),
      actions: assign({ overflow: true, overflows: ({ context }) => context.overflows - 1 }),
    },
    "intake.reports": {
      guard: ({ context }) => !context.reporting && context.queued.length > 0,
      actions: enqueueActions(({ context, enqueue }) => {
        const [fault, ...queued] = context.queued;
        enqueue.assign({ queued });
        if (!fault || context.refuses) {
          enqueue.assign(endsRun(context, queued));
          enqueue.emit(fault ? pageResponse([fault], "invalid", null) : { type: "paging.done" });
          enqueue.emit({ type: "completion.completes" });
          return;
        }
        enqueue.assign({ reporting: true });
        enqueue.emit({ type: "driver.reports-fault", fault });
      }),
    },
    reported: {
      actions: [
        assign(({ context }) => ({ reporting: false, ...endsRun(context, context.queued) })),
        emit({ type: "completion.completes" }),
      ],
    },
    "intake.looks": {
      actions: emit(({ context, event: { drain } }) => ({
        type: "intake.seen",
        drain,
        present: isPresent(context, drain),
      })),
    },
    "intake.looks-at-overflow": {
      actions: emit(({ context, event: { drain } }) => ({
        type: "intake.seen",
        drain,
        present: context.overflow,
      })),
    },
    "intake.opens": { actions: assign({ domain: ({ event }) => event.domain }) },
    "intake.blocks": { actions: assign({ domain: null }) },
    /** A drain begins: it only reads. */
    "intake.drains": {},
    /** It ends when it finds no record that it looks for. */
    "intake.awaits": { guard: ({ context }) => context.refuses || !isPresent(context, 0) },
  },
});

export const faultIntakeSteps: readonly Message[] = [{ type: "intake.reports" }];
