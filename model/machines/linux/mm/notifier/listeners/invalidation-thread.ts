/**
 * A thread of the memory management that takes pages from a process, and calls whoever listens: madvise(2), the OOM reaper, or
 * khugepaged.
 *
 * Models  mm/mmu_notifier.c: __mmu_notifier_invalidate_range_start() calls the listeners of the interval tree whose range
 *         overlaps, then those of the list, in a read section of SRCU. Then the entries of the CPU are cleared and the frames
 *         freed, and __mmu_notifier_invalidate_range_end() does the same in turn. The OOM reaper must not sleep: a listener may
 *         refuse, and the reaper comes back later (oom_reap_task_mm()). mn_itree_invalidate() then ends the invalidation at once;
 *         mn_hlist_invalidate_range_start() calls every listener of the list, and then the ends. Of 6.1.192, 6.12.117 and 7.3.4
 *         neither ends the invalidation of the tree where one of the list refuses.
 *         A collapse covers all pages; before CVE-2022-48991 was fixed, that of shmem told nobody.
 * Omits   .invalidate_range (operation-steps.ts has it), and what is done to the entries of the CPU beside a clear.
 */
import { assign, setup } from "xstate";
import { atWill, linux } from "../../../../../said.ts";
import type { SubscriptionsEmits } from "./subscriptions-messages.ts";
import {
  messagesOf,
  threadSays,
  type InvalidationThreadContext,
  type ThreadEmits,
  type ThreadInput,
} from "./thread-messages.ts";
import {
  AFTER_REFUSAL_IN_TREE,
  afterRefusalInList,
  endCallback,
  hearsEnd,
  operation,
  startCallback,
  toldOf,
  type Happening,
} from "./thread-steps.ts";

export type { InvalidationThreadContext } from "./thread-messages.ts";

const s = setup({
  types: {
    context: {} as InvalidationThreadContext,
    events: {} as
      | { readonly type: "thread.begins"; readonly happening: Happening; readonly pages: readonly number[] }
      | { readonly type: "thread.steps" }
      | { readonly type: "handle.looked"; readonly named: boolean }
      | SubscriptionsEmits,
    emitted: {} as ThreadEmits,
    input: {} as ThreadInput,
  },
});

const rests = { happening: null, pages: [], told: [], left: [], after: null, phase: "start", refused: false } as const;

const refuses = ({ rules, left }: InvalidationThreadContext, listener: string): Partial<InvalidationThreadContext> =>
  rules.kinds[listener] === "tree"
    ? { left: AFTER_REFUSAL_IN_TREE, refused: true }
    : { left: left.slice(1), refused: true };

const performs = s.enqueueActions(({ context, enqueue }) => {
  const step = context.left[0]!;
  if (step.do === "refuse") enqueue.assign(refuses(context, step.listener));
  else if (step.do === "over") enqueue.assign(rests);
  else if (step.do === "tree-ends") enqueue.assign({ left: context.left.slice(1), phase: "end" });
  else enqueue.assign({ left: context.left.slice(1) });
  for (const message of messagesOf(step, context)) enqueue.emit(message);
});

/** The next listener of the list, or what comes after the last one. */
function found(context: InvalidationThreadContext, listener: string | null): Partial<InvalidationThreadContext> {
  const { rules, left, phase, refused, happening } = context;
  if (listener !== null) {
    const calls =
      phase === "start"
        ? startCallback(rules, listener, happening!)
        : phase === "end" || hearsEnd(rules, listener)
          ? endCallback(listener)
          : [];
    return { after: listener, left: [...calls, { do: "walk" }, ...left] };
  }
  if (phase === "start" && refused) return { after: null, phase: "undo", left: afterRefusalInList(rules) };
  return { after: null, left: [{ do: "srcu-unlock" }, ...left] };
}

export const invalidationThread = s.createMachine({
  id: "invalidation-thread",
  description: "a thread that takes pages from a process, and tells who listens",
  meta: {
    origin: linux("mm/mmu_notifier.c", "__mmu_notifier_invalidate_range_start"),
    lane: "{name}: takes pages from the process",
    messages: threadSays,
  },
  context: ({ input }) => ({ ...input, ...rests }),
  initial: "idle",
  states: {
    idle: {
      description: "takes nothing",
      on: {
        "thread.begins": {
          description: "begins to {happening} pages [{pages}]",
          meta: { origin: atWill("mm") },
          target: "working",
          actions: assign(({ context: { rules }, event: { happening, pages } }) => {
            const told = toldOf(rules, happening, pages);
            return { happening, pages, told, left: operation(rules, told) };
          }),
        },
      },
    },
    working: {
      description: "{happening} of pages [{pages}] is in progress",
      on: {
        "thread.steps": [
          {
            description: "returns",
            meta: { origin: atWill("mm") },
            guard: ({ context }) => context.left[0]?.do === "over",
            target: "idle",
            actions: performs,
          },
          {
            description: "returns -EAGAIN: it must not sleep",
            meta: { origin: linux("include/linux/mmu_notifier.h", "mmu_notifier_range_blockable") },
            guard: ({ context }) => context.left[0]?.do === "refuse",
            actions: performs,
          },
          { description: "takes the next step of its invalidation", meta: { listed: true }, actions: performs },
        ],
        "tree.matched": {
          actions: assign(({ context: { rules, happening, left }, event: { listeners } }) => ({
            left: [...listeners.flatMap((listener) => startCallback(rules, listener, happening!)), ...left],
          })),
        },
        "list.found": { actions: assign(({ context, event }) => found(context, event.listener)) },
        /** Without a handle there is nothing to unmap. */
        "handle.looked": {
          actions: assign(({ context: { left }, event }) => ({
            left: event.named ? left : left.filter((step, at) => at > 1 || step.do !== "unmap"),
          })),
        },
      },
    },
  },
});
