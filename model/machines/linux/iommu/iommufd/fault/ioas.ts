/**
 * The address space that a VMM maps on demand: which pages are pinned, and which have an entry in the tables.
 *
 * Models  iommufd IOAS_MAP and IOAS_UNMAP on a paging HWPT with a fault queue (6.13 and later; VFIO facts 6.1):
 *         the kernel pins and charges the page, then writes the entry; unmapping takes the entry back, then the pin. A
 *         device asks for a page only while it has no entry.
 * Omits   IOTLB and device caches (the page fault systems have them), areas, permissions.
 */
import { assign, setup } from "xstate";
import type { Fault, PageResponse } from "../../../include/iommu.ts";

export interface IoasContext {
  /** Sets. */
  readonly pinned: readonly number[];
  readonly mapped: readonly number[];
  /** Ghost: Success was answered for a page that had no entry. Never cleared. */
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
  context: { pinned: [], mapped: [], successWithoutEntry: false },
  on: {
    "ioas.pins": { actions: assign({ pinned: ({ context, event }) => add(context.pinned, event.page) }) },
    "ioas.maps": { actions: assign({ mapped: ({ context, event }) => add(context.mapped, event.page) }) },
    "ioas.unmaps": { actions: assign({ mapped: ({ context, event }) => remove(context.mapped, event.page) }) },
    "ioas.unpins": { actions: assign({ pinned: ({ context, event }) => remove(context.pinned, event.page) }) },
    /** Translation finds no entry. */
    "pri.request": { guard: ({ context, event }) => !context.mapped.includes(event.fault.page) },
    /** Each index of the device asks for the page of its number. */
    "driver.page-response": {
      actions: assign({
        successWithoutEntry: ({ context, event }) =>
          context.successWithoutEntry || (event.code === "success" && !context.mapped.includes(event.grp)),
      }),
    },
  },
});
