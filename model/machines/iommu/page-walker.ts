/**
 * The table walker of an IOMMU: its copy of the device's entry, the tables that it remembers from walks, and the IOTLB.
 *
 * Models  AMD: the device table entry cache (INVALIDATE_DEVTAB_ENTRY), the page directory cache, which INVALIDATE_IOMMU_PAGES
 *         empties with its PDE bit, and the IOTLB. Hardware facts I1: each keeps what it has until it is invalidated.
 * Omits   Eviction, which leads only to states from before something was cached. Tags: one domain. Faults: a walk that finds
 *         nothing leaves nothing (I2).
 */
import { assign, setup } from "xstate";
import { iommus, messages } from "../../said.ts";
import type { LevelledTableEmits, LevelledTableEvent } from "./levelled-table.ts";
import type { Top } from "./table-walk.ts";

export interface PageWalkerContext {
  /** Of the device's entry. */
  readonly copy: Top | null;
  /** Lowest tables that walks have read, by the page; sorted. */
  readonly walkCache: readonly { readonly page: string; readonly table: string }[];
  readonly iotlb: readonly { readonly page: string; readonly frame: string }[];
}

export type PageWalkerEvent =
  | { readonly type: "walker.translates"; readonly page: string }
  | { readonly type: "entry.is-flushed" }
  /** `page`: null where the range that was gathered has no page in it. */
  | { readonly type: "range.is-flushed"; readonly page: string | null; readonly tables: boolean }
  | Extract<LevelledTableEmits, { readonly type: "walk.ends" }>;

type PageWalkerEmits = Extract<LevelledTableEvent, { readonly type: "table.is-walked" }>;

const s = setup({
  types: {
    context: {} as PageWalkerContext,
    events: {} as PageWalkerEvent,
    emitted: {} as PageWalkerEmits,
  },
});

const translates = s.emit(({ context: { copy, walkCache }, event }) => {
  const page = event.type === "walker.translates" ? event.page : "";
  const from = walkCache.find((one) => one.page === page)?.table ?? null;
  return { type: "table.is-walked", by: "walker", page, copy, from };
});

const byPage = (a: { readonly page: string }, b: { readonly page: string }): number => (a.page < b.page ? -1 : 1);
const others = <One extends { readonly page: string }>(all: readonly One[], page: string | null): readonly One[] =>
  all.filter((one) => one.page !== page);

const remembers = s.assign(({ context: { walkCache, iotlb }, event }) => {
  if (event.type !== "walk.ends") return {};
  const { page, copy, table, frame } = event;
  return {
    copy,
    walkCache: table === null ? walkCache : [...others(walkCache, page), { page, table }].sort(byPage),
    iotlb: frame === null ? iotlb : [...others(iotlb, page), { page, frame }].sort(byPage),
  };
});

const flushes = s.assign(({ context: { walkCache, iotlb }, event }) => {
  if (event.type !== "range.is-flushed") return {};
  const { page, tables } = event;
  return { iotlb: others(iotlb, page), walkCache: tables ? others(walkCache, page) : walkCache };
});

export const pageWalker = s.createMachine({
  id: "page-walker",
  description: "the table walker of an IOMMU, and its caches",
  meta: {
    origin: iommus("AMD 2.4 (commands), 2.2.3"),
    lane: "the table walker and its caches",
    messages: messages<PageWalkerEmits>({ "table.is-walked": "walks the page table for page {page}" }),
  },
  context: { copy: null, walkCache: [], iotlb: [] },
  initial: "walking",
  states: {
    walking: {
      description: "translates what the device asks for",
      on: {
        "walker.translates": {
          description: "translates the address of page {page}",
          guard: ({ context: { iotlb }, event: { page } }) => iotlb.every((one) => one.page !== page),
          actions: translates,
        },
        "walk.ends": { actions: remembers },
        "entry.is-flushed": { actions: assign({ copy: null }) },
        "range.is-flushed": { actions: flushes },
      },
    },
  },
});
