/**
 * The thread that checks, from time to time, whether more is mapped than the limit allows, and releases the least
 * recently mapped pages until it is not.
 *
 * Models  the periodic reclaim of the thread (row 33; VFIO facts 4.1, I-15): between two checks the level may be above
 *         the limit.
 * Omits   time: a check may begin at any moment.
 */
import { emit, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";

const NAME = "reclaim";

const s = setup({
  types: {
    context: {},
    events: {} as
      | { readonly type: "reclaim.locks" | "reclaim.compares" | "reclaim.picks" | "reclaim.unlocks" }
      | { readonly type: "account.level"; readonly over: boolean }
      | { readonly type: "container.next"; readonly page: number | null }
      | { readonly type: "release.done" },
    emitted: {} as
      | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
      | { readonly type: "account.compares"; readonly by: string }
      | { readonly type: "container.picks-victim"; readonly by: string; readonly spare: readonly number[] }
      | { readonly type: "release.starts"; readonly by: string; readonly page: number },
  },
});

export const reclaimSteps: readonly Message[] = ["locks", "compares", "picks", "unlocks"].map((step) => ({
  type: `reclaim.${step}`,
}));

export const reclaimThread = s.createMachine({
  id: "reclaim-thread",
  context: {},
  initial: "idle",
  states: {
    idle: {
      on: { "reclaim.locks": { target: "comparing", actions: emit({ type: "lock.acquires", owner: NAME }) } },
    },
    comparing: {
      on: {
        "reclaim.compares": { actions: emit({ type: "account.compares", by: NAME }) },
        "account.level": [{ guard: ({ event }) => event.over, target: "picking" }, { target: "unlocking" }],
      },
    },
    picking: {
      on: {
        "reclaim.picks": { actions: emit({ type: "container.picks-victim", by: NAME, spare: [] }) },
        "container.next": [
          { guard: ({ event }) => event.page === null, target: "unlocking" },
          {
            target: "releasing",
            actions: emit(({ event }) => ({ type: "release.starts", by: NAME, page: event.page! })),
          },
        ],
      },
    },
    releasing: { on: { "release.done": { target: "comparing" } } },
    unlocking: {
      on: { "reclaim.unlocks": { target: "idle", actions: emit({ type: "lock.releases", owner: NAME }) } },
    },
  },
});
