/**
 * Static pinning: every page is pinned and mapped before the guest runs, and stays pinned.
 *
 * Models  VFIO type1 today (VFIO facts 2.2, DMA_MAP; row 1, the static pinning problem). The guest takes no part, devices
 *         cannot fault, and the host can reclaim nothing.
 * Omits   the batches of DMA_MAP and its errors, which linux/vfio/type1 has.
 */
import { assign, emit, setup } from "xstate";
import { atWill, linux, messages } from "../../said.ts";
import { policySays, type PolicyAnswers, type PolicyAsked, type WorkAsked, type WorkDone } from "./vocabulary.ts";

/** No part of the policy: the calls return at once. */
const GUEST = atWill("the guest kernel");

export const pinAll = setup({
  types: {
    context: {} as { readonly name: string; readonly unpinned: readonly number[] },
    events: {} as PolicyAsked | WorkDone | { readonly type: "policy.maps-next" },
    emitted: {} as PolicyAnswers | WorkAsked,
    input: {} as { name: string; pages: readonly number[] },
  },
}).createMachine({
  id: "pin-all",
  description: "DMA_MAP of all guest memory before the guest runs",
  meta: {
    origin: linux("drivers/vfio/vfio_iommu_type1.c", "vfio_dma_do_map"),
    lane: "DMA_MAP of all guest memory",
    messages: messages<PolicyAnswers | WorkAsked>({
      ...policySays,
      "policy.ready": { says: policySays["policy.ready"], origin: GUEST },
      "policy.left": { says: policySays["policy.left"], origin: GUEST },
    }),
  },
  context: ({ input }) => ({ name: input.name, unpinned: input.pages }),
  initial: "starting",
  states: {
    starting: {
      description: "DMA_MAP has not returned yet, and the guest does not run",
      on: {
        "policy.maps-next": {
          description: "begins to pin and map page {unpinned.0}",
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
      description: "all guest memory is pinned, and the guest runs",
      on: {
        "policy.before-dma": { actions: emit(({ event }) => ({ type: "policy.ready", by: event.by })) },
        "policy.after-dma": { actions: emit(({ event }) => ({ type: "policy.left", by: event.by })) },
      },
    },
  },
  /** Refused: pinned pages stay pinned. */
  on: { "policy.pressure": {} },
});
