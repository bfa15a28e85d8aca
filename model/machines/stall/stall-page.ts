/**
 * One page of a buffer: whether it belongs to the device's memory at all, whether it is mapped, and whether it was given
 * to somebody new while a transaction that was refused could still reach it.
 *
 * Models  DMA_MAP and DMA_UNMAP of the region, and the entry of the page table, each as one step.
 * Omits   frames: a page that is given out again has new contents, and a write of before must not reach them (S23).
 */
import { assign, emit, enqueueActions, setup } from "xstate";

export interface StallPageContext {
  readonly linked: boolean;
  readonly mapped: boolean;
  /** Ghost: a write that was refused before has landed in it. */
  readonly spoilt: boolean;
}

const s = setup({
  types: {
    context: {} as StallPageContext,
    events: {} as
      | { readonly type: "page.tried"; readonly stag: number; readonly outlived: boolean }
      | { readonly type: "page.links" | "page.unlinks" | "page.resolves" },
    emitted: {} as
      | { readonly type: "page.granted" | "page.absent"; readonly stag: number }
      | { readonly type: "page.resolved"; readonly ok: boolean },
  },
});

export const stallPage = s.createMachine({
  id: "stall-page",
  context: { linked: true, mapped: false, spoilt: false },
  on: {
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
