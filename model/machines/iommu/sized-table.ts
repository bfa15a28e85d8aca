/**
 * A page table for pages of two sizes, and what a driver of an IOMMU does to it. Pages "first" and "second" lie below one entry,
 * which maps both as one large page, or names a table with an entry for each. "third" lies below the next entry.
 *
 * Models  Two base pages stand for the 512 of a large page. An unmap of one page where a large one is mapped, by driver: AMD v1
 *         tables of 6.12.117 clear the large entry and tell its size; the generic tables of 7.3.4 do so if the page is the first,
 *         and clear nothing otherwise; VT-d of 6.12.117, dma_pte_clear_level(), goes on below a large entry that the range does not
 *         cover, as if the page were a table, and clears what is left of the range behind it; io-pgtable-arm of 6.12.117 writes a
 *         table with the other pages in its place, and that of 7.3.4 refuses. A table whose pages are all unmapped stays.
 * Omits   Permissions, contiguous entries, more than two sizes, several threads: callers hold iommu->lock. VT-d flushes the size
 *         of a large page from the page that was asked for on; here it flushes what it has cleared.
 */
import { assign, setup } from "xstate";
import { iommus, messages } from "../../said.ts";

export const SIZED_PAGES = ["first", "second", "third"] as const;
export type SizedPage = (typeof SIZED_PAGES)[number];
/** Those that one large page has. */
export const LARGE: readonly SizedPage[] = ["first", "second"];

export interface SplitRules {
  /** What a driver does that is to unmap a part of a large page. */
  readonly partUnmap: "whole" | "whole-from-start" | "table-walk" | "splits" | "nothing";
  /** How a large entry becomes a table. */
  readonly splitOrder: "at-once" | "break-before-make" | "drops-neighbour";
}

export interface SizedTableContext {
  readonly rules: SplitRules;
  /** The entry of the first two pages maps a large page. */
  readonly large: boolean;
  /** Or it names this table: the one or the other of two. */
  readonly table: number | null;
  /** Pages that have an entry of their own, sorted. */
  readonly small: readonly SizedPage[];
  /** Tables that were freed and are not in use again. */
  readonly freed: readonly number[];
  /** Entries of a table were cleared in what was a page of the guest. */
  readonly wroteIntoPage: boolean;
}

export type SizedTableEvent =
  | { readonly type: "small.is-written"; readonly page: SizedPage }
  | { readonly type: "large.is-written" }
  | { readonly type: "table.is-unlinked" }
  | { readonly type: "table.is-freed"; readonly table: number }
  /** `memory`: for a table, if one is needed. */
  | { readonly type: "entry.is-cleared"; readonly page: SizedPage; readonly memory: boolean }
  | { readonly type: "range.is-cleared" }
  | { readonly type: "table.is-walked"; readonly page: SizedPage; readonly from: number | null };

export type SizedTableEmits =
  | { readonly type: "table.was-unlinked"; readonly table: number | null }
  /** Pages without a translation, as iommu_unmap() leaves them; how many it tells; entries that caches may have. */
  | {
      readonly type: "entry.did";
      readonly cleared: readonly SizedPage[];
      readonly told: number;
      readonly dropped: readonly SizedPage[];
      /** It has its entry when a table is written. */
      readonly rest: SizedPage | null;
    }
  | {
      readonly type: "walk.ends";
      readonly page: SizedPage;
      readonly table: number | null;
      /** The entry that maps the page. */
      readonly entry: "large" | SizedPage | null;
    };

/** What a walk finds, from the top or from a table that a walk cache has. */
export function sizedWalk(
  { large, table, small }: SizedTableContext,
  page: SizedPage,
  from: number | null,
): { readonly entry: "large" | SizedPage | null; readonly table: number | null } {
  const mapped = small.includes(page) ? page : null;
  if (page === "third") return { entry: mapped, table: null };
  // A table that is not linked has no entry left.
  if (from !== null) return { entry: from === table ? mapped : null, table: from };
  if (large) return { entry: "large", table: null };
  return { entry: table === null ? null : mapped, table };
}

const s = setup({
  types: {
    context: {} as SizedTableContext,
    events: {} as SizedTableEvent,
    emitted: {} as SizedTableEmits,
    input: {} as { readonly rules: SplitRules },
  },
});

const inOrder = (pages: readonly SizedPage[]): readonly SizedPage[] => SIZED_PAGES.filter((one) => pages.includes(one));
const without = (pages: readonly SizedPage[], gone: readonly SizedPage[]): readonly SizedPage[] =>
  pages.filter((one) => !gone.includes(one));

