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
 *         Between them it calls iopf_queue_flush_dev(). A drain of "drain.begins" with a device and a PASID takes all these
 *         steps. In a teardown flush and descriptors are steps of its own list. The completion is the drain's own
 *         or the IOMMU's, by the design: D1 (two drains share one completion). The other drain belongs to a teardown without
 *         further steps. The requests of its device come before it, and the kernel serves them itself.
 *         A drain of a whole device (IOMMU_NO_PASID, which is 0) passes over records without PASID, which
 *         prq_event_thread() refuses. Its first loop never sleeps for them; its second loop may.
 *         Drains of SVA unbinds exclude each other: an unbind holds one lock for all devices, pasid_mutex in 6.1, which it
 *         drops for the flush only, and iommu_sva_lock in 6.12 (iommu_sva_unbind_device()). No lock excludes the drain of
 *         a RID (device_block_translation()), or in 6.12 that of another detach of a PASID (iommu_detach_device_pasid(),
 *         intel_iommu_remove_dev_pasid()): both hold group->mutex of their own group only. iommu_sva_bind_device() of both
 *         trees refuses SVA on x86 (B44), so that in 6.12.117 these two are the drains that occur.
 * Omits   in a teardown, several PASIDs: each drain waits for records of its own device; and the second and later submissions
 *         of the qi_retry loop: its fences are steps of its own, and a blocked device sends nothing between them. In a drain
 *         of all steps, the time that hardware takes for the descriptors. A device without PRI, whose drain returns at once.
 *         The time between the reads of tail and head, which are one step. If prq_event_thread() writes the head between
 *         them, the loop goes round the whole ring and may find a record that was handled. It then waits for the
 *         completion that follows this write, or with D1 for one that another drain has reset, as it may here.
 *         Of 6.1, that the other drain drops pasid_mutex between its loops too. Each loop holds it from its
 *         reinit_completion() on, so the drains exclude each other either way.
 */
import { emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { atWill, linux, linux61, linux612, messages, whereIs } from "../../../../../said.ts";
import { mutexSays } from "../../../lib/mutex.ts";
import { paramSays } from "../../io-pgfault/6.12/fault-param-messages.ts";

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

/** Whose requests a drain of all steps looks for. */
export type Drained = { readonly device: number; readonly pasid: number };

export interface QueueDrainContext extends QueueDrainInput {
  /** Null: flush and descriptors are steps of a teardown. */
  readonly of: Drained | null;
  /** The device has a request in the queue. */
  readonly asked: boolean;
  /** The loop: prq_retry or qi_retry. */
  readonly loop: "prq" | "qi";
}

type QueueDrainEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: "bind-lock" }
  | { readonly type: "completion.reinits"; readonly drain: number }
  | { readonly type: "completion.waits" | "completion.looks-again"; readonly drain: number; readonly by: string }
  | { readonly type: "prq.searches"; readonly drain: number; readonly pasid: number }
  | { readonly type: "prq.reads-overflow"; readonly drain: number }
  | { readonly type: "param.flushes"; readonly device: number }
  | ({ readonly type: "command.drains"; readonly descriptors: readonly string[] } & Drained)
  | { readonly type: "drain.returns"; readonly drain: number; readonly result: null }
  | { readonly type: "paging.requests" };

const s = setup({
  types: {
    context: {} as QueueDrainContext,
    events: {} as
      | { readonly type: "drain.asks" | "drain.locks" }
      | ({ readonly type: "drain.begins" } & Partial<Drained>)
      | { readonly type: "drain.flushes" | "drain.submits" | "flush.returns" }
      | { readonly type: "drain.reinits" | "drain.looks" | "drain.waits" }
      | { readonly type: "drain.looks-again" }
      /** From the teardown: begin prq_retry, begin qi_retry, wait for the end of the loop. */
      | { readonly type: "intake.drains" | "intake.settles" | "intake.awaits" }
      | { readonly type: "prq.seen"; readonly present: boolean }
      | { readonly type: "paging.done" | "completion.passed" },
    emitted: {} as QueueDrainEmits,
    input: {} as QueueDrainInput,
  },
  guards: {
    isFirstOfAll: ({ context }) => context.loop === "prq" && context.of !== null,
    submits: ({ context }) => context.loop === "qi" && context.of !== null,
    isFirstAndGoesOn: ({ context }) => context.loop === "prq" && context.goesOn,
    locks: ({ context }) => context.locks,
    passesOver: ({ context }) => context.loop === "prq" && !context.finds && context.of === null,
    passesOverAll: ({ context }) => context.loop === "prq" && !context.finds,
  },
});

