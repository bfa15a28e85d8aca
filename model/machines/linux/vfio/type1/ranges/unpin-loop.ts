/**
 * The loop that unmaps a range and unpins its pages: read frames from the domain, unmap, then unpin. An unmap may not cut
 * a run of frames that follow each other. If an access keeps pages in the middle of a run, the frames behind them are
 * carried over.
 *
 * Models  vfio_unmap_unpin() (VFIO facts 2.3, U3c: the IOMMU entry is the only record of the frame) and
 *         __iopt_area_unfill_domain() with iopt_area_unpin_domain() of iommufd, where accesses keep their pages. Without
 *         an access both do the same here. Before November 2025, and still in 6.1.192 and 6.12.117, vfio_unmap_unpin()
 *         goes on while the next address is below the end of the range. The end of a range at the top is 0, so the range
 *         stays translated and pinned (B-19).
 * Omits   what page-release.ts has: the invalidations between unmap and unpin. What accounting/page-putting.ts has:
 *         charges and dma->pfn_list. The length of a batch. VFIO_DMA_UNMAP_FLAG_ALL and the release of a container, which
 *         reach the loop with mappings that no range finds: range-user.ts says what follows.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { endOf, pageOf, pagesIn, rangeOf, type AddressSpace } from "./address.ts";
import type { DomainEmits } from "../../../../iommu/iova-domain.ts";
import { added, carried, firstOf, NO_FRAMES, skipped, wouldContinue, type UnpinBatch } from "./unpin-batch.ts";
import { linux, linux612, messages } from "../../../../../said.ts";
import { memoryAskedSays } from "./process-memory.ts";

export interface UnpinLoopRules {
  readonly name: string;
  /** Whether accesses may keep pages. */
  readonly accesses: boolean;
  /** Whether the entry that a carry fills is counted (B-39: it was not). */
  readonly carry: "counted" | "not-counted";
  /** Whether it counts pages, or compares the next address, which wraps, with the last address or with the end. */
  readonly ends: "counted" | "compared" | "below-end";
  readonly space: AddressSpace;
}

export interface UnpinLoopContext {
  readonly rules: UnpinLoopRules;
  readonly by: string | null;
  /** The next page to unpin, and the page behind the range. */
  readonly at: number;
  readonly end: number;
  /** The first page that is not unmapped yet. */
  readonly mapped: number;
  /** Whether pages are to be unpinned; pages of a lazy mapping may not be pinned. */
  readonly puts: boolean;
  /** A page that an access keeps. */
  readonly held: number | null;
  readonly batch: UnpinBatch;
  /** Pages of the batch to unpin now. */
  readonly count: number;
}

export type UnpinStarts = {
  readonly type: "unpin.starts";
  readonly by: string;
  readonly page: number;
  readonly pages: number;
  readonly puts: boolean;
};

export type UnpinLoopEmits =
  | { readonly type: "access.keeps"; readonly by: string; readonly page: number; readonly pages: number }
  | { readonly type: "domain.reads"; readonly by: string; readonly page: number; readonly pages: number }
  | { readonly type: "domain.unmaps"; readonly page: number; readonly pages: number }
  | { readonly type: "memory.puts"; readonly frames: readonly number[] }
  | { readonly type: "unpin.done"; readonly by: string };

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";
const PAGES = "drivers/iommu/iommufd/pages.c";
const UNFILL = linux612(PAGES, "__iopt_area_unfill_domain");
const UNMAP = linux(TYPE1, "unmap_unpin_fast");
const UNPIN = linux(TYPE1, "vfio_unpin_pages_remote");

const s = setup({
  types: {
    context: {} as UnpinLoopContext,
    events: {} as
      | UnpinStarts
      | { readonly type: "access.kept"; readonly page: number | null }
      | { readonly type: `unpin.${"asks" | "reads" | "unmaps" | "puts" | "ends"}` }
      | Extract<DomainEmits, { readonly type: "domain.read" }>,
    emitted: {} as UnpinLoopEmits,
    input: {} as UnpinLoopRules,
  },
  guards: {
    isHeld: ({ context: { at, held } }) => at === held,
    isOver: ({ context: { at, end } }) => at >= end,
    /** At the top of the address space the next address wraps to 0, which is below the last address. */
    wraps: ({ context: { rules, at } }) => rules.ends === "compared" && at === pagesIn(rules.space),
    /** The pages to unpin next were unmapped with the batch before. */
    isRead: ({ context: { at, end, held, mapped } }) => mapped >= holeEnd(at, end, held),
    readsNothing: ({ context, event }) =>
      event.type === "domain.read" && event.frames[0] === null && context.batch.total === 0,
  },
});

/** The page behind the range; an end that wraps is page 0. */
const endPage = ({ ends: rule, space }: UnpinLoopRules, page: number, pages: number): number =>
  rule === "below-end" ? pageOf(endOf(rangeOf(page, pages, space), space), space) : page + pages;

/** The page behind those that may be unpinned from here on. */
function holeEnd(at: number, end: number, held: number | null): number {
  return held !== null && held >= at && held < end ? held : end;
}

/** Reads to the end of the pages that may be unpinned, and on until an unmap may cut: at a gap or a page without entry. */
function read(context: UnpinLoopContext, frames: readonly (number | null)[]): UnpinBatch {
  const { at, end, held, mapped } = context;
  const wanted = holeEnd(at, end, held) - Math.max(at, mapped);
  const cut = frames.findIndex(
    (frame, index) => frame === null || (index >= wanted && !wouldContinue(upTo(context.batch, frames, index), frame)),
  );
  return upTo(context.batch, frames, cut < 0 ? frames.length : cut);
}

