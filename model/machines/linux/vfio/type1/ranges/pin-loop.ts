/**
 * The loop that pins and maps a range: get a batch, cut the run of frames that follow each other, map it, go on. DMA_MAP
 * and a fault handler that pre-maps run it. The caller holds iommu->lock.
 *
 * Models  vfio_pin_map_dma() with vfio_pin_pages_remote() (VFIO facts 2.2), and pin_pages_iopf() of RFC v2 and v3 (VFIO
 *         facts 1.1 F7 to F9), whose handler unpins the pages of a run as soon as they are mapped. cond_resched() follows
 *         each run (vfio_iommu_map()), and since 2025 also each batch (B-18: a MAP of 1 TB held the lock and the CPU too
 *         long). Both are in 6.1.192 and 6.12.117. A design of ours also drops the lock there.
 * Omits   what accounting/page-pinning.ts has: limits, charges and failures.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { dropped, EMPTY_BATCH, filled, isUnsure, kept, taken, type PageBatch, type Run } from "./page-batch.ts";
import { memoryAskedSays, type MemoryAsked, type MemoryEmits } from "./process-memory.ts";
import { linux, messages, proposal } from "../../../../../said.ts";
import { iommuLockSays } from "../words.ts";

export interface PinLoopRules {
  readonly name: string;
  readonly lock: string;
  /** The most pages that one call gets. */
  readonly batchPages: number;
  /** A batch of one page behind the run is put, or left for the next run (D-25: RFC v2 left it). */
  readonly leftover: "put" | "left";
  /** Where cond_resched() is called (B-18: after each batch since 2025). */
  readonly yieldsAfter: "batch" | "run";
  /** Whether iommu->lock is kept there. */
  readonly keepsLock: boolean;
  /** RFC v2 and v3 unpin pages as soon as they are mapped. */
  readonly putsMapped: boolean;
}

export interface PinLoopContext {
  readonly rules: PinLoopRules;
  readonly by: string | null;
  /** The first page that is still to be mapped, and the number of such pages. */
  readonly next: number;
  readonly left: number;
  readonly batch: PageBatch;
  readonly run: Run;
  /** Ghost: pages got since cond_resched(), and since iommu->lock was free; at most a batch and one. */
  readonly sinceYield: number;
  readonly sinceLock: number;
}

export type PinLoopEmits =
  | Extract<MemoryAsked, { readonly type: "memory.gets" | "memory.puts" }>
  | { readonly type: "domain.maps"; readonly page: number; readonly frames: readonly number[] }
  | { readonly type: "loop.mapped"; readonly by: string; readonly pages: number }
  | { readonly type: "loop.done"; readonly by: string }
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string };

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";
const RUN = linux(TYPE1, "vfio_pin_pages_remote");
const MAP = linux(TYPE1, "vfio_iommu_map");
const YIELD = proposal("a MAP that drops iommu->lock after a run");

const s = setup({
  types: {
    context: {} as PinLoopContext,
    events: {} as
      | { readonly type: "loop.starts"; readonly by: string; readonly page: number; readonly pages: number }
      | { readonly type: `loop.${"gets" | "cuts" | "maps" | "yields" | "locks"}` }
      | Extract<MemoryEmits, { readonly type: "memory.got" }>,
    emitted: {} as PinLoopEmits,
    input: {} as PinLoopRules,
  },
  guards: {
    keepsLock: ({ context }) => context.rules.keepsLock,
    isOver: ({ context }) => context.left === 0,
    isEmpty: ({ context }) => context.batch.size === 0,
    /** The batch is used up and the run may go on. */
    wantsMore: ({ context: { batch, run, left } }) => batch.size === 0 && run.frames.length < left,
    /** Between the batches of a run only a newer kernel calls cond_resched(). */
    goesOn: ({ context: { rules, run } }) => rules.yieldsAfter === "run" && run.frames.length > 0,
    putsLeftover: ({ context: { batch, rules } }) => isUnsure(batch) && rules.leftover === "put",
  },
});

const more = ({ rules, sinceYield, sinceLock }: PinLoopContext, pages: number) => ({
  sinceYield: Math.min(rules.batchPages + 1, sinceYield + pages),
  sinceLock: Math.min(rules.batchPages + 1, sinceLock + pages),
});
const takes = s.assign(({ context }) => taken(context.batch, context.run, context.left));
const fills = s.assign(({ context, event }) =>
  event.type === "memory.got"
    ? { batch: filled(context.batch, event.frames, event.struct), ...more(context, event.frames.length) }
    : {},
);
const drops = s.enqueueActions(({ context, enqueue }) => {
  enqueue.emit({ type: "memory.puts", frames: [context.batch.beside ?? context.batch.pages[0]!] });
  enqueue.assign({ batch: dropped(context.batch) });
});
const maps = s.enqueueActions(({ context: { rules, by, next, run, left, batch }, enqueue }) => {
  enqueue.emit({ type: "domain.maps", page: next, frames: run.frames });
  if (rules.putsMapped) enqueue.emit({ type: "memory.puts", frames: run.frames });
  enqueue.emit({ type: "loop.mapped", by: by!, pages: run.frames.length });
  enqueue.assign({
    next: next + run.frames.length,
    left: left - run.frames.length,
    run: { frames: [] },
    batch: kept(batch),
  });
});
const yields = s.assign({ sinceYield: 0 });
const NOTHING = { by: null, next: 0, left: 0, batch: EMPTY_BATCH, run: { frames: [] }, sinceYield: 0, sinceLock: 0 };
const ends = s.enqueueActions(({ context, enqueue }) => {
  enqueue.assign(NOTHING);
  enqueue.emit({ type: "loop.done", by: context.by! });
});

