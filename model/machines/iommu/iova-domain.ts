/**
 * The page table of one IOMMU domain as a whole: each page of the address space has a frame or none.
 *
 * Models  iommu_map(), iommu_unmap() and iommu_iova_to_phys() over ranges of pages. Each new mapping is shown to the
 *         device, because firmware of some devices inspects mappings when the driver synchronises them (B-15, the probe
 *         at attach mapped into a reserved region; on s390).
 * Omits   superpages. The IOTLB and its invalidation, which translation.ts has for one page. If a page is mapped twice
 *         the later frame stays; drivers warn and differ.
 */
import { assign, emit, setup } from "xstate";
import { iommus, linux, messages } from "../../said.ts";

export interface IovaDomainContext {
  /** By page. */
  readonly frames: readonly (number | null)[];
}

export type DomainAsked =
  | { readonly type: "domain.maps"; readonly page: number; readonly frames: readonly number[] }
  | { readonly type: "domain.unmaps"; readonly page: number; readonly pages: number }
  | { readonly type: "domain.reads"; readonly by: string; readonly page: number; readonly pages: number };

export type DomainEmits =
  | { readonly type: "domain.read"; readonly by: string; readonly frames: readonly (number | null)[] }
  | { readonly type: "mapping.shown"; readonly page: number; readonly pages: number };

const IOMMU = "drivers/iommu/iommu.c";

const s = setup({
  types: {
    context: {} as IovaDomainContext,
    events: {} as DomainAsked,
    emitted: {} as DomainEmits,
    input: {} as { readonly pages: number },
  },
});

export const iovaDomain = s.createMachine({
  id: "iova-domain",
  description: "the page table of an IOMMU domain",
  meta: {
    origin: linux(IOMMU, "iommu_map", "iommu_unmap", "iommu_iova_to_phys"),
    lane: "the page table of the domain",
    messages: messages<DomainEmits>({
      "domain.read": {
        says: "gives {by} what the page table has: frames {frames}",
        origin: iommus("page table walk"),
      },
      "mapping.shown": {
        says: "synchronises {pages} new pages from page {page} with the device",
        origin: linux(IOMMU, "iommu_map"),
      },
    }),
  },
  context: ({ input }) => ({ frames: Array.from({ length: input.pages }, () => null) }),
  on: {
    "domain.maps": {
      actions: [
        assign({
          frames: ({ context, event: { page, frames } }) =>
            context.frames.map((frame, at) => frames[at - page] ?? frame),
        }),
        emit(({ event: { page, frames } }) => ({ type: "mapping.shown", page, pages: frames.length })),
      ],
    },
    "domain.unmaps": {
      actions: assign({
        frames: ({ context, event: { page, pages } }) =>
          context.frames.map((frame, at) => (at >= page && at < page + pages ? null : frame)),
      }),
    },
    "domain.reads": {
      actions: emit(({ context, event: { by, page, pages } }) => ({
        type: "domain.read",
        by,
        frames: context.frames.slice(page, page + pages),
      })),
    },
  },
});
