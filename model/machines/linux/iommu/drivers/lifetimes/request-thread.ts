/**
 * The thread of an IOMMU driver that takes one page request after the other: it looks up the device of the request and calls
 * iommu_report_device_fault(), which is linux/iommu/io-pgfault/6.12/reporter.ts. A lock over both, a reference to the device,
 * or nothing keeps the device from being released meanwhile.
 *
 * Models  Linux 6.12, drivers/iommu/intel/prq.c: prq_event_thread(), one entry (iommu->iopf_lock around lookup and report);
 *         drivers/iommu/amd/ppr.c: iommu_call_iopf_notifier(), which takes no lock and a reference to the device
 *         (pci_get_domain_bus_and_slot(), and since B31 (leaked reference) pci_dev_put()). To a last request of an unknown
 *         device VT-d responds Invalid, and AMD sends nothing: H18 (a refused group without a response).
 * Omits   PASIDs: each request is one that the driver reports. What drivers/prq-thread.ts has: the queue (here a request
 *         arrives when it is sent), overflow, batches. What drivers/page-requests/request-service.ts has: the checks of a
 *         request.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import type { Origin } from "../../../../../../checker/said.ts";
import { linux612, messages, whereIs } from "../../../../../said.ts";
import { pageResponse, type Fault, type PageResponse } from "../../../include/iommu.ts";
import { mutexSays } from "../../../lib/mutex.ts";

export interface RequestThreadRules {
  /** Whether a lock is held from the lookup to the end of the report. */
  readonly locks: boolean;
  /** The reference to the device that the lookup takes: it is put, or leaks ("kept"); "none": it takes none. */
  readonly reference: "none" | "put" | "kept";
  /** Whether a last request of an unknown device gets a response. */
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

const PRQ = "drivers/iommu/intel/prq.c";
const PPR = "drivers/iommu/amd/ppr.c";
const AMD = linux612(PPR, "iommu_call_iopf_notifier");
/** Only AMD's driver takes a reference to the device. */
const orAmd = (origin: Origin): Origin => whereIs(origin, "rules.reference", { put: AMD, kept: AMD });
const FIND = orAmd(linux612("drivers/iommu/intel/iommu.c", "device_rbtree_find"));
const REPORT = orAmd(linux612(PRQ, "intel_prq_report"));

export const requestThread = s.extend({ actions: { refuses, takes, forgets } }).createMachine({
  id: "request-thread",
  description: "the page request thread of an IOMMU driver, one request at a time",
  meta: {
    origin: orAmd(linux612(PRQ, "prq_event_thread")),
    lane: "the page request thread of the IOMMU driver",
    messages: messages<RequestThreadEmits>({
      ...mutexSays("iommu->iopf_lock"),
      "driver.page-response": {
        says: "responds {code} to PRGI {grp} of an unknown device",
        origin: linux612(PRQ, "handle_bad_prq_event"),
      },
      "device.looks-up": { says: "looks up the device of the request", origin: FIND },
      "object.gets": { says: "takes a reference to the device", origin: AMD },
      "object.puts": {
        says: "puts its reference to the device",
        origin: linux612("include/linux/pci.h", "pci_dev_put"),
      },
      "object.forgets": { says: "leaks its reference to the device", origin: AMD },
      "driver.reports-fault": {
        says: "reports page {fault.page} of PRGI {fault.grp}",
        origin: REPORT,
      },
    }),
  },
  context: ({ input }) => ({ rules: input, fault: null }),
  initial: "idle",
  states: {
    idle: {
      description: "has no request",
      on: {
        "pri.request": [
          { guard: "locks", target: "locking", actions: assign({ fault: ({ event }) => event.fault }) },
          { target: "finding", actions: assign({ fault: ({ event }) => event.fault }) },
        ],
      },
    },
    locking: {
      description: "waits for iommu->iopf_lock",
      on: {
        "thread.locks": {
          description: "takes iommu->iopf_lock",
          target: "finding",
          actions: emit({ type: "lock.acquires", owner: "report", lock: "report-lock" }),
        },
      },
    },
    finding: {
      description: "is about to look up the device of the request",
      on: {
        "thread.finds": {
          description: "looks up the device of the request",
          meta: { origin: FIND },
          actions: emit({ type: "device.looks-up" }),
        },
        "device.found": [
          { guard: ({ event }) => event.found, target: "found", actions: "takes" },
          { guard: "locks", target: "unlocking-unknown" },
          { target: "idle", actions: ["refuses", "forgets"] },
        ],
      },
    },
    found: {
      description: "has a pointer to the device",
      on: {
        "thread.reports": {
          description: "reports page {fault.page} of PRGI {fault.grp}",
          meta: { origin: REPORT },
          target: "reporting",
          actions: emit(({ context }) => ({ type: "driver.reports-fault", fault: context.fault! })),
        },
      },
    },
    reporting: {
      description: "is inside iommu_report_device_fault()",
      on: {
        reported: [
          { guard: "holdsDevice", target: "putting" },
          { guard: "locks", target: "unlocking" },
          { target: "idle", actions: "forgets" },
        ],
      },
    },
    putting: {
      description: "still holds its reference to the device",
      on: {
        "thread.puts": [
          {
            description: "is done with the device; its reference is {rules.reference}",
            meta: { origin: AMD },
            guard: "locks",
            target: "unlocking",
            actions: ends(),
          },
          { target: "idle", actions: [ends(), "forgets"] },
        ],
      },
    },
    /** VT-d drops the lock before it responds. */
    "unlocking-unknown": {
      description: "has found no device",
      on: {
        "thread.unlocks": {
          description: "drops iommu->iopf_lock and refuses the request",
          target: "idle",
          actions: [emit({ type: "lock.releases", owner: "report", lock: "report-lock" }), "refuses", "forgets"],
        },
      },
    },
    unlocking: {
      description: "has reported the request",
      on: {
        "thread.unlocks": {
          description: "drops iommu->iopf_lock",
          target: "idle",
          actions: [emit({ type: "lock.releases", owner: "report", lock: "report-lock" }), "forgets"],
        },
      },
    },
  },
});

/** Puts the reference, or leaks it: B31 (each page request leaks a reference). */
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