export const pinLoop = s.extend({ actions: { takes, fills, drops, maps, yields, ends } }).createMachine({
  id: "pin-loop",
  description: "the loop that pins and maps a range, run by run",
  meta: {
    origin: linux(TYPE1, "vfio_pin_map_dma", "vfio_pin_pages_remote"),
    lane: "the pin and map loop {name}, under iommu->lock",
    messages: messages<PinLoopEmits>({
      ...iommuLockSays,
      "memory.gets": memoryAskedSays["memory.gets"],
      "memory.puts": memoryAskedSays["memory.puts"],
      "domain.maps": { says: "maps frames {frames} from page {page} on", origin: MAP },
      "loop.mapped": "has mapped {pages} page(s)",
      "loop.done": "returns to {by}",
    }),
  },
  context: ({ input }) => ({ rules: input, ...NOTHING }),
  initial: "idle",
  states: {
    idle: {
      description: "no range is being mapped",
      on: {
        "loop.starts": {
          target: "filling",
          actions: assign({
            by: ({ event }) => event.by,
            next: ({ event }) => event.page,
            left: ({ event }) => event.pages,
          }),
        },
      },
    },
    filling: {
      description: "the batch is to be filled, unless an earlier run left pages in it",
      meta: { origin: RUN },
      on: {
        "loop.gets": [
          {
            description: "gets a batch from page {next} on",
            meta: { origin: RUN },
            guard: "isEmpty",
            actions: emit(({ context: { rules, next, left, run } }) => ({
              type: "memory.gets",
              by: rules.name,
              page: next + run.frames.length,
              most: Math.min(rules.batchPages, left - run.frames.length),
            })),
          },
          {
            description: "takes pages that an earlier run left in the batch",
            meta: { origin: RUN },
            target: "cutting",
            actions: "takes",
          },
        ],
        "memory.got": { target: "cutting", actions: ["fills", "takes"] },
      },
    },
    cutting: {
      description: "the run is to be cut from the batch",
      meta: { origin: RUN },
      on: {
        "loop.cuts": [
          {
            description: "needs another batch for the run",
            meta: { origin: RUN },
            guard: "wantsMore",
            target: "pausing",
          },
          {
            description: "ends the run, and puts a page that the batch cannot hold",
            meta: { origin: RUN },
            guard: "putsLeftover",
            target: "mapping",
            actions: "drops",
          },
          { description: "ends the run", meta: { origin: RUN }, target: "mapping" },
        ],
      },
    },
    mapping: {
      description: "the run of frames is to be mapped",
      on: {
        "loop.maps": {
          description: "maps the run from page {next} on",
          meta: { origin: MAP },
          target: "pausing",
          actions: "maps",
        },
      },
    },
    pausing: {
      description: "a run or a batch is done, and {left} page(s) are left",
      meta: { origin: linux(TYPE1, "vfio_iommu_map", "vfio_pin_pages_remote") },
      always: { guard: "isOver", target: "idle", actions: "ends" },
      on: {
        "loop.yields": [
          {
            description: "pins the next batch without cond_resched(), as before 2025",
            guard: "goesOn",
            target: "filling",
          },
          {
            description: "calls cond_resched() under iommu->lock",
            guard: "keepsLock",
            target: "filling",
            actions: "yields",
          },
          {
            description: "drops iommu->lock to let others run",
            meta: { origin: YIELD },
            target: "locking",
            actions: [
              "yields",
              assign({ sinceLock: 0 }),
              emit(({ context: { rules, by } }) => ({ type: "lock.releases", owner: by!, lock: rules.lock })),
            ],
          },
        ],
      },
    },
    locking: {
      description: "has dropped iommu->lock and wants it again",
      meta: { origin: YIELD },
      on: {
        "loop.locks": {
          description: "takes iommu->lock again",
          target: "filling",
          actions: emit(({ context: { rules, by } }) => ({ type: "lock.acquires", owner: by!, lock: rules.lock })),
        },
      },
    },
  },
});

export const pinLoopSteps: readonly Message[] = ["gets", "cuts", "maps", "yields", "locks"].map((step) => ({
  type: `loop.${step}`,
}));
