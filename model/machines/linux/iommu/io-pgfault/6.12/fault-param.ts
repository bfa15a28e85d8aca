/**
 * dev->iommu->fault_param of one device, and the fault groups (struct iopf_group) that hold references to it. Every event
 * is one critical section of fault_param->lock.
 *
 * Models  Linux 6.12, drivers/iommu/io-pgfault.c: iopf_get_dev_fault_param(), iopf_put_dev_fault_param(),
 *         report_partial_fault(), iopf_group_alloc(), iopf_group_response(), iopf_group_dequeue(), iopf_free_group(), and
 *         what iopf_queue_add_device(), iopf_queue_remove_device(), iopf_queue_discard_partial() and
 *         iopf_queue_flush_dev() do to one device (iopf-core 1.4; I10 to I15: who owns groups, handles and fault_param).
 *         A group that is freed while a holder points to it stays as a tombstone ("freed") until the holder frees or
 *         forgets it, so no id is reused under a pointer. Using a tombstone sets `useAfterFree`.
 *         iopf_queue_remove_device() frees the partial faults and leaves the list head as it was. A reporter with an older
 *         reference then follows freed faults, or adds one that leaks: D19 (the head still leads to freed faults).
 *         fault-groups.ts has the rules that differ from 6.12.
 * Omits   waiting for fault_param->lock: a thread holds it from the start to the end of an event. A second reporter of the
 *         same device: an IOMMU has one page request thread. A group that is collected through a reference to a removed
 *         fault_param finds no partial faults. RCU: its grace period delays a free that `users` already orders.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import { linux612, messages } from "../../../../../said.ts";
import { allocationSays, EBUSY, ENODEV, ENOMEM, OK, pageResponse, pageResponseSays } from "../../../include/iommu.ts";
import { lowestUnused, namers, pending, type FaultParamContext, type FaultParamRules } from "./fault-groups.ts";
import { collect, find, free, push, remove, touch } from "./fault-param-steps.ts";
import type { FaultParamEmits, FaultParamEvent, FaultParamInput } from "./fault-param-messages.ts";

/** Linux 6.12.117. */
export const LINUX_6_12: FaultParamRules = {
  partialKey: "prgi",
  collects: "last-at-end",
  removal: "answer-and-free",
  partialsAtRemoval: "freed",
  abortGroup: "linked",
  counted: true,
  answers: "always",
  canRespond: true,
};

const IOPF = "drivers/iommu/io-pgfault.c";
const inAdd = linux612(IOPF, "iopf_queue_add_device");
const inFlush = linux612(IOPF, "iopf_queue_flush_dev");
const inRemove = linux612(IOPF, "iopf_queue_remove_device");

const s = setup({
  types: {
    context: {} as FaultParamContext,
    events: {} as FaultParamEvent,
    emitted: {} as FaultParamEmits,
    input: {} as FaultParamInput,
  },
});