/** With another table than the one that was freed last. */
function linked(freed: readonly number[]) {
  const table = freed.includes(0) && !freed.includes(1) ? 1 : 0;
  return { table, freed: freed.filter((one) => one !== table) };
}

const writesSmall = s.assign(({ context, event }) => {
  if (event.type !== "small.is-written" || (context.large && event.page !== "third")) return {};
  const small = inOrder([...context.small, event.page]);
  const needsTable = event.page !== "third" && context.table === null;
  return { small, ...(needsTable && linked(context.freed)) };
});

const unlinks = s.enqueueActions(({ context: { table, small }, enqueue }) => {
  const isEmpty = !small.some((page) => LARGE.includes(page));
  if (isEmpty) enqueue.assign({ table: null });
  enqueue.emit({ type: "table.was-unlinked", table: isEmpty ? table : null });
});

type Cleared = Partial<SizedTableContext> & {
  readonly cleared: readonly SizedPage[];
  readonly told?: number;
  readonly dropped?: readonly SizedPage[];
  readonly rest?: SizedPage;
};

/** A part of a large page is to be unmapped. */
function partCleared(context: SizedTableContext, page: SizedPage, memory: boolean): Cleared {
  const { rules, freed } = context;
  const whole = { cleared: LARGE, large: false };
  switch (rules.partUnmap) {
    case "whole":
      return whole;
    case "whole-from-start":
      return page === LARGE[0] ? whole : { cleared: [] };
    case "table-walk":
      if (page === LARGE[0]) return whole;
      return {
        cleared: context.small.filter((one) => one === "third"),
        told: LARGE.length,
        small: without(context.small, ["third"]),
        wroteIntoPage: true,
      };
    case "splits": {
      if (!memory) return { cleared: [] };
      const rest = LARGE.find((one) => one !== page)!;
      if (rules.splitOrder === "break-before-make") return { cleared: [page], dropped: LARGE, rest, large: false };
      const small = rules.splitOrder === "at-once" ? inOrder([...context.small, rest]) : context.small;
      return { cleared: [page], large: false, small, ...linked(freed) };
    }
    case "nothing":
      return { cleared: [] };
  }
}

const clears = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "entry.is-cleared") return;
  const { page, memory } = event;
  const isPart = context.large && page !== "third";
  const had = context.small.filter((one) => one === page);
  const done: Cleared = isPart
    ? partCleared(context, page, memory)
    : { cleared: had, small: without(context.small, had) };
  const { cleared, told = cleared.length, dropped = cleared, rest = null, ...changed } = done;
  enqueue.assign(changed);
  enqueue.emit({ type: "entry.did", cleared, told, dropped, rest });
});

const clearsRange = s.enqueueActions(({ context: { large, small }, enqueue }) => {
  const cleared = large ? LARGE : small.filter((page) => LARGE.includes(page));
  enqueue.assign({ large: false, small: without(small, cleared) });
  enqueue.emit({ type: "entry.did", cleared, told: cleared.length, dropped: cleared, rest: null });
});

const walks = s.emit(({ context, event }) => {
  const { page, from } = event as Extract<SizedTableEvent, { readonly type: "table.is-walked" }>;
  return { type: "walk.ends", page, ...sizedWalk(context, page, from) };
});

export const sizedTable = s.createMachine({
  id: "sized-table",
  description: "a page table for pages of two sizes",
  meta: {
    origin: iommus("VT-d 3.7, 6.5.3.3; SMMUv3 3.21.1"),
    lane: "the page table, and its driver",
    messages: messages<SizedTableEmits>({
      "table.was-unlinked": "has an entry that names no table now (it named {table})",
      "entry.did": "has cleared the entry of {cleared}; {told} pages are told",
      "walk.ends": "leads page {page} to the entry {entry}",
    }),
  },
  context: ({ input: { rules } }) => ({
    rules,
    large: false,
    table: null,
    small: ["third"],
    freed: [],
    wroteIntoPage: false,
  }),
  on: {
    "small.is-written": { actions: writesSmall },
    "large.is-written": [
      {
        guard: ({ context: { small } }) => !small.some((page) => LARGE.includes(page)),
        actions: assign({ large: true, table: null }),
      },
      { description: "leaves what is there: a driver warns" },
    ],
    "table.is-unlinked": { actions: unlinks },
    "table.is-freed": {
      actions: assign({
        freed: ({ context, event }) => [...new Set([...context.freed, event.table])].sort((a, b) => a - b),
      }),
    },
    "entry.is-cleared": { actions: clears },
    "range.is-cleared": { actions: clearsRange },
    "table.is-walked": { actions: walks },
  },
});
