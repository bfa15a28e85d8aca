/**
 * Who listens to the memory of one process: struct mmu_notifier_subscriptions, with its list of MMU notifiers and its tree of
 * interval notifiers.
 *
 * Models  mm/mmu_notifier.c of 6.1.192, 6.12.117 and 7.3.4. The tree: an invalidation that begins over a listener's range makes
 *         the sequence count odd, and the tree does not change until the last invalidation has ended. Listeners that come
 *         or go meanwhile are deferred; mn_itree_inv_end() makes the count even, and then adds and removes them, under one
 *         spinlock. mmu_interval_read_begin() waits while the count that the listener was given is the current one.
 *         The list: walkers are in a read section of SRCU; mmu_notifier_unregister() waits for those that were in one. A
 *         listener of the list is added under mm_take_all_locks(), beside no invalidation.
 *         Sequence numbers are kept as what they are compared for: whose number is the current one, and whose reader has seen no
 *         other since.
 * Omits   invalidate_start() and invalidate_finish() of 7.3.4, the callback of an interval notifier in two passes. A process
 *         without interval notifiers, whose invalidations the kernel does not count (has_itree). The order of the list: by name, where the kernel has the newest first. .release, clear_young and references of
 *         mmu_notifier_get(): address-space.ts and operation-steps.ts have the exit.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import {
  listenersOf,
  subscriptionsSays,
  type RemovalReads,
  type SubscriptionsContext,
  type SubscriptionsEmits,
} from "./subscriptions-messages.ts";
import { begins, ends, inserts, removes, samples, setsSequence, settles } from "./subscriptions-tree.ts";
import { linux } from "../../../../../said.ts";

export type { SubscriptionsContext } from "./subscriptions-messages.ts";

type By = { readonly by: string };
type OfListener = { readonly listener: string };

export type SubscriptionsEvent =
  | (By & { readonly type: "tree.begins"; readonly pages: readonly number[] })
  | (By & { readonly type: "tree.ends" | "tree.settles" | "invalidation.over" })
  | (OfListener & { readonly type: "tree.inserts" | "list.adds" | "list.deletes" | "sequence.sets" })
  | (OfListener & By & { readonly type: "tree.removes" })
  | (OfListener & By & { readonly type: "sequence.samples" })
  | (OfListener & By & { readonly type: "sequence.compares" })
  | (By & { readonly type: "sequence.awaits" })
  | (By & { readonly type: "removal.awaits"; readonly reads: RemovalReads })
  | (By & { readonly type: "srcu.reads" | "srcu.unlocks" | "srcu.synchronizes" | "srcu.awaits" })
  | (By & { readonly type: "list.walks"; readonly after: string | null });

const s = setup({
  types: {
    context: {} as SubscriptionsContext,
    events: {} as SubscriptionsEvent,
    emitted: {} as SubscriptionsEmits,
    input: {} as Pick<SubscriptionsContext, "ranges">,
  },
  guards: {
    unlocked: ({ context }) => context.spin === null,
  },
});

const withName = (names: readonly string[], name: string): readonly string[] => [...new Set([...names, name])].sort();
const without = (names: readonly string[], name: string): readonly string[] => names.filter((one) => one !== name);

export const subscriptions = s.createMachine({
  id: "subscriptions",
  description: "the MMU notifiers of one process",
  meta: {
    origin: linux("mm/mmu_notifier.c", "__mmu_notifier_invalidate_range_start"),
    lane: "mm->notifier_subscriptions",
    messages: subscriptionsSays,
  },
  context: ({ input }) => ({
    ranges: input.ranges,
    list: [],
    tree: [],
    adds: [],
    removes: [],
    active: 0,
    odd: false,
    colliding: [],
    fresh: [],
    awaiting: [],
    spin: null,
    readers: [],
    graces: [],
    threads: [],
  }),
  on: {
    "tree.begins": {
      guard: "unlocked",
      actions: enqueueActions(({ context, event, enqueue }) => {
        const found = listenersOf(context, event.pages);
        enqueue.assign({ ...begins(context, found), threads: withName(context.threads, event.by) });
        enqueue.emit({ type: "tree.matched", by: event.by, listeners: found });
      }),
    },
    "sequence.sets": { actions: assign(({ context, event }) => setsSequence(context, event.listener)) },
    /** Who holds the spinlock has made the count even, so that no invalidation is left to end. */
    "tree.ends": { actions: assign(({ context, event }) => ends(context, event.by)) },
    /** Nothing, unless this thread has made the sequence count even. */
    "tree.settles": {
      actions: enqueueActions(({ context, event, enqueue }) => {
        if (context.spin !== event.by) return;
        enqueue.assign(settles(context));
        for (const listener of [...context.adds, ...context.removes])
          enqueue.emit({ type: "listener.linked", listener });
      }),
    },
    "invalidation.over": {
      actions: assign(({ context, event }) => ({ threads: without(context.threads, event.by) })),
    },
    "tree.inserts": { guard: "unlocked", actions: assign(({ context, event }) => inserts(context, event.listener)) },
    "tree.removes": {
      guard: "unlocked",
      actions: assign(({ context, event }) => removes(context, event.listener, event.by)),
    },
    "sequence.samples": {
      guard: "unlocked",
      actions: assign(({ context, event }) => samples(context, event.listener, event.by)),
    },
    "sequence.awaits": { guard: ({ context, event }) => !context.awaiting.includes(event.by) },
    "removal.awaits": {
      guard: ({ context, event }) =>
        !context.awaiting.includes(event.by) && (event.reads === "lockless" || context.spin === null),
    },
    "sequence.compares": {
      actions: enqueueActions(({ context, event: { listener, by }, enqueue }) => {
        enqueue.assign({ fresh: without(context.fresh, listener) });
        enqueue.emit({ type: "sequence.compared", by, changed: !context.fresh.includes(listener) });
      }),
    },
    "list.adds": {
      guard: ({ context }) => context.threads.length === 0,
      actions: assign(({ context, event }) => ({ list: withName(context.list, event.listener) })),
    },
    "list.deletes": {
      actions: assign(({ context, event }) => ({ list: without(context.list, event.listener) })),
    },
    "list.walks": {
      actions: emit(({ context, event: { by, after } }) => ({
        type: "list.found",
        by,
        listener: context.list.find((one) => after === null || one > after) ?? null,
      })),
    },
    "srcu.reads": { actions: assign(({ context, event }) => ({ readers: withName(context.readers, event.by) })) },
    "srcu.unlocks": {
      actions: assign(({ context, event: { by } }) => ({
        readers: without(context.readers, by),
        graces: context.graces.map((grace) => ({ ...grace, on: without(grace.on, by) })),
      })),
    },
    "srcu.synchronizes": {
      actions: assign(({ context, event: { by } }) => ({
        graces: [...context.graces, { by, on: context.readers }].sort((a, b) => (a.by < b.by ? -1 : 1)),
      })),
    },
    "srcu.awaits": {
      guard: ({ context, event: { by } }) => context.graces.every((grace) => grace.by !== by || grace.on.length === 0),
      actions: assign(({ context, event }) => ({ graces: context.graces.filter(({ by }) => by !== event.by) })),
    },
  },
});
