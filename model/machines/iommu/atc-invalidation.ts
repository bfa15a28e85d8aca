/**
 * The ATC invalidation of one device as the IOMMU waits for it: it completes or times out.
 *
 * Models  hardware fact I6: a device that does not complete an Invalidate Request makes the invalidation time out. The
 *         wait command behind it then stays in the queue, fails, or reports completion (K27, what a fence does after an
 *         ATC invalidation time-out). Reporting completion is the defect of Xen XSA-373 (H11).
 * Omits   the order of the command queue (command-queue.ts has it): H36 and H37, page responses that wait behind the
 *         wait command, cannot happen here.
 */
import { emit, setup } from "xstate";
import { clause, messages } from "../../said.ts";

export type TimeoutPolicy = "stuck" | "errorFence" | "reportComplete";

type AtcInvalidationEmits = { readonly type: "atc.invalidates" | "fence.passed" | "fence.failed" };

const s = setup({
  types: {
    context: {} as { readonly policy: TimeoutPolicy },
    events: {} as { readonly type: "atc.submits" | "atc.invalidated" | "invalidation.times-out" },
    emitted: {} as AtcInvalidationEmits,
    input: {} as { readonly policy: TimeoutPolicy },
  },
});

export const atcInvalidation = s.createMachine({
  id: "atc-invalidation",
  description: "an ATC invalidation and the wait command behind it",
  meta: {
    origin: clause("pcie", "10.3 (ATS Invalidation)"),
    lane: "the ATC invalidation, in the command queue of the IOMMU",
    messages: messages<AtcInvalidationEmits>({
      "atc.invalidates": "sends an Invalidate Request to the device",
      "fence.passed": "reports that the wait command has completed",
      "fence.failed": "reports that the wait command has failed",
    }),
  },
  context: ({ input }) => input,
  initial: "idle",
  states: {
    idle: {
      description: "no ATC invalidation is outstanding",
      on: {
        "atc.submits": { target: "waiting", actions: emit({ type: "atc.invalidates" }) },
        // It timed out before.
        "atc.invalidated": { actions: [] },
      },
    },
    waiting: {
      description: "an Invalidate Request is sent and not completed",
      on: {
        "atc.invalidated": { target: "idle", actions: emit({ type: "fence.passed" }) },
        "invalidation.times-out": [
          {
            description: "times out, and the wait command stays at the head of the queue",
            meta: { origin: clause("riscv", "IOFENCE.C with cqcsr.cmd_to") },
            guard: ({ context }) => context.policy === "stuck",
            target: "stuck",
          },
          {
            description: "times out, and the wait command fails",
            meta: { origin: clause("smmu", "CMD_SYNC with CERROR_ATC_INV_SYNC") },
            guard: ({ context }) => context.policy === "errorFence",
            target: "idle",
            actions: emit({ type: "fence.failed" }),
          },
          {
            description: "times out, and the wait command completes as if the device had answered",
            meta: { origin: { of: "Xen", at: "XSA-373" } },
            target: "idle",
            actions: emit({ type: "fence.passed" }),
          },
        ],
      },
    },
    stuck: {
      description: "the wait command stays at the head of the queue",
      on: { "atc.invalidated": { actions: [] } },
    },
  },
});
