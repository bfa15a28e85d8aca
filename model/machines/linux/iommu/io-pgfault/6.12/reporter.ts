/**
 * The thread inside iommu_report_device_fault(): an IOMMU driver's page request thread that hands one request to the
 * core. Between any two of its steps the device may be removed, detached or discarded.
 *
 * Models  Linux 6.12, drivers/iommu/io-pgfault.c: iommu_report_device_fault(), report_partial_fault(),
 *         iopf_group_alloc(), iopf_error_response() (iopf-core 1.4, who answers with what: 1.5).
 *         The attach handle is borrowed: when `handle.freed` names it, the next use sets `useAfterFree`. So it is with a
 *         group that removal frees before it is handed over, where a system says so (`group.freed`); it is not gone on
 *         with then.
 * Omits   the caller: whatever lock the driver holds around the call is the caller's (VT-d's iopf_lock, SMMUv3's
 *         streams_mutex). The memory of the abort group: it is the group that was collected without an allocation.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { EINVAL, ENOMEM, OK, pageResponse } from "../../../include/iommu.ts";
import type { AttachHandle } from "./attach-handles.ts";
import type { ReporterContext, ReporterEmits, ReporterEvent } from "./reporter-messages.ts";

/** What it does on its own, in one line per step; `allocations` says whether memory may run out. */
export const reporterSteps = (allocations: "succeed" | "may-fail"): readonly Message[] => [
  { type: "reporter.finds-handler" },
  { type: "reporter.takes-reference" },
  { type: "reporter.allocates", ok: true },
  ...(allocations === "may-fail" ? [{ type: "reporter.allocates", ok: false }] : []),
  { type: "reporter.pushes-partial" },
  { type: "reporter.puts-reference" },
  { type: "reporter.collects-group" },
  { type: "reporter.calls-handler" },
  { type: "reporter.aborts-group" },
  { type: "reporter.frees-group" },
  { type: "reporter.rejects" },
];

const IDLE: Omit<ReporterContext, "useAfterFree"> = {
  fault: null,
  unrecoverable: false,
  handle: null,
  handleFreed: false,
  group: null,
  members: [],
  groupFreed: false,
  onStack: false,
  result: OK,
};

const isSame = (a: AttachHandle | null, b: AttachHandle): boolean => JSON.stringify(a) === JSON.stringify(b);

const s = setup({
  types: { context: {} as ReporterContext, events: {} as ReporterEvent, emitted: {} as ReporterEmits },
});

const forgetsCall = s.assign(IDLE);
const returns = s.emit(({ context }) => ({ type: "reported", device: context.fault!.device, result: context.result }));

