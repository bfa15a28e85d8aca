/**
 * One mapping (struct vfio_dma) of a container: the pages that the IOMMU translates, the pages that mdev drivers have
 * pinned (dma->pfn_list), and the charges through it. It is read and written under iommu->lock, which is a machine of its
 * own.
 *
 * Models  struct vfio_dma and struct vfio_pfn (VFIO facts 2.1): one ref_count for a page, shared by all drivers, the mm
 *         of the owner, and dma->locked_vm. The IOMMU entry also stands for the bit of RFC v1 (I-10: bit and entries
 *         agree). A removed mapping keeps what was left in it, so that a leak stays visible.
 * Omits   what ranges/dma-list.ts has: the ranges of several mappings, their overlap and alignment. What
 *         iopf/rfc/vfio-dma.ts has: an entry for each domain. Protection bits and the IOTLB; the page fault systems check
 *         the order of invalidations.
 */
import { assign, emit, setup } from "xstate";
import { linux, messages } from "../../../../../said.ts";

export interface AccountedDmaContext {
  readonly container: number;
  readonly linked: boolean;
  /** Pages that DMA_MAP has come to. */
  readonly size: number;
  /** dma->mm, from which pages are pinned, and the mm in which the process lives now. */
  readonly owner: number;
  readonly current: number;
  /** The container has an IOMMU domain. */
  readonly attached: boolean;
  /** The VMM has invalidated the vaddr (VFIO_DMA_UNMAP_FLAG_VADDR). */
  readonly invalid: boolean;
  /** DMA_UNMAP has begun, and pins are refused (a design that Linux does not have). */
  readonly removing: boolean;
  /** By page: it is RAM; only RAM is charged. */
  readonly ram: readonly boolean[];
  /** By page: the domain has an entry. */
  readonly entries: readonly boolean[];
  /** By page: vfio_pfn.ref_count; 0: not in the list. */
  readonly refs: readonly number[];
  /** By page: charges; the kernel has their sum, dma->locked_vm. */
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

type AccountedDmaEmits = DmaFound | DmaTold | { readonly type: "dma.is-new" };

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";

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
    emitted: {} as AccountedDmaEmits,
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
  description: "one struct vfio_dma: its IOMMU entries, its pfn_list and its charges",
  meta: {
    origin: linux(TYPE1, "vfio_find_dma"),
    lane: "the struct vfio_dma of container {container}",
    messages: messages<AccountedDmaEmits>({
      "dma.found": "finds page {page} for {by}, {mapped?mapped:not mapped}, with ref_count {refs}",
      "dma.told": "shows {by} the mapping: {linked?linked:not linked}, {charged} page(s) charged",
      "dma.is-new": { says: "is a new struct vfio_dma", origin: linux(TYPE1, "vfio_link_dma") },
    }),
  },
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
    /** A new struct: its list is empty, and no page is charged through it. */
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
