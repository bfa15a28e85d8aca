/**
 * The para-virtualised part of coIOMMU in the guest, for one driver: it counts in the shared table, and writes the mailbox only
 * if the page is not pinned.
 *
 * Models  VFIO facts 4.4 (row 4). Mapping increments the count and sets "accessed" in one operation. If the page was not
 *         pinned the driver notifies the host through a mailbox of one word, and waits until the host has emptied it.
 *         Unmapping only decrements the count, without an exit to the host.
 * Omits   batches. With `waits: false` the driver goes on without the reply.
 */
import { assign, emit, setup } from "xstate";
import { messages } from "../../said.ts";
import {
  COIOMMU,
  policySays,
  type PolicyAnswers,
  type PolicyAsked,
  type WorkAsked,
  type WorkDone,
} from "./vocabulary.ts";

export interface CoiommuDriverContext {
  readonly name: string;
  readonly waits: boolean;
  readonly page: number | null;
  readonly by: string | null;
}

export type CoiommuDriverEmits =
  | PolicyAnswers
  | WorkAsked
  | { readonly type: "entry.maps"; readonly page: number; readonly by: string }
  | { readonly type: "entry.unmaps"; readonly page: number };

const s = setup({
  types: {
    context: {} as CoiommuDriverContext,
    events: {} as
      | Extract<PolicyAsked, { readonly by: string }>
      | WorkDone
      | { readonly type: "entry.mapped"; readonly pinned: boolean }
      | { readonly type: "driver.notifies" },
    emitted: {} as CoiommuDriverEmits,
    input: {} as { name: string; waits: boolean },
  },
});

const ready = s.emit(({ context }) => ({ type: "policy.ready", by: context.by! }));
const asks = s.emit(({ context: { name, page } }) => ({ type: "work.asks", work: "hold", page: page!, by: name }));
const forgets = s.assign({ page: null, by: null });

export const coiommuDriver = s.extend({ actions: { ready, asks, forgets } }).createMachine({
  id: "coiommu-driver",
  description: "the coIOMMU part of a guest driver",
  meta: {
    origin: COIOMMU,
    lane: "{name}: the coIOMMU part of a guest driver",
    messages: messages<CoiommuDriverEmits>({
      ...policySays,
      "work.asks": "notifies the host through the mailbox: page {page}",
      "entry.maps": "counts a mapping of page {page} and sets the accessed bit",
      "entry.unmaps": "counts one mapping of page {page} less",
    }),
  },
  context: ({ input }) => ({ ...input, page: null, by: null }),
  initial: "idle",
  states: {
    idle: {
      description: "no mapping is in progress",
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
      description: "the mapping is being counted in the shared table",
      on: {
        "entry.mapped": [
          { guard: ({ event }) => event.pinned, target: "idle", actions: ["ready", "forgets"] },
          { target: "notifying" },
        ],
      },
    },
    // The mailbox may hold the notification of another driver.
    notifying: {
      description: "the page is not pinned, and the host is still to be notified",
      on: {
        "driver.notifies": [
          {
            description: "notifies the host of page {page} and waits until the mailbox is empty",
            guard: ({ context }) => context.waits,
            target: "waiting",
            actions: "asks",
          },
          {
            description: "notifies the host of page {page} and does not wait",
            target: "idle",
            actions: ["asks", "ready", "forgets"],
          },
        ],
      },
    },
    waiting: {
      description: "waits until the host has emptied the mailbox",
      on: { "work.done": { target: "idle", actions: ["ready", "forgets"] } },
    },
  },
  /** The reply to a driver that did not wait. */
  on: { "work.done": {} },
});