const DRAIN = whereIs(linux612("drivers/iommu/intel/prq.c", "intel_iommu_drain_pasid_prq"), "tree", {
  "6.1.192": linux61("drivers/iommu/intel/svm.c", "intel_svm_drain_prq"),
});
const COMPLETION = "kernel/sched/completion.c";
const REINIT = linux("include/linux/completion.h", "reinit_completion");
const WAIT = linux(COMPLETION, "wait_for_completion");

const by = (drain: number): string => `drain${drain}`;
/** What the wait descriptor drains comes after the invalidations, and behind it hardware holds no older request. */
const DESCRIPTORS = ["fence", "iotlb", "device-tlb"] as const;

const begins = s.assign({
  of: ({ event }) => {
    if (event.type !== "drain.begins" || event.device === undefined || event.pasid === undefined) return null;
    return { device: event.device, pasid: event.pasid };
  },
});
const returns = s.enqueueActions(({ context: { of, drain }, enqueue }) => {
  if (of) enqueue.emit({ type: "drain.returns", drain, result: null });
  enqueue.assign({ of: null });
});
const first = s.assign({ loop: "prq" });
const second = s.assign({ loop: "qi" });
const reinits = s.emit(({ context: { drain } }) => ({ type: "completion.reinits", drain }));
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
      "prq.searches": "looks for records of its PASID in the queue",
      "prq.reads-overflow": "reads the overflow bit (PRS.PRO)",
      "param.flushes": paramSays["param.flushes"],
      "command.drains": {
        says: "submits descriptors that drain PASID {pasid} of device {device}: {descriptors}",
        origin: linux("drivers/iommu/intel/dmar.c", "qi_submit_sync"),
      },
      "drain.returns": "returns: no request of the PASID is left in queue and hardware",
      "paging.requests": { says: "sends a page request", origin: atWill("a device") },
    }),
  },
  context: ({ input }) => ({ ...input, of: null, asked: false, loop: "prq" }),
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
          { target: "preparing", actions: [first, begins] },
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
        "drain.reinits": [
          {
            description: "calls reinit_completion() ({loop}_retry)",
            guard: "submits",
            target: "submitting",
            actions: reinits,
          },
          { target: "looking", actions: reinits },
        ],
      },
    },
    flushing: {
      description: "has found no record of its PASID, and calls iopf_queue_flush_dev()",
      on: {
        "drain.flushes": {
          description: "flushes the IOPF workqueue of device {of.device}",
          target: "awaiting-work",
          actions: emit(({ context: { of } }) => ({ type: "param.flushes", device: of!.device })),
        },
      },
    },
    "awaiting-work": {
      description: "waits in iopf_queue_flush_dev()",
      on: { "flush.returns": { target: "preparing", actions: second } },
    },
    submitting: {
      description: "is about to drain the hardware",
      on: {
        "drain.submits": {
          description: "submits the descriptors that drain the hardware, and waits for them",
          target: "looking",
          actions: emit(({ context: { of } }) => ({ type: "command.drains", ...of!, descriptors: DESCRIPTORS })),
        },
      },
    },
    looking: {
      description: "reads the queue (prq_retry), or PRS.PRO (qi_retry)",
      on: {
        "drain.looks": [
          { description: "finds no record with its PASID", guard: "passesOver", target: "idle" },
          { guard: "passesOverAll", target: "flushing" },
          {
            description: "looks for records of its PASID in the queue",
            guard: ({ context }) => context.loop === "prq",
            actions: emit(({ context: { drain, of } }) => ({ type: "prq.searches", drain, pasid: of?.pasid ?? 0 })),
          },
          {
            description: "reads the overflow bit (PRS.PRO)",
            actions: emit(({ context: { drain } }) => ({ type: "prq.reads-overflow", drain })),
          },
        ],
        "prq.seen": [
          { guard: ({ event }) => event.present, target: "waiting" },
          { guard: "isFirstOfAll", target: "flushing" },
          { guard: "isFirstAndGoesOn", target: "preparing", actions: second },
          { target: "idle", actions: [first, unlocks, returns] },
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
  on: {
    "paging.done": { actions: s.assign({ asked: false }) },
    /** Of a flush by another thread. */
    "flush.returns": {},
  },
});

const STEPS = ["locks", "reinits", "looks", "waits", "looks-again"] as const;
const asSteps = (names: readonly string[]): readonly Message[] => names.map((step) => ({ type: `drain.${step}` }));

/** Its own steps after the begin. */
export const queueDrainSteps: readonly Message[] = asSteps(STEPS);
/** Those of a drain of all steps. */
export const wholeDrainSteps: readonly Message[] = asSteps([...STEPS, "flushes", "submits"]);
