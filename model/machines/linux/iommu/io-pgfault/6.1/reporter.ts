/**
 * The thread inside iommu_report_device_fault(), which holds dev->iommu->lock (DL) over the handler's call.
 *
 * Models  Linux 6.1, drivers/iommu/iommu.c: iommu_report_device_fault() (iopf-core 1.3). On a negative result nothing
 *         was answered: the IOMMU driver has to (1.5).
 * Omits   the caller.
 */
import { assign, emit, setup } from "xstate";
import type { Json, Message } from "../../../../../../checker/json.ts";
import { EINVAL, ENOMEM, OK, type AllocationFailure, type Fault } from "../../../include/iommu.ts";

export type ReporterContext = {
  /** The fault in hand; null between calls. */
  readonly fault: Fault | null;
  /** Not a page request (IOMMU_FAULT_DMA_UNRECOV): it is never copied. */
  readonly unrecoverable: boolean;
  readonly handler: Json;
  /** A copy of it is on the pending list. */
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

/** What it does on its own; `allocations` says whether memory may run out. */
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
  context: IDLE,
  initial: "idle",
  states: {
    idle: {
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
      on: {
        "reporter.locks-device": {
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
      on: {
        "reporter.allocates": [
          { guard: ({ event }) => event.ok, target: "copied" },
          {
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
      on: {
        "reporter.records-fault": {
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
      on: {
        "reporter.calls-handler": {
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
      on: {
        "reporter.unlinks-copy": {
          target: "unlocking",
          actions: emit(({ context }) => ({ type: "pending.unlinks", device: context.fault!.device })),
        },
      },
    },
    unlocking: {
      on: {
        "reporter.unlocks-device": {
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
