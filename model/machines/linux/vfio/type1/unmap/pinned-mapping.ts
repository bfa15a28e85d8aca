/**
 * One mapping (struct vfio_dma) of a container, with the pins of drivers in it, and whether it was read after it was freed.
 *
 * Models  struct vfio_dma and its pfn_list as vfio_find_dma(), vfio_remove_dma(), vfio_add_to_pfn_list() and
 *         vfio_unpin_page_external() see them under iommu->lock; and the reads of dma->iova and dma->size that
 *         vfio_notify_dma_unmap() makes for each device after it has dropped that lock.
 * Omits   The next use of freed memory: the read itself is the fault.
 *         The pages, the entries of the IOMMU and the charges, which accounting/accounted-dma.ts has. That machine in turn
 *         has one mapping and keeps it after it was removed.
 */
import { assign, emit, setup } from "xstate";
import { linux, messages } from "../../../../../said.ts";

export interface PinnedMappingContext {
  readonly range: number;
  /** At the beginning of a round. */
  readonly first: { readonly mapped: boolean; readonly pins: number };
  /** Pages in pfn_list, counted once for each pin. */
  readonly pins: number;
  /** Ghost: a walk of device_list has read it after it was freed. */
  readonly readFreed: boolean;
}

type PinnedMappingEmits =
  | { readonly type: "mapping.found"; readonly by: string; readonly pins: number | null }
  | { readonly type: "pin.done"; readonly by: string; readonly ok: boolean };

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";

type Input = Pick<PinnedMappingContext, "range" | "first">;

export const pinnedMapping = setup({
  types: {
    context: {} as PinnedMappingContext,
    events: {} as
      | { readonly type: "mapping.asked" | "mapping.maps" | "mapping.pins"; readonly by: string }
      | { readonly type: "mapping.removes" | "mapping.unpins" | "mapping.read" | "round.begins" },
    emitted: {} as PinnedMappingEmits,
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
  description: "struct vfio_dma of one range, with its pfn_list",
  meta: {
    origin: linux(TYPE1, "vfio_find_dma"),
    lane: "struct vfio_dma of range {range}",
    messages: messages<PinnedMappingEmits>({
      "mapping.found": {
        says: "says how many pages are in pfn_list: {pins}",
        origin: linux(TYPE1, "vfio_dma_do_unmap"),
      },
      "pin.done": {
        says: "{ok?returns the pinned page to:returns an error to} {by}",
        origin: linux(TYPE1, "vfio_iommu_type1_pin_pages"),
      },
    }),
  },
  context: ({ input }) => ({ ...input, pins: input.first.pins, readFreed: false }),
  initial: "new",
  on: {
    "round.begins": [
      { guard: "isMappedFirst", target: ".mapped", actions: "renews" },
      { target: ".absent", actions: "renews" },
    ],
  },
  states: {
    new: {
      description: "before the first round",
      always: [{ guard: "isMappedFirst", target: "mapped" }, { target: "absent" }],
    },
    absent: {
      description: "nothing is mapped at the range",
      on: {
        "mapping.maps": { target: "mapped" },
        "mapping.asked": { actions: emit(({ event }) => ({ type: "mapping.found", by: event.by, pins: null })) },
      },
    },
    mapped: {
      description: "the mapping is in iommu->dma_list, with {pins} pages in its pfn_list",
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
        /** vfio_unpin_page_external() finds no page in pfn_list, and unpins nothing. */
        "mapping.unpins": [{ guard: "hasPins", actions: assign({ pins: ({ context }) => context.pins - 1 }) }, {}],
        "mapping.removes": { target: "freed" },
        "mapping.read": {},
      },
    },
    freed: {
      description: "vfio_remove_dma() has freed the mapping",
      on: {
        "mapping.asked": { actions: emit(({ event }) => ({ type: "mapping.found", by: event.by, pins: null })) },
        "mapping.pins": { actions: emit(({ event }) => ({ type: "pin.done", by: event.by, ok: false })) },
        "mapping.unpins": {},
        "mapping.read": { actions: assign({ readFreed: true }) },
      },
    },
  },
});
