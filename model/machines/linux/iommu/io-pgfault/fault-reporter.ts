/**
 * The SMMU's event queue thread as far as VFIO sees it. It reports one fault of a device under dev->iommu->lock, looks up the
 * container of the device, and has the fault served, inside that lock or later by another thread.
 *
 * Models  VFIO facts 1.1, the common prefix and steps F1 (look up the container) and F2 (refuse what is no page request);
 *         rows 20 (the fault handler) and 23 (too many lookups for each fault) of the RFC thread. Without a handler, or
 *         without a container, arm_smmu_handle_evt() aborts the fault. RFC v3 looks up under a mutex of its own.
 * Omits   the event queue and smmu->streams_mutex: one fault of the device at a time. Beyond that, 6.1/reporter.ts has the
 *         copy on fault_param->faults, its kmemdup(), and the result of the handler.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import { linux, linux61, messages, rfc } from "../../../../said.ts";

export interface FaultReporterRules {
  readonly name: string;
  readonly device: number;
  /** Through the tree of RFC v3, or through the group, whose user the handler becomes. */
  readonly lookup: "tree" | "group";
  /** Whether the handler also becomes a user of a group that it found through the tree. */
  readonly usesGroup: boolean;
  readonly handling: "synchronous" | "deferred";
  /** D-26 (v2 lost the test): whether a fault that is no page request is served too. */
  readonly unrecoverable: "refused" | "served";
}

export interface FaultReporterContext {
  readonly rules: FaultReporterRules;
  readonly page: number | null;
  readonly recoverable: boolean;
  /** Why the fault is refused. */
  readonly reason: "none" | "no-handler" | "no-container";
  /** The handler followed a pointer that was not set yet: B-37 (published before it was complete). */
  readonly nullUse: boolean;
}

export type FaultReporterEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly lock: string; readonly owner: string }
  | {
      readonly type: "device.asks" | "device.pends" | "tree.finds" | "container.gets";
      readonly device: number;
    }
  | { readonly type: "handler.starts"; readonly device: number; readonly page: number }
  | { readonly type: "access.answered"; readonly device: number; readonly code: "failure" };

const REPORT = linux61("drivers/iommu/iommu.c", "iommu_report_device_fault");
const ABORT = linux61("drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c", "arm_smmu_handle_evt");
const LOOKUP = rfc("v1 patch 2", "vfio_iommu_dev_fault_handler");
const TREE = rfc("v3 patch 2", "vfio_find_iopf_group");

const s = setup({
  types: {
    context: {} as FaultReporterContext,
    events: {} as
      | { readonly type: "fault.records"; readonly page: number; readonly recoverable: boolean }
      | {
          readonly type:
            "report.locks" | "report.locks-tree" | "report.finds" | "report.refuses" | "report.leaves" | "handler.done";
        }
      | { readonly type: "device.told"; readonly handled: boolean }
      | { readonly type: "tree.found"; readonly node: "absent" | "empty" | "filled" }
      | { readonly type: "container.got"; readonly found: boolean },
    emitted: {} as FaultReporterEmits,
    input: {} as FaultReporterRules,
  },
  guards: {
    isIgnored: ({ context }) => !context.recoverable && context.rules.unrecoverable === "refused",
    byTree: ({ context }) => context.rules.lookup === "tree",
    isDeferred: ({ context }) => context.rules.handling === "deferred",
  },
});

const locks = (lock: string, type: "lock.acquires" | "lock.releases") =>
  s.emit(({ context: { rules } }) => ({ type, lock: lock === "P" ? `P${rules.device}` : lock, owner: rules.name }));
const device = ({ context }: { context: FaultReporterContext }) => ({ device: context.rules.device });
const forgets = s.assign({ page: null, recoverable: false, reason: "none" });
const because = (reason: FaultReporterContext["reason"]) => s.assign({ reason });
/** The fault is pending from now on, and the handler takes over the result of the lookup. */
const hands = s.enqueueActions(({ context: { rules, page }, enqueue }) => {
  enqueue.emit({ type: "device.pends", device: rules.device });
  enqueue.emit({ type: "handler.starts", device: rules.device, page: page! });
});
const refuses = s.enqueueActions(({ context: { rules, recoverable }, enqueue }) => {
  if (recoverable) enqueue.emit({ type: "access.answered", device: rules.device, code: "failure" });
});

