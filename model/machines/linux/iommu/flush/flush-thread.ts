/**
 * A thread that invalidates what an IOMMU caches, and waits until that has happened: for a container that unmaps, for SVA, or
 * for the DMA API. No lock of VFIO keeps one from the others.
 *
 * Models  Linux, drivers/iommu/amd/iommu.c: iommu_queue_command() and iommu_completion_wait(), with the number of the fence taken
 *         under iommu->lock (6.1.192, 6.12.117, 7.3.4) or before it (before the fix of CVE-2026-43220); wait_on_sem(), which ends
 *         after LOOP_TIMEOUT. drivers/iommu/intel/dmar.c: qi_submit_sync() and qi_check_fault(): whoever polls clears the error
 *         and marks waits as aborted; a flush that was aborted begins again (-EAGAIN). In 6.12.117 and 7.3.4 the flush that
 *         clears the time-out of a removed device returns -ETIMEDOUT, whatever device it is for.
 * Omits   What the caller does with an error: most of them have no way to pass one on. Interrupts, which are off.
 *         qi_check_fault() clears an IQE only for the flush whose first descriptor is at the head: here whoever polls does, and
 *         the flush that sent it is told.
 *         need_sync of AMD, by which a flush may wait for a fence of another one: here each queues its own, at once with its
 *         invalidations.
 */
import { assign, setup } from "xstate";
import type { Origin } from "../../../../../checker/said.ts";
import { linux, messages, whereIs } from "../../../../said.ts";
import type {
  AbortedSlots,
  Found,
  RefusedBecomes,
  SharedQueueEmits,
  SharedQueueEvent,
} from "../../../iommu/shared-queue.ts";

export interface FlushRules {
  readonly fenceNumber: "under-lock" | "before-lock";
  readonly fenceWait: "at-least" | "exactly" | "own-slot";
  readonly waitEnds: "when-done" | "may-give-up";
  readonly abortedSlots: AbortedSlots;
  readonly afterAbort: "retries" | "fails-if-removed" | "fails";
  readonly refusedBecomes: RefusedBecomes;
}

export interface FlushThreadInput {
  readonly name: string;
  readonly rules: FlushRules;
  readonly invalidations: number;
}

export type FlushStep = "number" | "lock" | "queue" | "unlock";

export interface FlushThreadContext extends FlushThreadInput {
  readonly left: readonly FlushStep[];
  readonly number: number;
  /** Of the flush that returned last. */
  readonly result: "none" | "success" | "failure";
  /** Ghost: a flush returned success while an invalidation of it was not executed. */
  readonly early: boolean;
}

export type FlushThreadEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | Extract<SharedQueueEvent, { readonly type: "number.is-taken" | "queue.takes" | "fence.looks" | "queue.goes-on" }>;

const AMD = "drivers/iommu/amd/iommu.c";
const DMAR = "drivers/iommu/intel/dmar.c";

/** Where each wait has a status slot of its own, it is VT-d's driver: one function queues and waits. */
const orVtd = (amd: string): Origin =>
  whereIs(linux(AMD, amd), "rules.fenceWait", { "own-slot": linux(DMAR, "qi_submit_sync") });
const FLUSHES = orVtd("iommu_completion_wait");
const QUEUES = orVtd("iommu_queue_command");
const LOOKS = whereIs(linux(AMD, "wait_on_sem"), "rules.fenceWait", { "own-slot": linux(DMAR, "qi_check_fault") });

const s = setup({
  types: {
    context: {} as FlushThreadContext,
    events: {} as
      { readonly type: "flush.begins" | "flush.steps" | "flush.looks" | "flush.gives-up" } | SharedQueueEmits,
    emitted: {} as FlushThreadEmits,
    input: {} as FlushThreadInput,
  },
});

/** The steps of a flush before it waits. */
const flushSteps = ({ fenceNumber, fenceWait }: FlushRules): readonly FlushStep[] => {
  if (fenceWait === "own-slot") return ["lock", "queue", "unlock"];
  return fenceNumber === "under-lock" ? ["lock", "number", "queue", "unlock"] : ["number", "lock", "queue", "unlock"];
};

