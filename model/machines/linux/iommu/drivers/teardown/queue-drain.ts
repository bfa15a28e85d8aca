/**
 * A thread that drains the page request queue: it waits until the queue holds no record of its own any more, and, in its
 * second half, until the queue has not overflowed. Several may drain at a time: for devices, or address spaces, behind one
 * IOMMU.
 *
 * Models  intel_iommu_drain_pasid_prq() of Linux 6.12.117 and intel_svm_drain_prq() of 6.1.192 (iopf-core 2.1). Both wait
 *         on iommu->prq_complete in two loops, and both loops begin with reinit_completion():
 *         - prq_retry: look through the queue; while a record with the PASID is there, wait until the thread that reports
 *           has run, and look again;
 *         - qi_retry: submit the descriptors that drain the hardware; while PRO is set, wait until that thread has run, and
 *           submit again.
 *         iopf_queue_flush_dev() is between them; of the teardown whose drain this is, it is a step of its list. Whether
 *         the completion is the drain's own or that of the IOMMU, the system says (D1). The other drain stands for a
 *         teardown of which nothing else is asked: its device asks before, and what it asks for the kernel serves itself.
 *         A drain of a whole device (its RID: IOMMU_NO_PASID, which is 0) passes over records without PASID, which
 *         prq_event_thread() refuses: its first loop never sleeps for them, its second one may.
 *         Drains of SVA unbinds exclude each other: an unbind holds one lock for all devices, pasid_mutex in 6.1, which it
 *         drops for the flush only, and iommu_sva_lock in 6.12 (iommu_sva_unbind_device()). Nothing excludes the drain of
 *         a RID (device_block_translation()), or in 6.12 that of another detach of a PASID (iommu_detach_device_pasid(),
 *         intel_iommu_remove_dev_pasid()): both run under the mutex of their group only.
 * Omits   several PASIDs: here each drain waits for records of its own device. That the descriptors are submitted once more
 *         in each turn of the second loop: the teardown's fences are steps of its own, and a device that is blocked sends
 *         nothing between them.
 */
import { emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";

export interface QueueDrainInput {
  readonly drain: number;
  /** Its second half follows at once, where no teardown has steps between the halves. */
  readonly goesOn: boolean;
  /** Its records carry the PASID that it looks for. */
  readonly finds: boolean;
  /** It holds the lock of bind and unbind, where no teardown holds it for it. */
  readonly locks: boolean;
}

export interface QueueDrainContext extends QueueDrainInput {
  /** Its device has a request in the queue. */
  readonly asked: boolean;
  /** Which of its loops it is in: that about records, or that about overflow. */
  readonly loop: "prq" | "qi";
}

type QueueDrainEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: "bind-lock" }
  | { readonly type: "completion.reinits"; readonly drain: number }
  | { readonly type: "completion.waits" | "completion.looks-again"; readonly drain: number; readonly by: string }
  | { readonly type: "intake.looks" | "intake.looks-at-overflow"; readonly drain: number }
  | { readonly type: "paging.requests" };

const s = setup({
  types: {
    context: {} as QueueDrainContext,
    events: {} as
      | { readonly type: "drain.asks" | "drain.begins" | "drain.locks" }
      | { readonly type: "drain.reinits" | "drain.looks" | "drain.waits" }
      | { readonly type: "drain.looks-again" }
      /** Of the teardown whose drain this is: its halves, and whether the one that was begun is over. */
      | { readonly type: "intake.drains" | "intake.settles" | "intake.awaits" }
      | { readonly type: "intake.seen"; readonly present: boolean }
      | { readonly type: "paging.done" | "completion.passed" },
    emitted: {} as QueueDrainEmits,
    input: {} as QueueDrainInput,
  },
  guards: {
    isFirstAndGoesOn: ({ context }) => context.loop === "prq" && context.goesOn,
    locks: ({ context }) => context.locks,
    passesOver: ({ context }) => context.loop === "prq" && !context.finds,
  },
});

const by = (drain: number): string => `drain${drain}`;
const first = s.assign({ loop: "prq" });
const second = s.assign({ loop: "qi" });
const unlocks = s.enqueueActions(({ context: { locks, drain }, enqueue }) => {
  if (locks) enqueue.emit({ type: "lock.releases", owner: by(drain), lock: "bind-lock" });
});

export const queueDrain = s.createMachine({
  id: "queue-drain",
  context: ({ input }) => ({ ...input, asked: false, loop: "prq" }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "drain.asks": {
          guard: ({ context }) => !context.asked,
          actions: [s.assign({ asked: true }), emit({ type: "paging.requests" })],
        },
        "drain.begins": [
          { guard: "locks", target: "locking", actions: first },
          { target: "preparing", actions: first },
        ],
        "intake.drains": { target: "preparing", actions: first },
        "intake.settles": { target: "preparing", actions: second },
        "intake.awaits": {},
      },
    },
    locking: {
      on: {
        "drain.locks": {
          target: "preparing",
          actions: emit(({ context: { drain } }) => ({ type: "lock.acquires", owner: by(drain), lock: "bind-lock" })),
        },
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
        "drain.looks": [
          { guard: "passesOver", target: "idle" },
          {
            actions: emit(({ context: { drain, loop } }) => ({
              type: loop === "prq" ? "intake.looks" : "intake.looks-at-overflow",
              drain,
            })),
          },
        ],
        "intake.seen": [
          { guard: ({ event }) => event.present, target: "waiting" },
          { guard: "isFirstAndGoesOn", target: "preparing", actions: second },
          { target: "idle", actions: [first, unlocks] },
        ],
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
export const queueDrainSteps: readonly Message[] = ["locks", "reinits", "looks", "waits", "looks-again"].map(
  (step) => ({
    type: `drain.${step}`,
  }),
);
