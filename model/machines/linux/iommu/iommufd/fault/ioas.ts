/**
 * The I/O address space (IOAS) that a VMM maps on demand: which pages are pinned, and which have an entry in the page table.
 *
 * Models  IOMMU_IOAS_MAP and IOMMU_IOAS_UNMAP of an IOAS below a paging HWPT with a fault queue (6.13 and later; VFIO facts
 *         6.1): iopt_map_user_pages() pins and charges the page, then writes the entry; iopt_unmap_iova() clears the entry,
 *         then drops the pin. A device sends a page request only while the page has no entry.
 *         It is one object of iommufd: object/iommufd-object.ts has the life of such an object, which is left out here.
 * Omits   The IOTLB and the caches of devices, which the page fault systems have. Areas and permissions.
 */
import { assign, setup } from "xstate";
import { linux612 } from "../../../../../said.ts";
import type { Fault, PageResponse } from "../../../include/iommu.ts";

export interface IoasContext {
  /** Sets. */
  readonly pinned: readonly number[];
  readonly mapped: readonly number[];
  /** Ghost: a Success response for a page without an entry. Never cleared. */
  readonly successWithoutEntry: boolean;
}

type OfPage = { readonly page: number };

const s = setup({
  types: {
    context: {} as IoasContext,
    events: {} as
      | ({ readonly type: "ioas.pins" | "ioas.maps" | "ioas.unmaps" | "ioas.unpins" } & OfPage)
      | { readonly type: "pri.request"; readonly fault: Fault }
      | PageResponse,
  },
});

const add = (set: readonly number[], page: number): readonly number[] =>
  [...new Set([...set, page])].sort((a, b) => a - b);
const remove = (set: readonly number[], page: number): readonly number[] => set.filter((other) => other !== page);

export const ioas = s.createMachine({
  id: "ioas",
  description: "the I/O address space that a VMM maps on demand",
  meta: {
    origin: linux612("drivers/iommu/iommufd/io_pagetable.c", "iopt_map_user_pages", "iopt_unmap_iova"),
    lane: "struct iommufd_ioas",
  },
  context: { pinned: [], mapped: [], successWithoutEntry: false },
  on: {
    "ioas.pins": { actions: assign({ pinned: ({ context, event }) => add(context.pinned, event.page) }) },
    "ioas.maps": { actions: assign({ mapped: ({ context, event }) => add(context.mapped, event.page) }) },
    "ioas.unmaps": { actions: assign({ mapped: ({ context, event }) => remove(context.mapped, event.page) }) },
    "ioas.unpins": { actions: assign({ pinned: ({ context, event }) => remove(context.pinned, event.page) }) },
    /** The translation finds no entry. */
    "pri.request": { guard: ({ context, event }) => !context.mapped.includes(event.fault.page) },
    /** Page request group index k of the device is for page k. */
    "driver.page-response": {
      actions: assign({
        successWithoutEntry: ({ context, event }) =>
          context.successWithoutEntry || (event.code === "success" && !context.mapped.includes(event.grp)),
      }),
    },
  },
});