export const reporter = s.createMachine({
  id: "reporter",
  context: { ...IDLE, useAfterFree: false },
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
        "reporter.finds-handler": {
          target: "looking-up",
          actions: emit(({ context: { fault } }) => ({
            type: "handle.looks-up",
            device: fault!.device,
            pasid: fault!.pasid,
          })),
        },
      },
    },
    "looking-up": {
      on: {
        "handle.found": [
          { guard: ({ event }) => event.handle === null, target: "rejecting" },
          { target: "found", actions: assign({ handle: ({ event }) => event.handle }) },
        ],
      },
    },
    found: {
      on: {
        "reporter.takes-reference": {
          target: "taking-reference",
          actions: emit(({ context }) => ({ type: "param.gets", device: context.fault!.device })),
        },
      },
    },
    "taking-reference": {
      on: {
        "param.got": [
          { guard: ({ event, context }) => event.found && !context.fault!.last, target: "partial" },
          { guard: ({ event }) => event.found, target: "last" },
          {
            target: "rejecting",
            actions: emit(({ event }) => ({
              type: "kernel.warns",
              device: event.device,
              in: "iommu_report_device_fault",
            })),
          },
        ],
      },
    },
    partial: {
      on: {
        "reporter.allocates": [
          { guard: ({ event }) => event.ok, target: "pushing" },
          {
            target: "putting",
            actions: [
              assign({ result: ENOMEM }),
              emit(({ context }) => ({
                type: "allocation.fails",
                device: context.fault!.device,
                in: "report_partial_fault",
              })),
            ],
          },
        ],
      },
    },
    pushing: {
      on: {
        "reporter.pushes-partial": {
          target: "putting",
          actions: emit(({ context: { fault } }) => ({ type: "partial.pushes", device: fault!.device, fault: fault! })),
        },
      },
    },
    /** A request that is not the last is not answered. */
    putting: {
      on: {
        "reporter.puts-reference": {
          target: "idle",
          actions: [
            emit(({ context }) => ({ type: "param.puts", device: context.fault!.device })),
            returns,
            forgetsCall,
          ],
        },
      },
    },
    last: {
      on: {
        "reporter.allocates": [
          { guard: ({ event }) => event.ok, target: "collecting" },
          {
            target: "collecting",
            actions: [
              assign({ onStack: true }),
              emit(({ context }) => ({
                type: "allocation.fails",
                device: context.fault!.device,
                in: "iopf_group_alloc",
              })),
            ],
          },
        ],
      },
    },
    collecting: {
      on: {
        "reporter.collects-group": {
          actions: emit(({ context: { fault, onStack } }) => ({
            type: "group.collects",
            device: fault!.device,
            fault: fault!,
            onStack,
          })),
        },
        "group.built": [
          {
            guard: ({ context }) => context.onStack,
            target: "aborting",
            actions: assign({ group: ({ event }) => event.group }),
          },
          { target: "built", actions: assign(({ event: { group, members } }) => ({ group, members })) },
        ],
      },
    },
    built: {
      on: {
        "reporter.calls-handler": [
          {
            guard: ({ context }) => context.groupFreed,
            target: "idle",
            actions: [
              assign({ useAfterFree: true }),
              emit(({ context: { fault, group } }) => ({
                type: "group.forgets",
                device: fault!.device,
                group: group!,
              })),
              returns,
              forgetsCall,
            ],
          },
          {
            target: "in-handler",
            actions: [
              assign({ useAfterFree: ({ context }) => context.useAfterFree || context.handleFreed }),
              emit(({ context: { fault, group, handle, members } }) => ({
                type: "group.delivered",
                device: fault!.device,
                group: group!,
                handle: handle!,
                members,
              })),
              assign({ members: [] }),
            ],
          },
        ],
      },
    },
    "in-handler": {
      on: {
        "handler.returns": [
          { guard: ({ event }) => event.result === OK, target: "idle", actions: [returns, forgetsCall] },
          { target: "aborting" },
        ],
      },
    },
    aborting: {
      on: {
        "reporter.aborts-group": {
          target: "freeing",
          actions: enqueueActions(({ context: { fault, group }, enqueue }) => {
            const { device, pasid } = fault!;
            enqueue.emit({ type: "kernel.logs", device, line: "iopf-aborted", pasid });
            enqueue.emit({ type: "group.responds", device, group: group!, code: "failure" });
          }),
        },
      },
    },
    freeing: {
      on: {
        "reporter.frees-group": {
          target: "idle",
          actions: [
            emit(({ context: { fault, group } }) => ({
              type: "group.frees",
              device: fault!.device,
              group: group!,
            })),
            returns,
            forgetsCall,
          ],
        },
      },
    },
    /** No handler, or a handler and no fault parameters: the core answers for itself, also a request that is not last (D4). */
    rejecting: {
      on: {
        "reporter.rejects": {
          target: "idle",
          actions: enqueueActions(({ context: { fault, unrecoverable }, enqueue }) => {
            if (!unrecoverable) enqueue.emit(pageResponse([fault!], "invalid", null));
            enqueue.emit({ type: "reported", device: fault!.device, result: EINVAL });
            enqueue.assign(IDLE);
          }),
        },
      },
    },
  },
  on: {
    "handle.freed": {
      guard: ({ context, event }) => isSame(context.handle, event.handle),
      actions: assign({ handleFreed: true }),
    },
    "group.freed": {
      guard: ({ context, event }) => context.group === event.group,
      actions: assign({ groupFreed: true }),
    },
  },
});
