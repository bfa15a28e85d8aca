/**
 * The PRI capability of one device: its credits, and whether it still works.
 *
 * Models  PCIe PRI, hardware facts 2.2 G4, 2.3, 2.4: one credit for each request outstanding, returned by the response
 *         of the group; a Response Failure disables the interface (S12, S18).
 * Omits   enabling again, capacity (the allocation is what counts), stop markers (they take no credit).
 */
import { assign, setup } from "xstate";

export interface PriInterfaceContext {
  readonly device: number;
  readonly allocation: number;
  readonly credits: number;
}

export const priInterface = setup({
  types: {
    context: {} as PriInterfaceContext,
    events: {} as
      | { readonly type: "pri.takes-credits"; readonly device: number; readonly credits: number }
      | { readonly type: "pri.returns-credits"; readonly device: number; readonly credits: number }
      | { readonly type: "pri.fails"; readonly device: number },
    input: {} as { device: number; allocation: number },
  },
}).createMachine({
  id: "pri-interface",
  context: ({ input }) => ({ ...input, credits: input.allocation }),
  initial: "enabled",
  states: {
    enabled: {
      on: {
        "pri.takes-credits": {
          guard: ({ context, event }) => context.credits >= event.credits,
          actions: assign({ credits: ({ context, event }) => context.credits - event.credits }),
        },
      },
    },
    failed: {},
  },
  on: {
    "pri.returns-credits": { actions: assign({ credits: ({ context, event }) => context.credits + event.credits }) },
    "pri.fails": { target: ".failed" },
  },
});
