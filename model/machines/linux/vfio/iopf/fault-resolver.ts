/**
 * The VFIO fault handler with a lasting pin, from the lookup to the result: for each page it looks the page up, pins it,
 * charges it, maps it and sets its bit. The caller sends the response.
 *
 * Models  vfio_iommu_type1_dynamic_dma_map() of RFC v1 patch 2 (VFIO facts 1.1, F3 to F11: from mutex_lock() to
 *         mutex_unlock()), for one page or for all pages of a group. iommu->lock is held from the lookup to the last bit.
 *         A page outside of every mapping makes the result Invalid, and a refused charge does so as well (D-23: a
 *         shortage of memory looks like a violation to the device). A page whose bit is set is a success without work.
 *         With direct reclaim a refused charge first evicts the least recently mapped page (VFIO facts 4.1; I-17: a page
 *         of the group in service is no victim). Pre-mapped pages (row 31: pre-pin more pages) evict nothing, and the
 *         group succeeds without them.
 * Omits   protection bits, and what type1/accounting/page-pinning.ts has: a map call that fails, the order of pin, limit
 *         and charge inside vfio_pin_page_external(), zero pages, MMIO, and pages that an mdev driver has pinned already.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import type { ResponseCode } from "../../include/iommu.ts";
import { linux, messages, proposal, rfc } from "../../../../said.ts";
import { evictionSays, iommuLockSays, onePageSays } from "../type1/words.ts";

export interface FaultResolverRules {
  readonly name: string;
  readonly domains: readonly number[];
  /** Whether it takes iommu->lock; a handler without the lock is a deliberate defect. */
  readonly locks: boolean;
  /** What follows a charge over the limit. */
  readonly overLimit: "refuse" | "evict";
  /** Whether a page of the group in service may be a victim (I-17 forbids it). */
  readonly evictsOwnGroup: boolean;
  /** Whether the response is sent after iommu->lock is dropped, as RFC v1 does, or before. */
  readonly respondWhen: "after-unlock" | "under-lock";
  /** The result where there is no room; default: invalid, as in RFC v1, which looks like a violation. Success is a deliberate defect. */
  readonly shortage?: ResponseCode;
}

export type FaultResolverEvent =
  /** `wanted`: so many of the pages, from the first, were requested; the others are pre-mapped if there is room. */
  | { readonly type: "resolver.starts"; readonly pages: readonly number[]; readonly wanted?: number }
  | { readonly type: `resolver.${(typeof STEPS)[number]}` }
  | { readonly type: "container.found"; readonly linked: boolean; readonly mapped: boolean }
  | { readonly type: "host.pinned"; readonly page: number }
  | { readonly type: "account.charged" | "account.refused" }
  | { readonly type: "container.next"; readonly page: number | null }
  | { readonly type: "release.done" }
  /** The caller has sent the response. */
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

/** Its own steps. */
export const faultResolverSteps: readonly Message[] = STEPS.map((step) => ({ type: `resolver.${step}` }));

export interface FaultResolverContext {
  readonly rules: FaultResolverRules;
  /** The pages of the group, each once, and how many of them are resolved. */
  readonly pages: readonly number[];
  readonly resolved: number;
  /** How many pages at the end of the list are pre-mapped. */
  readonly extra: number;
  readonly code: ResponseCode;
}

