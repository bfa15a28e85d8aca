/**
 * Whoever maps pages for faults and takes them back, where a mapping may be larger than a page. All calls hold iommu->lock, so one
 * is made after the other; the device works beside them.
 *
 * Models  RFC v3, vfio_iommu_type1_dma_map_iopf() with pages that nobody asked for: what is contiguous is mapped at once, and the
 *         driver of the IOMMU makes it a large page. A page that is taken back, by an MMU notifier or for a limit, is unmapped
 *         alone. type1 of 6.12.117, unmap_unpin_slow(): as many pages are unpinned as iommu_unmap() returns, from the one that
 *         was asked for on. Each base page is pinned and charged, also of a large one. Marks are the bits of
 *         iopf_mapped_bitmap.
 * Omits   Errors of pinning and mapping, pinning in batches, responses to the device. RFC v3 maps forward only, from the page of the
 *         fault; here a fault on either page may map both.
 */
import { assign, setup } from "xstate";
import {
  LARGE,
  SIZED_PAGES,
  type SizedPage,
  type SizedTableEmits,
  type SizedTableEvent,
} from "../../../../iommu/sized-table.ts";
import type { SizedWalkerEvent } from "../../../../iommu/sized-walker.ts";
import { atWill, linux612, messages, rfc, whereIs } from "../../../../../said.ts";
import type { BasePageAccountEvent } from "./base-page-account.ts";
import { mapSteps, releaseSteps, type LargeRules, type LargeStep } from "./large-orders.ts";

export interface LargePageHandlerContext {
  readonly rules: LargeRules;
  readonly left: readonly LargeStep[];
  /** Pages that the call is about. */
  readonly pages: readonly SizedPage[];
  /** By page: whether its bit is set. */
  readonly marked: { readonly [page in SizedPage]: boolean };
  /** What the driver has told of an unmap. */
  readonly cleared: readonly SizedPage[];
  readonly told: number;
  readonly dropped: readonly SizedPage[];
  readonly rest: SizedPage | null;
  /** A table that was unlinked. */
  readonly table: number | null;
  /** The page that was taken back last, until a fault is served. */
  readonly takenBack: SizedPage | null;
}

type LargePageHandlerEvent =
  /** `contiguous`: in memory, so that a large page can be mapped. */
  | { readonly type: "handler.serves"; readonly page: SizedPage; readonly contiguous: boolean }
  | { readonly type: "handler.takes-back"; readonly page: SizedPage }
  | { readonly type: "handler.unmaps-range" | "handler.steps" | "handler.lacks-memory" }
  | Exclude<SizedTableEmits, { readonly type: "walk.ends" }>;

export type LargePageHandlerEmits =
  | Exclude<SizedTableEvent, { readonly type: "table.is-walked" }>
  | Extract<SizedWalkerEvent, { readonly type: "range.is-flushed" }>
  | BasePageAccountEvent;

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";
const VTD = "drivers/iommu/intel/iommu.c";
const MAPS = rfc("v3 patch 4", "vfio_iommu_type1_dma_map_iopf");
const UNMAPS = whereIs(rfc("v3 patch 3", "vfio_unmap_partial_iopf"), "rules.believes", {
  "returned-size": linux612(TYPE1, "unmap_unpin_slow"),
});
const SWAPS = whereIs(MAPS, "rules.partUnmap", {
  "table-walk": linux612(VTD, "switch_to_super_page", "dma_pte_free_pagetable"),
});

const s = setup({
  types: {
    context: {} as LargePageHandlerContext,
    events: {} as LargePageHandlerEvent,
    emitted: {} as LargePageHandlerEmits,
    input: {} as { readonly rules: LargeRules },
  },
});

/** Pages that the caller of iommu_unmap() believes to be gone. */
function believed({ rules, pages, cleared, told }: LargePageHandlerContext): readonly SizedPage[] {
  if (rules.believes === "entry" || pages.length > 1) return cleared;
  if (rules.believes === "asked") return pages;
  const from = SIZED_PAGES.indexOf(pages[0]!);
  return SIZED_PAGES.slice(from, from + told);
}

