/**
 * Two stages of translation: tables of the guest (stage 1, addresses of the device to guest physical pages) and of the host
 * (stage 2, guest physical to host). The page that holds the guest's table lies in stage 2 itself.
 *
 * Models  hardware facts N1 to N5 (VFIO facts 5.1): a lookup goes through stage 1, whose table may be missing in stage 2
 *         (CLASS=TT), and then through stage 2. A stalled transaction is recorded with the stage at which it faulted and,
 *         for stage 2, the guest physical address; a page request carries neither, and software has to walk stage 1.
 * Omits   permissions, frames, caches (taking a mapping back is another system's affair): a lookup sees the tables of its
 *         moment. Guest physical page p backs the device's page p; the table is the page behind the last of them.
 */
import { assign, emit, setup } from "xstate";

/** What is missing: at which stage, and under which addresses of that stage. Stage null: nothing is. */
export type Miss = { readonly stage: 1 | 2 | null; readonly addresses: readonly number[] };

export interface NestedTranslationContext {
  /** By page of the device. */
  readonly stage1: readonly boolean[];
  /** By guest physical page, the table last. */
  readonly stage2: readonly boolean[];
  /** Whether faults are recorded with their stage. */
  readonly visible: boolean;
  /** By slot: what the record of its last fault says. */
  readonly recorded: readonly (Miss | null)[];
}

export type NestedTranslationEvent =
  | { readonly type: "atc.looks-up" | "access.begins"; readonly slot: number; readonly page: number }
  /** Software asks for the record of a slot, or walks the tables. */
  | { readonly type: "stages.finds"; readonly slot: number; readonly pages: readonly number[] }
  | { readonly type: "guest.maps"; readonly pages: readonly number[] }
  | { readonly type: "guest.unmaps"; readonly page: number }
  | { readonly type: "host.maps"; readonly addresses: readonly number[] }
  | { readonly type: "host.evicts"; readonly address: number };

export type NestedTranslationEmits =
  | {
      readonly type: "dma.granted" | "dma.missed" | "access.granted" | "access.faults";
      readonly slot: number;
    }
  | ({ readonly type: "stages.found" } & Miss);

interface Input {
  readonly pages: number;
  readonly slots: number;
  readonly visible: boolean;
  /** Whether stage 2 starts empty; otherwise everything is pinned. */
  readonly faulting: boolean;
  /** Whether the table of stage 1 is among the pages that stage 2 may lack. */
  readonly tableFaults: boolean;
}

const s = setup({
  types: {
    context: {} as NestedTranslationContext,
    events: {} as NestedTranslationEvent,
    emitted: {} as NestedTranslationEmits,
    input: {} as Input,
  },
});

const NOTHING: Miss = { stage: null, addresses: [] };

/** What the pages miss: the table first, then stage 1, then stage 2. */
function missOf({ stage1, stage2 }: NestedTranslationContext, pages: readonly number[]): Miss {
  const table = stage2.length - 1;
  if (!stage2[table]) return { stage: 2, addresses: [table] };
  const unmapped = pages.filter((page) => !stage1[page]);
  if (unmapped.length > 0) return { stage: 1, addresses: unmapped };
  const absent = pages.filter((page) => !stage2[page]);
  return absent.length > 0 ? { stage: 2, addresses: absent } : NOTHING;
}

const put = <T>(list: readonly T[], places: readonly number[], value: T): readonly T[] =>
  list.map((old, place) => (places.includes(place) ? value : old));

export const nestedTranslation = s.createMachine({
  id: "nested-translation",
  context: ({ input: { pages, slots, visible, faulting, tableFaults } }) => ({
    stage1: Array.from({ length: pages }, () => false),
    stage2: Array.from({ length: pages + 1 }, (_, page) => !faulting || (page === pages && !tableFaults)),
    visible,
    recorded: Array.from({ length: slots }, () => null),
  }),
  on: {
    "atc.looks-up": {
      actions: emit(({ context, event: { slot, page } }) => ({
        type: missOf(context, [page]).stage === null ? "dma.granted" : "dma.missed",
        slot,
      })),
    },
    "access.begins": {
      actions: [
        emit(({ context, event: { slot, page } }) => ({
          type: missOf(context, [page]).stage === null ? "access.granted" : "access.faults",
          slot,
        })),
        assign(({ context, event: { slot, page } }) => {
          const miss = missOf(context, [page]);
          return { recorded: put(context.recorded, [slot], miss.stage === null ? null : miss) };
        }),
      ],
    },
    "stages.finds": [
      {
        guard: ({ context }) => context.visible,
        actions: [
          emit(({ context, event }) => ({ type: "stages.found", ...(context.recorded[event.slot] ?? NOTHING) })),
          assign(({ context, event }) => ({ recorded: put(context.recorded, [event.slot], null) })),
        ],
      },
      { actions: emit(({ context, event }) => ({ type: "stages.found", ...missOf(context, event.pages) })) },
    ],
    "guest.maps": { actions: assign(({ context, event }) => ({ stage1: put(context.stage1, event.pages, true) })) },
    "guest.unmaps": {
      guard: ({ context, event }) => context.stage1[event.page] === true,
      actions: assign(({ context, event }) => ({ stage1: put(context.stage1, [event.page], false) })),
    },
    "host.maps": { actions: assign(({ context, event }) => ({ stage2: put(context.stage2, event.addresses, true) })) },
    "host.evicts": {
      guard: ({ context, event }) => context.stage2[event.address] === true,
      actions: assign(({ context, event }) => ({ stage2: put(context.stage2, [event.address], false) })),
    },
  },
});