const steps = s.enqueueActions(({ context, enqueue }) => {
  const { name, number, invalidations, left } = context;
  const [step] = left;
  enqueue.assign({ left: left.slice(1) });
  if (step === "lock") enqueue.emit({ type: "lock.acquires", owner: name });
  if (step === "unlock") enqueue.emit({ type: "lock.releases", owner: name });
  if (step === "number") enqueue.emit({ type: "number.is-taken", by: name });
  if (step === "queue") enqueue.emit({ type: "queue.takes", by: name, number, invalidations });
});

const clears = s.emit(({ context: { rules } }) => ({
  type: "queue.goes-on",
  marks: rules.abortedSlots,
  becomes: rules.refusedBecomes,
}));
const again = s.assign(({ context }) => ({ left: flushSteps(context.rules) }));
const ends = (result: "success" | "failure") => s.assign({ result, number: 0 });
const found =
  (...what: readonly Found[]) =>
  ({ event }: { readonly event: { readonly type: string; readonly found?: Found } }): boolean =>
    event.found !== undefined && what.includes(event.found);

export const flushThread = s.createMachine({
  id: "flush-thread",
  description: "a thread that invalidates what an IOMMU caches, and waits for it",
  meta: {
    origin: FLUSHES,
    lane: "{name}: a thread that invalidates",
    messages: messages<FlushThreadEmits>({
      "lock.acquires": { says: "takes the lock of the queue", origin: FLUSHES },
      "lock.releases": { says: "drops the lock of the queue", origin: FLUSHES },
      "number.is-taken": { says: "takes the number of its fence", origin: linux(AMD, "iommu_completion_wait") },
      "queue.takes": {
        says: "queues its invalidations, and a fence behind them",
        origin: QUEUES,
      },
      "fence.looks": { says: "looks whether its fence is done", origin: LOOKS },
      "queue.goes-on": {
        says: "clears the error, and lets the queue go on",
        origin: linux(DMAR, "qi_check_fault"),
      },
    }),
  },
  context: ({ input }) => ({ ...input, left: [], number: 0, result: "none", early: false }),
  initial: "idle",
  states: {
    idle: {
      description: "outside of a flush",
      on: {
        "flush.begins": {
          description: "begins to invalidate",
          target: "queueing",
          actions: assign({ left: ({ context }) => flushSteps(context.rules) }),
        },
      },
    },
    queueing: {
      description: "queueing its invalidations and its fence",
      on: {
        "flush.steps": [
          {
            description: "takes the next step of its flush",
            meta: { listed: true },
            guard: ({ context }) => context.left.length > 1,
            actions: steps,
          },
          {
            description: "takes the last step before it waits",
            meta: { listed: true },
            target: "waiting",
            actions: steps,
          },
        ],
        "number.taken": { actions: assign({ number: ({ event }) => event.number }) },
      },
    },
    waiting: {
      description: "waiting for its fence",
      meta: { origin: LOOKS },
      on: {
        "flush.looks": {
          description: "looks at the status of its fence",
          actions: s.emit(({ context: { name: by, rules } }) => ({
            type: "fence.looks",
            by,
            how: rules.fenceWait,
          })),
        },
        /** Where waits may end (`waitEnds`): the event is not listed elsewhere. */
        "flush.gives-up": {
          description: "gives up waiting after LOOP_TIMEOUT, and returns an error",
          target: "idle",
          actions: ends("failure"),
        },
        "fence.found": [
          {
            guard: found("done"),
            target: "idle",
            actions: [assign({ early: ({ context, event }) => context.early || event.owes }), ends("success")],
          },
          {
            guard: ({ context, event }) =>
              found("stopped")({ event }) &&
              event.timedOut === "removed" &&
              context.rules.afterAbort === "fails-if-removed",
            target: "idle",
            actions: [clears, ends("failure")],
          },
          { guard: found("stopped"), actions: clears },
          {
            guard: ({ context, event }) => found("aborted")({ event }) && context.rules.afterAbort !== "fails",
            target: "queueing",
            actions: again,
          },
          { target: "idle", actions: ends("failure") },
        ],
      },
    },
  },
});