export const faultReporter = s.createMachine({
  id: "fault-reporter",
  description: "the IOMMU driver's thread that reports a fault of one device to VFIO",
  meta: {
    origin: REPORT,
    lane: "{name}: the event queue thread, for device {device}",
    messages: messages<FaultReporterEmits>({
      "lock.acquires": { says: "takes {lock}", origin: linux("kernel/locking/mutex.c", "mutex_lock") },
      "lock.releases": { says: "drops {lock}", origin: linux("kernel/locking/mutex.c", "mutex_unlock") },
      "device.asks": "reads dev->iommu->fault_param of device {device}",
      "device.pends": "adds the fault to the pending faults of device {device}",
      "tree.finds": { says: "searches the tree for the group of device {device}", origin: TREE },
      "container.gets": { says: "gets the container of device {device}", origin: LOOKUP },
      "handler.starts": { says: "begins to serve page {page} of device {device}", origin: LOOKUP },
      "access.answered": { says: "aborts the access of device {device} with {code}", origin: ABORT },
    }),
  },
  context: ({ input }) => ({ rules: input, page: null, recoverable: false, reason: "none", nullUse: false }),
  initial: "idle",
  states: {
    idle: {
      description: "has no fault to report",
      on: {
        "fault.records": {
          target: "recorded",
          actions: assign({ page: ({ event }) => event.page, recoverable: ({ event }) => event.recoverable }),
        },
      },
    },
    recorded: {
      description: "waits for dev->iommu->lock",
      on: {
        "report.locks": {
          description: "takes dev->iommu->lock and reads fault_param",
          target: "asking",
          actions: [locks("P", "lock.acquires"), emit((it) => ({ type: "device.asks", ...device(it) }))],
        },
      },
    },
    asking: {
      description: "looks for the registered fault handler",
      on: {
        "device.told": [
          { guard: ({ event }) => !event.handled, target: "refusing", actions: because("no-handler") },
          { guard: "isIgnored", target: "leaving" },
          { guard: "byTree", target: "searching" },
          { target: "finding" },
        ],
      },
    },
    searching: {
      description: "waits for iopf_group_list_lock",
      on: {
        "report.locks-tree": {
          description: "takes iopf_group_list_lock",
          meta: { origin: TREE },
          target: "finding",
          actions: locks("G", "lock.acquires"),
        },
      },
    },
    finding: {
      description: "looks up the container of the device",
      on: {
        "report.finds": [
          {
            description: "searches the tree for the group and drops its mutex",
            meta: { origin: TREE },
            guard: "byTree",
            actions: [emit((it) => ({ type: "tree.finds", ...device(it) })), locks("G", "lock.releases")],
          },
          {
            description: "gets the container of the device's group",
            meta: { origin: LOOKUP },
            actions: emit((it) => ({ type: "container.gets", ...device(it) })),
          },
        ],
        "tree.found": [
          { guard: ({ event }) => event.node === "absent", target: "refusing", actions: because("no-container") },
          { guard: ({ event }) => event.node === "empty", target: "refusing", actions: assign({ nullUse: true }) },
          {
            guard: ({ context }) => context.rules.usesGroup,
            actions: emit((it) => ({ type: "container.gets", ...device(it) })),
          },
          { guard: "isDeferred", target: "leaving", actions: hands },
          { target: "serving", actions: hands },
        ],
        "container.got": [
          { guard: ({ event }) => !event.found, target: "refusing", actions: because("no-container") },
          // The use of the group ends with the report.
          { target: "serving", actions: hands },
        ],
      },
    },
    serving: {
      description: "is inside the fault handler and holds dev->iommu->lock",
      on: { "handler.done": { target: "leaving" } },
    },
    refusing: {
      description: "returns an error: no handler, or no container",
      on: {
        "report.refuses": {
          description: "aborts the access and drops dev->iommu->lock",
          meta: { origin: ABORT },
          target: "idle",
          actions: [refuses, locks("P", "lock.releases"), forgets],
        },
      },
    },
    leaving: {
      description: "is about to return from the report",
      on: {
        "report.leaves": {
          description: "drops dev->iommu->lock and returns",
          target: "idle",
          actions: [locks("P", "lock.releases"), forgets],
        },
      },
    },
  },
});

export const faultReporterSteps: readonly Message[] = ["locks", "locks-tree", "finds", "refuses", "leaves"].map(
  (step) => ({ type: `report.${step}` }),
);
