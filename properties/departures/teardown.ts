/** Deliberate defects of `teardown`: a step left out, two steps swapped, one lock held too long. */
import { ANY_HARDWARE, type Request } from "../build.ts";
import type { Breakages, Settings } from "./departure.ts";

const at = (set: Settings): Request => ({
  system: "teardown",
  hardware: ANY_HARDWARE,
  host: "intended",
  bounds: "small",
  set,
});
const reset = (set: Settings): Request => at({ deviceResets: 1, owners: 1, ...set });

export const teardownBreakages: Breakages = {
  departures: [
    {
      when: { teardownOrder: "no-drain" },
      breaks: ["TRD-3", "TRD-4", "TRD-6", "MEM-3", "MEM-5"],
      reason: "requests on their way are reported when the handle is freed, or belongs to the next owner (B9, B-36)",
      shown: at({ teardownOrder: "no-drain" }),
    },
    {
      when: { teardownOrder: "ring-before-wire" },
      breaks: ["TRD-3", "TRD-4", "TRD-6"],
      reason: "the drain of the wire pushes requests into the queue, and the teardown does not wait for them (D16)",
      shown: at({ teardownOrder: "ring-before-wire", instances: 1 }),
    },
    {
      when: { teardownOrder: "wire-after-flush" },
      breaks: ["TRD-3", "TRD-4", "TRD-6"],
      reason: "the wire is drained after the last read of the queue, and requests that it pushes are left there",
      shown: at({ teardownOrder: "wire-after-flush", instances: 1 }),
    },
    {
      when: { teardownOrder: "drain-before-block" },
      breaks: ["TRD-3", "TRD-4", "TRD-6"],
      reason: "new requests arrive after the drain, before the device is blocked (D12)",
      shown: at({ teardownOrder: "drain-before-block" }),
    },
    {
      when: { teardownOrder: "no-flush" },
      breaks: ["TRD-3", "TRD-6"],
      reason: "a worker reads the handle that it borrowed, after it was freed (D14)",
      shown: at({ teardownOrder: "no-flush" }),
    },
    {
      when: { teardownOrder: "remove-before-flush" },
      breaks: ["TRD-3", "TRD-6"],
      reason: "the IOPF core frees pending groups while their work is queued (B8)",
      shown: at({ teardownOrder: "remove-before-flush" }),
    },
    {
      when: { teardownOrder: "remove-before-flush", pendingAtRemoval: "free-only" },
      breaks: ["TRD-8", "TRD-9", "TRD-16"],
      reason: "pending faults get no response (D-12, I-30)",
      shown: at({ teardownOrder: "remove-before-flush", pendingAtRemoval: "free-only" }),
    },
    {
      when: { teardownOrder: "remove-before-flush", pendingAtRemoval: "answer-only" },
      breaks: ["TRD-17"],
      reason: "the removal and the worker both respond to the same group (I1)",
      shown: at({ teardownOrder: "remove-before-flush", pendingAtRemoval: "answer-only" }),
    },
    {
      when: { teardownOrder: "flush-under-lock", answerLocks: true },
      breaks: ["LCK-10", "LCK-11", "TRD-7", "TRD-8", "TRD-9", "TRD-16", "DEADLOCK"],
      reason: "the flush waits for a worker, and the worker for the lock (B3)",
      shown: at({ teardownOrder: "flush-under-lock", answerLocks: true }),
    },
    {
      when: { teardownOrder: "no-answer", handledBy: "user" },
      breaks: ["TRD-3", "TRD-6", "TRD-8"],
      reason: "groups that user space has read and does not answer get no response (L5)",
      shown: at({ teardownOrder: "no-answer", handledBy: "user" }),
    },
    {
      when: { teardownOrder: "keeps-queue" },
      breaks: ["TRD-24"],
      reason: "nobody takes the device off its IOPF queue, to which the next owner adds it",
      shown: at({ teardownOrder: "keeps-queue" }),
    },
    {
      when: { teardownOrder: "free-first" },
      breaks: ["TRD-3"],
      reason: "groups on their way still name the handle (I12, I13)",
      shown: at({ teardownOrder: "free-first" }),
    },
    {
      when: { resetOrder: "no-drain" },
      breaks: ["TRD-1"],
      reason: "the device uses its indices again, and responses to its earlier groups arrive (H10, S29)",
      shown: reset({ resetOrder: "no-drain" }),
    },
    {
      when: { resetOrder: "no-response-fence" },
      breaks: ["TRD-1"],
      reason: "responses from before the restart of the device are still on their way (S29)",
      shown: reset({ resetOrder: "no-response-fence" }),
    },
    {
      when: { drainCompletion: "shared", drainsAtOnce: 2 },
      breaks: ["LCK-11", "TRD-7", "TRD-18", "TRD-20"],
      reason: "one drain reinitializes the completion of the other, or is woken in its place (D1)",
      shown: at({ drainCompletion: "shared", drainsAtOnce: 2, owners: 1, instances: 1 }),
    },
    {
      when: { requestsCarry: "no-pasid", drainCompletion: "shared", drainsAtOnce: 2, queueOverflows: 1 },
      breaks: ["TRD-6", "TRD-7", "TRD-18", "TRD-20", "TRD-22"],
      reason:
        "a drain that finds no record of its own still sleeps while PRO is set, and misses what it would be woken by (D1)",
      shown: at({
        requestsCarry: "no-pasid",
        drainCompletion: "shared",
        drainsAtOnce: 2,
        queueOverflows: 1,
        owners: 1,
        instances: 1,
      }),
    },
    {
      when: { requestsCarry: "no-pasid" },
      breaks: ["TRD-6"],
      reason: "the drain passes over records without PASID, and leaves them in the queue",
      shown: at({ requestsCarry: "no-pasid", owners: 1, instances: 1 }),
    },
    {
      when: { exitOrder: "drains" },
      breaks: ["TRD-11"],
      reason: "the exit of a process must not sleep: it holds a spinlock, or rcu_read_lock() in 6.1 (B10)",
      shown: at({ exitOrder: "drains", ownerExits: true }),
    },
    {
      when: { unbindAfterExit: "returns-early" },
      breaks: ["TRD-3", "TRD-4", "TRD-6"],
      reason: "the exit has cleared the entry and drained nothing, and so does the unbind (B11)",
      shown: at({ unbindAfterExit: "returns-early", ownerExits: true }),
    },
    {
      when: { workChecksMm: false },
      breaks: ["TRD-13"],
      reason: "work resolves a fault in an address space that is gone (I-42)",
      shown: at({ workChecksMm: false, ownerExits: true }),
    },
  ],
  unbroken: {},
};