const acts = s.enqueueActions(({ context, event, enqueue }) => {
  const { rules, left, pages, dropped, rest, table } = context;
  const [step, ...others] = left;
  const [page] = pages;
  enqueue.assign({ left: others });
  if (step === "pin") enqueue.emit({ type: "pages.are-pinned", pages });
  if (step === "charge") {
    enqueue.emit({ type: "account.grows", by: rules.charges === "one-per-fault" ? 1 : pages.length });
  }
  if (step === "unlink") enqueue.emit({ type: "table.is-unlinked" });
  if (step === "flush-walks") enqueue.emit({ type: "range.is-flushed", pages: LARGE, tables: true });
  if (step === "free-table" && table !== null) enqueue.emit({ type: "table.is-freed", table });
  if (step === "write-large") enqueue.emit({ type: "large.is-written" });
  if (step === "write-small") enqueue.emit({ type: "small.is-written", page: page! });
  if (step === "clear") {
    enqueue.emit({ type: "entry.is-cleared", page: page!, memory: event.type !== "handler.lacks-memory" });
  }
  if (step === "clear-range") enqueue.emit({ type: "range.is-cleared" });
  if (step === "flush") enqueue.emit({ type: "range.is-flushed", pages: dropped, tables: false });
  if (step === "rebuild" && rest !== null) enqueue.emit({ type: "small.is-written", page: rest });
  if (step === "unpin") enqueue.emit({ type: "pages.are-unpinned", pages: believed(context) });
  if (step === "uncharge") enqueue.emit({ type: "account.shrinks", by: believed(context).length });
});

const withBits = (
  { marked }: LargePageHandlerContext,
  pages: readonly SizedPage[],
  bit: boolean,
): LargePageHandlerContext["marked"] => ({ ...marked, ...Object.fromEntries(pages.map((page) => [page, bit])) });
const marks = s.assign(({ context }) => ({ marked: withBits(context, context.pages, true) }));
const unmarks = s.assign(({ context }) => ({
  marked: withBits(context, believed(context), false),
  takenBack: context.pages.length === 1 ? context.pages[0]! : null,
}));

const isDone = ({ context: { left } }: { readonly context: LargePageHandlerContext }): boolean => left.length === 0;
/** Steps that have nothing to do are left out. */
const without = (left: readonly LargeStep[], steps: readonly LargeStep[]): readonly LargeStep[] =>
  left.filter((step) => !steps.includes(step));
const mayLackMemory = ({ context: { rules, left } }: { readonly context: LargePageHandlerContext }): boolean =>
  left[0] === "clear" && rules.partUnmap === "splits";
const forgets = assign<LargePageHandlerContext, LargePageHandlerEvent, undefined, LargePageHandlerEvent, never>({
  pages: [],
  cleared: [],
  told: 0,
  dropped: [],
  rest: null,
  table: null,
});

/** What the driver has done; without an entry there is nothing to flush, and without a page nothing to unpin. */
const hears = s.assign(({ context, event }) => {
  if (event.type !== "entry.did") return {};
  const { cleared, told, dropped, rest } = event;
  const heard = { ...context, cleared, told, dropped, rest };
  const idle: readonly LargeStep[] = [
    ...(dropped.length === 0 ? (["flush"] as const) : []),
    ...(rest === null ? (["rebuild"] as const) : []),
    ...(believed(heard).length === 0 ? (["unpin", "uncharge"] as const) : []),
  ];
  return { cleared, told, dropped, rest, left: without(context.left, idle) };
});

