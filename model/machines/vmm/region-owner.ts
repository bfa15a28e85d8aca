/**
 * The VMM as the owner of a buffer: it takes the buffer from the memory of the device, and later gives other memory.
 *
 * Models  DMA_UNMAP and DMA_MAP as the SMMU sees them: the entry is cleared, the invalidation is synced; before the memory
 *         has a new use, the owner waits until no transaction of the device is stalled, or does not wait (S23: no late write
 *         lands in memory with a new use; H23: a terminated write succeeds later).
 * Omits   Pins, which the systems with linux/mm/host-page.ts have.
 */
import { emit, setup } from "xstate";
import { atWill, linux, messages } from "../../said.ts";

type RegionOwnerEmits = {
  readonly type: "page.unlinks" | "page.links" | "memory.given-out" | "invalidation.synced" | "quiesce.asks";
};

const s = setup({
  types: {
    context: {} as { readonly waits: boolean },
    events: {} as { readonly type: `owner.${"unlinks" | "syncs" | "relinks"}` },
    emitted: {} as RegionOwnerEmits,
    input: {} as { readonly waits: boolean },
  },
});

const givesOut = [s.emit({ type: "page.links" }), s.emit({ type: "memory.given-out" })];

export const regionOwner = s.createMachine({
  id: "region-owner",
  description: "the VMM that unmaps a buffer and gives the device another",
  meta: {
    origin: atWill("the VMM"),
    lane: "the VMM, with one buffer",
    messages: messages<RegionOwnerEmits>({
      "page.unlinks": {
        says: "clears the entry of the buffer",
        origin: linux("drivers/iommu/iommu.c", "iommu_unmap_fast"),
      },
      "page.links": { says: "maps the new buffer", origin: linux("drivers/iommu/iommu.c", "iommu_map") },
      "memory.given-out": "gives the memory of the old buffer a new use",
      "invalidation.synced": {
        says: "waits until the invalidation is complete",
        origin: linux("include/linux/iommu.h", "iommu_iotlb_sync"),
      },
      "quiesce.asks": "waits until no transaction of the device is in progress",
    }),
  },
  context: ({ input }) => input,
  initial: "linked",
  states: {
    linked: {
      description: "the buffer is mapped",
      on: {
        "owner.unlinks": {
          description: "unmaps the buffer",
          target: "syncing",
          actions: emit({ type: "page.unlinks" }),
        },
      },
    },
    syncing: {
      description: "the entry is cleared, and the invalidation is to complete",
      on: {
        "owner.syncs": {
          description: "waits until the invalidation is complete",
          target: "unlinked",
          actions: emit({ type: "invalidation.synced" }),
        },
      },
    },
    unlinked: {
      description: "the buffer is unmapped",
      on: {
        "owner.relinks": [
          // The device is stopped during the wait and started after it, so that no transaction begins between the two.
          {
            description: "waits for the device, and maps a new buffer",
            guard: ({ context }) => context.waits,
            target: "linked",
            actions: [emit({ type: "quiesce.asks" }), ...givesOut],
          },
          { description: "maps a new buffer", target: "linked", actions: givesOut },
        ],
      },
    },
  },
});
