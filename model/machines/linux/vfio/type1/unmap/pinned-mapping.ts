/**
 * One mapping (struct vfio_dma) of a container, with the pins of drivers in it, and whether it was read after it was freed.
 *
 * Models  struct vfio_dma and its pfn_list as vfio_find_dma(), vfio_remove_dma(), vfio_add_to_pfn_list() and
 *         vfio_unpin_page_external() see them, under iommu->lock; and the reads of dma->iova and dma->size by
 *         vfio_notify_dma_unmap() for each device, which are made after that lock was dropped.
 * Omits   that the memory of a freed mapping may be given out again: the read itself is the fault. accounting/accounted-dma.ts
 *         has pages, entries and charges, and keeps a mapping that was removed.
 */
import { assign, emit, setup } from "xstate";

export interface PinnedMappingContext {
  readonly range: number;
  /** At the beginning of a round. */
  readonly first: { readonly mapped: boolean; readonly pins: number };
  /** Pages in pfn_list, counted once for each pin. */
  readonly pins: number;
  /** Ghost: a walk of device_list has read it after it was freed. */
  readonly readFreed: boolean;
}

type Input = Pick<PinnedMappingContext, "range" | "first">;

export const pinnedMapping = setup({
  types: {
    context: {} as PinnedMappingContext,
    events: {} as
      | { readonly type: "mapping.asked" | "mapping.maps" | "mapping.pins"; readonly by: string }
      | { readonly type: "mapping.removes" | "mapping.unpins" | "mapping.read" | "round.begins" },
    emitted: {} as
      | { readonly type: "mapping.found"; readonly by: string; readonly pins: number | null }
      | { readonly type: "pin.done"; readonly by: string; readonly ok: boolean },
    input: {} as Input,
  },
  guards: {
    isMappedFirst: ({ context }) => context.first.mapped,
    hasPins: ({ context }) => context.pins > 0,
  },
  actions: {
    renews: assign({ pins: ({ context }) => context.first.pins, readFreed: false }),
  },
}).createMachine({
  id: "pinned-mapping",
  context: ({ input }) => ({ ...input, pins: input.first.pins, readFreed: false }),
  initial: "new",
  on: {
    "round.begins": [
      { guard: "isMappedFirst", target: ".mapped", actions: "renews" },
      { target: ".absent", actions: "renews" },
    ],
  },
  states: {
    new: { always: [{ guard: "isMappedFirst", target: "mapped" }, { target: "absent" }] },
    absent: {
      on: {
        "mapping.maps": { target: "mapped" },
        "mapping.asked": { actions: emit(({ event }) => ({ type: "mapping.found", by: event.by, pins: null })) },
      },
    },
    mapped: {
      on: {
        "mapping.asked": {
          actions: emit(({ context, event }) => ({ type: "mapping.found", by: event.by, pins: context.pins })),
        },
        "mapping.pins": {
          actions: [
            assign({ pins: ({ context }) => context.pins + 1 }),
            emit(({ event }) => ({ type: "pin.done", by: event.by, ok: true })),
          ],
        },
        /** What is not in pfn_list is not unpinned. */
        "mapping.unpins": [{ guard: "hasPins", actions: assign({ pins: ({ context }) => context.pins - 1 }) }, {}],
        "mapping.removes": { target: "freed" },
        "mapping.read": {},
      },
    },
    /** kfree() in vfio_remove_dma(). */
    freed: {
      on: {
        "mapping.asked": { actions: emit(({ event }) => ({ type: "mapping.found", by: event.by, pins: null })) },
        "mapping.pins": { actions: emit(({ event }) => ({ type: "pin.done", by: event.by, ok: false })) },
        "mapping.unpins": {},
        "mapping.read": { actions: assign({ readFreed: true }) },
      },
    },
  },
});
