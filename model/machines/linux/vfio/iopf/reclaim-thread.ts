/**
 * The thread that enforces the limit on faulted-in pages: from time to time it compares the level with the limit, and
 * releases the least recently mapped pages until the level is within the limit.
 *
 * Models  the periodic check that the RFC's author proposed (row 33: a thread releases pages when the limit is exceeded;
 *         VFIO facts 4.1). Between two checks the level may be above the limit (I-15: at most by the faults of one
 *         period).
 * Omits   time: a check may begin at any moment.
 */
import { emit, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import { messages, proposal } from "../../../../said.ts";
import { evictionSays, iommuLockSays } from "../type1/words.ts";

const NAME = "reclaim";

type ReclaimThreadEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | { readonly type: "account.compares"; readonly by: string }
  | { readonly type: "container.picks-victim"; readonly by: string; readonly spare: readonly number[] }
  | { readonly type: "release.starts"; readonly by: string; readonly page: number };

const s = setup({
  types: {
    context: {},
    events: {} as
      | { readonly type: "reclaim.locks" | "reclaim.compares" | "reclaim.picks" | "reclaim.unlocks" }
      | { readonly type: "account.level"; readonly over: boolean }
      | { readonly type: "container.next"; readonly page: number | null }
      | { readonly type: "release.done" },
    emitted: {} as ReclaimThreadEmits,
  },
});

export const reclaimSteps: readonly Message[] = ["locks", "compares", "picks", "unlocks"].map((step) => ({
  type: `reclaim.${step}`,
}));

export const reclaimThread = s.createMachine({
  id: "reclaim-thread",
  description: "the thread that checks the limit on faulted-in pages from time to time",
  meta: {
    origin: proposal("M3 (a limit on faulted-in pages)"),
    lane: "the thread that checks the limit on faulted-in pages",
    messages: messages<ReclaimThreadEmits>({
      ...iommuLockSays,
      ...evictionSays,
      "account.compares": "compares the level with the limit",
    }),
  },
  context: {},
  initial: "idle",
  states: {
    idle: {
      description: "no check is under way",
      on: {
        "reclaim.locks": {
          description: "begins a check and takes iommu->lock",
          target: "comparing",
          actions: emit({ type: "lock.acquires", owner: NAME }),
        },
      },
    },
    comparing: {
      description: "holds iommu->lock; the level is to be compared with the limit",
      on: {
        "reclaim.compares": {
          description: "compares the level with the limit",
          actions: emit({ type: "account.compares", by: NAME }),
        },
        "account.level": [{ guard: ({ event }) => event.over, target: "picking" }, { target: "unlocking" }],
      },
    },
    picking: {
      description: "the level is above the limit, and a page is to be released",
      on: {
        "reclaim.picks": {
          description: "picks the least recently mapped page",
          actions: emit({ type: "container.picks-victim", by: NAME, spare: [] }),
        },
        "container.next": [
          { guard: ({ event }) => event.page === null, target: "unlocking" },
          {
            target: "releasing",
            actions: emit(({ event }) => ({ type: "release.starts", by: NAME, page: event.page! })),
          },
        ],
      },
    },
    releasing: { description: "a page is being released", on: { "release.done": { target: "comparing" } } },
    unlocking: {
      description: "the level is within the limit, or no page is left to release",
      on: {
        "reclaim.unlocks": {
          description: "ends the check and drops iommu->lock",
          target: "idle",
          actions: emit({ type: "lock.releases", owner: NAME }),
        },
      },
    },
  },
});
