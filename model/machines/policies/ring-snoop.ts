/**
 * A thread of the host that reads the guest's available ring before the device does, and has each page pinned and mapped first.
 *
 * Models  VFIO facts 4.4 (VIO, OSDI 2025): the device reads a shadow of the available ring. The thread takes one descriptor after
 *         the other, has its page mapped if it is not, and puts it in the shadow ring. Neither the guest nor the device takes part. The
 *         device's interrupt goes to the guest; the thread reads in the used ring what is done. A page that a descriptor in
 *         the shadow ring names is not given back.
 *         Only the abstract of the paper is stored: the order, and who is spared, follow from what must not be lost.
 * Omits   the switch to passthrough at high rates, where the device reads the guest's ring and all memory is pinned
 *         (pin-all.ts); chains of descriptors, indirect tables, and polling that finds nothing.
 */
import { assign, emit, setup } from "xstate";
import { atWill, messages, type Origin } from "../../said.ts";
import { policySays, type PolicyAnswers, type PolicyAsked, type WorkAsked, type WorkDone } from "./vocabulary.ts";

/** A buffer for a DMA of the guest driver `by`. */
interface Descriptor {
  readonly page: number;
  readonly by: string;
}

export interface RingSnoopContext {
  /** Whether a descriptor waits until its page is mapped. */
  readonly waits: boolean;
  /** Whether pages of the shadow ring stay. */
  readonly spares: boolean;
  /** Not read yet, in order. */
  readonly available: readonly Descriptor[];
  /** Pages that are mapped, and that nobody was asked to release: a set. */
  readonly present: readonly number[];
  /** Its page is being mapped. */
  readonly probed: Descriptor | null;
  /** Given to devices: a set. */
  readonly shadow: readonly Descriptor[];
}

export type RingSnoopEmits =
  | PolicyAnswers
  | WorkAsked
  | { readonly type: "device.posts"; readonly page: number; readonly by: string; readonly legal: boolean };

/** Wang et al., "To PRI or Not To PRI, That's the question", OSDI 2025. */
const VIO: Origin = { of: "VIO", at: "shadow available queue" };

/** No part of the policy: the calls return at once. */
const GUEST = atWill("the guest kernel");

const NAME = "snoop";
const NONE = -1;

export const SNOOP_STEPS = [{ type: "snoop.reads" }];

const s = setup({
  types: {
    context: {} as RingSnoopContext,
    events: {} as
      | PolicyAsked
      | WorkDone
      | (Descriptor & { readonly type: "device.posts" })
      | { readonly type: "snoop.reads" }
      | { readonly type: "device.done"; readonly by: string },
    emitted: {} as RingSnoopEmits,
    input: {} as { waits: boolean; spares: boolean },
  },
});

const asks = s.emit(({ context }) => ({
  type: "work.asks",
  work: "hold",
  page: context.available[0]!.page,
  by: NAME,
}));
const sorted = (descriptors: readonly Descriptor[]): readonly Descriptor[] =>
  descriptors.toSorted((one, other) => (one.by < other.by ? -1 : 1));
/** Puts the descriptor that was read in the shadow ring. */
const hands = s.enqueueActions(({ context: { probed, shadow }, enqueue }) => {
  enqueue.assign({ probed: null, shadow: sorted([...shadow, probed!]) });
  enqueue.emit({ type: "device.posts", ...probed!, legal: true });
});
const reads = s.assign({
  probed: ({ context }) => context.available[0]!,
  available: ({ context }) => context.available.slice(1),
});
/** The page of the descriptor that was read is mapped, or will be. */
const knows = s.assign({
  present: ({ context: { present, probed } }) => [...new Set([...present, probed!.page])].sort((a, b) => a - b),
});

export const ringSnoop = s.extend({ actions: { asks, hands, reads, knows } }).createMachine({
  id: "ring-snoop",
  description: "a host thread that reads the available ring before the device",
  meta: {
    origin: VIO,
    lane: "the host thread that reads the available ring first",
    messages: messages<RingSnoopEmits>({
      ...policySays,
      "policy.ready": { says: policySays["policy.ready"], origin: GUEST },
      "policy.left": { says: policySays["policy.left"], origin: GUEST },
      "device.posts": "puts the descriptor of page {page} in the shadow ring of the device",
    }),
  },
  context: ({ input }) => ({ ...input, available: [], present: [], probed: null, shadow: [] }),
  on: {
    "policy.before-dma": { actions: emit(({ event }) => ({ type: "policy.ready", by: event.by })) },
    "policy.after-dma": { actions: emit(({ event }) => ({ type: "policy.left", by: event.by })) },
    "device.posts": {
      actions: assign({
        available: ({ context, event: { page, by } }) => [...context.available, { page, by }],
      }),
    },
    "snoop.reads": [
      {
        description:
          "reads the next descriptor of the available ring, whose page is mapped, and gives it to the device",
        guard: ({ context: { available, probed, present } }) => !probed && present.includes(available[0]?.page ?? NONE),
        actions: ["reads", "hands"],
      },
      {
        description: "reads the next descriptor of the available ring, and asks for its page",
        guard: ({ context: { available, probed, waits } }) => waits && !probed && available.length > 0,
        actions: ["asks", "reads"],
      },
      {
        description: "reads the next descriptor of the available ring, asks for its page, and does not wait",
        guard: ({ context: { available, probed } }) => !probed && available.length > 0,
        actions: ["asks", "reads", "knows", "hands"],
      },
    ],
    "work.done": [
      { guard: ({ context, event }) => event.work === "hold" && context.probed !== null, actions: ["knows", "hands"] },
      {},
    ],
    "device.done": {
      actions: assign({ shadow: ({ context, event }) => context.shadow.filter(({ by }) => by !== event.by) }),
    },
    "policy.pressure": {
      guard: ({ context: { spares, shadow }, event }) => !spares || !shadow.some(({ page }) => page === event.page),
      actions: [
        assign({ present: ({ context, event }) => context.present.filter((page) => page !== event.page) }),
        emit(({ event: { page } }) => ({ type: "work.asks", work: "release", page, by: "pressure" })),
      ],
    },
  },
});
