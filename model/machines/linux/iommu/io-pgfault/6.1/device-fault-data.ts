/**
 * The two objects that Linux 6.1 keeps for the page faults of one device: fault_param, with the registered handler and
 * copies of the Last faults that wait for an answer, and iopf_param, with the partial faults and the queue.
 *
 * Models  Linux 6.1, drivers/iommu/iommu.c: iommu_register/unregister_device_fault_handler(), the locked sections of
 *         iommu_report_device_fault(), iommu_page_response(); io-pgfault.c: what iommu_queue_iopf(),
 *         iopf_queue_add_device(), iopf_queue_remove_device(), iopf_queue_flush_dev() and iopf_queue_discard_partial()
 *         do to one device (iopf-core 1.3).
 *         dev->iommu->lock (DL) is a state: a reporter holds it over the whole handler call and a flush over its wait.
 *         fault_param->lock (PL) is held from an answer until `response.leaves`; unregistering takes only DL, so it can
 *         free the lock under its holder (I14, fixed by the reference count of 6.9): `useAfterFree`.
 * Omits   that removal frees partial faults after it dropped its locks: nobody can reach them any more.
 *         The driver's verdict on an answer: the entry is consumed whatever it says.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import { EBUSY, EINVAL, ENODEV, OK, type Fault } from "../../../include/iommu.ts";
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

/** The first pending fault with this group index, and with this PASID where the fault asks for it. */
const match = (pending: readonly PendingFault[], { grp, pasid }: ResponseMessage): number =>
  pending.findIndex(({ fault }) => fault.grp === grp && (!needsPasid(fault) || fault.pasid === pasid));

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
    /** DL is free. */
    unlocked: {
      on: {
        "device.locks": {
          target: "locked",
          actions: emit(({ context: { device, handler } }) => ({ type: "device.locked", device, handler })),
        },
        "handler.registers": {
          actions: enqueueActions(({ context: { device, handler }, event, enqueue }) => {
            if (handler === null) enqueue.assign({ handler: event.handler });
            enqueue.emit({ type: "handler.changed", device, result: handler === null ? OK : EBUSY });
          }),
        },
        "handler.unregisters": {
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
          actions: enqueueActions(({ context: { device, queue }, event, enqueue }) => {
            if (queue === null) enqueue.assign({ queue: event.queue });
            enqueue.emit({ type: "param.added", device, queue: event.queue, result: queue === null ? OK : EBUSY });
          }),
        },
        "param.removes": {
          actions: enqueueActions(({ context: { device, queue }, event, enqueue }) => {
            const found = queue === event.queue;
            if (found) enqueue.assign({ queue: null, partial: [] });
            enqueue.emit({ type: "param.removed", device, queue: event.queue, result: found ? OK : EINVAL });
          }),
        },
        "param.flushes": [
          {
            guard: ({ context }) => context.queue !== null,
            target: "flushing",
            actions: emit(({ context: { device, queue } }) => ({ type: "queue.flushes", device, queue: queue! })),
          },
          {
            actions: emit(({ context: { device } }) => ({ type: "flush.returns", device, result: ENODEV })),
          },
        ],
      },
    },
    /** A reporter holds DL. */
    locked: {
      on: {
        "device.unlocks": { target: "unlocked" },
        "pending.appends": {
          guard: ({ context }) => !context.responder,
          actions: assign({
            pending: ({ context, event }) => [...context.pending, { fault: event.fault, inReport: true }],
          }),
        },
        /** The handler took the fault: the copy now waits for its answer. */
        "pending.stays": {
          actions: assign({
            pending: ({ context }) => context.pending.map(({ fault }) => ({ fault, inReport: false })),
          }),
        },
        /** The handler refused: the reporter unlinks its copy. If an answer has consumed it, that is freed memory (D5). */
        "pending.unlinks": {
          guard: ({ context }) => !context.responder,
          actions: assign({
            pending: ({ context }) => context.pending.filter(({ inReport }) => !inReport),
            useAfterFree: ({ context }) => context.useAfterFree || !context.pending.some(({ inReport }) => inReport),
          }),
        },
        "queue.reads": {
          actions: emit(({ context: { device, queue } }) => ({ type: "queue.read", device, queue })),
        },
        "partial.pushes": {
          actions: assign({ partial: ({ context, event }) => [...context.partial, event.fault] }),
        },
        /** No memory for a group: its partial faults go, found by the group index alone. */
        "partials.purge": {
          actions: assign({ partial: ({ context, event }) => context.partial.filter(({ grp }) => grp !== event.grp) }),
        },
        "group.collects": {
          actions: enqueueActions(({ context: { device, queue, partial, partialKey }, event: { fault }, enqueue }) => {
            const joined = partial.filter((other) => joins(partialKey, other, fault));
            enqueue.assign({ partial: partial.filter((other) => !joined.includes(other)) });
            enqueue.emit({ type: "work.queued", device, queue: queue!, members: [...joined, fault] });
          }),
        },
      },
    },
    /** iopf_queue_flush_dev() holds DL while the workqueue runs dry: a reporter of this device waits for all of them. */
    flushing: {
      on: {
        "queue.flushed": {
          target: "unlocked",
          actions: emit(({ context: { device } }) => ({ type: "flush.returns", device, result: OK })),
        },
      },
    },
  },
  on: {
    /** Takes neither DL nor PL: only right because the one caller is the reporter's own thread. */
    "partials.discard": { actions: assign({ partial: [] }) },
    "page.responds": [
      {
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
              // A PASID that the request does not need is struck from the answer.
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
