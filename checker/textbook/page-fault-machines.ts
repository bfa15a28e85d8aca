/**
 * The machines of a small protocol of I/O page faults that several model checkers agree on: a calibration and a yardstick
 * of speed, not a model of any hardware or kernel. Here nothing is to be learnt about page faults but the counts.
 *
 * Models  DMA slots of a device, a queue of page requests with overflow, a handler that pins pages, and the pinned pages
 *         themselves, least recently used first, which the host may invalidate. One action is one atomic step.
 * Omits   everything else; the same protocol for other checkers is in bench/peers.
 */
import { produce } from "immer";
import { assign, emit, setup } from "xstate";

type SlotContext = { readonly slot: number; readonly retries: number; page: number | null; tries: number };
type SlotEvent =
  | { readonly type: "slot.issues"; readonly page: number }
  | { readonly type: "slot.translates" }
  | { readonly type: "slot.reads-response" }
  | { readonly type: "slot.completes" }
  | { readonly type: "hit" }
  | { readonly type: "miss" }
  | { readonly type: "queued" }
  | { readonly type: "refused" }
  | { readonly type: "response" };
type SlotEmits =
  | { type: "translate"; slot: number; page: number }
  | { type: "request"; slot: number; page: number }
  | { type: "complete"; page: number };

/** One DMA at a time, to a page of the environment's choice. */
export const dmaSlot = setup({
  types: {
    context: {} as SlotContext,
    events: {} as SlotEvent,
    input: {} as { slot: number; retries: number },
    emitted: {} as SlotEmits,
  },
  guards: { mayRetry: ({ context }) => context.tries < context.retries },
}).createMachine({
  id: "dma-slot",
  context: ({ input }) => ({ slot: input.slot, retries: input.retries, page: null, tries: 0 }),
  initial: "idle",
  states: {
    idle: {
      entry: assign({ page: null, tries: 0 }),
      on: { "slot.issues": { target: "translating", actions: assign({ page: ({ event }) => event.page }) } },
    },
    translating: {
      on: {
        "slot.translates": {
          actions: emit(({ context: { slot, page } }) => ({ type: "translate" as const, slot, page: page! })),
        },
        hit: { target: "accessing" },
        miss: { actions: emit(({ context: { slot, page } }) => ({ type: "request" as const, slot, page: page! })) },
        queued: { target: "waiting" },
        refused: { target: "failed" },
      },
    },
    waiting: { on: { response: { target: "answered" } } },
    answered: { on: { "slot.reads-response": { target: "translating" } } },
    /** The queue answered the request itself. */
    failed: {
      on: {
        "slot.reads-response": [
          {
            guard: "mayRetry",
            target: "translating",
            actions: assign({ tries: ({ context }) => context.tries + 1 }),
          },
          { target: "idle" },
        ],
      },
    },
    accessing: {
      on: {
        "slot.completes": {
          target: "idle",
          actions: emit(({ context }) => ({ type: "complete" as const, page: context.page! })),
        },
      },
    },
  },
});

type Request = { readonly slot: number; readonly page: number };
type QueueEvent =
  | { readonly type: "request"; readonly slot: number; readonly page: number }
  | { readonly type: "take" }
  | { readonly type: "clear-overflow" };

/** A request that does not fit sets the overflow flag; while it is set every request is refused. */
export const requestQueue = setup({
  types: {
    context: {} as { readonly depth: number; requests: Request[] },
    events: {} as QueueEvent,
    input: {} as { depth: number },
    emitted: {} as { type: "queued" | "refused"; slot: number } | { type: "taken"; slot: number; page: number },
  },
  guards: {
    isFull: ({ context }) => context.requests.length === context.depth,
    isEmpty: ({ context }) => context.requests.length === 0,
    holdsRequests: ({ context }) => context.requests.length > 0,
  },
  actions: {
    removeHead: assign(({ context }) =>
      produce(context, (draft) => {
        draft.requests.shift();
      }),
    ),
  },
}).createMachine({
  id: "request-queue",
  context: ({ input }) => ({ depth: input.depth, requests: [] }),
  initial: "accepting",
  on: {
    take: {
      guard: "holdsRequests",
      actions: [emit(({ context }) => ({ type: "taken" as const, ...context.requests[0]! })), "removeHead"],
    },
  },
  states: {
    accepting: {
      on: {
        request: [
          {
            guard: "isFull",
            target: "overflowed",
            actions: emit(({ event }) => ({ type: "refused" as const, slot: event.slot })),
          },
          {
            actions: [
              assign(({ context, event: { slot, page } }) =>
                produce(context, (draft) => {
                  draft.requests.push({ slot, page });
                }),
              ),
              emit(({ event }) => ({ type: "queued" as const, slot: event.slot })),
            ],
          },
        ],
      },
    },
    overflowed: {
      on: {
        request: { actions: emit(({ event }) => ({ type: "refused" as const, slot: event.slot })) },
        "clear-overflow": { guard: "isEmpty", target: "accepting" },
      },
    },
  },
});

