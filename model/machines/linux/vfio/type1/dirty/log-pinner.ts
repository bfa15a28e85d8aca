/**
 * A driver that pins pages for its device, or writes them itself with a CPU, and so tells the dirty log which pages its
 * device may write.
 *
 * Models  pin_pages, unpin_pages and dma_rw as far as the log goes (VFIO facts 2.2, 2.5; rows 66, 73): a pin marks its page and
 *         narrows the scope of the driver's group; an unpin keeps the mark; a write marks every page that it touches.
 * Omits   accounts and failures (the study of accounts); a call is for one page, a write for one or for two next to each
 *         other.
 */
import { assign, emit, not, setup } from "xstate";
import type { LogTold } from "./dirty-container.ts";

export interface LogPinnerRules {
  readonly name: string;
  /** Its IOMMU-backed group; null: mediated. */
  readonly group: number | null;
  readonly mappingOf: readonly number[];
  /** Which pages of a write across an edge are marked. */
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

const STEPS = ["locks", "works", "marks", "narrows", "unlocks"] as const;

const s = setup({
  types: {
    context: {} as LogPinnerContext,
    events: {} as
      | { readonly type: "pinner.pins" | "pinner.unpins"; readonly page: number }
      | { readonly type: "pinner.writes"; readonly pages: readonly number[] }
      | { readonly type: `pinner.${(typeof STEPS)[number]}` }
      | LogTold,
    emitted: {} as
      | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
      | { readonly type: "log.asks"; readonly by: string }
      | { readonly type: "log.pins" | "log.unpins" | "log.writes-by-cpu" | "log.marks"; readonly page: number }
      | { readonly type: "log.narrows"; readonly group: number | null }
      | { readonly type: "device.is-confined"; readonly group: number },
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
/** B-07: the pages of a write are counted from its length alone. */
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
  context: ({ input }) => ({ rules: input, holds: [], call: null, pages: [] }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "pinner.pins": {
          guard: ({ context, event }) => !context.holds.includes(event.page),
          target: "locking",
          actions: assign({ call: "pin", pages: ({ event }) => [event.page] }),
        },
        "pinner.unpins": {
          guard: ({ context, event }) => context.holds.includes(event.page),
          target: "locking",
          actions: assign({ call: "unpin", pages: ({ event }) => [event.page] }),
        },
        "pinner.writes": { target: "locking", actions: assign({ call: "write", pages: ({ event }) => event.pages }) },
      },
    },
    locking: {
      on: {
        "pinner.locks": {
          target: "working",
          actions: emit(({ context }) => ({ type: "lock.acquires", owner: context.rules.name })),
        },
      },
    },
    working: {
      on: {
        "pinner.works": { actions: emit(({ context }) => ({ type: "log.asks", by: context.rules.name })) },
        "log.told": [
          { guard: "unpins", target: "unlocking", actions: [says("log.unpins"), drops] },
          { guard: not("isInside"), target: "unlocking" },
          { guard: "pins", target: "narrowing", actions: [says("log.pins"), holds] },
          { target: "marking", actions: says("log.writes-by-cpu") },
        ],
      },
    },
    marking: { on: { "pinner.marks": { target: "unlocking", actions: marks } } },
    narrowing: { on: { "pinner.narrows": { target: "unlocking", actions: narrows } } },
    unlocking: {
      on: {
        "pinner.unlocks": {
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

/** What it does on its own. */
export const logPinnerSteps = (pages: readonly number[], writes: readonly (readonly number[])[]) => [
  ...pages.flatMap((page) => [
    { type: "pinner.pins", page },
    { type: "pinner.unpins", page },
  ]),
  ...writes.map((some) => ({ type: "pinner.writes", pages: some })),
  ...STEPS.filter((step) => writes.length > 0 || step !== "marks").map((step) => ({ type: `pinner.${step}` })),
];