const machine = (initial: "absent" | "present") =>
  s.createMachine({
    id: "fault-param",
    description: "dev->iommu->fault_param of one device, with its fault groups",
    meta: {
      origin: linux612(IOPF, "iopf_get_dev_fault_param"),
      lane: "dev->iommu->fault_param of device {device}",
      messages: messages<FaultParamEmits>({
        "driver.page-response": pageResponseSays,
        "kernel.warns": "trips WARN_ON(): device {device} has no fault_param",
        "allocation.fails": { says: allocationSays, origin: inAdd },
        "param.added": "returns {result}",
        "param.removed": "{found?finds fault_param on the IOPF queue:does not find fault_param on the IOPF queue}",
        "param.got": "{found?finds:does not find} fault_param of device {device}",
        "queue.flushes": "calls flush_workqueue() on IOPF queue {queue}",
        "flush.returns": "returns {result}",
        "work.queued": {
          says: "queues group {group} as work",
          origin: linux612("kernel/workqueue.c", "queue_work_on"),
        },
        "group.built": { says: "builds group {group}", origin: linux612(IOPF, "iopf_group_alloc") },
        "group.freed": { says: "frees group {group}, which was pending", origin: inRemove },
      }),
    },
    context: ({ input }) => ({
      device: input.device,
      rules: { ...LINUX_6_12, ...input.rules },
      queue: initial === "present" ? (input.queue ?? 0) : null,
      partial: [],
      groups: [],
      reporter: null,
      danglingPartials: false,
      lostPartials: false,
      useAfterFree: false,
      invalidFree: false,
    }),
    initial,
    states: {
      absent: {
        description: "dev->iommu->fault_param is NULL",
        on: {
          "param.adds": [
            {
              meta: { origin: inAdd },
              guard: ({ context }) => !context.rules.canRespond,
              actions: emit(({ event }) => ({
                type: "param.added",
                device: event.device,
                queue: event.queue,
                result: ENODEV,
              })),
            },
            {
              meta: { origin: inAdd },
              guard: ({ event }) => event.memory === "none",
              actions: [
                emit(({ event }) => ({ type: "allocation.fails", device: event.device, in: "iopf_queue_add_device" })),
                emit(({ event }) => ({
                  type: "param.added",
                  device: event.device,
                  queue: event.queue,
                  result: ENOMEM,
                })),
              ],
            },
            {
              meta: { origin: inAdd },
              target: "present",
              actions: [
                assign({ queue: ({ event }) => event.queue }),
                emit(({ event }) => ({ type: "param.added", device: event.device, queue: event.queue, result: OK })),
              ],
            },
          ],
          "param.gets": { actions: emit(({ event }) => ({ type: "param.got", device: event.device, found: false })) },
          "param.flushes": {
            meta: { origin: inFlush },
            actions: [
              emit(({ event }) => ({ type: "kernel.warns", device: event.device, in: "iopf_queue_flush_dev" })),
              emit(({ event }) => ({ type: "flush.returns", device: event.device, result: ENODEV })),
            ],
          },
        },
      },
      present: {
        description: "fault_param is set, and the device is on an IOPF queue",
        on: {
          "param.adds": {
            meta: { origin: inAdd },
            actions: emit(({ event }) => ({
              type: "param.added",
              device: event.device,
              queue: event.queue,
              result: EBUSY,
            })),
          },
          "param.gets": {
            guard: ({ context }) => context.reporter === null,
            actions: [
              assign({ reporter: ({ context }) => ({ queue: context.queue!, removed: false }) }),
              emit(({ event }) => ({ type: "param.got", device: event.device, found: true })),
            ],
          },
          "param.removes": {
            meta: { origin: inRemove },
            guard: ({ context, event }) => context.queue === event.queue,
            target: "absent",
            actions: enqueueActions(({ context, event, enqueue }) => {
              enqueue.assign(remove(context));
              // list_add() puts the newest group at the head, where the loop begins.
              for (const { id: group, members } of pending(context).toReversed()) {
                if (context.rules.removal !== "free-only") enqueue.emit(pageResponse(members, "invalid", group));
                if (context.rules.removal !== "answer-only")
                  enqueue.emit({ type: "group.freed", device: context.device, group });
              }
              enqueue.emit({ type: "param.removed", device: event.device, queue: event.queue, found: true });
            }),
          },
          "param.flushes": {
            meta: { origin: inFlush },
            actions: emit(({ context, event }) => ({
              type: "queue.flushes",
              device: event.device,
              queue: context.queue!,
            })),
          },
          "partials.discard": { actions: assign({ partial: [] }) },
        },
      },
    },
    on: {
      "param.removes": {
        meta: { origin: inRemove },
        actions: emit(({ event }) => ({
          type: "param.removed",
          device: event.device,
          queue: event.queue,
          found: false,
        })),
      },
      "param.puts": {
        guard: ({ context }) => context.reporter !== null,
        actions: assign({ reporter: null, danglingPartials: false }),
      },
      "param.awaits-unnamed": { guard: ({ context }) => namers(context, false) === 0 },
      "partials.discard": {},
      "partial.pushes": {
        guard: ({ context }) => context.reporter !== null,
        actions: assign(({ context, event }) => push(context, event.fault)),
      },
      "group.collects": {
        guard: ({ context }) => context.reporter !== null,
        actions: enqueueActions(({ context, event, enqueue }) => {
          const next = collect(context, event.fault, event.onStack);
          const group = lowestUnused(context.groups);
          const members = next.groups!.find(({ id }) => id === group)!.members;
          enqueue.assign(next);
          enqueue.emit({ type: "group.built", device: event.device, group, members });
        }),
      },
      "group.responds": {
        meta: { origin: linux612(IOPF, "iopf_group_response") },
        actions: enqueueActions(({ context, event, enqueue }) => {
          const group = find(context, event.group);
          enqueue.assign(touch(context, event.group, "answered"));
          if (!group || group.where === "freed") return;
          if (context.rules.answers === "while-pending" && group.where !== "pending") return;
          enqueue.emit(pageResponse(group.members, event.code, group.id));
        }),
      },
      "group.dequeues": { actions: assign(({ context, event }) => touch(context, event.group, "dequeued")) },
      "work.queues": {
        actions: enqueueActions(({ context, event: { device, group }, enqueue }) => {
          const found = find(context, group);
          if (!found || found.where === "freed") enqueue.assign({ useAfterFree: true });
          else enqueue.emit({ type: "work.queued", device, group, queue: found.queue });
        }),
      },
      "group.frees": { actions: assign(({ context, event }) => free(context, event.group)) },
      "group.forgets": {
        actions: assign({
          groups: ({ context, event }) =>
            context.groups.filter(({ id, where }) => id !== event.group || where !== "freed"),
        }),
      },
    },
  });

/** A device that is on no queue yet. */
export const faultParam = machine("absent");
/** A device that is on `input.queue` from the start. */
export const queuedFaultParam = machine("present");