type HandlerEvent =
  | { readonly type: "handler.takes" }
  | { readonly type: "handler.pins" }
  | { readonly type: "handler.clears-overflow" }
  | { readonly type: "taken"; readonly slot: number; readonly page: number };

/** Serves one request at a time: takes it, pins its page, answers. */
export const faultHandler = setup({
  types: {
    context: {} as { request: Request | null },
    events: {} as HandlerEvent,
    emitted: {} as
      { type: "take" | "clear-overflow" } | { type: "pin"; page: number } | { type: "response"; slot: number },
  },
}).createMachine({
  id: "fault-handler",
  context: { request: null },
  initial: "idle",
  states: {
    idle: {
      on: {
        "handler.takes": { actions: emit({ type: "take" }) },
        "handler.clears-overflow": { actions: emit({ type: "clear-overflow" }) },
        taken: {
          target: "serving",
          actions: assign({ request: ({ event: { slot, page } }) => ({ slot, page }) }),
        },
      },
    },
    serving: {
      on: {
        "handler.pins": {
          target: "idle",
          actions: [
            emit(({ context }) => ({ type: "pin" as const, page: context.request!.page })),
            emit(({ context }) => ({ type: "response" as const, slot: context.request!.slot })),
            assign({ request: null }),
          ],
        },
      },
    },
  },
});

type PagesContext = {
  readonly limit: number;
  /** The seeded mistake: eviction ignores DMA in flight. */
  readonly evictsInUse: boolean;
  /** Least recently used first. */
  pinned: number[];
  /** The page of each DMA in flight, sorted. */
  inUse: number[];
  invalidating: number | null;
};
type PagesEvent =
  | { readonly type: "translate"; readonly slot: number; readonly page: number }
  | { readonly type: "complete"; readonly page: number }
  | { readonly type: "pin"; readonly page: number }
  | { readonly type: "host.invalidates"; readonly page: number }
  | { readonly type: "host.completes-invalidation" };

/** The place in `pinned` of the page that a pin of `page` takes away: the page itself, or a victim; -1 if there is none. */
const placeToFree = ({ pinned, inUse, evictsInUse }: PagesContext, page: number): number =>
  pinned.includes(page) ? pinned.indexOf(page) : pinned.findIndex((victim) => evictsInUse || !inUse.includes(victim));

/** Translations follow what is pinned; what is pinned and used moves to the end of the list. */
export const pinnedPages = setup({
  types: {
    context: {} as PagesContext,
    events: {} as PagesEvent,
    input: {} as { limit: number; evictsInUse: boolean },
    emitted: {} as { type: "hit" | "miss"; slot: number },
  },
}).createMachine({
  id: "pinned-pages",
  context: ({ input }) => ({ ...input, pinned: [], inUse: [], invalidating: null }),
  on: {
    translate: [
      {
        guard: ({ context, event }) => context.pinned.includes(event.page),
        actions: [
          assign(({ context, event: { page } }) =>
            produce(context, (draft) => {
              draft.pinned = [...draft.pinned.filter((other) => other !== page), page];
              draft.inUse = [...draft.inUse, page].sort((a, b) => a - b);
            }),
          ),
          emit(({ event }) => ({ type: "hit" as const, slot: event.slot })),
        ],
      },
      { actions: emit(({ event }) => ({ type: "miss" as const, slot: event.slot })) },
    ],
    complete: {
      actions: assign(({ context, event }) =>
        produce(context, (draft) => {
          draft.inUse.splice(draft.inUse.indexOf(event.page), 1);
        }),
      ),
    },
    pin: {
      guard: ({ context, event: { page } }) =>
        context.invalidating !== page && (placeToFree(context, page) >= 0 || context.pinned.length < context.limit),
      actions: assign(({ context, event: { page } }) =>
        produce(context, (draft) => {
          if (draft.pinned.includes(page) || draft.pinned.length === draft.limit)
            draft.pinned.splice(placeToFree(context, page), 1);
          draft.pinned.push(page);
        }),
      ),
    },
    "host.invalidates": {
      guard: ({ context, event }) => context.invalidating === null && context.pinned.includes(event.page),
      actions: assign(({ context, event: { page } }) =>
        produce(context, (draft) => {
          draft.pinned = draft.pinned.filter((other) => other !== page);
          draft.invalidating = page;
        }),
      ),
    },
    "host.completes-invalidation": {
      guard: ({ context }) => context.invalidating !== null && !context.inUse.includes(context.invalidating),
      actions: assign({ invalidating: null }),
    },
  },
});
