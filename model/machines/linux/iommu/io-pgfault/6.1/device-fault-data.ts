/**
 * The two objects that Linux 6.1 keeps for the page faults of one device: dev->iommu->fault_param, with the registered
 * handler and copies of the last requests that have no response yet, and dev->iommu->iopf_param, with the partial faults
 * and the IOPF queue.
 *
 * Models  Linux 6.1, drivers/iommu/iommu.c: iommu_register_device_fault_handler(), iommu_unregister_device_fault_handler(),
 *         the locked sections of iommu_report_device_fault(), and iommu_page_response(). In io-pgfault.c, what
 *         iommu_queue_iopf(), iopf_queue_add_device(), iopf_queue_remove_device(), iopf_queue_flush_dev() and
 *         iopf_queue_discard_partial() do to one device (iopf-core 1.3).
 *         dev->iommu->lock is a state: a reporter holds it while the handler runs, and a flush holds it while it waits.
 *         iommu_page_response() holds fault_param->lock until `response.leaves`. Unregistering takes dev->iommu->lock only,
 *         so it can free fault_param->lock while a responder holds it, which sets `useAfterFree`: I14 (fault_param exists
 *         while a user of it exists). The reference count of 6.9 keeps that rule.
 * Omits   that iopf_queue_remove_device() frees the partial faults after it has dropped its locks: no other thread can
 *         reach them then. The result of ops->page_response(): iommu_page_response() frees its copy after any result.
 *         The time between the read of dev->iommu->fault_param in iommu_page_response(), which takes no lock, and
 *         mutex_lock(): a responder that waits for fault_param->lock uses a freed lock as one that holds it does.
 *         No memory for a fault_param, and the reference to the device that it keeps.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import { linux61, messages } from "../../../../../said.ts";
import { EBUSY, EINVAL, ENODEV, OK, pageResponseSays, type Fault } from "../../../include/iommu.ts";
import { joins } from "../partial-key.ts";
import type {
  DeviceFaultDataContext,
  DeviceFaultDataEmits,
  DeviceFaultDataEvent,
  DeviceFaultDataInput,
  PendingFault,
  ResponseMessage,
} from "./device-fault-data-messages.ts";

/** IOMMU_PAGE_RESP_VERSION_1. */
const RESPONSE_VERSION = 1;

const needsPasid = ({ pasid, needsPasid: flag }: Fault): boolean => pasid !== null && flag !== false;

/** The first pending fault with this group index, and with this PASID if the fault has NEEDS_PASID. */
const match = (pending: readonly PendingFault[], { grp, pasid }: ResponseMessage): number =>
  pending.findIndex(({ fault }) => fault.grp === grp && (!needsPasid(fault) || fault.pasid === pasid));

const IOMMU = "drivers/iommu/iommu.c";
const IOPF = "drivers/iommu/io-pgfault.c";
const inReport = linux61(IOMMU, "iommu_report_device_fault");
const inQueueIopf = linux61(IOPF, "iommu_queue_iopf");
const inResponse = linux61(IOMMU, "iommu_page_response");
const inFlush = linux61(IOPF, "iopf_queue_flush_dev");

const s = setup({
  types: {
    context: {} as DeviceFaultDataContext,
    events: {} as DeviceFaultDataEvent,
    emitted: {} as DeviceFaultDataEmits,
    input: {} as DeviceFaultDataInput,
  },
});

