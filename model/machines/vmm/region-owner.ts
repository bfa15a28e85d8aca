/**
 * The owner of the buffer: takes it from the device's memory, and gives it something new later.
 *
 * Models  DMA_UNMAP and DMA_MAP as the SMMU sees them: the entry goes, the invalidation is synced; before the memory is
 *         given out again the owner waits until nothing of the device is under way, or does not (S23, H23).
 * Omits   everything about pins: other systems have it.
 */
import { emit, setup } from "xstate";

const s = setup({
  types: {
    context: {} as { readonly waits: boolean },
    events: {} as { readonly type: `owner.${"unlinks" | "syncs" | "relinks"}` },
    emitted: {} as {
      readonly type: "page.unlinks" | "page.links" | "memory.given-out" | "invalidation.synced" | "quiesce.asks";
    },
    input: {} as { readonly waits: boolean },
  },
});

const givesOut = [s.emit({ type: "page.links" }), s.emit({ type: "memory.given-out" })];

export const regionOwner = s.createMachine({
  id: "region-owner",
  context: ({ input }) => input,
  initial: "linked",
  states: {
    linked: { on: { "owner.unlinks": { target: "syncing", actions: emit({ type: "page.unlinks" }) } } },
    syncing: { on: { "owner.syncs": { target: "unlinked", actions: emit({ type: "invalidation.synced" }) } } },
    /** It waits with the device stopped, and lets it go on after: nothing can begin between the two. */
    unlinked: {
      on: {
        "owner.relinks": [
          {
            guard: ({ context }) => context.waits,
            target: "linked",
            actions: [emit({ type: "quiesce.asks" }), ...givesOut],
          },
          { target: "linked", actions: givesOut },
        ],
      },
    },
  },
});
