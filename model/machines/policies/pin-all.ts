/**
 * Static pinning: everything is pinned and mapped before the guest runs, and stays so.
 *
 * Models  VFIO type1 today (VFIO facts 2.2 DMA_MAP; row 1). The guest knows nothing of it, devices cannot fault, and the
 *         host gets nothing back.
 * Omits   that DMA_MAP works in batches, and errors.
 */
import { assign, emit, setup } from "xstate";
import type { PolicyAnswers, PolicyAsked, WorkAsked, WorkDone } from "./vocabulary.ts";

export const pinAll = setup({
  types: {
    context: {} as { readonly name: string; readonly unpinned: readonly number[] },
    events: {} as PolicyAsked | WorkDone | { readonly type: "policy.maps-next" },
    emitted: {} as PolicyAnswers | WorkAsked,
    input: {} as { name: string; pages: readonly number[] },
  },
}).createMachine({
  id: "pin-all",
  context: ({ input }) => ({ name: input.name, unpinned: input.pages }),
  initial: "starting",
  states: {
    /** Inside DMA_MAP: the guest does not run yet. */
    starting: {
      on: {
        "policy.maps-next": {
          actions: emit(({ context: { name, unpinned } }) => ({
            type: "work.asks",
            work: "hold",
            page: unpinned[0]!,
            by: name,
          })),
        },
        "work.done": [
          {
            guard: ({ context }) => context.unpinned.length === 1,
            target: "running",
            actions: assign({ unpinned: [] }),
          },
          { actions: assign({ unpinned: ({ context }) => context.unpinned.slice(1) }) },
        ],
      },
    },
    running: {
      on: {
        "policy.before-dma": { actions: emit(({ event }) => ({ type: "policy.ready", by: event.by })) },
        "policy.after-dma": { actions: emit(({ event }) => ({ type: "policy.left", by: event.by })) },
      },
    },
  },
  /** Refused: what is pinned stays pinned. */
  on: { "policy.pressure": {} },
});
