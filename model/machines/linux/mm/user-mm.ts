/**
 * The mm that pages are pinned from and charged to, and whether it still has a user. A pin or an uncharge for another
 * process takes a temporary reference first, which fails after the last user has gone.
 *
 * Models  mmget_not_zero() in vfio_pin_page_external(), and in vfio_lock_acct() where it is called with async (VFIO facts
 *         2.1, 2.4; I-42: a dead mm is not used). A charge is not async: its caller holds a reference, or is the process.
 *         mmgrab() keeps the struct mm_struct, and not its users. Of a dead mm nothing is pinned, charged or uncharged.
 *         Coarser than notifier/address-space.ts, which also has what is mapped in the mm. exec and fork are in
 *         vmm/container-owner.ts.
 */
import { assign, emit, setup } from "xstate";
import { linux, messages } from "../../../said.ts";

export interface UserMmContext {
  readonly mm: number;
  /** Whether the temporary reference is taken; leaving it out is a deliberate defect. */
  readonly checks: boolean;
  /** Ghost: pages were taken from it after its end. */
  readonly usedDead: boolean;
}

export type UserMmEmits =
  | { readonly type: "host.pins"; readonly page: number; readonly by: string }
  | { readonly type: "account.charges"; readonly mm: number; readonly by: string }
  | { readonly type: "account.uncharges"; readonly mm: number }
  | { readonly type: "account.compares"; readonly mm: number; readonly by: string }
  | { readonly type: "dma.discharges"; readonly container: number; readonly page: number }
  | { readonly type: "mm.gone"; readonly by: string };

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";

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
      /** The charge of a page moves to another mm. */
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
  description: "the mm that VFIO pins from and charges",
  meta: {
    origin: linux(TYPE1, "vfio_lock_acct"),
    lane: "mm {mm}",
    messages: messages<UserMmEmits>({
      "host.pins": { says: "pins page {page} for {by}", origin: linux(TYPE1, "vaddr_get_pfns") },
      "account.charges": "charges a page to mm {mm} for {by}",
      "account.uncharges": "takes a page off the locked_vm of mm {mm}",
      "account.compares": {
        says: "compares the locked_vm of mm {mm} with the limit",
        origin: linux(TYPE1, "vfio_pin_pages_remote"),
      },
      "dma.discharges": "takes page {page} off the count of the mapping",
      "mm.gone": {
        says: "fails: the mm has no user any more",
        origin: linux("include/linux/sched/mm.h", "mmget_not_zero"),
      },
    }),
  },
  context: ({ input }) => ({ ...input, usedDead: false }),
  initial: "alive",
  states: {
    alive: {
      description: "the mm has users",
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
      description: "the last user of the mm is gone",
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
