/**
 * A virtual IOMMU: map and unmap calls of the guest trap, and the host pins and unpins.
 *
 * Models  VFIO facts 4.4 and row 3 (a vIOMMU shows the guest's DMA buffers). The call returns when the page is pinned and
 *         mapped, or unmapped, synchronised and unpinned. The host cannot reclaim a page that the guest has mapped. A page
 *         that two drivers have mapped is counted: each driver has an IO virtual address of its own for it, and each
 *         mapping pins.
 * Omits   the IO virtual addresses, lazy flushes of the guest, caching mode.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import { messages } from "../../said.ts";
import { policySays, type PolicyAnswers, type PolicyAsked, type WorkAsked, type WorkDone } from "./vocabulary.ts";

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
  description: "a virtual IOMMU whose map and unmap calls trap",
  meta: {
    origin: { of: "vIOMMU", at: "map and unmap" },
    lane: "the virtual IOMMU in the VMM",
    messages: messages<PolicyAnswers | WorkAsked>(policySays),
  },
  /** By page: how often the guest has it mapped. */
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
