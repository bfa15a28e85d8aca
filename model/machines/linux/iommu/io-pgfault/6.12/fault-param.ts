/**
 * The fault parameters of one device (dev->iommu->fault_param) and the fault groups that live on them. Every event is
 * one critical section of fault_param->lock (PL).
 *
 * Models  Linux 6.12, drivers/iommu/io-pgfault.c: iopf_get/put_dev_fault_param(), report_partial_fault(),
 *         iopf_group_alloc(), iopf_group_response(), iopf_group_dequeue(), iopf_free_group(), and what
 *         iopf_queue_add_device(), iopf_queue_remove_device(), iopf_queue_discard_partial() and
 *         iopf_queue_flush_dev() do to one device (iopf-core 1.4; I10-I15).
 *         Memory: a group that is freed under its holder stays as a tombstone ("freed") until the holder frees or
 *         forgets it, so that no id is reused under a pointer; naming a tombstone sets `useAfterFree`. Removal frees
 *         the partial faults and leaves the list head as it was: whoever then pushes or collects through a reference
 *         older than the removal follows freed nodes, or adds one that nobody frees (D19). Other rules than those of 6.12
 *         are in fault-groups.ts.
 * Omits   the lock: it is held from start to end of each event, and no event waits for another machine. A second
 *         reporter of the same device: an IOMMU has one page request thread. A group that is collected through a
 *         reference to removed parameters finds no partial faults. RCU: the grace period delays a free that `users`
 *         already orders.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import { EBUSY, ENODEV, OK, pageResponse } from "../../../include/iommu.ts";
import { lowestUnused, namers, pending, type FaultParamContext, type FaultParamRules } from "./fault-groups.ts";
import { collect, find, free, push, remove, touch } from "./fault-param-steps.ts";
import type { FaultParamEmits, FaultParamEvent, FaultParamInput } from "./fault-param-messages.ts";

/** Linux 6.12.117. */
export const LINUX_6_12: FaultParamRules = {
  partialKey: "prgi",
  removal: "answer-and-free",
  partialsAtRemoval: "freed",
  abortGroup: "linked",
  counted: true,
  answers: "always",
  canRespond: true,
};

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
      /** dev->iommu->fault_param is NULL. */
      absent: {
        on: {
          "param.adds": [
            {
              guard: ({ context }) => !context.rules.canRespond,
              actions: emit(({ event }) => ({
                type: "param.added",
                device: event.device,
                queue: event.queue,
                result: ENODEV,
              })),
            },
            {
              target: "present",
              actions: [
                assign({ queue: ({ event }) => event.queue }),
                emit(({ event }) => ({ type: "param.added", device: event.device, queue: event.queue, result: OK })),
              ],
            },
          ],
          "param.gets": { actions: emit(({ event }) => ({ type: "param.got", device: event.device, found: false })) },
          "param.flushes": {
            actions: [
              emit(({ event }) => ({ type: "kernel.warns", device: event.device, in: "iopf_queue_flush_dev" })),
              emit(({ event }) => ({ type: "flush.returns", device: event.device, result: ENODEV })),
            ],
          },
        },
      },
      /** On a queue. */
      present: {
        on: {
          "param.adds": {
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
            guard: ({ context, event }) => context.queue === event.queue,
            target: "absent",
            actions: enqueueActions(({ context, event, enqueue }) => {
              enqueue.assign(remove(context));
              // The list is walked from its head, where the newest group is.
              for (const { id: group, members } of pending(context).toReversed()) {
                if (context.rules.removal !== "free-only") enqueue.emit(pageResponse(members, "invalid", group));
                if (context.rules.removal !== "answer-only")
                  enqueue.emit({ type: "group.freed", device: context.device, group });
              }
              enqueue.emit({ type: "param.removed", device: event.device, queue: event.queue, found: true });
            }),
          },
          "param.flushes": {
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
