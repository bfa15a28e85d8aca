/**
 * A page of a process that a GPU shares: it moves, and the process may unmap it.
 *
 * Models  Linux, drivers/gpu/drm/amd/amdkfd/kfd_svm.c: svm_range_evict(), which unmaps the page from the GPU before it moves,
 *         unless the range has KFD_IOCTL_SVM_FLAG_GPU_ALWAYS_MAPPED; svm_range_unmap_from_cpu().
 * Omits   A range that stays mapped is mapped again at its new place in the same step: its queues stand still in between.
 */
import { assign, setup } from "xstate";
import { linux, messages } from "../../../../../said.ts";

export interface SvmRangeContext {
  /** Whether moves leave the page mapped for the GPU. */
  readonly staysMapped: boolean;
  /** Whether an eviction tells the GPU; with "never" it does not (deliberate defect). */
  readonly evictTells: "gpu" | "nobody";
  /** Moves that are still to come. */
  readonly moves: number;
  /** Whether the entry of the GPU, if it has a page, has this one. */
  readonly isCurrent: boolean;
}

export type SvmRangeEmits =
  { readonly type: "entry.is-cleared" } | { readonly type: "range.seen"; readonly isMapped: boolean };

const s = setup({
  types: {
    context: {} as SvmRangeContext,
    events: {} as
      | { readonly type: "page.moves" | "process.unmaps" }
      | { readonly type: "range.is-looked-up" }
      | { readonly type: "range.is-mapped" },
    emitted: {} as SvmRangeEmits,
    input: {} as Pick<SvmRangeContext, "staysMapped" | "evictTells" | "moves">,
  },
  guards: {
    hasMoves: ({ context }) => context.moves > 0,
    isSilent: ({ context }) => context.evictTells === "nobody" && context.moves > 0,
    staysMapped: ({ context }) => context.staysMapped && context.moves > 0,
  },
});

const SVM = "drivers/gpu/drm/amd/amdkfd/kfd_svm.c";
const clears = s.emit({ type: "entry.is-cleared" });
const moved = s.assign({ moves: ({ context }) => context.moves - 1 });
const isStale = s.assign({ isCurrent: false });

export const svmRange = s.createMachine({
  id: "svm-range",
  description: "a page of a process that the GPU shares",
  meta: {
    origin: linux(SVM, "svm_range_evict"),
    lane: "the page of the process",
    messages: messages<SvmRangeEmits>({
      "entry.is-cleared": "unmaps the page from the GPU",
      "range.seen": "is {isMapped?mapped:not mapped} in the process",
    }),
  },
  context: ({ input }) => ({ ...input, isCurrent: true }),
  initial: "mapped",
  states: {
    mapped: {
      description: "is mapped in the process",
      on: {
        "page.moves": [
          { description: "is moved, and stays mapped for the GPU", guard: "staysMapped", actions: moved },
          { description: "is moved, and nobody tells the GPU", guard: "isSilent", actions: [moved, isStale] },
          { description: "is moved or reclaimed", guard: "hasMoves", actions: [moved, clears] },
        ],
        "process.unmaps": { description: "is unmapped by the process", target: "unmapped", actions: clears },
        "range.is-looked-up": { actions: s.emit({ type: "range.seen", isMapped: true }) },
        "range.is-mapped": { actions: assign({ isCurrent: true }) },
      },
    },
    unmapped: {
      description: "is not mapped in the process any more",
      on: { "range.is-looked-up": { actions: s.emit({ type: "range.seen", isMapped: false }) } },
    },
  },
});
