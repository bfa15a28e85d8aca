/**
 * One page of guest memory in the host: whether it is resident, and how many pins keep it.
 *
 * Models  what pin_user_pages() and unpin_user_page() promise (VFIO facts 2.4, I-04): a pinned page is not reclaimed; a
 *         page without a pin may be, at any time.
 * Omits   which frame holds the page: a stale translation is visible as a translation of an unpinned page, before the
 *         page is faulted in again. Copy-on-write, migration, balloons.
 */
import { assign, emit, setup } from "xstate";

export interface HostPageContext {
  readonly page: number;
  /** Long-term pins by VFIO. */
  readonly pins: number;
  /** A pin was dropped that nobody held. */
  readonly underflow: boolean;
}

const s = setup({
  types: {
    context: {} as HostPageContext,
    events: {} as
      | { readonly type: "host.pins"; readonly page: number; readonly by: string }
      | { readonly type: "host.unpins"; readonly page: number }
      | { readonly type: "host.reclaims" },
    emitted: {} as { readonly type: "host.pinned"; readonly page: number; readonly by: string },
    input: {} as { page: number },
  },
});

export const hostPage = s.createMachine({
  id: "host-page",
  context: ({ input }) => ({ page: input.page, pins: 0, underflow: false }),
  initial: "resident",
  states: {
    resident: { on: { "host.reclaims": { guard: ({ context }) => context.pins === 0, target: "reclaimed" } } },
    reclaimed: {},
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
