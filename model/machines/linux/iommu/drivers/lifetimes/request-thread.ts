/**
 * The thread of an IOMMU driver that takes one page request after the other: it finds the device of the request and calls
 * iommu_report_device_fault(), which is linux/iommu/io-pgfault/6.12/reporter.ts. What keeps the device from going away meanwhile is
 * its affair: a lock over the whole of it, a reference, or nothing.
 *
 * Models  Linux 6.12, drivers/iommu/intel/prq.c: prq_event_thread(), one entry (iopf_lock around look-up and report), and
 *         drivers/iommu/amd/ppr.c: iommu_call_iopf_notifier(), which takes no lock and a reference to the device
 *         (pci_get_domain_bus_and_slot(), and since B31 pci_dev_put()). A last request of a device that is not found is
 *         answered with Invalid by the first, and not at all by the second (H18).
 * Omits   the ring: a request is taken when it is made. Overflow, batches, checks of a request (prq-thread.ts).
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { pageResponse, type Fault, type PageResponse } from "../../../include/iommu.ts";

export interface RequestThreadRules {
  /** A lock from the look-up to the end of the report. */
  readonly locks: boolean;
  /** What becomes of the reference to the device that the look-up takes; `none`: it takes none. */
  readonly reference: "none" | "put" | "kept";
  /** Whether a last request of a device that is not found is answered. */
  readonly answersUnknown: boolean;
}

export type RequestThreadContext = { readonly rules: RequestThreadRules; readonly fault: Fault | null };

export type RequestThreadEmits =
  | PageResponse
  | { readonly type: "device.looks-up" }
  | { readonly type: "object.gets" | "object.puts" | "object.forgets"; readonly by: "report" }
  | { readonly type: "driver.reports-fault"; readonly fault: Fault }
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: "report"; readonly lock: "report-lock" };

const s = setup({
  types: {
    context: {} as RequestThreadContext,
    events: {} as
      | { readonly type: "pri.request"; readonly fault: Fault }
      | { readonly type: "device.found"; readonly found: boolean }
      | { readonly type: "reported" }
      | { readonly type: "thread.locks" | "thread.finds" | "thread.reports" | "thread.puts" | "thread.unlocks" },
    emitted: {} as RequestThreadEmits,
    input: {} as RequestThreadRules,
  },
  guards: {
    locks: ({ context }) => context.rules.locks,
    holdsDevice: ({ context }) => context.rules.reference !== "none",
  },
});

const refuses = s.enqueueActions(({ context: { fault, rules }, enqueue }) => {
  if (fault!.last && rules.answersUnknown) enqueue.emit(pageResponse([fault!], "invalid", null));
});
const takes = s.enqueueActions(({ context: { rules }, enqueue }) => {
  if (rules.reference !== "none") enqueue.emit({ type: "object.gets", by: "report" });
});
const forgets = s.assign({ fault: null });

export const requestThread = s.extend({ actions: { refuses, takes, forgets } }).createMachine({
  id: "request-thread",
  context: ({ input }) => ({ rules: input, fault: null }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "pri.request": [
          { guard: "locks", target: "locking", actions: assign({ fault: ({ event }) => event.fault }) },
          { target: "finding", actions: assign({ fault: ({ event }) => event.fault }) },
        ],
      },
    },
    locking: {
      on: {
        "thread.locks": {
          target: "finding",
          actions: emit({ type: "lock.acquires", owner: "report", lock: "report-lock" }),
        },
      },
    },
    finding: {
      on: {
        "thread.finds": { actions: emit({ type: "device.looks-up" }) },
        "device.found": [
          { guard: ({ event }) => event.found, target: "found", actions: "takes" },
          { guard: "locks", target: "unlocking-unknown" },
          { target: "idle", actions: ["refuses", "forgets"] },
        ],
      },
    },
    found: {
      on: {
        "thread.reports": {
          target: "reporting",
          actions: emit(({ context }) => ({ type: "driver.reports-fault", fault: context.fault! })),
        },
      },
    },
    reporting: {
      on: {
        reported: [
          { guard: "holdsDevice", target: "putting" },
          { guard: "locks", target: "unlocking" },
          { target: "idle", actions: "forgets" },
        ],
      },
    },
    putting: {
      on: {
        "thread.puts": [
          { guard: "locks", target: "unlocking", actions: ends() },
          { target: "idle", actions: [ends(), "forgets"] },
        ],
      },
    },
    /** VT-d answers when it has dropped the lock. */
    "unlocking-unknown": {
      on: {
        "thread.unlocks": {
          target: "idle",
          actions: [emit({ type: "lock.releases", owner: "report", lock: "report-lock" }), "refuses", "forgets"],
        },
      },
    },
    unlocking: {
      on: {
        "thread.unlocks": {
          target: "idle",
          actions: [emit({ type: "lock.releases", owner: "report", lock: "report-lock" }), "forgets"],
        },
      },
    },
  },
});

/** The reference goes back, or is left behind with nobody who would put it (B31). */
function ends() {
  return s.enqueueActions(({ context: { rules }, enqueue }) => {
    enqueue.emit({ type: rules.reference === "put" ? "object.puts" : "object.forgets", by: "report" });
  });
}

export const requestThreadSteps = ({
  locks,
  reference,
}: Pick<RequestThreadRules, "locks" | "reference">): readonly Message[] => [
  ...(locks ? [{ type: "thread.locks" }, { type: "thread.unlocks" }] : []),
  { type: "thread.finds" },
  { type: "thread.reports" },
  ...(reference === "none" ? [] : [{ type: "thread.puts" }]),
];
