/**
 * One mapping (vfio_dma) of a container: which pages of it the IOMMU translates, the list of pages that mdev drivers pinned
 * (pfn_list), and what was charged through it. It is read and written under the container's lock, which is a machine of
 * its own.
 *
 * Models  struct vfio_dma and struct vfio_pfn (VFIO facts 2.1): one reference count for a page, shared by all drivers; the
 *         owner's mm; pages charged. An entry of the IOMMU stands for its bit in RFC v1, too (I-10 is judged elsewhere).
 *         Removed, it keeps what was left in it, so that a leak stays visible.
 * Omits   several mappings, protection, alignment; the IOTLB: systems of page faults judge the order of invalidations.
 */
import { assign, emit, setup } from "xstate";

export interface AccountedDmaContext {
  readonly container: number;
  readonly linked: boolean;
  /** Pages that DMA_MAP has come to. */
  readonly size: number;
  /** The mm that pages are pinned from, and the one that the process lives in now. */
  readonly owner: number;
  readonly current: number;
  /** The container has an IOMMU domain. */
  readonly attached: boolean;
  /** The user has said that its address is about to change (UPDATE_VADDR). */
  readonly invalid: boolean;
  /** DMA_UNMAP has begun, and pins are refused (a design, not Linux). */
  readonly removing: boolean;
  /** By page: it is RAM, which alone is ever charged. */
  readonly ram: readonly boolean[];
  /** By page: the domain has an entry. */
  readonly entries: readonly boolean[];
  /** By page: vfio_pfn.ref_count; 0: not in the list. */
  readonly refs: readonly number[];
  /** By page: charges; the kernel has the sum. */
  readonly charges: readonly number[];
}

export interface DmaFound {
  readonly type: "dma.found";
  readonly by: string;
  readonly page: number;
  readonly linked: boolean;
  readonly invalid: boolean;
  readonly removing: boolean;
  readonly attached: boolean;
  readonly mapped: boolean;
  readonly refs: number;
  readonly owner: number;
  readonly current: number;
}

export interface DmaTold {
  readonly type: "dma.told";
  readonly by: string;
  readonly linked: boolean;
  readonly invalid: boolean;
  readonly attached: boolean;
  readonly owner: number;
  readonly current: number;
  readonly pages: number;
  readonly charged: number;
  readonly listed: boolean;
  /** First page with an entry; without one; in the list without one; in the list, and neither mapped nor charged. */
  readonly entry: number | null;
  readonly hole: number | null;
  readonly listedHole: number | null;
  readonly uncharged: number | null;
}

const s = setup({
  types: {
    context: {} as AccountedDmaContext,
    events: {} as
      | { readonly type: "dma.finds"; readonly page: number; readonly by: string }
      | { readonly type: "dma.asks"; readonly by: string }
      | { readonly type: "dma.links" | "dma.unlinks" | "dma.attaches" | "dma.detaches" | "dma.removes" }
      | { readonly type: "dma.invalidates" | "dma.repairs" | "dma.switches" }
      | { readonly type: "dma.sizes"; readonly size: number }
      | {
          readonly type: "dma.maps" | "dma.unmaps" | "dma.lists" | "dma.unlists" | "dma.charges" | "dma.discharges";
          readonly page: number;
        },
    emitted: {} as DmaFound | DmaTold | { readonly type: "dma.is-new" },
    input: {} as { container: number; ram: readonly boolean[]; attached: boolean },
  },
});

const changed = <T>(list: readonly T[], at: number, change: (old: T) => T): readonly T[] =>
  list.map((value, k) => (k === at ? change(value) : value));
const first = (size: number, is: (page: number) => boolean): number | null => {
  for (let page = 0; page < size; page++) if (is(page)) return page;
  return null;
};

function told({ entries, refs, charges, ...d }: AccountedDmaContext, by: string): DmaTold {
  const pages = entries.length;
  const isListed = (page: number): boolean => refs[page]! > 0;
  return {
    type: "dma.told",
    by,
    linked: d.linked,
    invalid: d.invalid,
    attached: d.attached,
    owner: d.owner,
    current: d.current,
    pages,
    charged: charges.reduce((sum, charge) => sum + charge, 0),
    listed: first(pages, isListed) !== null,
    entry: first(pages, (page) => entries[page]!),
    hole: first(pages, (page) => !entries[page]),
    listedHole: first(pages, (page) => !entries[page] && isListed(page)),
    uncharged: first(pages, (page) => d.ram[page]! && !entries[page] && isListed(page) && charges[page] === 0),
  };
}

export const accountedDma = s.createMachine({
  id: "accounted-dma",
  context: ({ input: { container, ram, attached } }) => ({
    container,
    linked: false,
    size: 0,
    owner: 0,
    current: 0,
    attached,
    invalid: false,
    removing: false,
    ram,
    entries: ram.map(() => false),
    refs: ram.map(() => 0),
    charges: ram.map(() => 0),
  }),
  on: {
    "dma.finds": {
      actions: emit(({ context: { size, entries, refs, linked, ...d }, event: { page, by } }) => ({
        type: "dma.found",
        by,
        page,
        linked: linked && page < size,
        invalid: d.invalid,
        removing: d.removing,
        attached: d.attached,
        mapped: entries[page]!,
        refs: refs[page]!,
        owner: d.owner,
        current: d.current,
      })),
    },
    "dma.asks": { actions: emit(({ context, event }) => told(context, event.by)) },
    /** A new struct: nothing is in its list, and nothing charged through it. */
    "dma.links": {
      actions: [
        assign(({ context: { current, refs, charges } }) => ({
          linked: true,
          owner: current,
          refs: refs.map(() => 0),
          charges: charges.map(() => 0),
        })),
        emit({ type: "dma.is-new" }),
      ],
    },
    "dma.sizes": { actions: assign({ size: ({ event }) => event.size }) },
    "dma.unlinks": { actions: assign({ linked: false, size: 0, invalid: false, removing: false }) },
    "dma.removes": { actions: assign({ removing: true }) },
    "dma.attaches": { actions: assign({ attached: true }) },
    "dma.detaches": { actions: assign({ attached: false }) },
    "dma.invalidates": { actions: assign({ invalid: true }) },
    "dma.repairs": { actions: assign({ invalid: false, owner: ({ context }) => context.current }) },
    "dma.switches": { actions: assign({ current: 1 }) },
    "dma.maps": {
      actions: assign({ entries: ({ context, event }) => changed(context.entries, event.page, () => true) }),
    },
    "dma.unmaps": {
      actions: assign({ entries: ({ context, event }) => changed(context.entries, event.page, () => false) }),
    },
    "dma.lists": { actions: assign({ refs: ({ context, event }) => changed(context.refs, event.page, (n) => n + 1) }) },
    "dma.unlists": {
      actions: assign({ refs: ({ context, event }) => changed(context.refs, event.page, (n) => n - 1) }),
    },
    "dma.charges": {
      actions: assign({ charges: ({ context, event }) => changed(context.charges, event.page, (n) => n + 1) }),
    },
    "dma.discharges": {
      actions: assign({ charges: ({ context, event }) => changed(context.charges, event.page, (n) => n - 1) }),
    },
  },
});
