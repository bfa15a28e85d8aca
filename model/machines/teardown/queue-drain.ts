/**
 * A thread that waits until the page request queue holds no record of its own any more. Several may wait at a time: for
 * devices, or address spaces, behind one IOMMU.
 *
 * Models  intel_iommu_drain_pasid_prq() step 2 of Linux 6.12 (iopf-core 2.1): make the completion anew, look through the
 *         queue, wait until the thread that reports has run, look again. Whether the completion is its own or that of the
 *         IOMMU, the system says (D1). The other one stands for a teardown of which nothing else is asked: its device asks
 *         before, and what it asks for the kernel serves by itself.
 *         There a drain looks for a PASID, of whatever device, and passes over requests without one: that of a whole device
 *         (its RID) finds none and never sleeps, so that D1 is of drains of PASIDs only, in the standard order of steps.
 * Omits   several PASIDs: here each drain waits for records of its own device. Also the drain of hardware behind it, which
 *         makes the completion anew once more, and locks that exclude some drains.
 */
import { emit, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";

export interface QueueDrainContext {
  readonly drain: number;
  /** Its device has a request in the queue. */
  readonly asked: boolean;
}

type QueueDrainEmits =
  | { readonly type: "completion.reinits"; readonly drain: number }
  | { readonly type: "completion.waits" | "completion.looks-again"; readonly drain: number; readonly by: string }
  | { readonly type: "intake.looks"; readonly drain: number }
  | { readonly type: "paging.requests" };

const s = setup({
  types: {
    context: {} as QueueDrainContext,
    events: {} as
      | { readonly type: "drain.asks" | "drain.begins" | "drain.reinits" | "drain.looks" | "drain.waits" }
      | { readonly type: "drain.looks-again" }
      /** Of the teardown whose drain this is; it waits until the drain is over. */
      | { readonly type: "intake.drains" | "intake.awaits" }
      | { readonly type: "intake.seen"; readonly present: boolean }
      | { readonly type: "paging.done" | "completion.passed" },
    emitted: {} as QueueDrainEmits,
    input: {} as { drain: number },
  },
});

const by = (drain: number): string => `drain${drain}`;

export const queueDrain = s.createMachine({
  id: "queue-drain",
  context: ({ input }) => ({ ...input, asked: false }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "drain.asks": {
          guard: ({ context }) => !context.asked,
          actions: [s.assign({ asked: true }), emit({ type: "paging.requests" })],
        },
        "drain.begins": { target: "preparing" },
        "intake.drains": { target: "preparing" },
        "intake.awaits": {},
      },
    },
    preparing: {
      on: {
        "drain.reinits": {
          target: "looking",
          actions: emit(({ context: { drain } }) => ({ type: "completion.reinits", drain })),
        },
      },
    },
    looking: {
      on: {
        "drain.looks": { actions: emit(({ context: { drain } }) => ({ type: "intake.looks", drain })) },
        "intake.seen": [{ guard: ({ event }) => event.present, target: "waiting" }, { target: "idle" }],
      },
    },
    waiting: {
      on: {
        "drain.waits": {
          target: "asleep",
          actions: emit(({ context: { drain } }) => ({ type: "completion.waits", drain, by: by(drain) })),
        },
      },
    },
    asleep: {
      on: {
        "drain.looks-again": {
          actions: emit(({ context: { drain } }) => ({ type: "completion.looks-again", drain, by: by(drain) })),
        },
        "completion.passed": { target: "preparing" },
      },
    },
  },
  on: { "paging.done": { actions: s.assign({ asked: false }) } },
});

/** What it does once it has begun. */
export const queueDrainSteps: readonly Message[] = ["reinits", "looks", "waits", "looks-again"].map((step) => ({
  type: `drain.${step}`,
}));
