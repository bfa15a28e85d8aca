/**
 * The word that guest and host share for one page: the leaf of coIOMMU's DMA tracking table.
 *
 * Models  VFIO facts 4.4 (row 4, the para-virtualised variant of a vIOMMU): bit 31 "pinned", set by the host; bit 30
 *         "accessed"; a count of the guest's mappings of the page. Each event is one atomic operation on the word.
 * Omits   the levels of the table above the leaf. A guest that lies writes the word at will (`entry.guest-...`).
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import { atWill, messages } from "../../said.ts";
import { COIOMMU } from "./vocabulary.ts";

export interface CoiommuEntryContext {
  readonly page: number;
  readonly pinned: boolean;
  readonly accessed: boolean;
  readonly count: number;
  /** Ghost: the guest has mapped the page since the unpin thread last cleared "accessed". */
  readonly used: boolean;
  /** Ghost: the unpin thread cleared "pinned" all the same. */
  readonly tookUsed: boolean;
}

/** The bits that the compare-and-exchange of the unpin thread compares: the whole word, or less (a defect). */
export type Compared = "word" | "without-count" | "without-accessed";

type Taken = { readonly page: number; readonly by: string };

export type CoiommuEntryEmits =
  | { readonly type: "entry.mapped"; readonly by: string; readonly pinned: boolean }
  /** `idle`: "pinned" is set, and nothing else. */
  | { readonly type: "entry.read" | "entry.exchanged"; readonly by: string; readonly idle: boolean };

const s = setup({
  types: {
    context: {} as CoiommuEntryContext,
    events: {} as
      | (Taken & { readonly type: "entry.maps" | "entry.reads" })
      | { readonly type: "entry.unmaps" | "entry.sets-pinned" | "entry.clears-accessed" | "entry.writes-zero" }
      | (Taken & { readonly type: "entry.exchanges"; readonly compares: Compared })
      | { readonly type: "entry.guest-sets-pinned" | "entry.guest-clears-pinned" | "entry.guest-drops-count" },
    emitted: {} as CoiommuEntryEmits,
    input: {} as { page: number },
  },
});

const isIdle = ({ pinned, accessed, count }: CoiommuEntryContext, compares: Compared): boolean =>
  pinned && (compares === "without-count" || count === 0) && (compares === "without-accessed" || !accessed);

export const GUEST_LIES = ["sets-pinned", "clears-pinned", "drops-count"].map((lie) => ({
  type: `entry.guest-${lie}`,
}));

export const coiommuEntry = s.createMachine({
  id: "coiommu-entry",
  description: "the word of one page in coIOMMU's DMA tracking table",
  meta: {
    origin: COIOMMU,
    lane: "page {page} in the DMA tracking table",
    messages: messages<CoiommuEntryEmits>({
      "entry.mapped": "counts the mapping of {by}; the page {pinned?is pinned:is not pinned}",
      "entry.read": "returns that {idle?only the pinned bit is set:a bit other than the pinned one is set, or none}",
      "entry.exchanged":
        "{idle?clears the word, in which only the pinned bit was set:leaves the word, in which not only the pinned bit is set}",
    }),
  },
  context: ({ input }) => ({ ...input, pinned: false, accessed: false, count: 0, used: false, tookUsed: false }),
  on: {
    "entry.maps": {
      actions: [
        emit(({ context, event }) => ({ type: "entry.mapped", by: event.by, pinned: context.pinned })),
        assign({ accessed: true, used: true, count: ({ context }) => context.count + 1 }),
      ],
    },
    "entry.unmaps": { actions: assign({ count: ({ context }) => Math.max(0, context.count - 1) }) },
    "entry.sets-pinned": { actions: assign({ pinned: true }) },
    "entry.clears-accessed": { actions: assign({ accessed: false, used: false }) },
    "entry.exchanges": {
      actions: enqueueActions(({ context, event: { by, compares }, enqueue }) => {
        const idle = isIdle(context, compares);
        if (idle) enqueue.assign({ pinned: false, tookUsed: context.tookUsed || context.used });
        enqueue.emit({ type: "entry.exchanged", by, idle });
      }),
    },
    "entry.reads": {
      actions: emit(({ context, event: { by } }) => ({ type: "entry.read", by, idle: isIdle(context, "word") })),
    },
    "entry.writes-zero": { actions: assign({ pinned: false, accessed: false, count: 0 }) },
    "entry.guest-sets-pinned": {
      description: "sets the pinned bit of page {page}, which is not pinned",
      meta: { origin: atWill("a guest that lies") },
      guard: ({ context }) => !context.pinned,
      actions: assign({ pinned: true }),
    },
    "entry.guest-clears-pinned": {
      description: "clears the pinned bit of page {page}",
      meta: { origin: atWill("a guest that lies") },
      guard: ({ context }) => context.pinned,
      actions: assign({ pinned: false }),
    },
    "entry.guest-drops-count": {
      description: "sets the mapping count of page {page} to 0",
      meta: { origin: atWill("a guest that lies") },
      guard: ({ context }) => context.count > 0,
      actions: assign({ count: 0 }),
    },
  },
});
