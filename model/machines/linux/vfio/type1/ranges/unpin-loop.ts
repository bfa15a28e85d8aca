/**
 * The loop that unmaps a range and puts its pages: read frames from the domain, unmap, then put. An unmap may not cut a run
 * of frames that follow each other; if pages in its middle are held by somebody else, the frames behind are carried over.
 *
 * Models  vfio_unmap_unpin() (VFIO facts 2.3, U3c: the entry of the IOMMU is the only record of the frame) and
 *         __iopt_area_unfill_domain() with iopt_area_unpin_domain(), where accesses keep their pages. Without an access both
 *         do the same here.
 *         Before 2025-11 vfio_unmap_unpin() went on while the next address was below the end of the range, which is 0 for a
 *         range at the top: such a range it left translated and pinned (B-19).
 * Omits   the IOTLB between unmap and put (the page fault systems have it), and the length of a batch. UNMAP_ALL and the
 *         release of a container, which reach the loop with mappings that no range finds: range-user.ts says what follows.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { endOf, pageOf, pagesIn, rangeOf, type AddressSpace } from "./address.ts";
import type { DomainEmits } from "../../../../iommu/iova-domain.ts";
import { added, carried, firstOf, NO_FRAMES, skipped, wouldContinue, type UnpinBatch } from "./unpin-batch.ts";

export interface UnpinLoopRules {
  readonly name: string;
  /** Whether there can be accesses that keep pages. */
  readonly accesses: boolean;
  /** B-39: whether the entry that a carry is put into is counted. */
  readonly carry: "counted" | "not-counted";
  /** Whether it counts pages, or compares the next address, which wraps, with the last one, or with the end, which wraps. */
  readonly ends: "counted" | "compared" | "below-end";
  readonly space: AddressSpace;
}

export interface UnpinLoopContext {
  readonly rules: UnpinLoopRules;
  readonly by: string | null;
  /** The next page to put, and the page behind the range. */
  readonly at: number;
  readonly end: number;
  /** The first page that is not unmapped yet. */
  readonly mapped: number;
  /** Whether pages are put, or never were pinned for long. */
  readonly puts: boolean;
  /** A page that an access keeps. */
  readonly held: number | null;
  readonly batch: UnpinBatch;
  /** Pages of the batch to put now. */
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
    /** Behind the top of the address space the next address is 0 again, and not above the last one. */
    wraps: ({ context: { rules, at } }) => rules.ends === "compared" && at === pagesIn(rules.space),
    /** What is to be put next was unmapped with the batch before. */
    isRead: ({ context: { at, end, held, mapped } }) => mapped >= holeEnd(at, end, held),
    readsNothing: ({ context, event }) =>
      event.type === "domain.read" && event.frames[0] === null && context.batch.total === 0,
  },
});

/** The page behind the range: none is behind the top of the address space, but an end that wraps is 0. */
const endPage = ({ ends: rule, space }: UnpinLoopRules, page: number, pages: number): number =>
  rule === "below-end" ? pageOf(endOf(rangeOf(page, pages, space), space), space) : page + pages;

/** The page behind those that may be put from here on. */
function holeEnd(at: number, end: number, held: number | null): number {
  return held !== null && held >= at && held < end ? held : end;
}

/** Reads to the end of the pages that may be put, and on until an unmap may cut; a page that is not mapped is a cut. */
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
  context: ({ input }) => ({ rules: input, ...NOTHING }),
  initial: "idle",
  states: {
    idle: {
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
      always: { guard: ({ context }) => !context.rules.accesses, target: "walking" },
      on: {
        "unpin.asks": {
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
    unmapping: { on: { "unpin.unmaps": { target: "putting", actions: "unmaps" } } },
    /** Put only after the unmap (I-03). */
    putting: { on: { "unpin.puts": { target: "walking", actions: "puts" } } },
    /** If an access keeps the last page, the rest is unmapped now. */
    ending: { on: { "unpin.ends": { target: "idle", actions: "ends" } } },
  },
});

export const unpinLoopSteps: readonly Message[] = ["asks", "reads", "unmaps", "puts", "ends"].map((step) => ({
  type: `unpin.${step}`,
}));
