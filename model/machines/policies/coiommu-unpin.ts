/**
 * The thread of coIOMMU's host that unpins idle pages.
 *
 * Models  VFIO facts 4.4 (row 4). Under the lock one compare-and-exchange clears "pinned", only if no other bit of the word is
 *         set; then DMA_UNMAP; if that fails, "pinned" is set again. If the exchange fails the thread clears "accessed": a
 *         second chance for the page. A balloon request clears "accessed" first.
 * Omits   the two generations of pages and the interval: the thread may look at any page at any time. The command that parks
 *         the thread.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";
import { linux, messages } from "../../said.ts";
import type { Compared } from "./coiommu-entry.ts";
import { COIOMMU } from "./vocabulary.ts";

export type UnpinBy = "exchange" | "plain-write" | "exchange-without-count" | "exchange-without-accessed";

export interface CoiommuUnpinRules {
  readonly by: UnpinBy;
  readonly locks: boolean;
  /** "pinned" is set again where DMA_UNMAP fails. */
  readonly restores: boolean;
  /** It relies on the shared table that the page is mapped. */
  readonly trusts: boolean;
}

export interface CoiommuUnpinContext {
  readonly rules: CoiommuUnpinRules;
  readonly page: number | null;
  readonly forced: boolean;
}

const NAME = "unpin";
const STEPS = ["locks", "clears", "exchanges", "reads", "writes", "ages", "fails", "restores", "unlocks"] as const;

export type CoiommuUnpinEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | { readonly type: "entry.exchanges"; readonly page: number; readonly by: string; readonly compares: Compared }
  | { readonly type: "entry.reads" | "container.finds"; readonly page: number; readonly by: string }
  | { readonly type: "entry.clears-accessed" | "entry.writes-zero" | "entry.sets-pinned"; readonly page: number }
  | { readonly type: "release.starts"; readonly page: number; readonly by: string };

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";
const UNMAP = linux(TYPE1, "vfio_dma_do_unmap");

const s = setup({
  types: {
    context: {} as CoiommuUnpinContext,
    events: {} as
      /** Its timer, and a balloon. */
      | { readonly type: "unpin.looks" | "policy.pressure"; readonly page: number }
      | { readonly type: `unpin.${(typeof STEPS)[number]}` }
      /** DMA_UNMAP; it carries the page, so that fairness can require of each page that DMA_UNMAP does not fail for ever. */
      | { readonly type: "unpin.unmaps"; readonly page: number }
      | { readonly type: "entry.exchanged" | "entry.read"; readonly idle: boolean }
      | { readonly type: "container.found"; readonly mapped: boolean }
      | { readonly type: "release.done" },
    emitted: {} as CoiommuUnpinEmits,
    input: {} as CoiommuUnpinRules,
  },
  guards: {
    exchanges: ({ context }) => context.rules.by !== "plain-write",
    releases: ({ context, event }) => context.rules.trusts || (event.type === "container.found" && event.mapped),
  },
});

export const unpinSteps = (pages: readonly number[]): readonly Message[] => [
  ...pages.map((page) => ({ type: "unpin.looks", page })),
  ...pages.map((page) => ({ type: "unpin.unmaps", page })),
  ...STEPS.map((step) => ({ type: `unpin.${step}` })),
];

const COMPARED: { readonly [by in UnpinBy]: Compared } = {
  exchange: "word",
  "plain-write": "word",
  "exchange-without-count": "without-count",
  "exchange-without-accessed": "without-accessed",
};

const locks = s.enqueueActions(({ context, enqueue }) => {
  if (context.rules.locks) enqueue.emit({ type: "lock.acquires", owner: NAME });
});
const unlocks = s.enqueueActions(({ context, enqueue }) => {
  if (context.rules.locks) enqueue.emit({ type: "lock.releases", owner: NAME });
  enqueue.assign({ page: null, forced: false });
});
const forgives = s.emit(({ context }) => ({ type: "entry.clears-accessed", page: context.page! }));
const starts = s.emit(({ context }) => ({ type: "release.starts", page: context.page!, by: NAME }));

