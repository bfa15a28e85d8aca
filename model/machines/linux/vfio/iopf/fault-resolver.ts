/**
 * Resolving faults for VFIO: for each page look up, pin, charge, map, set the bit. Who asks for it, and what becomes of
 * the result, is another machine's affair.
 *
 * Models  RFC v1 patch 2 (VFIO facts 1.1, F3-F11, rows 20, 22), for one page or for all pages of a group: the container's
 *         lock (L) is held from the lookup to the last bit; a page outside every DMA_MAP, and a charge over the limit,
 *         make the result Invalid (D-23: pressure looks like a violation to the device); a bit already set is success
 *         without work. With direct reclaim a refused charge first evicts the least recently mapped page that is not
 *         asked for (VFIO facts 4.1, I-17).
 *         Pages beyond those that were asked for (pre-mapping, row 31) evict nothing, and the group succeeds without them.
 * Omits   failing map calls, protection bits, and pages that cannot be pinned.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import type { ResponseCode } from "../../include/iommu.ts";

export interface FaultResolverRules {
  readonly name: string;
  readonly domains: readonly number[];
  /** Whether L is taken (leaving it out is a departure). */
  readonly locks: boolean;
  /** What a charge over the limit leads to. */
  readonly overLimit: "refuse" | "evict";
  /** Whether pages that are asked for may be evicted for each other (I-17). */
  readonly evictsOwnGroup: boolean;
  /** The result is told, and with it the response sent, after L was dropped, as RFC v1 does, or before. */
  readonly respondWhen: "after-unlock" | "under-lock";
  /** The result where there is no room; default: invalid, as in RFC v1, which cannot be told from a violation. */
  readonly shortage?: "invalid" | "failure";
}

export type FaultResolverEvent =
  /** `wanted`: how many of the pages, the first ones, were asked for; the rest is mapped only if there is room. */
  | { readonly type: "resolver.starts"; readonly pages: readonly number[]; readonly wanted?: number }
  | { readonly type: `resolver.${(typeof STEPS)[number]}` }
  | { readonly type: "container.found"; readonly linked: boolean; readonly mapped: boolean }
  | { readonly type: "host.pinned"; readonly page: number }
  | { readonly type: "account.charged" | "account.refused" }
  | { readonly type: "container.next"; readonly page: number | null }
  | { readonly type: "release.done" }
  /** Who was told has sent its response. */
  | { readonly type: "response.sent" };

export type FaultResolverEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | { readonly type: "container.finds"; readonly by: string; readonly page: number }
  | { readonly type: "host.pins"; readonly by: string; readonly page: number }
  | { readonly type: "host.unpins"; readonly page: number }
  | { readonly type: "account.charges"; readonly by: string }
  | { readonly type: "translation.maps"; readonly page: number; readonly domain: number }
  | { readonly type: "container.marks"; readonly page: number }
  | { readonly type: "container.picks-victim"; readonly by: string; readonly spare: readonly number[] }
  | { readonly type: "release.starts"; readonly by: string; readonly page: number }
  | { readonly type: "resolver.done"; readonly by: string; readonly code: ResponseCode };

const STEPS = [
  "locks",
  "finds",
  "pins",
  "charges",
  "maps",
  "marks",
  "undoes-pin",
  "evicts",
  "tells",
  "unlocks",
] as const;

/** What it does on its own. */
export const faultResolverSteps: readonly Message[] = STEPS.map((step) => ({ type: `resolver.${step}` }));

export interface FaultResolverContext {
  readonly rules: FaultResolverRules;
  /** The pages asked for, without repetition, and how many of them are resolved. */
  readonly pages: readonly number[];
  readonly resolved: number;
  /** Pages at the end of the list that nobody asked for. */
  readonly extra: number;
  readonly code: ResponseCode;
}

const asked = ({ pages, extra }: FaultResolverContext): number[] => pages.slice(0, pages.length - extra);
/** Whether the page at hand was asked for. */
const isWanted = (context: FaultResolverContext): boolean => context.resolved < asked(context).length;

const s = setup({
  types: {
    context: {} as FaultResolverContext,
    events: {} as FaultResolverEvent,
    emitted: {} as FaultResolverEmits,
    input: {} as FaultResolverRules,
  },
  guards: {
    locks: ({ context }) => context.rules.locks,
    evicts: ({ context }) => context.rules.overLimit === "evict" && isWanted(context),
    isLast: ({ context }) => context.resolved === context.pages.length - 1,
    tellsUnderLock: ({ context }) => context.rules.respondWhen === "under-lock",
    tellsAfterUnlock: ({ context }) => context.rules.respondWhen === "after-unlock",
  },
});