export const largePageHandler = s.createMachine({
  id: "large-page-handler",
  description: "maps pages for faults, and takes them back",
  meta: {
    origin: MAPS,
    lane: "the fault handler of VFIO, and whoever takes pages back, under iommu->lock",
    messages: messages<LargePageHandlerEmits>({
      "pages.are-pinned": { says: "pins {pages}", origin: MAPS },
      "account.grows": { says: "adds {by} to locked_vm", origin: MAPS },
      "table.is-unlinked": {
        says: "looks for an empty table in place of the large page, and unlinks it",
        origin: SWAPS,
      },
      "table.is-freed": { says: "frees table {table}", origin: SWAPS },
      "large.is-written": { says: "writes a large entry for the first two pages", origin: MAPS },
      "small.is-written": { says: "writes an entry for page {page}", origin: MAPS },
      "entry.is-cleared": { says: "calls iommu_unmap() for page {page}", origin: UNMAPS },
      "range.is-cleared": { says: "calls iommu_unmap() for the first two pages", origin: UNMAPS },
      "range.is-flushed": { says: "invalidates {pages}, and waits", origin: UNMAPS },
      "pages.are-unpinned": { says: "unpins {pages}", origin: UNMAPS },
      "account.shrinks": { says: "takes {by} from locked_vm", origin: UNMAPS },
    }),
  },
  context: ({ input: { rules } }) => ({
    rules,
    left: [],
    pages: [],
    marked: { first: false, second: false, third: true },
    cleared: [],
    told: 0,
    dropped: [],
    rest: null,
    table: null,
    takenBack: null,
  }),
  initial: "idle",
  states: {
    idle: {
      description: "outside of a call",
      on: {
        "handler.serves": {
          description: "begins to serve a fault on page {page}",
          meta: { origin: MAPS },
          guard: ({ context: { marked }, event: { page } }) => !marked[page],
          target: "mapping",
          actions: assign(({ context: { rules, marked }, event: { page, contiguous } }) => {
            const large = contiguous && !LARGE.some((one) => marked[one]);
            return { pages: large ? LARGE : [page], left: mapSteps(rules, large), takenBack: null };
          }),
        },
        "handler.takes-back": {
          description: "begins to take page {page} back",
          meta: { origin: atWill("the host") },
          guard: ({ context: { marked }, event: { page } }) => marked[page],
          target: "releasing",
          actions: assign(({ context: { rules }, event: { page } }) => ({
            pages: [page],
            left: releaseSteps(rules, "clear"),
          })),
        },
        "handler.unmaps-range": {
          description: "begins DMA_UNMAP of the first two pages",
          meta: { origin: atWill("user space") },
          guard: ({ context: { marked } }) => LARGE.some((page) => marked[page]),
          target: "releasing",
          actions: assign(({ context: { rules } }) => ({
            pages: LARGE,
            left: releaseSteps(rules, "clear-range"),
          })),
        },
      },
    },
    mapping: {
      description: "mapping pages",
      on: {
        "handler.steps": [
          {
            description: "sets the bits of what it has mapped, and drops iommu->lock",
            guard: isDone,
            target: "idle",
            actions: [marks, forgets],
          },
          { description: "takes the next step of the map", meta: { listed: true }, actions: acts },
        ],
        "table.was-unlinked": {
          actions: assign(({ context: { left }, event: { table } }) => ({
            table,
            left: table === null ? without(left, ["flush-walks", "free-table"]) : left,
          })),
        },
      },
    },
    releasing: {
      description: "taking pages back",
      on: {
        "handler.steps": [
          {
            description: "clears the bits of what it has unpinned, and drops iommu->lock",
            meta: { origin: UNMAPS },
            guard: isDone,
            target: "idle",
            actions: [unmarks, forgets],
          },
          { description: "takes the next step of the unmap", meta: { listed: true }, actions: acts },
        ],
        "handler.lacks-memory": {
          description: "calls iommu_unmap(), which gets no memory for a table",
          meta: { origin: linux612("drivers/iommu/io-pgtable-arm.c", "arm_lpae_split_blk_unmap") },
          guard: mayLackMemory,
          actions: acts,
        },
        "entry.did": { actions: hears },
      },
    },
  },
});