const asked = ({ pages, extra }: FaultResolverContext): number[] => pages.slice(0, pages.length - extra);
/** Whether the current page was requested. */
const isWanted = (context: FaultResolverContext): boolean => context.resolved < asked(context).length;

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";
const EVICTION = proposal("M3 (a limit on faulted-in pages)");

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
  description: "the VFIO fault handler of RFC v1, which leaves a page pinned once it is mapped",
  meta: {
    origin: rfc("v1 patch 2", "vfio_iommu_type1_dynamic_dma_map"),
    lane: "the VFIO fault handler ({name})",
    messages: messages<FaultResolverEmits>({
      ...iommuLockSays,
      ...onePageSays,
      ...evictionSays,
      "resolver.done": "returns {code}",
    }),
  },
  context: ({ input }) => ({ rules: input, pages: [], resolved: 0, extra: 0, code: "success" }),
  initial: "idle",
  states: {
    idle: {
      description: "no fault is being resolved",
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
      description: "wants iommu->lock",
      on: {
        "resolver.locks": [
          { description: "takes iommu->lock", guard: "locks", target: "finding", actions: locks },
          { description: "begins to resolve the fault, without taking iommu->lock", target: "finding" },
        ],
      },
    },
    finding: {
      description: "the next page is to be looked up",
      on: {
        "resolver.finds": {
          description: "looks up the next page and its bit",
          meta: { listed: true, origin: linux(TYPE1, "vfio_find_dma") },
          target: "looking-up",
          actions: emit(({ context }) => ({ type: "container.finds", by: context.rules.name, page: page(context) })),
        },
      },
    },
    "looking-up": {
      description: "the mapping and the bit of the page are being read",
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
      description: "the page is in a mapping, has no bit and is to be pinned",
      on: {
        "resolver.pins": {
          description: "pins the page",
          meta: { listed: true, origin: linux(TYPE1, "vfio_pin_page_external") },
          actions: emit(({ context }) => ({ type: "host.pins", by: context.rules.name, page: page(context) })),
        },
        "host.pinned": { target: "charging" },
      },
    },
    charging: {
      description: "the page is pinned and not yet charged to locked_vm",
      on: {
        "resolver.charges": {
          description: "charges the page to locked_vm",
          meta: { origin: linux(TYPE1, "vfio_lock_acct") },
          actions: emit(({ context }) => ({ type: "account.charges", by: context.rules.name })),
        },
        "account.charged": { target: "mapping" },
        "account.refused": [{ guard: "evicts", target: "evicting" }, { target: "undoing" }],
      },
    },
    evicting: {
      description: "there is no room for the page, and another one is to be evicted",
      on: {
        "resolver.evicts": {
          description: "looks for the least recently mapped page",
          meta: { origin: EVICTION },
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
    releasing: { description: "the victim is being released", on: { "release.done": { target: "charging" } } },
    undoing: {
      description: "the page is pinned and was refused a charge",
      on: {
        "resolver.undoes-pin": {
          description: "unpins the page that was refused a charge",
          meta: { listed: true, origin: linux(TYPE1, "put_pfn") },
          target: "finishing",
          actions: [emit(({ context }) => ({ type: "host.unpins", page: page(context) })), refuses],
        },
      },
    },
    mapping: {
      description: "the page is pinned and charged, and not yet mapped",
      on: {
        "resolver.maps": {
          description: "maps the page in every domain",
          meta: { listed: true, origin: linux(TYPE1, "vfio_iommu_map") },
          target: "marking",
          actions: maps,
        },
      },
    },
    marking: {
      description: "the page is mapped, and its bit is not set",
      on: {
        "resolver.marks": [
          {
            description: "sets the bit of the page",
            meta: { listed: true },
            guard: "isLast",
            target: "finishing",
            actions: [marks, resolves],
          },
          { target: "finding", actions: [marks, resolves] },
        ],
      },
    },
    finishing: {
      description: "every page is resolved, or one was refused; the result is {code}",
      on: {
        "resolver.tells": {
          description: "returns {code} before iommu->lock is dropped",
          guard: "tellsUnderLock",
          target: "told",
          actions: tells,
        },
        "resolver.unlocks": {
          description: "ends the fault and returns {code}",
          guard: "tellsAfterUnlock",
          target: "idle",
          actions: [unlocks, tells, forgets],
        },
      },
    },
    told: {
      description: "iommu->lock is held until the response is sent",
      on: { "response.sent": { target: "answered" } },
    },
    answered: {
      description: "the response is sent, and iommu->lock is still held",
      on: {
        "resolver.unlocks": {
          description: "ends the fault after the response",
          target: "idle",
          actions: [unlocks, forgets],
        },
      },
    },
  },
});