const upTo = (batch: UnpinBatch, frames: readonly (number | null)[], count: number): UnpinBatch =>
  frames.slice(0, count).reduce<UnpinBatch>((all, frame) => added(all, frame!), batch);

const reads = s.assign(({ context, event }) => {
  if (event.type !== "domain.read") return {};
  const batch = read(context, event.frames);
  return { batch, count: Math.min(batch.total, holeEnd(context.at, context.end, context.held) - context.at) };
});
const unmaps = s.enqueueActions(({ context: { at, mapped, batch }, enqueue }) => {
  enqueue.emit({ type: "domain.unmaps", page: mapped, pages: at + batch.total - mapped });
  enqueue.assign({ mapped: at + batch.total });
});
const puts = s.enqueueActions(({ context: { at, batch, count, mapped, puts: pinned, rules }, enqueue }) => {
  if (pinned) enqueue.emit({ type: "memory.puts", frames: firstOf(batch, count) });
  enqueue.assign({
    at: at + count,
    batch: carried(batch, mapped - at - count, rules.carry === "counted"),
    count: 0,
  });
});
const NOTHING = { by: null, at: 0, end: 0, mapped: 0, puts: true, held: null, batch: NO_FRAMES, count: 0 };
const ends = s.enqueueActions(({ context: { by, mapped, end }, enqueue }) => {
  if (mapped < end) enqueue.emit({ type: "domain.unmaps", page: mapped, pages: end - mapped });
  enqueue.emit({ type: "unpin.done", by: by! });
  enqueue.assign(NOTHING);
});

export const unpinLoop = s.extend({ actions: { reads, unmaps, puts, ends } }).createMachine({
  id: "unpin-loop",
  description: "the loop that unmaps a range and unpins its pages",
  meta: {
    origin: linux(TYPE1, "vfio_unmap_unpin"),
    lane: "the unmap and unpin loop {name}",
    messages: messages<UnpinLoopEmits>({
      "access.keeps": { says: "asks which of {pages} page(s) from page {page} on an access keeps", origin: UNFILL },
      "domain.reads": "reads the frames of {pages} page(s) from page {page} on",
      "domain.unmaps": { says: "unmaps {pages} page(s) from page {page} on", origin: UNMAP },
      "memory.puts": { ...memoryAskedSays["memory.puts"], origin: UNPIN },
      "unpin.done": "returns to {by}",
    }),
  },
  context: ({ input }) => ({ rules: input, ...NOTHING }),
  initial: "idle",
  states: {
    idle: {
      description: "no range is being unmapped",
      on: {
        "unpin.starts": {
          target: "asking",
          actions: assign(({ context: { rules }, event: { by, page, pages, puts: pinned } }) => ({
            by,
            at: page,
            mapped: page,
            end: endPage(rules, page, pages),
            puts: pinned,
          })),
        },
      },
    },
    asking: {
      description: "the pages that an access keeps are to be found",
      always: { guard: ({ context }) => !context.rules.accesses, target: "walking" },
      on: {
        "unpin.asks": {
          description: "asks which pages an access keeps",
          meta: { origin: UNFILL },
          actions: emit(({ context: { rules, at, end } }) => ({
            type: "access.keeps",
            by: rules.name,
            page: at,
            pages: end - at,
          })),
        },
        "access.kept": { target: "walking", actions: assign({ held: ({ event }) => event.page }) },
      },
    },
    walking: {
      description: "frames from page {at} on are to be read",
      always: [
        { guard: "wraps", target: "walking", actions: assign({ at: 0, mapped: 0 }), reenter: true },
        { guard: "isOver", target: "ending" },
        {
          guard: "isHeld",
          target: "walking",
          actions: assign(({ context: { at, batch } }) => ({ at: at + 1, held: null, batch: skipped(batch, 1) })),
          reenter: true,
        },
        {
          guard: "isRead",
          target: "putting",
          actions: assign(({ context: { at, end, held } }) => ({ count: holeEnd(at, end, held) - at })),
        },
      ],
      on: {
        "unpin.reads": {
          description: "reads frames from page {at} on",
          actions: emit(({ context: { rules, at, mapped, end } }) => ({
            type: "domain.reads",
            by: rules.name,
            page: Math.max(at, mapped),
            pages: end - Math.max(at, mapped),
          })),
        },
        "domain.read": [
          {
            guard: "readsNothing",
            target: "walking",
            actions: assign(({ context: { at } }) => ({ at: at + 1, mapped: at + 1 })),
            reenter: true,
          },
          { target: "unmapping", actions: "reads" },
        ],
      },
    },
    unmapping: {
      description: "the frames of the batch are to be unmapped",
      on: {
        "unpin.unmaps": {
          description: "unmaps the batch from page {mapped} on",
          meta: { origin: UNMAP },
          target: "putting",
          actions: "unmaps",
        },
      },
    },
    putting: {
      description: "the frames are unmapped, and {count} page(s) are to be unpinned",
      on: {
        "unpin.puts": {
          description: "unpins {count} page(s) from page {at} on",
          meta: { origin: UNPIN },
          target: "walking",
          actions: "puts",
        },
      },
    },
    ending: {
      description: "all pages are unpinned; entries may be left",
      on: { "unpin.ends": { description: "unmaps what is left and returns", target: "idle", actions: "ends" } },
    },
  },
});

export const unpinLoopSteps: readonly Message[] = ["asks", "reads", "unmaps", "puts", "ends"].map((step) => ({
  type: `unpin.${step}`,
}));
