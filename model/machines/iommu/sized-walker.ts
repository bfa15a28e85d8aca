/**
 * The table walker of an IOMMU with pages of two sizes: the table that it remembers, and the IOTLB.
 *
 * Models  VT-d 6.2 and 6.5 (PDE-cache and IOTLB), SMMUv3 3.21.1. An entry of the IOTLB has the size of the page table's entry when
 *         it was read. The IOMMU may walk although an entry covers the address, for it has several TLBs and reads ahead. An
 *         invalidation of a page takes a large entry that covers it.
 * Omits   Eviction, which leads only to states from before something was cached. Faults: a walk that finds nothing leaves
 *         nothing in the IOTLB.
 */
import { setup } from "xstate";
import { iommus, messages } from "../../said.ts";
import { LARGE, type SizedPage, type SizedTableEmits, type SizedTableEvent } from "./sized-table.ts";

type Entry = "large" | SizedPage;

export interface SizedWalkerContext {
  /** The table of the first two pages, as a walk has read it. */
  readonly walkCache: number | null;
  /** Sorted. */
  readonly iotlb: readonly Entry[];
}

export type SizedWalkerEvent =
  | { readonly type: "walker.translates"; readonly page: SizedPage }
  /** `tables`: what was read of tables goes, too. */
  | { readonly type: "range.is-flushed"; readonly pages: readonly SizedPage[]; readonly tables: boolean }
  | Extract<SizedTableEmits, { readonly type: "walk.ends" }>;

type SizedWalkerEmits = Extract<SizedTableEvent, { readonly type: "table.is-walked" }>;

/** Pages to which an entry leads. */
export const covered = (entry: Entry): readonly SizedPage[] => (entry === "large" ? LARGE : [entry]);

const s = setup({
  types: {
    context: {} as SizedWalkerContext,
    events: {} as SizedWalkerEvent,
    emitted: {} as SizedWalkerEmits,
  },
});

const translates = s.emit(({ context: { walkCache }, event }) => {
  const page = (event as Extract<SizedWalkerEvent, { readonly type: "walker.translates" }>).page;
  return { type: "table.is-walked", page, from: page === "third" ? null : walkCache };
});

const remembers = s.assign(({ context: { walkCache, iotlb }, event }) => {
  if (event.type !== "walk.ends") return {};
  const { table, entry } = event;
  return {
    walkCache: table ?? walkCache,
    iotlb: entry === null ? iotlb : [...new Set([...iotlb, entry])].sort(),
  };
});

const flushes = s.assign(({ context: { walkCache, iotlb }, event }) => {
  if (event.type !== "range.is-flushed") return {};
  const { pages, tables } = event;
  return {
    walkCache: tables ? null : walkCache,
    iotlb: iotlb.filter((entry) => !covered(entry).some((page) => pages.includes(page))),
  };
});

export const sizedWalker = s.createMachine({
  id: "sized-walker",
  description: "the table walker of an IOMMU, and its caches",
  meta: {
    origin: iommus("VT-d 6.2, 6.5; SMMUv3 3.21.1"),
    lane: "the table walker and its caches",
    messages: messages<SizedWalkerEmits>({ "table.is-walked": "walks the page table for page {page}" }),
  },
  context: { walkCache: null, iotlb: [] },
  initial: "walking",
  states: {
    walking: {
      description: "translates what the device asks for",
      on: {
        "walker.translates": {
          description: "translates the address of page {page}",
          guard: ({ context: { iotlb }, event: { page } }) => !iotlb.includes(page),
          actions: translates,
        },
        "walk.ends": { actions: remembers },
        "range.is-flushed": { actions: flushes },
      },
    },
  },
});
