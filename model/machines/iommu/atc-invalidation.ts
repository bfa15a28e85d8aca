/**
 * The invalidation of the device's cache as the IOMMU waits for it: done, or timed out.
 *
 * Models  hardware facts I6: a device that does not complete makes the wait time out. What the fence behind it then says
 *         is K27: nothing for ever, an error, or, as in XSA-373, that all is done (H11).
 * Omits   other commands of the queue behind it (H36, H37).
 */
import { emit, setup } from "xstate";

export type TimeoutPolicy = "stuck" | "errorFence" | "reportComplete";

const s = setup({
  types: {
    context: {} as { readonly policy: TimeoutPolicy; readonly mayTimeOut: boolean },
    events: {} as { readonly type: "atc.submits" | "atc.invalidated" | "invalidation.times-out" },
    emitted: {} as { readonly type: "atc.invalidates" | "fence.passed" | "fence.failed" },
    input: {} as { readonly policy: TimeoutPolicy; readonly mayTimeOut: boolean },
  },
});

export const atcInvalidation = s.createMachine({
  id: "atc-invalidation",
  context: ({ input }) => input,
  initial: "idle",
  states: {
    idle: {
      on: {
        "atc.submits": { target: "waiting", actions: emit({ type: "atc.invalidates" }) },
        // Too late: it timed out before.
        "atc.invalidated": { actions: [] },
      },
    },
    waiting: {
      on: {
        "atc.invalidated": { target: "idle", actions: emit({ type: "fence.passed" }) },
        "invalidation.times-out": [
          { guard: ({ context }) => !context.mayTimeOut, target: "waiting" },
          { guard: ({ context }) => context.policy === "stuck", target: "stuck" },
          {
            guard: ({ context }) => context.policy === "errorFence",
            target: "idle",
            actions: emit({ type: "fence.failed" }),
          },
          { target: "idle", actions: emit({ type: "fence.passed" }) },
        ],
      },
    },
    stuck: { on: { "atc.invalidated": { actions: [] } } },
  },
});
