/**
 * The PRI capability of one device: its credits, and whether it still works.
 *
 * Models  PCIe PRI (hardware facts 2.2 G4, 2.3, 2.4). Each outstanding request holds one credit, and the response of its group
 *         returns it (S12, credits are conserved). A Response Failure disables the interface (S18, it stays disabled).
 *         A response that names no group of the device sets UPRGI (Unexpected Page Request Group Index), and is dropped.
 * Omits   enabling the interface again, Reset, Stopped and stop markers, which page-request-port.ts has; the capacity,
 *         because only the allocation limits the device.
 */
import { assign, setup } from "xstate";
import { clause } from "../../said.ts";

export interface PriInterfaceContext {
  readonly device: number;
  readonly allocation: number;
  readonly credits: number;
  /** UPRGI: a response named no group of the device. */
  readonly unexpected: boolean;
}

export const priInterface = setup({
  types: {
    context: {} as PriInterfaceContext,
    events: {} as
      | { readonly type: "pri.takes-credits"; readonly device: number; readonly credits: number }
      | { readonly type: "pri.returns-credits"; readonly device: number; readonly credits: number }
      | { readonly type: "pri.fails"; readonly device: number }
      | { readonly type: "pri.response"; readonly device: number },
    input: {} as { device: number; allocation: number },
  },
}).createMachine({
  id: "pri-interface",
  description: "the PRI capability of one device, with its credits",
  meta: {
    origin: clause("pcie", "10.4 (Page Request Services)"),
    lane: "device {device}, PRI capability with {allocation} credits",
  },
  context: ({ input }) => ({ ...input, credits: input.allocation, unexpected: false }),
  initial: "enabled",
  states: {
    enabled: {
      description: "the interface is enabled",
      on: {
        "pri.takes-credits": {
          guard: ({ context, event }) => context.credits >= event.credits,
          actions: assign({ credits: ({ context, event }) => context.credits - event.credits }),
        },
      },
    },
    failed: { description: "a Response Failure has disabled the interface" },
  },
  on: {
    "pri.returns-credits": { actions: assign({ credits: ({ context, event }) => context.credits + event.credits }) },
    "pri.fails": { target: ".failed" },
    "pri.response": { actions: assign({ unexpected: true }) },
  },
});
