/**
 * The thread inside iommu_report_device_fault(): the page request thread of an IOMMU driver that reports one request to the
 * IOPF core. Between any two of its steps the device may be removed, detached, or its partial faults discarded.
 *
 * Models  Linux 6.12, drivers/iommu/io-pgfault.c: iommu_report_device_fault(), find_fault_handler(),
 *         report_partial_fault(), iopf_group_alloc(), iopf_error_response() (iopf-core 1.4 and 1.5).
 *         The attach handle is borrowed: after `handle.freed` of this handle, the next use sets `useAfterFree`.
 *         iopf_queue_remove_device() may free the group before the handler has it; in a system that reports this
 *         (`group.freed`), the reporter stops there.
 * Omits   the lock that the driver holds around the call (VT-d: iommu->iopf_lock, SMMUv3: smmu->streams_mutex), which
 *         belongs to the caller's machine. The memory of abort_group: it is a group that was collected without kzalloc().
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import { linux612 } from "../../../../../said.ts";
import { EINVAL, ENOMEM, OK, pageResponse } from "../../../include/iommu.ts";
import type { AttachHandle } from "./attach-handles.ts";
import {
  IDLE,
  reporterSays,
  type ReporterContext,
  type ReporterEmits,
  type ReporterEvent,
} from "./reporter-messages.ts";

export { reporterSteps } from "./reporter-messages.ts";

const IOPF = "drivers/iommu/io-pgfault.c";
const inAlloc = linux612(IOPF, "iopf_group_alloc");
const inPartial = linux612(IOPF, "report_partial_fault");

/** Of the device whose fault this thread reports: another thread may wait for a group of another device. */
const isOurs = ({ fault }: ReporterContext, { device }: { readonly device: number }): boolean =>
  fault?.device === device;
const isSame = (a: AttachHandle | null, b: AttachHandle): boolean => JSON.stringify(a) === JSON.stringify(b);

const s = setup({
  types: { context: {} as ReporterContext, events: {} as ReporterEvent, emitted: {} as ReporterEmits },
});

const forgetsCall = s.assign(IDLE);
const fails = (where: string) =>
  s.emit(({ context }) => ({ type: "allocation.fails", device: context.fault!.device, in: where }));
const ofGroup = (type: "group.frees" | "group.forgets") =>
  s.emit(({ context: { fault, group } }) => ({ type, device: fault!.device, group: group! }));
const returns = s.emit(({ context }) => ({ type: "reported", device: context.fault!.device, result: context.result }));

export const reporter = s.createMachine({
  id: "reporter",
  description: "the IOMMU driver's thread inside iommu_report_device_fault()",
  meta: {
    origin: linux612(IOPF, "iommu_report_device_fault"),
    lane: "the IOMMU driver's thread inside iommu_report_device_fault()",
    messages: reporterSays,
  },
  context: { ...IDLE, useAfterFree: false },
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
      description: "is about to look for a fault handler",
      on: {
        "reporter.finds-handler": {
          description: "looks up the attach handle (PASID: {fault.pasid})",
          meta: { origin: linux612(IOPF, "find_fault_handler") },
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
      description: "loads the attach handle from iommu_group->pasid_array",
      on: {
        "handle.found": [
          { guard: ({ event }) => event.handle === null, target: "rejecting" },
          { target: "found", actions: assign({ handle: ({ event }) => event.handle }) },
        ],
      },
    },
    found: {
      description: "has a borrowed attach handle",
      on: {
        "reporter.takes-reference": {
          description: "takes a reference to fault_param",
          meta: { origin: linux612(IOPF, "iopf_get_dev_fault_param") },
          target: "taking-reference",
          actions: emit(({ context }) => ({ type: "param.gets", device: context.fault!.device })),
        },
      },
    },
    "taking-reference": {
      description: "reads dev->iommu->fault_param under RCU",
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
      description: "has a request that is not the last of its group",
      meta: { origin: inPartial },
      on: {
        "reporter.allocates": [
          { description: "allocates an iopf_fault", guard: ({ event }) => event.ok, target: "pushing" },
          {
            description: "gets no memory for the partial fault and drops it",
            target: "putting",
            actions: [assign({ result: ENOMEM }), fails("report_partial_fault")],
          },
        ],
      },
    },
    pushing: {
      description: "holds a partial fault that is not on fault_param->partial yet",
      meta: { origin: inPartial },
      on: {
        "reporter.pushes-partial": {
          description: "adds page {fault.page} to fault_param->partial",
          target: "putting",
          actions: emit(({ context: { fault } }) => ({ type: "partial.pushes", device: fault!.device, fault: fault! })),
        },
      },
    },
    putting: {
      description: "returns without a response: the request is not the last of its group",
      on: {
        "reporter.puts-reference": {
          description: "puts the reference to fault_param",
          meta: { origin: linux612(IOPF, "iopf_put_dev_fault_param") },
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
      description: "has the last request of a group",
      meta: { origin: inAlloc },
      on: {
        "reporter.allocates": [
          { description: "allocates an iopf_group", guard: ({ event }) => event.ok, target: "collecting" },
          {
            description: "gets no memory and takes abort_group on the stack",
            target: "collecting",
            actions: [assign({ onStack: true }), fails("iopf_group_alloc")],
          },
        ],
      },
    },
    collecting: {
      description: "has a group that is not linked yet",
      meta: { origin: inAlloc },
      on: {
        "reporter.collects-group": {
          description: "moves the partial faults of PRGI {fault.grp} to the group and links it",
          actions: emit(({ context: { fault, onStack } }) => ({
            type: "group.collects",
            device: fault!.device,
            fault: fault!,
            onStack,
          })),
        },
        "group.built": [
          {
            guard: ({ context, event }) => isOurs(context, event) && context.onStack,
            target: "aborting",
            actions: assign({ group: ({ event }) => event.group }),
          },
          {
            guard: ({ context, event }) => isOurs(context, event),
            target: "built",
            actions: assign(({ event: { group, members } }) => ({ group, members })),
          },
        ],
      },
    },
    built: {
      description: "has a complete group for the handler",
      on: {
        "reporter.calls-handler": [
          {
            description: "uses a group that iopf_queue_remove_device() has freed",
            guard: ({ context }) => context.groupFreed,
            target: "idle",
            actions: [assign({ useAfterFree: true }), ofGroup("group.forgets"), returns, forgetsCall],
          },
          {
            description: "calls domain->iopf_handler() with group {group}",
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
      description: "is inside domain->iopf_handler()",
      on: {
        "handler.returns": [
          { guard: ({ event }) => event.result === OK, target: "idle", actions: [returns, forgetsCall] },
          { target: "aborting" },
        ],
      },
    },
    aborting: {
      description: "err_abort: the group has no handler, or the handler returned an error",
      on: {
        "reporter.aborts-group": {
          description: "warns and responds failure to group {group}",
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
      description: "has responded to the group and not freed it",
      on: {
        "reporter.frees-group": {
          description: "frees group {group}",
          meta: { origin: linux612(IOPF, "iopf_free_group") },
          target: "idle",
          actions: [ofGroup("group.frees"), returns, forgetsCall],
        },
      },
    },
    /** D4 (a response to a request that is not the last): iopf_error_response() does not look at LAST_PAGE. */
    rejecting: {
      description: "err_bad_iopf: the domain has no fault handler, or the device has no fault_param",
      on: {
        "reporter.rejects": {
          description: "responds Invalid to a page request and returns -EINVAL",
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
