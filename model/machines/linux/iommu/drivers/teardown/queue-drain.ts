/**
 * A thread that drains the page request queue. Its first loop waits until the queue holds no record of its PASID; its second
 * loop waits until the overflow bit is clear. Several threads may drain at a time, for devices or address spaces behind one
 * IOMMU.
 *
 * Models  intel_iommu_drain_pasid_prq() of Linux 6.12.117 and intel_svm_drain_prq() of 6.1.192 (iopf-core 2.1). Both loops
 *         wait for iommu->prq_complete and begin with reinit_completion():
 *         - prq_retry: read the queue; while a record with the PASID is there, wait until prq_event_thread() has run, and
 *           read again;
 *         - qi_retry: submit the descriptors that drain the hardware; while PRO is set, wait until prq_event_thread() has run,
 *           and submit again.
 *         Between them the teardown calls iopf_queue_flush_dev(), a step of its own list. The completion is the drain's own
 *         or the IOMMU's, by the design: D1 (two drains share one completion). The other drain belongs to a teardown without
 *         further steps. The requests of its device come before it, and the kernel serves them itself.
 *         A drain of a whole device (IOMMU_NO_PASID, which is 0) passes over records without PASID, which
 *         prq_event_thread() refuses. Its first loop never sleeps for them; its second loop may.
 *         Drains of SVA unbinds exclude each other: an unbind holds one lock for all devices, pasid_mutex in 6.1, which it
 *         drops for the flush only, and iommu_sva_lock in 6.12 (iommu_sva_unbind_device()). No lock excludes the drain of
 *         a RID (device_block_translation()), or in 6.12 that of another detach of a PASID (iommu_detach_device_pasid(),
 *         intel_iommu_remove_dev_pasid()): both hold group->mutex of their own group only. iommu_sva_bind_device() of both
 *         trees refuses SVA on x86 (B44), so that in 6.12.117 these two are the drains that occur.
 * Omits   several PASIDs: each drain waits for records of its own device. The second and later submissions of the qi_retry
 *         loop: the fences of the teardown are steps of its own, and a blocked device sends nothing between them.
 */
import { emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { atWill, linux, linux61, linux612, messages, whereIs } from "../../../../../said.ts";
import { mutexSays } from "../../../lib/mutex.ts";

export interface QueueDrainInput {
  readonly drain: number;
  /** The qi_retry loop follows at once: no teardown has steps between the loops. */
  readonly goesOn: boolean;
  /** The records of its device carry the PASID that the drain looks for. */
  readonly finds: boolean;
  /** The drain takes the lock of bind and unbind itself; otherwise its teardown holds it. */
  readonly locks: boolean;
  /** The tree whose functions the steps name; default: 6.12.117. */
  readonly tree?: "6.1.192";
}

export interface QueueDrainContext extends QueueDrainInput {
  /** The device has a request in the queue. */
  readonly asked: boolean;
  /** The loop: prq_retry or qi_retry. */
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
      /** From the teardown: begin prq_retry, begin qi_retry, wait for the end of the loop. */
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

const DRAIN = whereIs(linux612("drivers/iommu/intel/prq.c", "intel_iommu_drain_pasid_prq"), "tree", {
  "6.1.192": linux61("drivers/iommu/intel/svm.c", "intel_svm_drain_prq"),
});
const COMPLETION = "kernel/sched/completion.c";
const REINIT = linux("include/linux/completion.h", "reinit_completion");
const WAIT = linux(COMPLETION, "wait_for_completion");

const by = (drain: number): string => `drain${drain}`;
const first = s.assign({ loop: "prq" });
const second = s.assign({ loop: "qi" });
const unlocks = s.enqueueActions(({ context: { locks, drain }, enqueue }) => {
  if (locks) enqueue.emit({ type: "lock.releases", owner: by(drain), lock: "bind-lock" });
});

export const queueDrain = s.createMachine({
  id: "queue-drain",
  description: "a drain of the page request queue",
  meta: {
    origin: DRAIN,
    lane: "drain {drain} of the page request queue",
    messages: messages<QueueDrainEmits>({
      ...mutexSays("the lock of bind and unbind"),
      "completion.reinits": { says: "forgets earlier completions of iommu->prq_complete", origin: REINIT },
      "completion.waits": { says: "waits for iommu->prq_complete", origin: WAIT },
      "completion.looks-again": { says: "wakes up and reads iommu->prq_complete again", origin: WAIT },
      "intake.looks": "looks for records of its PASID in the queue",
      "intake.looks-at-overflow": "reads the overflow bit (PRS.PRO)",
      "paging.requests": { says: "sends a page request", origin: atWill("a device") },
    }),
  },
  context: ({ input }) => ({ ...input, asked: false, loop: "prq" }),
  initial: "idle",
  states: {
    idle: {
      description: "no drain is in progress",
      on: {
        "drain.asks": {
          description: "has its device send a page request",
          meta: { origin: atWill("a device") },
          guard: ({ context }) => !context.asked,
          actions: [s.assign({ asked: true }), emit({ type: "paging.requests" })],
        },
        "drain.begins": [
          {
            description: "begins to drain the queue",
            guard: "locks",
            target: "locking",
            actions: first,
          },
          { target: "preparing", actions: first },
        ],
        "intake.drains": { target: "preparing", actions: first },
        "intake.settles": { target: "preparing", actions: second },
        "intake.awaits": {},
      },
    },
    locking: {
      description: "waits for the lock of bind and unbind",
      on: {
        "drain.locks": {
          description: "takes the lock of bind and unbind",
          target: "preparing",
          actions: emit(({ context: { drain } }) => ({ type: "lock.acquires", owner: by(drain), lock: "bind-lock" })),
        },
      },
    },
    preparing: {
      description: "begins a turn of the {loop}_retry loop",
      on: {
        "drain.reinits": {
          description: "calls reinit_completion() ({loop}_retry)",
          target: "looking",
          actions: emit(({ context: { drain } }) => ({ type: "completion.reinits", drain })),
        },
      },
    },
    looking: {
      description: "reads the queue (prq_retry), or PRS.PRO (qi_retry)",
      on: {
        "drain.looks": [
          { description: "finds no record with its PASID", guard: "passesOver", target: "idle" },
          {
            description: "looks for records of its PASID in the queue",
            guard: ({ context }) => context.loop === "prq",
            actions: emit(({ context: { drain } }) => ({ type: "intake.looks", drain })),
          },
          {
            description: "reads the overflow bit (PRS.PRO)",
            actions: emit(({ context: { drain } }) => ({ type: "intake.looks-at-overflow", drain })),
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
      description: "has found a record of its PASID, or an overflow",
      on: {
        "drain.waits": {
          description: "waits for iommu->prq_complete ({loop}_retry)",
          meta: { origin: WAIT },
          target: "asleep",
          actions: emit(({ context: { drain } }) => ({ type: "completion.waits", drain, by: by(drain) })),
        },
      },
    },
    asleep: {
      description: "sleeps in wait_for_completion()",
      on: {
        "drain.looks-again": {
          description: "wakes up and reads iommu->prq_complete again",
          meta: { origin: WAIT },
          actions: emit(({ context: { drain } }) => ({ type: "completion.looks-again", drain, by: by(drain) })),
        },
        "completion.passed": { target: "preparing" },
      },
    },
  },
  on: { "paging.done": { actions: s.assign({ asked: false }) } },
});

/** Its own steps after the begin. */
export const queueDrainSteps: readonly Message[] = ["locks", "reinits", "looks", "waits", "looks-again"].map(
  (step) => ({
    type: `drain.${step}`,
  }),
);
