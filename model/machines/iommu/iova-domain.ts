/**
 * The page table of an IOMMU domain, as a whole: a frame for each page of the address space, or none.
 *
 * Models  iommu_map(), iommu_unmap() and iommu_iova_to_phys() over ranges; every change is shown to the device, as firmware
 *         of some devices looks at new mappings when the IOTLB is flushed (B-15, on s390).
 * Omits   superpages, the IOTLB and its invalidation: other systems have them. A page that is mapped twice takes the later
 *         frame: drivers warn, and differ.
 */
import { assign, emit, setup } from "xstate";

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
