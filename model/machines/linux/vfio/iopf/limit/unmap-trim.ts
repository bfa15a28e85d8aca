/**
 * What DMA_UNMAP has to take back besides its own pages: a region that goes lowers the limit, and what is then above it has
 * to go as well. It stands between the walk of DMA_UNMAP and the container: when nothing of the region is left, it names the
 * least recently mapped pages of the other regions, until the level is within the new limit.
 *
 * Models  VFIO facts 4.1 (row 34: "limit shrinks when DMA_UNMAP lowers total"; I-15); the thread has no answer, this is one.
 * Omits   nothing: looking up happens in one step, because the lock is held.
 */
import { assign, emit, setup } from "xstate";

const NAME = "trim";

const s = setup({
  types: {
    context: {} as { region: number | null; caller: string | null },
    events: {} as
      | { readonly type: "container.walks"; readonly region: number; readonly by: string }
      | { readonly type: "container.next"; readonly page: number | null }
      | { readonly type: "account.level"; readonly over: boolean },
    emitted: {} as
      | { readonly type: "container.walks"; readonly region: number; readonly by: string }
      | { readonly type: "container.next"; readonly page: number | null; readonly by: string }
      | { readonly type: "account.leaves"; readonly region: number; readonly by: string }
      | { readonly type: "container.picks-victim"; readonly spare: readonly number[]; readonly by: string },
  },
});

const forgets = s.assign({ region: null, caller: null });

export const unmapTrim = s.createMachine({
  id: "unmap-trim",
  context: { region: null, caller: null },
  initial: "idle",
  states: {
    idle: {
      on: {
        "container.walks": {
          target: "walking",
          actions: [
            assign({ region: ({ event }) => event.region, caller: ({ event }) => event.by }),
            emit(({ event }) => ({ type: "container.walks", region: event.region, by: NAME })),
          ],
        },
      },
    },
    walking: {
      on: {
        "container.next": [
          {
            guard: ({ event }) => event.page === null,
            target: "comparing",
            actions: emit(({ context }) => ({ type: "account.leaves", region: context.region!, by: NAME })),
          },
          {
            target: "idle",
            actions: [
              emit(({ context, event }) => ({ type: "container.next", page: event.page, by: context.caller! })),
              forgets,
            ],
          },
        ],
      },
    },
    comparing: {
      on: {
        "account.level": [
          {
            guard: ({ event }) => event.over,
            target: "picking",
            actions: emit({ type: "container.picks-victim", spare: [], by: NAME }),
          },
          {
            target: "idle",
            actions: [emit(({ context }) => ({ type: "container.next", page: null, by: context.caller! })), forgets],
          },
        ],
      },
    },
    picking: {
      on: {
        "container.next": {
          target: "idle",
          actions: [
            emit(({ context, event }) => ({ type: "container.next", page: event.page, by: context.caller! })),
            forgets,
          ],
        },
      },
    },
  },
});
