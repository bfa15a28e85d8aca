/**
 * The loop that pins and maps a range: get a batch, cut the run of frames that follow each other, map it, go on. DMA_MAP
 * and the page fault handler that maps ahead both run it; whoever calls holds the container's lock.
 *
 * Models  vfio_pin_map_dma() with vfio_pin_pages_remote(), and F7-F9 of RFC v2 and v3 (VFIO facts 1.1, 2.2), whose handler
 *         puts the pages of a run as soon as it is mapped. Others may run after each run (vfio_iommu_map()), and since
 *         2025 also after each batch (B-18). A design of ours also drops the lock there.
 * Omits   limits and failures: the study accounting has them.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { dropped, EMPTY_BATCH, filled, isUnsure, kept, taken, type PageBatch, type Run } from "./page-batch.ts";
import type { MemoryAsked, MemoryEmits } from "./process-memory.ts";

export interface PinLoopRules {
  readonly name: string;
  readonly lock: string;
  /** Pages that one call gets at most. */
  readonly batchPages: number;
  /** D-25: what becomes of a batch of one that does not belong to the run: put, or left for the next run. */
  readonly leftover: "put" | "left";
  /** B-18: after what others may run. */
  readonly yieldsAfter: "batch" | "run";
  /** Whether the lock is kept there. */
  readonly keepsLock: boolean;
  /** RFC v2, v3: pages are put as soon as they are mapped. */
  readonly putsMapped: boolean;
}

export interface PinLoopContext {
  readonly rules: PinLoopRules;
  readonly by: string | null;
  /** The first page that is not mapped; how many are to be. */
  readonly next: number;
  readonly left: number;
  readonly batch: PageBatch;
  readonly run: Run;
  /** Ghost: pages got since others could run, and since the lock was free; no more than one above a batch. */
  readonly sinceYield: number;
  readonly sinceLock: number;
}

export type PinLoopEmits =
  | Extract<MemoryAsked, { readonly type: "memory.gets" | "memory.puts" }>
  | { readonly type: "domain.maps"; readonly page: number; readonly frames: readonly number[] }
  | { readonly type: "loop.mapped"; readonly by: string; readonly pages: number }
  | { readonly type: "loop.done"; readonly by: string }
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string };

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
    /** After a run always; between the batches of a run only in a kernel that looks there, too. */
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
  context: ({ input }) => ({ rules: input, ...NOTHING }),
  initial: "idle",
  states: {
    idle: {
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
    /** Pages that an earlier run left in the batch are taken first. */
    filling: {
      on: {
        "loop.gets": [
          {
            guard: "isEmpty",
            actions: emit(({ context: { rules, next, left, run } }) => ({
              type: "memory.gets",
              by: rules.name,
              page: next + run.frames.length,
              most: Math.min(rules.batchPages, left - run.frames.length),
            })),
          },
          { target: "cutting", actions: "takes" },
        ],
        "memory.got": { target: "cutting", actions: ["fills", "takes"] },
      },
    },
    cutting: {
      on: {
        "loop.cuts": [
          { guard: "wantsMore", target: "pausing" },
          { guard: "putsLeftover", target: "mapping", actions: "drops" },
          { target: "mapping" },
        ],
      },
    },
    mapping: { on: { "loop.maps": { target: "pausing", actions: "maps" } } },
    pausing: {
      always: { guard: "isOver", target: "idle", actions: "ends" },
      on: {
        "loop.yields": [
          { guard: "goesOn", target: "filling" },
          { guard: "keepsLock", target: "filling", actions: "yields" },
          {
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
      on: {
        "loop.locks": {
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
