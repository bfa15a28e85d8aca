/**
 * A driver that pins pages for its device, or writes to them with the CPU, and so tells the dirty log which pages its device
 * may write to.
 *
 * Models  vfio_iommu_type1_pin_pages(), vfio_iommu_type1_unpin_pages() and vfio_iommu_type1_dma_rw() as far as the log goes
 *         (VFIO facts 2.2, 2.5; row 66: the scope of pinned pages as the faultable scope; row 73: that scope in the log). A
 *         pin marks its page and narrows the scope of the driver's group; an unpin keeps the mark; a write marks every
 *         page that it touches.
 * Omits   Charges and failures, which linux/vfio/type1/accounting/mdev-pinner.ts has. A pin is for one page, and a write for
 *         one page or for two that are adjacent.
 */
import { assign, emit, not, setup } from "xstate";
import { atWill, linux, messages } from "../../../../../said.ts";
import type { LogTold } from "./page-messages.ts";
import { iommuLockSays } from "../words.ts";

export interface LogPinnerRules {
  readonly name: string;
  /** Its IOMMU-backed group; null: mediated. */
  readonly group: number | null;
  readonly mappingOf: readonly number[];
  /** Which pages are marked by a write across a page boundary. */
  readonly writeMarks: "all" | "by-length";
}

export interface LogPinnerContext {
  readonly rules: LogPinnerRules;
  /** Pages it has pinned: a set. */
  readonly holds: readonly number[];
  readonly call: "pin" | "unpin" | "write" | null;
  /** The pages that the call is for. */
  readonly pages: readonly number[];
}

type LogPinnerEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | { readonly type: "log.asks"; readonly by: string }
  | { readonly type: "log.pins" | "log.unpins" | "log.writes-by-cpu" | "log.marks"; readonly page: number }
  | { readonly type: "log.narrows"; readonly group: number | null }
  | { readonly type: "device.is-confined"; readonly group: number };

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";
const PIN = linux(TYPE1, "vfio_iommu_type1_pin_pages");
const UNPIN = linux(TYPE1, "vfio_iommu_type1_unpin_pages");
const WRITE = linux(TYPE1, "vfio_iommu_type1_dma_rw");

const STEPS = ["locks", "works", "marks", "narrows", "unlocks"] as const;

const s = setup({
  types: {
    context: {} as LogPinnerContext,
    events: {} as
      | { readonly type: "pinner.pins" | "pinner.unpins"; readonly page: number }
      | { readonly type: "pinner.writes"; readonly pages: readonly number[] }
      | { readonly type: `pinner.${(typeof STEPS)[number]}` }
      | LogTold,
    emitted: {} as LogPinnerEmits,
    input: {} as LogPinnerRules,
  },
  guards: {
    isInside: ({ context: { pages, rules }, event }) =>
      event.type === "log.told" && pages.every((page) => event.linked[rules.mappingOf[page]!]),
    pins: ({ context }) => context.call === "pin",
    unpins: ({ context }) => context.call === "unpin",
  },
});

const says = (type: "log.pins" | "log.unpins" | "log.writes-by-cpu") =>
  s.enqueueActions(({ context, enqueue }) => {
    for (const page of context.pages) enqueue.emit({ type, page });
  });
/** B-07 (wrong bitmap of vfio_dma_rw()): the pages of a write are counted from its length alone. */
const marks = s.enqueueActions(({ context: { pages, rules }, enqueue }) => {
  const marked = rules.writeMarks === "all" ? pages : pages.slice(0, 1);
  for (const page of marked) enqueue.emit({ type: "log.marks", page });
});
const narrows = s.enqueueActions(({ context: { rules }, enqueue }) => {
  enqueue.emit({ type: "log.narrows", group: rules.group });
  if (rules.group !== null) enqueue.emit({ type: "device.is-confined", group: rules.group });
});
const holds = s.assign({ holds: ({ context }) => [...context.holds, ...context.pages].sort((a, b) => a - b) });
const drops = s.assign({ holds: ({ context }) => context.holds.filter((page) => !context.pages.includes(page)) });

