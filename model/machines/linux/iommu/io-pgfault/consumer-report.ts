/**
 * iommu_report_device_fault() on a thread that serves several fault consumers: record the fault, and call the handler of its
 * device, under the lock of the report.
 *
 * Models  Linux 6.1 and 6.12 (iopf-core 1.3 and 1.4; VFIO facts 1.1). The IOMMU driver holds its lock around the call
 *         (SMMUv3: smmu->streams_mutex, VT-d: iommu->iopf_lock). A handler that queues work returns at once. One that
 *         resolves the fault itself keeps thread and lock: D-22 (one slow page-in stalls all devices).
 *         A group that a removal has freed before it was handed over is used after free: the report ends there.
 * Omits   errors of handlers. Beyond that, 6.1/reporter.ts has: dev->iommu->lock, kmemdup(), the pending list; and
 *         6.12/reporter.ts: the attach handle, references to fault_param.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import { linux61, linux612, messages, whereIs } from "../../../../said.ts";
import { OK, type Fault } from "../../include/iommu.ts";
import { mutexSays } from "../../lib/mutex.ts";

export interface ConsumerReportContext {
  /** Name of the thread, and of the owner of its lock. */
  readonly name: string;
  readonly fault: Fault | null;
  readonly members: readonly Fault[];
  readonly result: number;
  /** The core has freed the group that it is about to hand over. */
  readonly groupFreed: boolean;
  /** It used such a group. Never cleared. */
  readonly useAfterFree: boolean;
}

export type ConsumerReportEvent =
  | { readonly type: "driver.reports-fault"; readonly fault: Fault }
  | { readonly type: "report.locks" | "report.records" | "report.runs-out" | "report.calls" | "report.unlocks" }
  | { readonly type: "core.took"; readonly members: readonly Fault[]; readonly result: number }
  | { readonly type: "group.freed" }
  | { readonly type: "consumer.returns" };

export type ConsumerReportEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | { readonly type: "core.takes" | "core.loses"; readonly fault: Fault; readonly by: string }
  | { readonly type: "core.hands"; readonly by: string }
  | {
      readonly type: "consumer.takes";
      readonly members: readonly Fault[];
      readonly device: number;
      readonly by: string;
    }
  | { readonly type: "reported"; readonly device: number; readonly result: number };

/** Its own steps; `allocations` says whether kzalloc() may fail. */
export const consumerReportSteps = (allocations: "succeed" | "may-fail"): readonly Message[] =>
  ["locks", "records", ...(allocations === "may-fail" ? ["runs-out"] : []), "calls", "unlocks"].map((step) => ({
    type: `report.${step}`,
  }));

const IOPF = "drivers/iommu/io-pgfault.c";
const NO_MEMORY = whereIs(linux612(IOPF, "report_partial_fault"), "fault.last", {
  true: linux612(IOPF, "iopf_group_alloc"),
});

const s = setup({
  types: {
    context: {} as ConsumerReportContext,
    events: {} as ConsumerReportEvent,
    emitted: {} as ConsumerReportEmits,
    input: {} as { name: string },
  },
});

export const consumerReport = s.createMachine({
  id: "consumer-report",
  description: "a thread inside iommu_report_device_fault(), for several fault consumers",
  meta: {
    origin: linux61("drivers/iommu/iommu.c", "iommu_report_device_fault"),
    lane: "the thread inside iommu_report_device_fault()",
    messages: messages<ConsumerReportEmits>({
      ...mutexSays("the driver's lock around the report"),
      "core.takes": "records the fault on page {fault.page} of device {fault.device}",
      "core.loses": {
        says: "gets no memory for the fault on page {fault.page} of device {fault.device}",
        origin: NO_MEMORY,
      },
      "core.hands": "hands the group to its fault handler",
      "consumer.takes": "calls the fault handler of device {device}",
      reported: "returns {result} to the IOMMU driver",
    }),
  },
  context: ({ input }) => ({
    name: input.name,
    fault: null,
    members: [],
    result: OK,
    groupFreed: false,
    useAfterFree: false,
  }),
  initial: "idle",
  states: {
    idle: {
      description: "not called",
      on: { "driver.reports-fault": { target: "locking", actions: assign({ fault: ({ event }) => event.fault }) } },
    },
    locking: {
      description: "waits for the driver's lock",
      on: {
        "report.locks": {
          description: "takes the driver's lock around the report",
          target: "recording",
          actions: emit(({ context }) => ({ type: "lock.acquires", owner: context.name })),
        },
      },
    },
    recording: {
      description: "is about to record the fault",
      on: {
        "report.records": {
          description: "records the fault on page {fault.page}",
          actions: emit(({ context: { fault, name } }) => ({ type: "core.takes", fault: fault!, by: name })),
        },
        "report.runs-out": {
          description: "gets no memory for page {fault.page}",
          meta: { origin: NO_MEMORY },
          actions: emit(({ context: { fault, name } }) => ({ type: "core.loses", fault: fault!, by: name })),
        },
        "core.took": [
          {
            guard: ({ event }) => event.members.length === 0,
            target: "unlocking",
            actions: assign({ result: ({ event }) => event.result }),
          },
          { target: "calling", actions: assign({ members: ({ event }) => event.members }) },
        ],
      },
    },
    calling: {
      description: "is about to call the fault handler",
      on: {
        "group.freed": { actions: assign({ groupFreed: true }) },
        "report.calls": [
          {
            description: "uses a group that iopf_queue_remove_device() has freed",
            guard: ({ context }) => context.groupFreed,
            target: "unlocking",
            actions: assign({ members: [], groupFreed: false, useAfterFree: true }),
          },
          {
            description: "calls the fault handler of the device",
            target: "called",
            actions: [
              emit(({ context }) => ({ type: "core.hands", by: context.name })),
              emit(({ context: { members, name } }) => ({
                type: "consumer.takes",
                members,
                device: members[0]!.device,
                by: name,
              })),
            ],
          },
        ],
      },
    },
    /** A handler that queues work returns at once; one that resolves the fault itself returns after its response. */
    called: {
      description: "is inside the fault handler and holds the driver's lock",
      on: { "consumer.returns": { target: "unlocking", actions: assign({ members: [] }) } },
    },
    unlocking: {
      description: "is about to drop the driver's lock",
      on: {
        "report.unlocks": {
          description: "drops the driver's lock and returns",
          target: "idle",
          actions: [
            emit(({ context }) => ({ type: "lock.releases", owner: context.name })),
            emit(({ context }) => ({ type: "reported", device: context.fault!.device, result: context.result })),
            assign({ fault: null, result: OK }),
          ],
        },
      },
    },
  },
});
