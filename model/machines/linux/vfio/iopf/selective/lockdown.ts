/**
 * vfio_pin_pages() and vfio_unpin_pages() for a list of pages. The caller holds the container's lock.
 *
 * Models  VFIO facts 2.2 (pin_pages, unpin_pages), 2.7, 3.2 step 3, rows 71, 72: today's call pins and records, and maps
 *         nothing; a lockdown also charges and maps, by the same steps as a fault (a resolver does them for it), so that a
 *         page that a fault has mapped already is only recorded, and a page that is released stays mapped until it is
 *         evicted. All or nothing (I-19): whoever fails gives back the pages so far. DMA_MAP of memory that must not fault
 *         uses it as well.
 * Omits   protection, and reserved pages.
 */
import { emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import type { Keeping } from "./pin-scope.ts";

export interface LockdownRules {
  readonly api: "pins-only" | "pins-and-maps";
  /** Whether today's call charges (VFIO facts 2.2: it does not where there is an IOMMU domain). */
  readonly charges: boolean;
  /** Whether a failure gives back the pages so far. */
  readonly unwinds: boolean;
  /** Whether a page that cannot be charged is unpinned again (the pattern of D-01 and B-09). */
  readonly undoesPin: boolean;
}

interface Order {
  readonly by: string;
  readonly pages: readonly number[];
  readonly keeping: Keeping;
}

const STEPS = ["fills", "looks", "pins", "charges", "undoes-pin", "adds", "removes", "unpins"] as const;

export type LockdownEvent =
  | ({ readonly type: "lockdown.starts" | "lockdown.releases" } & Order)
  | { readonly type: `lockdown.${(typeof STEPS)[number]}` }
  /** D-21: the range tree finds no memory for a split, and the loop ends early. */
  | { readonly type: "lockdown.stops-half-way" }
  | { readonly type: "resolver.done"; readonly code: "success" | "invalid" }
  | { readonly type: "container.found"; readonly linked: boolean }
  | { readonly type: "pins.held"; readonly held: boolean }
  | { readonly type: "pins.added" }
  | { readonly type: "pins.removed"; readonly last: boolean }
  | { readonly type: "host.pinned" }
  | { readonly type: "account.charged" | "account.refused" };

export type LockdownEmits =
  | { readonly type: "resolver.starts"; readonly pages: readonly number[] }
  | { readonly type: "container.finds" | "pins.asks" | "host.pins"; readonly page: number; readonly by: string }
  | {
      readonly type: "pins.adds" | "pins.removes";
      readonly page: number;
      readonly keeping: Keeping;
      readonly by: string;
    }
  | { readonly type: "host.unpins"; readonly page: number }
  | { readonly type: "account.charges"; readonly by: string }
  | { readonly type: "account.uncharges" }
  | { readonly type: "lockdown.done"; readonly by: string; readonly ok: boolean };

export interface LockdownContext {
  readonly rules: LockdownRules;
  readonly order: Order | null;
  /** Pages done. */
  readonly done: number;
  /** It gives back what it took, because a page was refused. */
  readonly failed: boolean;
}

export const lockdownSteps: readonly Message[] = STEPS.map((step) => ({ type: `lockdown.${step}` }));

const NAME = "lockdown";

const s = setup({
  types: {
    context: {} as LockdownContext,
    events: {} as LockdownEvent,
    emitted: {} as LockdownEmits,
    input: {} as LockdownRules,
  },
  guards: {
    maps: ({ context: { rules, order } }) => rules.api === "pins-and-maps" || order?.keeping === "static",
    isLast: ({ context: { order, done } }) => done === order!.pages.length - 1,
    charges: ({ context }) => context.rules.charges,
    mustUnwind: ({ context: { rules, done } }) => rules.unwinds && done > 0,
  },
});

const page = ({ order, done }: LockdownContext): number => order!.pages[done]!;
const begins = s.assign({
  order: ({ context, event }) =>
    event.type === "lockdown.starts" || event.type === "lockdown.releases"
      ? { by: event.by, pages: event.pages, keeping: event.keeping }
      : context.order,
});
const advances = s.assign({ done: ({ context }) => context.done + 1 });
const tells = s.enqueueActions(({ context: { order, failed }, enqueue }) => {
  enqueue.assign({ order: null, done: 0, failed: false });
  enqueue.emit({ type: "lockdown.done", by: order!.by, ok: !failed });
});
const unpins = s.enqueueActions(({ context, enqueue }) => {
  enqueue.emit({ type: "host.unpins", page: page(context) });
  if (context.rules.charges) enqueue.emit({ type: "account.uncharges" });
});
const undoesPin = s.enqueueActions(({ context, enqueue }) => {
  if (context.rules.undoesPin) enqueue.emit({ type: "host.unpins", page: page(context) });
});
const fails = s.assign({ failed: true });
/** Back over the pages so far. */
const turns = s.assign({
  order: ({ context: { order, done } }) => ({ ...order!, pages: order!.pages.slice(0, done) }),
  done: 0,
});
/** The page was refused: the pages so far go back, or (a departure) nobody looks at them. */
const refused = [
  { guard: "mustUnwind", target: "giving", actions: ["fails", "turns"] },
  { target: "idle", actions: ["fails", "tells"] },
] as const;

export const lockdown = s
  .extend({ actions: { begins, advances, tells, unpins, undoesPin, fails, turns } })
  .createMachine({
    id: "lockdown",
    context: ({ input }) => ({ rules: input, order: null, done: 0, failed: false }),
    initial: "idle",
    states: {
      idle: {
        on: {
          "lockdown.starts": { target: "taking", actions: "begins" },
          "lockdown.releases": { target: "giving", actions: "begins" },
        },
      },
      taking: {
        on: {
          "lockdown.fills": {
            guard: "maps",
            target: "filling",
            actions: emit(({ context }) => ({ type: "resolver.starts", pages: [page(context)] })),
          },
          "lockdown.looks": {
            guard: ({ context: { rules, order } }) => rules.api === "pins-only" && order?.keeping === "ring",
            target: "looking",
            actions: emit(({ context }) => ({ type: "container.finds", page: page(context), by: NAME })),
          },
        },
      },
      filling: {
        on: { "resolver.done": [{ guard: ({ event }) => event.code === "success", target: "adding" }, ...refused] },
      },
      looking: {
        on: {
          "container.found": [
            {
              guard: ({ event }) => event.linked,
              actions: emit(({ context }) => ({ type: "pins.asks", page: page(context), by: NAME })),
            },
            ...refused,
          ],
          "pins.held": [{ guard: ({ event }) => event.held, target: "adding" }, { target: "pinning" }],
        },
      },
      pinning: {
        on: {
          "lockdown.pins": { actions: emit(({ context }) => ({ type: "host.pins", page: page(context), by: NAME })) },
          "host.pinned": [{ guard: "charges", target: "charging" }, { target: "adding" }],
        },
      },
      charging: {
        on: {
          "lockdown.charges": { actions: emit({ type: "account.charges", by: NAME }) },
          "account.charged": { target: "adding" },
          "account.refused": { target: "undoing" },
        },
      },
      undoing: {
        on: {
          "lockdown.undoes-pin": [
            { guard: "mustUnwind", target: "giving", actions: ["undoesPin", "fails", "turns"] },
            { target: "idle", actions: ["undoesPin", "fails", "tells"] },
          ],
        },
      },
      adding: {
        on: {
          "lockdown.adds": {
            actions: emit(({ context }) => ({
              type: "pins.adds",
              page: page(context),
              keeping: context.order!.keeping,
              by: NAME,
            })),
          },
          "pins.added": [
            { guard: "isLast", target: "idle", actions: "tells" },
            { target: "taking", actions: "advances" },
          ],
        },
      },
      giving: {
        on: {
          "lockdown.removes": {
            actions: emit(({ context }) => ({
              type: "pins.removes",
              page: page(context),
              keeping: context.order!.keeping,
              by: NAME,
            })),
          },
          "pins.removed": [
            { guard: ({ context, event }) => event.last && context.rules.api === "pins-only", target: "unpinning" },
            { guard: "isLast", target: "idle", actions: "tells" },
            { actions: "advances" },
          ],
          "lockdown.stops-half-way": {
            guard: ({ context }) => context.done > 0 && !context.failed,
            target: "idle",
            actions: "tells",
          },
        },
      },
      unpinning: {
        on: {
          "lockdown.unpins": [
            { guard: "isLast", target: "idle", actions: ["unpins", "tells"] },
            { target: "giving", actions: ["unpins", "advances"] },
          ],
        },
      },
    },
  });