export const logPinner = s.createMachine({
  id: "log-pinner",
  description: "a driver that pins pages of a container whose writes are logged",
  meta: {
    origin: PIN,
    lane: "{name}: a driver that pins pages",
    messages: messages<LogPinnerEmits>({
      ...iommuLockSays,
      "log.asks": { says: "looks up the mappings of the pages", origin: linux(TYPE1, "vfio_find_dma") },
      "log.pins": { says: "adds page {page} to pfn_list, and marks it", origin: PIN },
      "log.unpins": { says: "takes page {page} off pfn_list", origin: UNPIN },
      "log.writes-by-cpu": {
        says: "writes to page {page}",
        origin: linux(TYPE1, "vfio_iommu_type1_dma_rw_chunk"),
      },
      "log.marks": { says: "sets the bit of page {page}", origin: linux(TYPE1, "vfio_iommu_type1_dma_rw_chunk") },
      "log.narrows": { says: "sets pinned_page_dirty_scope of its group, unless it is set", origin: PIN },
      "device.is-confined": {
        says: "confines the devices of group {group} to pinned pages",
        origin: atWill("the driver"),
      },
    }),
  },
  context: ({ input }) => ({ rules: input, holds: [], call: null, pages: [] }),
  initial: "idle",
  states: {
    idle: {
      description: "no call is in progress",
      meta: { origin: atWill("the driver") },
      on: {
        "pinner.pins": {
          description: "begins to pin page {page}",
          meta: { origin: PIN },
          guard: ({ context, event }) => !context.holds.includes(event.page),
          target: "locking",
          actions: assign({ call: "pin", pages: ({ event }) => [event.page] }),
        },
        "pinner.unpins": {
          description: "begins to unpin page {page}",
          meta: { origin: UNPIN },
          guard: ({ context, event }) => context.holds.includes(event.page),
          target: "locking",
          actions: assign({ call: "unpin", pages: ({ event }) => [event.page] }),
        },
        "pinner.writes": {
          description: "begins to write to pages [{pages}]",
          meta: { origin: WRITE },
          target: "locking",
          actions: assign({ call: "write", pages: ({ event }) => event.pages }),
        },
      },
    },
    locking: {
      description: "iommu->lock is to be taken, to {call} pages [{pages}]",
      meta: { origin: atWill("the driver") },
      on: {
        "pinner.locks": {
          description: "takes iommu->lock",
          target: "working",
          actions: emit(({ context }) => ({ type: "lock.acquires", owner: context.rules.name })),
        },
      },
    },
    working: {
      description: "iommu->lock is held, to {call} pages [{pages}]",
      meta: { origin: atWill("the driver") },
      on: {
        "pinner.works": {
          description: "looks up pages [{pages}], to {call} them",
          actions: emit(({ context }) => ({ type: "log.asks", by: context.rules.name })),
        },
        "log.told": [
          { guard: "unpins", target: "unlocking", actions: [says("log.unpins"), drops] },
          { guard: not("isInside"), target: "unlocking" },
          { guard: "pins", target: "narrowing", actions: [says("log.pins"), holds] },
          { target: "marking", actions: says("log.writes-by-cpu") },
        ],
      },
    },
    marking: {
      description: "pages [{pages}] are written, and their bits are to be set",
      meta: { origin: linux(TYPE1, "vfio_iommu_type1_dma_rw_chunk") },
      on: { "pinner.marks": { description: "sets the bits of pages [{pages}]", target: "unlocking", actions: marks } },
    },
    narrowing: {
      description: "the page is pinned, and the scope of the group is to be set",
      on: {
        "pinner.narrows": {
          description: "sets pinned_page_dirty_scope of its group, unless it is set",
          target: "unlocking",
          actions: narrows,
        },
      },
    },
    unlocking: {
      description: "iommu->lock is to be dropped",
      meta: { origin: atWill("the driver") },
      on: {
        "pinner.unlocks": {
          description: "drops iommu->lock and returns",
          target: "idle",
          actions: [
            emit(({ context }) => ({ type: "lock.releases", owner: context.rules.name })),
            s.assign({ call: null, pages: [] }),
          ],
        },
      },
    },
  },
});

/** Its spontaneous steps. */
export const logPinnerSteps = (pages: readonly number[], writes: readonly (readonly number[])[]) => [
  ...pages.flatMap((page) => [
    { type: "pinner.pins", page },
    { type: "pinner.unpins", page },
  ]),
  ...writes.map((some) => ({ type: "pinner.writes", pages: some })),
  ...STEPS.filter((step) => writes.length > 0 || step !== "marks").map((step) => ({ type: `pinner.${step}` })),
];
