/**
 * Check then act: the textbook race on a shared counter with a limit, made wide enough to be out of reach of a complete
 * search.
 *
 * Models  pinners that ask an account for permission to pin one page each, and pin it in a second step; the account
 *         counts pages at the second step only. With `atomic` the permission is the charge. A log takes one note for
 *         each page pinned and is emptied by its reader.
 * Omits   what is pinned: only how many pages are.
 */
import { produce } from "immer";
import { assign, emit, setup } from "xstate";
import { all, always, each, messages, sometimes } from "../property.ts";
import { call, defineSystem, send, type System } from "../system.ts";

const source = { document: "Textbook race: check then act", clause: "limit" };

type PinnerEvent =
  | { readonly type: "pinner.asks" }
  | { readonly type: "pinner.pins" }
  | { readonly type: "pinner.unpins" }
  | { readonly type: "granted"; readonly pinner: number };

const pinnerMachine = setup({
  types: {
    context: {} as { pinner: number },
    events: {} as PinnerEvent,
    input: {} as { pinner: number },
    emitted: {} as { type: "asks" | "pinned" | "unpinned"; pinner: number },
  },
}).createMachine({
  id: "pinner",
  context: ({ input }) => ({ pinner: input.pinner }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "pinner.asks": { actions: emit(({ context }) => ({ type: "asks" as const, pinner: context.pinner })) },
        granted: { target: "granted" },
      },
    },
    granted: {
      on: {
        "pinner.pins": {
          target: "pinned",
          actions: emit(({ context }) => ({ type: "pinned" as const, pinner: context.pinner })),
        },
      },
    },
    pinned: {
      on: {
        "pinner.unpins": {
          target: "idle",
          actions: emit(({ context }) => ({ type: "unpinned" as const, pinner: context.pinner })),
        },
      },
    },
  },
});

type AccountEvent = { readonly type: "asks" | "pinned" | "unpinned"; readonly pinner: number };

const accountMachine = setup({
  types: {
    context: {} as { limit: number; atomic: boolean; charged: number[] },
    events: {} as AccountEvent,
    input: {} as { limit: number; atomic: boolean },
    emitted: {} as { type: "granted" | "note"; pinner: number },
  },
  guards: { hasRoom: ({ context }) => context.charged.length < context.limit },
}).createMachine({
  id: "account",
  context: ({ input }) => ({ limit: input.limit, atomic: input.atomic, charged: [] }),
  on: {
    asks: {
      guard: "hasRoom",
      actions: [
        assign(({ context, event }) => (context.atomic ? charge(context, event.pinner) : context)),
        emit(({ event }) => ({ type: "granted" as const, pinner: event.pinner })),
      ],
    },
    pinned: {
      actions: [
        assign(({ context, event }) => charge(context, event.pinner)),
        emit(({ event }) => ({ type: "note" as const, pinner: event.pinner })),
      ],
    },
    unpinned: {
      actions: assign(({ context, event }) =>
        produce(context, (draft) => {
          draft.charged = draft.charged.filter((pinner) => pinner !== event.pinner);
        }),
      ),
    },
  },
});

const charge = <C extends { charged: number[] }>(context: C, pinner: number): C =>
  produce(context, (draft) => {
    draft.charged = [...new Set([...draft.charged, pinner])].sort((a, b) => a - b);
  });

const reader = setup({ types: { events: {} as { readonly type: "note"; readonly pinner: number } } }).createMachine({
  id: "reader",
  on: { note: {} },
});

const withinLimit = always({
  id: "LIM-1",
  statement: "Never are more pages pinned than the limit allows.",
  source,
  witness: "LIM-2",
  reads: { pinners: all("pinner"), account: each<{ limit: number }>("account") },
  holds: ({ pinners, account }) => pinners.filter(({ state }) => state === "pinned").length <= account.context.limit,
});
const limitIsReached = sometimes({
  id: "LIM-2",
  statement: "As many pages are pinned as the limit allows.",
  source,
  reads: { pinners: all("pinner"), account: each<{ limit: number }>("account") },
  holds: ({ pinners, account }) => pinners.filter(({ state }) => state === "pinned").length === account.context.limit,
});
const logFills = (capacity: number) =>
  sometimes({
    id: "LIM-3",
    statement: "The log is full.",
    source,
    reads: { notes: messages("log") },
    holds: ({ notes }) => notes.length === capacity,
  });

/** `pinners` of one page each under one limit, and a log of `log` notes whose reader may be slow. */
export function lockedLimit(bounds: { pinners: number; limit: number; log: number; atomic: boolean }): System {
  const { pinners, limit, log, atomic } = bounds;
  const numbers = Array.from({ length: pinners }, (_, k) => k);
  return defineSystem({
    name: "locked-limit",
    parameters: bounds,
    components: {
      ...Object.fromEntries(
        numbers.map((pinner) => [
          `pinner${pinner}`,
          {
            machine: pinnerMachine,
            input: { pinner },
            role: "pinner",
            events: [{ type: "pinner.asks" }, { type: "pinner.pins" }, { type: "pinner.unpins" }],
          },
        ]),
      ),
      account: { machine: accountMachine, input: { limit, atomic }, role: "account" },
      reader: { machine: reader, role: "reader" },
    },
    channels: { log: { to: "reader", capacity: log, whenFull: "block", unhandled: "error" } },
    routes: [
      call("pinner", ["asks"], "account", "block"),
      call("pinner", ["pinned", "unpinned"], "account"),
      call("account", ["granted"], (message) => `pinner${String(message["pinner"])}`),
      send("account", ["note"], "log"),
    ],
    properties: [withinLimit, limitIsReached, logFills(log)],
    symmetry: {
      pinner: {
        fields: ["pinner", "charged"],
        size: pinners,
        component: (name, permutation) =>
          name.startsWith("pinner") ? `pinner${permutation[Number(name.slice(6))]}` : name,
      },
    },
    sets: ["charged"],
  });
}
