/**
 * A VFIO type1 container as RFC v1 has it: the regions that DMA_MAP has linked, and the bitmap of the pages that faults have
 * mapped since. All of it is read and written under iommu->lock. The lock is a machine of its own, so that a thread that
 * forgets to take it can be modelled.
 *
 * Models  RFC v1 patches 1 and 4 (VFIO facts 1.0 to 1.2; row 19: the bitmap of faulted-in pages; row 22: DMA_MAP pins
 *         nothing): DMA_MAP links a region and sets its size. The bitmap is kept in the order in which pages were mapped,
 *         so that it is also the tracker of least recently mapped pages of row 27 (I-18: each faultable resident page is in
 *         it once).
 *         Coarser than iopf/rfc/iopf-container.ts, which has groups, domains, the flag of ENABLE and container users.
 *         With `secondChance` a victim is looked for as in a clock: a page that a device has used since the last look loses its
 *         accessed bit and goes to the end. Every access sets the bit here, also one that the IOTLB translates.
 * Omits   Protection bits, sizes above one page, dma_avail, and the pin list of mediated devices, which
 *         accounting/accounted-dma.ts and unmap/pinned-mapping.ts have.
 */
import { without } from "../../../../without.ts";
import { assign, emit, setup } from "xstate";
import { linux, messages, proposal, rfc } from "../../../../said.ts";

export type ContainerEvent =
  | { readonly type: "container.links"; readonly region: number }
  | { readonly type: "container.unlinks"; readonly region: number }
  | { readonly type: "container.finds"; readonly page: number; readonly by: string }
  /** Whether any of these bits is set, and lies in a mapping. */
  | { readonly type: "container.overlaps"; readonly pages: readonly number[]; readonly by: string }
  | { readonly type: "container.marks"; readonly page: number }
  | { readonly type: "container.clears"; readonly page: number }
  | { readonly type: "container.walks"; readonly region: number; readonly by: string }
  /** A device uses the page. */
  | { readonly type: "access.granted"; readonly page: number }
  /** `spare`: pages of the group that is being answered. */
  | { readonly type: "container.picks-victim"; readonly spare: readonly number[]; readonly by: string };

export type ContainerEmits =
  | {
      readonly type: "container.found";
      readonly by: string;
      readonly page: number;
      readonly linked: boolean;
      readonly mapped: boolean;
    }
  /** The next page to release; null: none is left. */
  | { readonly type: "container.next"; readonly by: string; readonly page: number | null };

export interface ContainerContext {
  /** The region that each page lies in. */
  readonly regionOf: readonly number[];
  /** Regions that DMA_MAP made and DMA_UNMAP has not removed: a set. */
  readonly linked: readonly number[];
  /** The bitmap: pages that a fault mapped, least recently mapped first. */
  readonly mapped: readonly number[];
  /** With second chance: those that a device has used since the last look, a set. */
  readonly used?: readonly number[];
}

/** The page to release, and what is left of the order and of the accessed bits after the look for it. */
function victimOf({ mapped, used }: ContainerContext, spare: readonly number[]) {
  if (!used) return { page: mapped.find((page) => !spare.includes(page)) ?? null, mapped, used };
  const candidates = mapped.filter((page) => !spare.includes(page));
  const idle = candidates.find((page) => !used.includes(page));
  const page = idle ?? candidates[0] ?? null;
  if (idle === undefined) return { page, mapped, used: used.filter((one) => !candidates.includes(one)) };
  const passed = candidates.slice(0, candidates.indexOf(idle));
  return {
    page,
    mapped: [...mapped.filter((one) => !passed.includes(one)), ...passed],
    used: used.filter((one) => !passed.includes(one)),
  };
}

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";

const s = setup({
  types: {
    context: {} as ContainerContext,
    events: {} as ContainerEvent,
    emitted: {} as ContainerEmits,
    /** `linked`: regions that are mapped from the start. */
    input: {} as { regionOf: readonly number[]; linked?: readonly number[]; secondChance?: boolean },
  },
});

export const container = s.createMachine({
  id: "container",
  description: "the regions of one container, and the bitmap of the pages that faults have mapped",
  meta: {
    origin: rfc("v1 patch 1"),
    lane: "struct vfio_iommu of the container",
    messages: messages<ContainerEmits>({
      "container.found": {
        says: "page {page} is {linked?in a mapping:in no mapping}, and its bit is {mapped?set:clear}",
        origin: linux(TYPE1, "vfio_find_dma"),
      },
      "container.next": "names page {page} to {by} as the next to release",
    }),
  },
  context: ({ input }) => ({
    regionOf: input.regionOf,
    linked: input.linked ?? [],
    mapped: [],
    ...(input.secondChance === true && { used: [] }),
  }),
  on: {
    "container.links": {
      actions: assign({ linked: ({ context, event }) => [...context.linked, event.region].sort((a, b) => a - b) }),
    },
    "container.unlinks": {
      actions: assign({ linked: ({ context, event }) => without(context.linked, event.region) }),
    },
    "container.finds": {
      actions: emit(({ context: { regionOf, linked, mapped }, event: { page, by } }) => ({
        type: "container.found",
        by,
        page,
        linked: linked.includes(regionOf[page]!),
        mapped: mapped.includes(page),
      })),
    },
    "container.overlaps": {
      meta: { origin: rfc("v3 patch 3", "mn_invalidate_range") },
      actions: emit(({ context: { regionOf, linked, mapped }, event: { pages, by } }) => ({
        type: "container.found",
        by,
        page: pages[0]!,
        linked: pages.some((page) => linked.includes(regionOf[page]!)),
        mapped: pages.some((page) => mapped.includes(page)),
      })),
    },
    "container.marks": { actions: assign({ mapped: ({ context, event }) => [...context.mapped, event.page] }) },
    "container.clears": {
      actions: assign(({ context: { mapped, used }, event }) => ({
        mapped: without(mapped, event.page),
        ...(used && { used: without(used, event.page) }),
      })),
    },
    "container.walks": {
      meta: { origin: rfc("v1 patch 4", "vfio_unmap_unpin") },
      actions: emit(({ context: { regionOf, mapped }, event: { region, by } }) => ({
        type: "container.next",
        by,
        page: mapped.find((page) => regionOf[page] === region) ?? null,
      })),
    },
    "access.granted": [
      { guard: ({ context: { used = [] }, event }) => used.includes(event.page) },
      {
        actions: assign({
          used: ({ context: { used = [] }, event }) => [...used, event.page].sort((one, other) => one - other),
        }),
      },
    ],
    "container.picks-victim": {
      meta: { origin: proposal("M3 (a limit on faulted-in pages)") },
      actions: [
        emit(({ context, event: { spare, by } }) => ({
          type: "container.next",
          by,
          page: victimOf(context, spare).page,
        })),
        assign(({ context, event: { spare } }) => {
          const { mapped, used } = victimOf(context, spare);
          return used ? { mapped, used } : {};
        }),
      ],
    },
  },
});
