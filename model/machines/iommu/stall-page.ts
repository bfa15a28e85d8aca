/**
 * One page of a buffer: whether it belongs to the device's memory at all, whether it is mapped, and whether it was given
 * to somebody new while a transaction that was refused could still reach it.
 *
 * Models  DMA_MAP and DMA_UNMAP of the region, and the entry of the page table, each as one step. What hardware knows of
 *         the page's records, where it records a page only once (hardware facts 4.2, K22).
 * Omits   frames: a page that is given out again has new contents, and a write of before must not reach them (S23).
 */
import { assign, emit, enqueueActions, setup } from "xstate";

export interface StallPageContext {
  readonly linked: boolean;
  readonly mapped: boolean;
  /** Ghost: a write that was refused before has landed in it. */
  readonly spoilt: boolean;
  /** A record of the page waits for its answer; kept only where that leaves others unrecorded. */
  readonly recorded: boolean;
  /** Whether an answer is for all that wait on the page; to forget the others is a mistake of hardware. */
  readonly duplicates: "retried" | "forgotten";
}

const s = setup({
  types: {
    context: {} as StallPageContext,
    events: {} as
      | { readonly type: "page.tried"; readonly stag: number; readonly outlived: boolean }
      | { readonly type: "page.links" | "page.unlinks" | "page.resolves" | "stall.terminates" }
      | { readonly type: "record.begins" | "record.joins" | "record.answered" },
    emitted: {} as
      | { readonly type: "page.granted" | "page.absent"; readonly stag: number }
      | { readonly type: "page.resolved"; readonly ok: boolean }
      | { readonly type: "duplicates.retry" },
    input: {} as { readonly duplicates: StallPageContext["duplicates"] },
  },
});

export const stallPage = s.createMachine({
  id: "stall-page",
  context: ({ input }) => ({ linked: true, mapped: false, spoilt: false, recorded: false, ...input }),
  on: {
    "record.begins": { guard: ({ context }) => !context.recorded, actions: assign({ recorded: true }) },
    "record.joins": { guard: ({ context }) => context.recorded, actions: [] },
    "record.answered": {
      actions: enqueueActions(({ context, enqueue }) => {
        enqueue.assign({ recorded: false });
        if (context.duplicates === "retried") enqueue.emit({ type: "duplicates.retry" });
      }),
    },
    "stall.terminates": { actions: assign({ recorded: false }) },
    "page.tried": {
      actions: enqueueActions(({ context: { mapped }, event: { stag, outlived }, enqueue }) => {
        if (mapped && outlived) enqueue.assign({ spoilt: true });
        enqueue.emit({ type: mapped ? "page.granted" : "page.absent", stag });
      }),
    },
    "page.links": { actions: assign({ linked: true }) },
    "page.unlinks": { actions: assign({ linked: false, mapped: false, spoilt: false }) },
    "page.resolves": {
      actions: [
        assign({ mapped: ({ context }) => context.linked }),
        emit(({ context }) => ({ type: "page.resolved", ok: context.linked })),
      ],
    },
  },
});
