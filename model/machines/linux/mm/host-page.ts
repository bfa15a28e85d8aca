/**
 * One page of guest memory in the memory of the machine: whether it is resident, and how many pins keep it.
 *
 * Models  pin_user_pages_remote() and unpin_user_page() (VFIO facts 2.4; I-04: pins are balanced): a pinned page is not
 *         reclaimed, and a page without a pin may be reclaimed at any time.
 *         Coarser than mm-page.ts, which has the frames behind the page, copy-on-write, migration and invalidations.
 *         Here a stale translation shows as a translation of an unpinned page, before the page is faulted in again.
 * Omits   Balloons, which page-view.ts and vmm/balloon.ts have.
 */
import { assign, emit, setup } from "xstate";
import { linux, messages } from "../../../said.ts";

export interface HostPageContext {
  readonly page: number;
  /** Long-term pins by VFIO. */
  readonly pins: number;
  /** A pin was dropped while there was none. */
  readonly underflow: boolean;
}

type HostPageEmits = { readonly type: "host.pinned"; readonly page: number; readonly by: string };

const s = setup({
  types: {
    context: {} as HostPageContext,
    events: {} as
      | { readonly type: "host.pins"; readonly page: number; readonly by: string }
      | { readonly type: "host.unpins"; readonly page: number }
      | { readonly type: "host.reclaims" },
    emitted: {} as HostPageEmits,
    input: {} as { page: number },
  },
});

export const hostPage = s.createMachine({
  id: "host-page",
  description: "a page of guest memory with its pins",
  meta: {
    origin: linux("mm/gup.c", "pin_user_pages_remote"),
    lane: "struct page of page {page}",
    messages: messages<HostPageEmits>({
      "host.pinned": "hands page {page}, pinned, to {by}",
    }),
  },
  context: ({ input }) => ({ page: input.page, pins: 0, underflow: false }),
  initial: "resident",
  states: {
    resident: {
      description: "the page is in memory, with {pins} pins",
      on: {
        "host.reclaims": {
          description: "reclaims page {page}",
          meta: { origin: linux("mm/vmscan.c", "shrink_folio_list") },
          guard: ({ context }) => context.pins === 0,
          target: "reclaimed",
        },
      },
    },
    reclaimed: { description: "the page was reclaimed" },
  },
  on: {
    "host.pins": {
      target: ".resident",
      actions: [
        assign({ pins: ({ context }) => context.pins + 1 }),
        emit(({ event: { page, by } }) => ({ type: "host.pinned", page, by })),
      ],
    },
    "host.unpins": [
      { guard: ({ context }) => context.pins === 0, actions: assign({ underflow: true }) },
      { actions: assign({ pins: ({ context }) => context.pins - 1 }) },
    ],
  },
});
