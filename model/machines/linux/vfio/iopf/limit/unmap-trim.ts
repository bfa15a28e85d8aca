/**
 * The pages that DMA_UNMAP releases besides its own: removing a region lowers the limit, and pages above the new limit
 * must be released as well. It stands between the walk of DMA_UNMAP and the container: after the last page of the region it
 * names the least recently mapped pages of the other regions, until the level is within the new limit.
 *
 * Models  a limit that shrinks when DMA_UNMAP lowers the total (row 34: the level is a share of the mapping size; VFIO
 *         facts 4.1). The RFC thread leaves this open; this is one answer (I-15: with direct reclaim the level never
 *         exceeds the limit).
 * Omits   nothing: a lookup is one step, because iommu->lock is held.
 */
import { assign, emit, setup } from "xstate";
import { messages, proposal } from "../../../../../said.ts";
import { evictionSays } from "../../type1/words.ts";

const NAME = "trim";

type UnmapTrimEmits =
  | { readonly type: "container.walks"; readonly region: number; readonly by: string }
  | { readonly type: "container.next"; readonly page: number | null; readonly by: string }
  | { readonly type: "account.leaves"; readonly region: number; readonly by: string }
  | { readonly type: "container.picks-victim"; readonly spare: readonly number[]; readonly by: string };

const s = setup({
  types: {
    context: {} as { region: number | null; caller: string | null },
    events: {} as
      | { readonly type: "container.walks"; readonly region: number; readonly by: string }
      | { readonly type: "container.next"; readonly page: number | null }
      | { readonly type: "account.level"; readonly over: boolean },
    emitted: {} as UnmapTrimEmits,
  },
});

const forgets = s.assign({ region: null, caller: null });

export const unmapTrim = s.createMachine({
  id: "unmap-trim",
  description: "the choice of the next page to release in DMA_UNMAP, with a limit that shrinks",
  meta: {
    origin: proposal("M3 (a limit on faulted-in pages)"),
    lane: "the walk of DMA_UNMAP, with a limit that shrinks",
    messages: messages<UnmapTrimEmits>({
      "container.walks": "asks for the next page of region {region}",
      "container.next": "names the next page to release: {page}",
      "account.leaves": "takes region {region} out of the limit",
      "container.picks-victim": evictionSays["container.picks-victim"],
    }),
  },
  context: { region: null, caller: null },
  initial: "idle",
  states: {
    idle: {
      description: "no page is being chosen",
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
      description: "asks for the next page of region {region}",
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
      description: "no page of region {region} is left, and the level may be above the new limit",
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
      description: "the level is above the new limit, and a page of another region is to be released",
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
