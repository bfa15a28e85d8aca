/**
 * The paravirtual part of coIOMMU in the guest, for one driver: it counts in the shared table, and rings the mailbox only
 * where the page is not pinned.
 *
 * Models  VFIO facts 4.4 (row 4): map counts and sets "accessed" in one operation; if the page was not pinned, the host is
 *         told through a mailbox of one word, and the guest waits until the host has emptied it. Unmapping only counts:
 *         no exit to the host.
 * Omits   batches. `waits: false` goes on without the answer.
 */
import { assign, emit, setup } from "xstate";
import type { PolicyAnswers, PolicyAsked, WorkAsked, WorkDone } from "./vocabulary.ts";

export interface CoiommuDriverContext {
  readonly name: string;
  readonly waits: boolean;
  readonly page: number | null;
  readonly by: string | null;
}

const s = setup({
  types: {
    context: {} as CoiommuDriverContext,
    events: {} as
      | Extract<PolicyAsked, { readonly by: string }>
      | WorkDone
      | { readonly type: "entry.mapped"; readonly pinned: boolean }
      | { readonly type: "driver.notifies" },
    emitted: {} as
      | PolicyAnswers
      | WorkAsked
      | { readonly type: "entry.maps"; readonly page: number; readonly by: string }
      | { readonly type: "entry.unmaps"; readonly page: number },
    input: {} as { name: string; waits: boolean },
  },
});

const ready = s.emit(({ context }) => ({ type: "policy.ready", by: context.by! }));
const asks = s.emit(({ context: { name, page } }) => ({ type: "work.asks", work: "hold", page: page!, by: name }));
const forgets = s.assign({ page: null, by: null });

export const coiommuDriver = s.extend({ actions: { ready, asks, forgets } }).createMachine({
  id: "coiommu-driver",
  context: ({ input }) => ({ ...input, page: null, by: null }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "policy.before-dma": {
          target: "counting",
          actions: [
            assign(({ event: { page, by } }) => ({ page, by })),
            emit(({ context, event }) => ({ type: "entry.maps", page: event.page, by: context.name })),
          ],
        },
        "policy.after-dma": {
          actions: [
            emit(({ event }) => ({ type: "entry.unmaps", page: event.page })),
            emit(({ event }) => ({ type: "policy.left", by: event.by })),
          ],
        },
      },
    },
    counting: {
      on: {
        "entry.mapped": [
          { guard: ({ event }) => event.pinned, target: "idle", actions: ["ready", "forgets"] },
          { target: "notifying" },
        ],
      },
    },
    /** The mailbox may be occupied by another driver. */
    notifying: {
      on: {
        "driver.notifies": [
          { guard: ({ context }) => context.waits, target: "waiting", actions: "asks" },
          { target: "idle", actions: ["asks", "ready", "forgets"] },
        ],
      },
    },
    waiting: { on: { "work.done": { target: "idle", actions: ["ready", "forgets"] } } },
  },
  /** An answer that nobody waits for. */
  on: { "work.done": {} },
});
