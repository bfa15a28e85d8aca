/**
 * A completion: threads wait until something is done, one waiter passes for each time that it is.
 *
 * Models  Linux struct completion as the drains of VT-d use it (iopf-core 2.1, D1): reinit_completion() forgets what was
 *         done, wait_for_completion() takes it or sleeps in a queue, and complete(), called only where nothing is done yet,
 *         wakes the first that sleeps. A thread that was woken looks again when it runs: somebody else may have taken or
 *         forgotten what it was woken for.
 * Omits   counts above one, which the caller avoids; time-outs.
 */
import { setup } from "xstate";

export interface CompletionContext {
  readonly done: boolean;
  /** In order of arrival. */
  readonly sleeping: readonly string[];
  /** Those that were woken and have not run. */
  readonly woken: readonly string[];
}

const s = setup({
  types: {
    context: {} as CompletionContext,
    events: {} as
      | { readonly type: "completion.reinits" | "completion.completes" }
      | { readonly type: "completion.waits"; readonly by: string }
      /** Passes only when it was woken. */
      | { readonly type: "completion.looks-again"; readonly by: string },
    emitted: {} as { readonly type: "completion.passed"; readonly by: string },
  },
});

/** Takes what is done, or goes to sleep behind the others. */
const takes = s.enqueueActions(({ context: { done, sleeping, woken }, event, enqueue }) => {
  if (event.type !== "completion.waits" && event.type !== "completion.looks-again") return;
  const { by } = event;
  enqueue.assign({ done: false, woken: woken.filter((one) => one !== by) });
  if (done) enqueue.emit({ type: "completion.passed", by });
  else enqueue.assign({ sleeping: [...sleeping, by] });
});

export const completion = s.createMachine({
  id: "completion",
  context: { done: false, sleeping: [], woken: [] },
  on: {
    "completion.reinits": { actions: s.assign({ done: false }) },
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