export const deviceFaultData = s.createMachine({
  id: "device-fault-data",
  description: "dev->iommu->fault_param and dev->iommu->iopf_param of one device",
  meta: {
    origin: inReport,
    lane: "dev->iommu->fault_param and dev->iommu->iopf_param of device {device}",
    messages: messages<DeviceFaultDataEmits>({
      "kernel.logs": 'logs "no pending PRQ, drop response"',
      "driver.page-response": pageResponseSays,
      "device.locked": "grants dev->iommu->lock of device {device}",
      "handler.changed": "returns {result}",
      "param.added": "returns {result}",
      "param.removed": "returns {result}",
      "queue.flushes": "flushes the workqueue of IOPF queue {queue}",
      "flush.returns": "returns {result}",
      "queue.read": "reads dev->iommu->iopf_param: IOPF queue {queue}",
      "work.queued": "queues the group as work on IOPF queue {queue}",
      "response.returns": "returns {result}",
    }),
  },
  context: ({ input }) => ({
    device: input.device,
    partialKey: input.partialKey ?? "prgi",
    refusesBusy: input.refusesBusy ?? true,
    handler: null,
    pending: [],
    responder: false,
    queue: null,
    partial: [],
    useAfterFree: false,
  }),
  initial: "unlocked",
  states: {
    unlocked: {
      description: "no thread holds dev->iommu->lock",
      on: {
        "device.locks": {
          target: "locked",
          actions: emit(({ context: { device, handler } }) => ({ type: "device.locked", device, handler })),
        },
        "handler.registers": {
          meta: { origin: linux61(IOMMU, "iommu_register_device_fault_handler") },
          actions: enqueueActions(({ context: { device, handler }, event, enqueue }) => {
            if (handler === null) enqueue.assign({ handler: event.handler });
            enqueue.emit({ type: "handler.changed", device, result: handler === null ? OK : EBUSY });
          }),
        },
        "handler.unregisters": {
          meta: { origin: linux61(IOMMU, "iommu_unregister_device_fault_handler") },
          actions: enqueueActions(({ context, enqueue }) => {
            const { device, handler, pending, refusesBusy, responder, useAfterFree } = context;
            const busy = refusesBusy && pending.length > 0;
            if (!busy && handler !== null)
              enqueue.assign({
                handler: null,
                pending: [],
                responder: false,
                useAfterFree: useAfterFree || responder,
              });
            enqueue.emit({ type: "handler.changed", device, result: busy ? EBUSY : OK });
          }),
        },
        "param.adds": {
          meta: { origin: linux61(IOPF, "iopf_queue_add_device") },
          actions: enqueueActions(({ context: { device, queue }, event, enqueue }) => {
            if (queue === null) enqueue.assign({ queue: event.queue });
            enqueue.emit({ type: "param.added", device, queue: event.queue, result: queue === null ? OK : EBUSY });
          }),
        },
        "param.removes": {
          meta: { origin: linux61(IOPF, "iopf_queue_remove_device") },
          actions: enqueueActions(({ context: { device, queue }, event, enqueue }) => {
            const found = queue === event.queue;
            if (found) enqueue.assign({ queue: null, partial: [] });
            enqueue.emit({ type: "param.removed", device, queue: event.queue, result: found ? OK : EINVAL });
          }),
        },
        "param.flushes": [
          {
            meta: { origin: inFlush },
            guard: ({ context }) => context.queue !== null,
            target: "flushing",
            actions: emit(({ context: { device, queue } }) => ({ type: "queue.flushes", device, queue: queue! })),
          },
          {
            meta: { origin: inFlush },
            actions: emit(({ context: { device } }) => ({ type: "flush.returns", device, result: ENODEV })),
          },
        ],
      },
    },
    locked: {
      description: "iommu_report_device_fault() holds dev->iommu->lock",
      on: {
        "device.unlocks": { target: "unlocked" },
        "pending.appends": {
          guard: ({ context }) => !context.responder,
          actions: assign({
            pending: ({ context, event }) => [...context.pending, { fault: event.fault, inReport: true }],
          }),
        },
        /** The handler returned 0: the copy stays until iommu_page_response() finds it. */
        "pending.stays": {
          actions: assign({
            pending: ({ context }) => context.pending.map(({ fault }) => ({ fault, inReport: false })),
          }),
        },
        /**
         * The handler returned an error: the reporter unlinks its copy. A response may have freed the copy before: D5 (a
         * second response takes the copy of a fault that is still in its handler).
         */
        "pending.unlinks": {
          guard: ({ context }) => !context.responder,
          actions: assign({
            pending: ({ context }) => context.pending.filter(({ inReport }) => !inReport),
            useAfterFree: ({ context }) => context.useAfterFree || !context.pending.some(({ inReport }) => inReport),
          }),
        },
        "queue.reads": {
          meta: { origin: inQueueIopf },
          actions: emit(({ context: { device, queue } }) => ({ type: "queue.read", device, queue })),
        },
        "partial.pushes": {
          actions: assign({ partial: ({ context, event }) => [...context.partial, event.fault] }),
        },
        /** Without memory for a group, iommu_queue_iopf() frees the partial faults with its group index. */
        "partials.purge": {
          actions: assign({ partial: ({ context, event }) => context.partial.filter(({ grp }) => grp !== event.grp) }),
        },
        "group.collects": {
          meta: { origin: inQueueIopf },
          actions: enqueueActions(({ context: { device, queue, partial, partialKey }, event: { fault }, enqueue }) => {
            const joined = partial.filter((other) => joins(partialKey, other, fault));
            enqueue.assign({ partial: partial.filter((other) => !joined.includes(other)) });
            enqueue.emit({ type: "work.queued", device, queue: queue!, members: [...joined, fault] });
          }),
        },
      },
    },
    flushing: {
      description: "iopf_queue_flush_dev() holds dev->iommu->lock until the workqueue has run all queued work",
      on: {
        "queue.flushed": {
          meta: { origin: inFlush },
          target: "unlocked",
          actions: emit(({ context: { device } }) => ({ type: "flush.returns", device, result: OK })),
        },
      },
    },
  },
  on: {
    /**
     * iopf_queue_discard_partial() takes neither dev->iommu->lock nor fault_param->lock. That is safe while its one caller is
     * the thread that also reports.
     */
    "partials.discard": { actions: assign({ partial: [] }) },
    "page.responds": [
      {
        meta: { origin: inResponse },
        guard: ({ context, event }) => context.handler === null || event.version !== RESPONSE_VERSION,
        actions: emit(({ context: { device }, event: { by } }) => ({
          type: "response.returns",
          device,
          by,
          result: EINVAL,
          locked: false,
        })),
      },
      {
        meta: { origin: inResponse },
        guard: ({ context }) => !context.responder,
        actions: enqueueActions(({ context: { device, pending }, event, enqueue }) => {
          const { by, code, pasid } = event;
          const at = match(pending, event);
          const fault = pending[at]?.fault;
          enqueue.assign({ responder: true, pending: pending.filter((_, index) => index !== at) });
          if (pending.length === 0) enqueue.emit({ type: "kernel.logs", device, line: "no-pending-request", pasid });
          if (fault)
            enqueue.emit({
              type: "driver.page-response",
              device,
              pasid: fault.pasid,
              // iommu_page_response() clears a PASID that the request does not need.
              responsePasid: needsPasid(fault) ? pasid : null,
              grp: fault.grp,
              page: fault.page,
              code,
              last: fault.last,
              group: null,
              ...(fault.instance === undefined ? {} : { instances: [fault.instance] }),
            });
          enqueue.emit({ type: "response.returns", device, by, result: fault ? OK : EINVAL, locked: true });
        }),
      },
    ],
    "response.leaves": { actions: assign({ responder: false }) },
  },
});