const page = (context: FaultResolverContext): number => context.pages[context.resolved]!;
const resolves = s.assign({ resolved: ({ context }) => context.resolved + 1 });
const locks = s.emit(({ context }) => ({ type: "lock.acquires", owner: context.rules.name }));
const unlocks = s.enqueueActions(({ context, enqueue }) => {
  if (context.rules.locks) enqueue.emit({ type: "lock.releases", owner: context.rules.name });
});
const tells = s.emit(({ context }) => ({ type: "resolver.done", by: context.rules.name, code: context.code }));
const forgets = s.assign({ pages: [], resolved: 0, extra: 0, code: "success" });
const refuses = s.assign(({ context }) => (isWanted(context) ? { code: context.rules.shortage ?? "invalid" } : {}));
const maps = s.enqueueActions(({ context, enqueue }) => {
  for (const domain of context.rules.domains) enqueue.emit({ type: "translation.maps", page: page(context), domain });
});
const marks = s.emit(({ context }) => ({ type: "container.marks", page: page(context) }));

export const faultResolver = s.createMachine({
  id: "fault-resolver",
  context: ({ input }) => ({ rules: input, pages: [], resolved: 0, extra: 0, code: "success" }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "resolver.starts": {
          target: "locking",
          actions: assign(({ event: { pages, wanted } }) => ({
            pages: [...new Set(pages)],
            extra: wanted === undefined ? 0 : pages.length - wanted,
          })),
        },
      },
    },
    locking: {
      on: { "resolver.locks": [{ guard: "locks", target: "finding", actions: locks }, { target: "finding" }] },
    },
    finding: {
      on: {
        "resolver.finds": {
          target: "looking-up",
          actions: emit(({ context }) => ({ type: "container.finds", by: context.rules.name, page: page(context) })),
        },
      },
    },
    "looking-up": {
      on: {
        "container.found": [
          { guard: ({ event }) => !event.linked, target: "finishing", actions: assign({ code: "invalid" }) },
          { guard: ({ event }) => !event.mapped, target: "pinning" },
          { guard: "isLast", target: "finishing", actions: resolves },
          { target: "finding", actions: resolves },
        ],
      },
    },
    pinning: {
      on: {
        "resolver.pins": {
          actions: emit(({ context }) => ({ type: "host.pins", by: context.rules.name, page: page(context) })),
        },
        "host.pinned": { target: "charging" },
      },
    },
    charging: {
      on: {
        "resolver.charges": { actions: emit(({ context }) => ({ type: "account.charges", by: context.rules.name })) },
        "account.charged": { target: "mapping" },
        "account.refused": [{ guard: "evicts", target: "evicting" }, { target: "undoing" }],
      },
    },
    evicting: {
      on: {
        "resolver.evicts": {
          actions: emit(({ context }) => ({
            type: "container.picks-victim",
            by: context.rules.name,
            spare: context.rules.evictsOwnGroup ? [] : asked(context).sort((a, b) => a - b),
          })),
        },
        "container.next": [
          { guard: ({ event }) => event.page === null, target: "undoing" },
          {
            target: "releasing",
            actions: emit(({ context, event }) => ({
              type: "release.starts",
              by: context.rules.name,
              page: event.page!,
            })),
          },
        ],
      },
    },
    releasing: { on: { "release.done": { target: "charging" } } },
    undoing: {
      on: {
        "resolver.undoes-pin": {
          target: "finishing",
          actions: [emit(({ context }) => ({ type: "host.unpins", page: page(context) })), refuses],
        },
      },
    },
    mapping: { on: { "resolver.maps": { target: "marking", actions: maps } } },
    marking: {
      on: {
        "resolver.marks": [
          { guard: "isLast", target: "finishing", actions: [marks, resolves] },
          { target: "finding", actions: [marks, resolves] },
        ],
      },
    },
    /** Every page is resolved, or one was refused. */
    finishing: {
      on: {
        "resolver.tells": { guard: "tellsUnderLock", target: "told", actions: tells },
        "resolver.unlocks": { guard: "tellsAfterUnlock", target: "idle", actions: [unlocks, tells, forgets] },
      },
    },
    /** The lock is kept until the response is on its way. */
    told: { on: { "response.sent": { target: "answered" } } },
    answered: { on: { "resolver.unlocks": { target: "idle", actions: [unlocks, forgets] } } },
  },
});
