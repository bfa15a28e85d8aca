/**
 * A struct completion: threads wait until another thread completes it, and each completion lets one waiter pass.
 *
 * Models  Linux kernel/sched/completion.c as the drains of VT-d use it (iopf-core 2.1; D1: two drains share one completion).
 *         reinit_completion() resets the count. wait_for_completion() takes a completion or sleeps in a queue. complete()
 *         wakes the first sleeper; prq_event_thread() calls it only if !completion_done(). A woken thread reads the count
 *         again when it runs: another thread may have taken or reset it.
 * Omits   counts above one, which completion_done() avoids; time-outs.
 */
import { setup } from "xstate";
import { linux, messages } from "../../../said.ts";

export interface CompletionContext {
  readonly done: boolean;
  /** In order of arrival. */
  readonly sleeping: readonly string[];
  /** Threads that were woken and have not run yet. */
  readonly woken: readonly string[];
}

type CompletionEmits = { readonly type: "completion.passed"; readonly by: string };

const COMPLETION = "kernel/sched/completion.c";

const s = setup({
  types: {
    context: {} as CompletionContext,
    events: {} as
      | { readonly type: "completion.reinits" | "completion.completes" }
      | { readonly type: "completion.waits"; readonly by: string }
      /** The thread runs after a wake-up. */
      | { readonly type: "completion.looks-again"; readonly by: string },
    emitted: {} as CompletionEmits,
  },
});

/** do_wait_for_common(): takes the completion, or sleeps behind the other waiters. */
const takes = s.enqueueActions(({ context: { done, sleeping, woken }, event, enqueue }) => {
  if (event.type !== "completion.waits" && event.type !== "completion.looks-again") return;
  const { by } = event;
  enqueue.assign({ done: false, woken: woken.filter((one) => one !== by) });
  if (done) enqueue.emit({ type: "completion.passed", by });
  else enqueue.assign({ sleeping: [...sleeping, by] });
});

export const completion = s.createMachine({
  id: "completion",
  description: "a struct completion",
  meta: {
    origin: linux(COMPLETION, "wait_for_completion", "complete"),
    lane: "a completion",
    messages: messages<CompletionEmits>({ "completion.passed": "lets {by} pass" }),
  },
  context: { done: false, sleeping: [], woken: [] },
  on: {
    "completion.reinits": {
      meta: { origin: linux("include/linux/completion.h", "reinit_completion") },
      actions: s.assign({ done: false }),
    },
    "completion.completes": [
      { guard: ({ context }) => context.done },
      {
        actions: s.assign(({ context: { sleeping, woken } }) => ({
          done: true,
          sleeping: sleeping.slice(1),
          woken: [...woken, ...sleeping.slice(0, 1)].sort(),
        })),
      },
    ],
    "completion.waits": { actions: takes },
    "completion.looks-again": { guard: ({ context, event }) => context.woken.includes(event.by), actions: takes },
  },
});