export const coiommuUnpin = s.extend({ actions: { locks, unlocks, forgives, starts } }).createMachine({
  id: "coiommu-unpin",
  description: "the thread of coIOMMU that unpins idle pages",
  meta: {
    origin: COIOMMU,
    lane: "the unpin thread of coIOMMU",
    messages: messages<CoiommuUnpinEmits>({
      "lock.acquires": "takes iommu->lock",
      "lock.releases": "drops iommu->lock",
      "entry.exchanges": "{compares?compares and exchanges:exchanges without a comparison} the word of page {page}",
      "entry.reads": "reads the word of page {page}",
      "entry.writes-zero": "writes 0 to the word of page {page}",
      "entry.clears-accessed": "clears the accessed bit of page {page}",
      "entry.sets-pinned": "sets the pinned bit of page {page} again",
      "container.finds": { says: "looks up page {page}", origin: linux(TYPE1, "vfio_find_dma") },
      "release.starts": { says: "begins to release page {page}", origin: linux(TYPE1, "vfio_unmap_unpin") },
    }),
  },
  context: ({ input }) => ({ rules: input, page: null, forced: false }),
  initial: "idle",
  states: {
    idle: {
      description: "no page is being looked at",
      on: {
        "unpin.looks": {
          description: "looks at page {page}",
          target: "locking",
          actions: assign({ page: ({ event }) => event.page }),
        },
        "policy.pressure": { target: "locking", actions: assign({ page: ({ event }) => event.page, forced: true }) },
      },
    },
    locking: {
      description: "waits for iommu->lock",
      on: {
        "unpin.locks": [
          {
            description: "takes iommu->lock for page {page}",
            guard: ({ context }) => context.forced,
            target: "clearing",
            actions: "locks",
          },
          { guard: "exchanges", target: "exchanging", actions: "locks" },
          { target: "reading", actions: "locks" },
        ],
      },
    },
    clearing: {
      description: "a balloon requests the page, and its accessed bit is still to be cleared",
      on: {
        "unpin.clears": [
          {
            description: "clears the accessed bit of page {page} for a balloon",
            guard: "exchanges",
            target: "exchanging",
            actions: "forgives",
          },
          { target: "reading", actions: "forgives" },
        ],
      },
    },
    exchanging: {
      description: "the word of the page is still to be compared and exchanged",
      on: {
        "unpin.exchanges": {
          description: "clears the pinned bit of page {page} if no other bit is set",
          actions: emit(({ context }) => ({
            type: "entry.exchanges",
            page: context.page!,
            by: NAME,
            compares: COMPARED[context.rules.by],
          })),
        },
        "entry.exchanged": [
          { guard: ({ event }) => event.idle, target: "unmapping" },
          { guard: ({ context }) => context.forced, target: "unlocking" },
          { target: "aging" },
        ],
      },
    },
    reading: {
      description: "the word of the page is still to be read",
      on: {
        "unpin.reads": {
          description: "reads the word of page {page}",
          actions: emit(({ context }) => ({ type: "entry.reads", page: context.page!, by: NAME })),
        },
        "entry.read": [{ guard: ({ event }) => event.idle, target: "writing" }, { target: "aging" }],
      },
    },
    writing: {
      description: "the word had only the pinned bit, and 0 is still to be written",
      on: {
        "unpin.writes": {
          description: "writes 0 to the word of page {page}",
          target: "unmapping",
          actions: emit(({ context }) => ({ type: "entry.writes-zero", page: context.page! })),
        },
      },
    },
    aging: {
      description: "the page is in use, and its accessed bit is still to be cleared",
      on: {
        "unpin.ages": {
          description: "clears the accessed bit of page {page}: a second chance",
          target: "unlocking",
          actions: "forgives",
        },
      },
    },
    unmapping: {
      description: "the pinned bit is clear, and DMA_UNMAP is still to be called",
      meta: { origin: UNMAP },
      on: {
        "unpin.unmaps": {
          description: "unmaps page {page}",
          guard: ({ context, event }) => event.page === context.page,
          actions: emit(({ context }) => ({ type: "container.finds", page: context.page!, by: NAME })),
        },
        "container.found": [{ guard: "releases", target: "releasing", actions: "starts" }, { target: "unlocking" }],
        "unpin.fails": [
          {
            description: "returns an error: page {page} stays mapped",
            guard: ({ context }) => context.rules.restores,
            target: "restoring",
          },
          { target: "unlocking" },
        ],
      },
    },
    restoring: {
      description: "DMA_UNMAP has failed, and the pinned bit is still to be set again",
      on: {
        "unpin.restores": {
          description: "sets the pinned bit of page {page} again",
          target: "unlocking",
          actions: emit(({ context }) => ({ type: "entry.sets-pinned", page: context.page! })),
        },
      },
    },
    releasing: { description: "the page is being released", on: { "release.done": { target: "unlocking" } } },
    unlocking: {
      description: "iommu->lock is still held",
      on: { "unpin.unlocks": { description: "drops iommu->lock", target: "idle", actions: "unlocks" } },
    },
  },
});
