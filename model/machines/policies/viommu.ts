/**
 * A virtual IOMMU: the guest's map and unmap calls trap, and pin and unpin.
 *
 * Models  VFIO facts 4.4 and row 3: the call returns when the page is pinned and mapped, or unmapped, synchronised and
 *         unpinned. What the guest has mapped, the host cannot have back. A page that two drivers have mapped is counted:
 *         each has an IO virtual address of its own for it, and a mapping that pins.
 * Omits   the IO virtual addresses themselves, lazy flushes of the guest, caching mode.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import type { PolicyAnswers, PolicyAsked, WorkAsked, WorkDone } from "./vocabulary.ts";

const s = setup({
  types: {
    context: {} as { readonly mappings: readonly number[]; readonly waits: boolean },
    events: {} as PolicyAsked | WorkDone,
    emitted: {} as PolicyAnswers | WorkAsked,
    /** `waits: false`: dma_unmap returns before the page is unmapped. */
    input: {} as { pages: number; waits: boolean },
  },
});

const counted = (mappings: readonly number[], page: number, by: number): number[] =>
  mappings.map((count, of) => (of === page ? count + by : count));

export const viommu = s.createMachine({
  id: "viommu",
  /** How often the guest has each page mapped. */
  context: ({ input }) => ({ waits: input.waits, mappings: new Array<number>(input.pages).fill(0) }),
  on: {
    "policy.before-dma": {
      actions: [
        assign({ mappings: ({ context, event }) => counted(context.mappings, event.page, 1) }),
        emit(({ event: { page, by } }) => ({ type: "work.asks", work: "hold", page, by })),
      ],
    },
    "policy.after-dma": [
      {
        guard: ({ context, event }) => context.mappings[event.page]! > 1,
        actions: [
          assign({ mappings: ({ context, event }) => counted(context.mappings, event.page, -1) }),
          emit(({ event }) => ({ type: "policy.left", by: event.by })),
        ],
      },
      {
        actions: [
          assign({ mappings: ({ context, event }) => counted(context.mappings, event.page, -1) }),
          emit(({ event: { page, by } }) => ({ type: "work.asks", work: "release", page, by })),
          enqueueActions(({ context, event, enqueue }) => {
            if (!context.waits) enqueue.emit({ type: "policy.left", by: event.by });
          }),
        ],
      },
    ],
    "work.done": [
      {
        guard: ({ event }) => event.work === "hold",
        actions: emit(({ event }) => ({ type: "policy.ready", by: event.by })),
      },
      {
        guard: ({ context }) => context.waits,
        actions: emit(({ event }) => ({ type: "policy.left", by: event.by })),
      },
      {},
    ],
    "policy.pressure": {},
  },
});
