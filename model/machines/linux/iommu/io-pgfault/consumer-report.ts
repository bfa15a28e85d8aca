/**
 * iommu_report_device_fault() on a thread that serves several consumers: record the fault, and call the handler of its
 * device, under the lock of the report.
 *
 * Models  Linux 6.1 and 6.12 (iopf-core 1.3, 1.4; VFIO facts 1.1): the driver's lock (S, IL) is held around the call. A
 *         handler that queues work returns at once; one that resolves the fault by itself keeps thread and lock (D-22).
 * Omits   errors of handlers.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import { OK, type Fault } from "../../include/iommu.ts";

export interface ConsumerReportContext {
  /** Its own name, and whose lock it takes. */
  readonly name: string;
  readonly fault: Fault | null;
  readonly members: readonly Fault[];
}

export type ConsumerReportEvent =
  | { readonly type: "driver.reports-fault"; readonly fault: Fault }
  | { readonly type: "report.locks" | "report.records" | "report.calls" | "report.unlocks" }
  | { readonly type: "core.took"; readonly members: readonly Fault[] }
  | { readonly type: "consumer.returns" };

export type ConsumerReportEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | { readonly type: "core.takes"; readonly fault: Fault; readonly by: string }
  | {
      readonly type: "consumer.takes";
      readonly members: readonly Fault[];
      readonly device: number;
      readonly by: string;
    }
  | { readonly type: "reported"; readonly device: number; readonly result: number };

export const consumerReportSteps: readonly Message[] = ["locks", "records", "calls", "unlocks"].map((step) => ({
  type: `report.${step}`,
}));

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
  context: ({ input }) => ({ name: input.name, fault: null, members: [] }),
  initial: "idle",
  states: {
    idle: {
      on: { "driver.reports-fault": { target: "locking", actions: assign({ fault: ({ event }) => event.fault }) } },
    },
    locking: {
      on: {
        "report.locks": {
          target: "recording",
          actions: emit(({ context }) => ({ type: "lock.acquires", owner: context.name })),
        },
      },
    },
    recording: {
      on: {
        "report.records": {
          actions: emit(({ context: { fault, name } }) => ({ type: "core.takes", fault: fault!, by: name })),
        },
        "core.took": [
          { guard: ({ event }) => event.members.length === 0, target: "unlocking" },
          { target: "calling", actions: assign({ members: ({ event }) => event.members }) },
        ],
      },
    },
    calling: {
      on: {
        "report.calls": {
          target: "called",
          actions: emit(({ context: { members, name } }) => ({
            type: "consumer.takes",
            members,
            device: members[0]!.device,
            by: name,
          })),
        },
      },
    },
    /** Until the handler returns: at once, or when it has resolved and answered. */
    called: {
      on: { "consumer.returns": { target: "unlocking", actions: assign({ members: [] }) } },
    },
    unlocking: {
      on: {
        "report.unlocks": {
          target: "idle",
          actions: [
            emit(({ context }) => ({ type: "lock.releases", owner: context.name })),
            emit(({ context }) => ({ type: "reported", device: context.fault!.device, result: OK })),
            assign({ fault: null }),
          ],
        },
      },
    },
  },
});
