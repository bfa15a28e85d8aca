/**
 * The address space that pages are pinned from and charged to, and whether anybody still lives in it. Whoever wants
 * something of it takes a temporary reference first, which fails once the last user is gone.
 *
 * Models  mmget_not_zero() in vfio_pin_page_external() and vfio_lock_acct() (VFIO facts 2.1, 2.4; I-42): VFIO keeps the
 *         struct alive, not the users. Of a dead mm nothing is pinned, and nothing is charged or given back.
 * Omits   what is mapped where in it; exec and fork are the owner's affair (process.ts).
 */
import { assign, emit, setup } from "xstate";

export interface UserMmContext {
  readonly mm: number;
  /** Whether the temporary reference is taken (leaving it out is a departure). */
  readonly checks: boolean;
  /** Ghost: pages were got from it after its end. */
  readonly usedDead: boolean;
}

export type UserMmEmits =
  | { readonly type: "host.pins"; readonly page: number; readonly by: string }
  | { readonly type: "account.charges"; readonly mm: number; readonly by: string }
  | { readonly type: "account.uncharges"; readonly mm: number }
  | { readonly type: "account.compares"; readonly mm: number; readonly by: string }
  | { readonly type: "dma.discharges"; readonly container: number; readonly page: number }
  | { readonly type: "mm.gone"; readonly by: string };

const s = setup({
  types: {
    context: {} as UserMmContext,
    events: {} as
      | { readonly type: "mm.dies" }
      | { readonly type: "mm.gets"; readonly page: number; readonly by: string }
      | { readonly type: "mm.charges"; readonly by: string }
      | { readonly type: "mm.measures"; readonly by: string }
      /** The charge of one page of a container ends. */
      | { readonly type: "mm.uncharges"; readonly container: number; readonly page: number }
      /** The charge of a page went to another mm. */
      | { readonly type: "mm.hands-over" },
    emitted: {} as UserMmEmits,
    input: {} as { mm: number; checks: boolean },
  },
});

const pins = s.enqueueActions(({ event, enqueue }) => {
  if (event.type === "mm.gets") enqueue.emit({ type: "host.pins", page: event.page, by: event.by });
});
const isGone = s.enqueueActions(({ event, enqueue }) => {
  if ("by" in event) enqueue.emit({ type: "mm.gone", by: event.by });
});

export const userMm = s.createMachine({
  id: "user-mm",
  context: ({ input }) => ({ ...input, usedDead: false }),
  initial: "alive",
  states: {
    alive: {
      on: {
        "mm.dies": { target: "dead" },
        "mm.gets": { actions: pins },
        "mm.charges": {
          actions: emit(({ context: { mm }, event: { by } }) => ({ type: "account.charges", mm, by })),
        },
        "mm.measures": {
          actions: emit(({ context: { mm }, event: { by } }) => ({ type: "account.compares", mm, by })),
        },
        "mm.uncharges": {
          actions: [
            emit(({ context: { mm } }) => ({ type: "account.uncharges", mm })),
            emit(({ event: { container, page } }) => ({ type: "dma.discharges", container, page })),
          ],
        },
        "mm.hands-over": {
          actions: emit(({ context: { mm } }) => ({ type: "account.uncharges", mm })),
        },
      },
    },
    dead: {
      on: {
        "mm.gets": [
          { guard: ({ context }) => context.checks, actions: isGone },
          { actions: [assign({ usedDead: true }), pins] },
        ],
        "mm.charges": { actions: isGone },
        "mm.measures": { actions: isGone },
        "mm.uncharges": { actions: [] },
        "mm.hands-over": { actions: [] },
      },
    },
  },
});
