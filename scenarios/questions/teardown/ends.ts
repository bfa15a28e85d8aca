/** Questions about a reset, a removal, an exit and a silent user while faults are outstanding. */
import type { Scenario } from "../../scenario.ts";
import { end } from "./requests.ts";

export const endScenarios: readonly Scenario[] = [
  {
    id: "reset-with-faults",
    question: "What happens to a fault that was reported before its device was reset?",
    askedBy:
      "hardware facts, H10 (a response from before a reset reaches a later group with the same index) and S29 (after a function reset, no earlier request or response is matched to a later one)",
    rows: [],
    given: "A device that forgets its groups at a reset, and then reuses their indices.",
    when: "the kernel answers a group from before the reset.",
    answer:
      "The device can take the response for that of a new group with the same index. Software must drain, flush, and wait for responses on their way before the device restarts. Whether it does so before or after the reset makes no difference to the new groups.",
    evidence: { kind: "derived", where: "VT-d specification 7.9, as hardware facts 1.4 tell it" },
    runs: [
      {
        label: "reset, drain, restart",
        request: end({ deviceResets: 1 }),
        expect: { "TRD-1": "holds", "TRD-15": "witnessed" },
      },
      {
        label: "drain, reset, restart",
        request: end({ deviceResets: 1, resetOrder: "drain-then-reset" }),
        expect: { "TRD-1": "holds", "TRD-17": "holds" },
      },
      {
        label: "reset only",
        request: end({ deviceResets: 1, owners: 1, resetOrder: "no-drain" }),
        expect: { "TRD-1": "violated" },
      },
      {
        label: "reset and drain, without waiting for responses",
        request: end({ deviceResets: 1, owners: 1, resetOrder: "no-response-fence" }),
        expect: { "TRD-1": "violated" },
      },
    ],
    chart: { run: 2, property: "TRD-1" },
  },
  {
    id: "remove-device-with-work",
    question: "May the device be removed from the IOPF queue before its work has ended?",
    askedBy: "iommu/vt-d: Fix UAF on sva unbind with pending IOPFs, f0b9d31c6edd",
    rows: [],
    given: "Groups whose work is queued or running.",
    when: "iopf_queue_remove_device() is called.",
    answer:
      "No. The removal answers and frees pending groups, and the worker then uses freed memory. After a flush there is no such group left.",
    evidence: { kind: "verified", where: "Linux f0b9d31c6edd" },
    runs: [
      { label: "flush, then remove", request: end(), expect: { "TRD-3": "holds", "TRD-10": "witnessed" } },
      {
        label: "remove, then flush",
        request: end({ teardownOrder: "remove-before-flush" }),
        expect: { "TRD-3": "violated" },
      },
      { label: "no flush", request: end({ teardownOrder: "no-flush" }), expect: { "TRD-3": "violated" } },
    ],
    chart: { run: 1, property: "TRD-3" },
  },
  {
    id: "exit-before-unbind",
    question: "Who drains the page requests of a process that exits before the unbind?",
    askedBy: "iommu/vt-d: Draining PRQ in sva unbind path when FPD bit set, cf08ca81d08a",
    rows: [],
    given: "An exit clears the PASID entry where it must not sleep, and the unbind finds the entry cleared.",
    when: "page requests of the process are still on their way.",
    answer:
      "The unbind drains them, although the entry is cleared; the exit must not sleep. Until then page requests of the dead process are answered with Invalid, because the work item gets no reference to the mm. On x86 6.12.117 refuses the bind (iommu_sva_bind_device() returns -EOPNOTSUPP), so the run with its order shows the code of intel_mm_release(), not a case that users meet.",
    evidence: {
      kind: "verified",
      where:
        "Linux cf08ca81d08a; IOPF core facts B10 (that drain then slept where sleeping is not allowed), B11 (an entry already torn down was taken as drained)",
    },
    runs: [
      {
        label: "the unbind drains",
        request: end({ ownerExits: true }),
        expect: { "TRD-3": "holds", "TRD-6": "holds", "TRD-11": "holds", "TRD-13": "holds", "TRD-14": "witnessed" },
      },
      {
        label: "the order of 6.12: intel_mm_release(), and an unbind that only drains",
        request: end({ ownerExits: true, instances: 1 }, "linux-6.12.117-pasid"),
        expect: { "TRD-3": "holds", "TRD-6": "holds", "TRD-11": "holds" },
      },
      {
        label: "the exit drains",
        request: end({ ownerExits: true, exitOrder: "drains" }),
        expect: { "TRD-11": "violated" },
      },
      {
        label: "nothing drains",
        request: end({ ownerExits: true, unbindAfterExit: "returns-early", owners: 1, instances: 1 }),
        expect: { "TRD-6": "violated", "TRD-3": "violated" },
      },
    ],
    chart: { run: 3, property: "TRD-3" },
  },
  {
    id: "teardown-of-silent-user",
    question: "Does a teardown end if user space has read the faults and never answers?",
    askedBy:
      "IOPF core facts, L1 (every last request is answered in the end, at the latest by teardown) and L5 (detach, replace and destroy end although user space never answers)",
    rows: [],
    given: "Faults that user space reads from a fault queue and does not answer.",
    when: "the device is detached.",
    answer:
      "Yes, and every group gets a response. A flush does not reach these groups, so the teardown answers them itself, after the drain and before the attach handle is freed.",
    evidence: {
      kind: "derived",
      where: "IOPF core facts 3.2, L5 (detach, replace and destroy end although user space never answers)",
    },
    runs: [
      {
        label: "the teardown answers",
        request: end({ handledBy: "user" }),
        expect: { "TRD-7": "holds", "TRD-8": "holds", "TRD-3": "holds" },
      },
      {
        label: "the teardown only flushes",
        request: end({ handledBy: "user", teardownOrder: "no-answer" }),
        expect: { "TRD-7": "holds", "TRD-8": "violated", "TRD-3": "violated" },
      },
    ],
  },
];
