/**
 * The IOMMU driver's thread inside iommu_report_device_fault(), which holds dev->iommu->lock while the handler runs.
 *
 * Models  Linux 6.1, drivers/iommu/iommu.c: iommu_report_device_fault() (iopf-core 1.3). After a negative result the device
 *         has no response: the IOMMU driver sends one (iopf-core 1.5).
 * Omits   the caller, which is a machine of its own.
 */
import { assign, emit, setup } from "xstate";
import type { Json, Message } from "../../../../../../checker/json.ts";
import { linux61, messages } from "../../../../../said.ts";
import { allocationSays, EINVAL, ENOMEM, OK, type AllocationFailure, type Fault } from "../../../include/iommu.ts";

export type ReporterContext = {
  /** The argument of the call; null between calls. */
  readonly fault: Fault | null;
  /** IOMMU_FAULT_DMA_UNRECOV, which iommu_report_device_fault() does not copy. */
  readonly unrecoverable: boolean;
  readonly handler: Json;
  /** A copy of the fault is on fault_param->faults. */
  readonly copied: boolean;
  readonly result: number;
};

export type ReporterEvent =
  | { readonly type: "driver.reports-fault"; readonly fault: Fault; readonly unrecoverable?: boolean }
  | { readonly type: "reporter.locks-device" }
  | { readonly type: "device.locked"; readonly device: number; readonly handler: Json }
  | { readonly type: "reporter.allocates"; readonly ok: boolean }
  | { readonly type: "reporter.records-fault" }
  | { readonly type: "reporter.calls-handler" }
  | { readonly type: "handler.returns"; readonly device: number; readonly result: number }
  | { readonly type: "reporter.unlinks-copy" }
  | { readonly type: "reporter.unlocks-device" };

export type ReporterEmits =
  | AllocationFailure
  | { readonly type: "device.locks"; readonly device: number }
  | { readonly type: "device.unlocks"; readonly device: number }
  | { readonly type: "pending.appends"; readonly device: number; readonly fault: Fault }
  | { readonly type: "pending.stays"; readonly device: number }
  | { readonly type: "pending.unlinks"; readonly device: number }
  | {
      readonly type: "handler.called";
      readonly device: number;
      readonly handler: Json;
      readonly fault: Fault;
      readonly unrecoverable: boolean;
    }
  | { readonly type: "reported"; readonly device: number; readonly result: number };

/** Its own steps; `allocations` says whether kmemdup() may fail. */
export const reporterSteps = (allocations: "succeed" | "may-fail"): readonly Message[] => [
  { type: "reporter.locks-device" },
  { type: "reporter.allocates", ok: true },
  ...(allocations === "may-fail" ? [{ type: "reporter.allocates", ok: false }] : []),
  { type: "reporter.records-fault" },
  { type: "reporter.calls-handler" },
  { type: "reporter.unlinks-copy" },
  { type: "reporter.unlocks-device" },
];

const IDLE: ReporterContext = { fault: null, unrecoverable: false, handler: null, copied: false, result: OK };

const s = setup({
  types: { context: {} as ReporterContext, events: {} as ReporterEvent, emitted: {} as ReporterEmits },
});

export const reporter = s.createMachine({
  id: "reporter",
  description: "the IOMMU driver's thread inside iommu_report_device_fault()",
  meta: {
    origin: linux61("drivers/iommu/iommu.c", "iommu_report_device_fault"),
    lane: "the IOMMU driver's thread inside iommu_report_device_fault()",
    messages: messages<ReporterEmits>({
      "allocation.fails": allocationSays,
      "device.locks": "takes dev->iommu->lock of device {device}",
      "device.unlocks": "drops dev->iommu->lock of device {device}",
      "pending.appends": "adds a copy of the fault to fault_param->faults",
      "pending.stays": "leaves the copy on fault_param->faults",
      "pending.unlinks": "unlinks the copy from fault_param->faults and frees it",
      "handler.called": "calls the registered handler for page {fault.page}",
      reported: "returns {result} to the IOMMU driver",
    }),
  },
  context: IDLE,
  initial: "idle",
  states: {
    idle: {
      description: "not called",
      on: {
        "driver.reports-fault": {
          target: "entered",
          actions: assign({
            fault: ({ event }) => event.fault,
            unrecoverable: ({ event }) => event.unrecoverable ?? false,
          }),
        },
      },
    },
    entered: {
      description: "waits for dev->iommu->lock",
      on: {
        "reporter.locks-device": {
          description: "takes dev->iommu->lock",
          actions: emit(({ context }) => ({ type: "device.locks", device: context.fault!.device })),
        },
        "device.locked": [
          { guard: ({ event }) => event.handler === null, target: "unlocking", actions: assign({ result: EINVAL }) },
          {
            guard: ({ context }) => context.fault!.last && !context.unrecoverable,
            target: "copying",
            actions: assign({ handler: ({ event }) => event.handler }),
          },
          { target: "recorded", actions: assign({ handler: ({ event }) => event.handler }) },
        ],
      },
    },
    copying: {
      description: "copies the last request of a group",
      on: {
        "reporter.allocates": [
          { description: "copies the fault", guard: ({ event }) => event.ok, target: "copied" },
          {
            description: "gets no memory for the copy",
            target: "unlocking",
            actions: [
              assign({ result: ENOMEM }),
              emit(({ context }) => ({
                type: "allocation.fails",
                device: context.fault!.device,
                in: "iommu_report_device_fault",
              })),
            ],
          },
        ],
      },
    },
    copied: {
      description: "has a copy that is not on fault_param->faults yet",
      on: {
        "reporter.records-fault": {
          description: "adds the copy to fault_param->faults",
          target: "recorded",
          actions: [
            assign({ copied: true }),
            emit(({ context: { fault } }) => ({
              type: "pending.appends",
              device: fault!.device,
              fault: fault!,
            })),
          ],
        },
      },
    },
    recorded: {
      description: "is about to call the handler",
      on: {
        "reporter.calls-handler": {
          description: "calls the registered handler",
          target: "in-handler",
          actions: emit(({ context: { fault, handler, unrecoverable } }) => ({
            type: "handler.called",
            device: fault!.device,
            handler,
            fault: fault!,
            unrecoverable,
          })),
        },
      },
    },
    "in-handler": {
      description: "is inside the handler and holds dev->iommu->lock",
      on: {
        "handler.returns": [
          {
            guard: ({ event, context }) => event.result !== OK && context.copied,
            target: "refused",
            actions: assign({ result: ({ event }) => event.result }),
          },
          {
            guard: ({ context }) => context.copied,
            target: "unlocking",
            actions: emit(({ event }) => ({ type: "pending.stays", device: event.device })),
          },
          { target: "unlocking", actions: assign({ result: ({ event }) => event.result }) },
        ],
      },
    },
    refused: {
      description: "the handler returned an error, and the copy is still on fault_param->faults",
      on: {
        "reporter.unlinks-copy": {
          description: "unlinks the copy and frees it",
          target: "unlocking",
          actions: emit(({ context }) => ({ type: "pending.unlinks", device: context.fault!.device })),
        },
      },
    },
    unlocking: {
      description: "is about to drop dev->iommu->lock",
      on: {
        "reporter.unlocks-device": {
          description: "drops dev->iommu->lock and returns {result}",
          target: "idle",
          actions: [
            emit(({ context }) => ({ type: "device.unlocks", device: context.fault!.device })),
            emit(({ context }) => ({ type: "reported", device: context.fault!.device, result: context.result })),
            assign(IDLE),
          ],
        },
      },
    },
  },
});
