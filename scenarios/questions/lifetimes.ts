/** Questions about who keeps what alive while a device is released or its page faults are turned off. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

type Set = Parameters<typeof study>[2];
const alive = (set: Set = {}, host = "intended") => study("lifetimes", host, set);
/** The device stays. */
const toggled = (set: Set = {}) => alive({ deviceLeaves: false, ...set });

export const lifetimesScenarios: readonly Scenario[] = [
  {
    id: "removal-frees-a-stack",
    question: "Can iopf_queue_remove_device() free memory on the stack of the thread that reports a fault?",
    askedBy: "IOPF core facts, D6 (without memory the group lies on the stack, and removal would free it)",
    rows: [],
    given: "The allocation of a group fails: abort_group lies on the reporter's stack, and is put on the pending list.",
    when: "the device is removed from its queue before the report has ended.",
    answer:
      "Yes, unless the removal excludes reports or runs after a drain. Keeping abort_group off the list is not enough, because the removal can also free an allocated group while the reporter uses it.",
    evidence: {
      kind: "derived",
      where: "IOPF core facts D6 (without memory the group lies on the stack, and removal would free it)",
    },
    runs: [
      {
        label: "the removal excludes reports",
        request: toggled({ itemPages: 1 }),
        expect: { "REF-3": "holds", "REF-5": "holds" },
      },
      {
        label: "the removal takes no lock",
        request: toggled({ itemPages: 1, iopfDisable: "unlocked" }),
        expect: { "REF-5": "violated" },
      },
      {
        label: "no lock, and abort_group is not on the list",
        request: toggled({ itemPages: 1, iopfDisable: "unlocked", abortGroup: "unlinked" }),
        expect: { "REF-5": "holds", "REF-3": "violated" },
      },
    ],
    chart: { run: 1, property: "REF-5" },
  },
  {
    id: "late-partial-fault",
    question:
      "What does iommu_report_device_fault() find if it took its reference to fault_param before iopf_queue_remove_device() ran?",
    askedBy: "IOPF core facts, D19 (removal leaves a list head that points to freed partial faults)",
    rows: [],
    given:
      "iopf_queue_remove_device() of 6.12 frees the partial faults one by one, and does not reset fault_param->partial.",
    when: "report_partial_fault() adds a request that is not the last through the old reference.",
    answer:
      "A list head, fault_param->partial, that points to freed memory. If the removal resets the head, nothing frees the new partial fault. Two orders have neither problem: the last iopf_put_dev_fault_param() frees the partial faults, or a lock keeps reports out during the removal.",
    evidence: {
      kind: "derived",
      where: "IOPF core facts D19 (removal leaves a list head that points to freed partial faults)",
    },
    runs: [
      { label: "the removal excludes reports", request: toggled(), expect: { "REF-7": "holds", "REF-9": "holds" } },
      {
        label: "the partial faults are freed, the head stays",
        request: toggled({ iopfDisable: "unlocked", allocations: "succeed" }),
        expect: { "REF-7": "violated" },
      },
      {
        label: "the head is reset",
        request: toggled({ iopfDisable: "unlocked", allocations: "succeed", partialsAtRemoval: "emptied" }),
        expect: { "REF-7": "holds", "REF-9": "violated" },
      },
      {
        label: "the last put frees the partial faults",
        request: toggled({ iopfDisable: "unlocked", allocations: "succeed", partialsAtRemoval: "by-last-put" }),
        expect: { "REF-7": "holds", "REF-9": "holds" },
      },
    ],
    chart: { run: 1, property: "REF-7" },
  },
  {
    id: "partial-faults-of-a-removed-device",
    question: "Who frees the partial faults of a device that is removed before the last request arrives?",
    askedBy:
      "iommu: Fix potential memory leak in iopf_queue_remove_device(); VFIO facts B-34 (a removed device keeps partial faults)",
    rows: [],
    given: "A request that is not the last of its group.",
    when: "page faults of the device are disabled.",
    answer:
      "iopf_queue_remove_device() must. After the removal no pointer leads to them, and no later request joins them.",
    evidence: {
      kind: "verified",
      where: "VFIO facts B-34 (a removed device keeps partial faults)",
    },
    runs: [
      {
        label: "the removal frees them",
        request: alive(),
        expect: { "REF-8": "witnessed", "REF-9": "holds", "REF-17": "holds" },
      },
      {
        label: "the removal leaves them",
        request: alive({ partialsAtRemoval: "kept" }),
        expect: { "REF-9": "violated", "REF-17": "violated" },
      },
    ],
    chart: { run: 1, property: "REF-9" },
  },
  {
    id: "request-keeps-the-device",
    question: "What can keep a device that has sent page requests from being released?",
    askedBy: "iommu/amd: Put PCI device after handling PPR faults",
    rows: [],
    given: "A look-up by bus, device and function that takes a reference to the device.",
    when: "the device is released after its request was reported.",
    answer:
      "A look-up that takes a reference which nobody puts: each request leaves one, and the memory of the device is never freed. The driver must put the reference after the report, or look the device up under a lock without one.",
    evidence: { kind: "verified", where: "IOPF core facts B31 (each fault leaked a reference to the device)" },
    runs: [
      { label: "the look-up takes no reference", request: alive(), expect: { "REF-13": "holds", "REF-17": "holds" } },
      {
        label: "the reference is put",
        request: alive({ deviceReference: "put" }),
        expect: { "REF-13": "holds", "REF-17": "holds", "REF-1": "holds" },
      },
      {
        label: "the reference is kept",
        request: alive({ deviceReference: "kept" }),
        expect: { "REF-13": "violated", "REF-17": "violated" },
      },
    ],
    chart: { run: 2, property: "REF-13" },
  },
  {
    id: "released-while-reported",
    question: "Is a reference to the device enough to report its page request?",
    askedBy:
      "iommu/vt-d: Use device rbtree in iopf reporting path; IOPF core facts B42 (a device was looked up without a lock)",
    rows: [],
    given: "A thread that has looked up the device of a request, and a device that is released at the same time.",
    when: "the report reads the fault parameters through the device.",
    answer:
      "No. The reference keeps struct device, but iommu_release_device() frees the IOMMU data of the device anyway. The release must take the lock under which a request is looked up and reported. On AMD no domain of 6.12.117 handles faults: the core answers Invalid, and reads that data to do so.",
    evidence: {
      kind: "derived",
      where:
        "Linux device_del(), iommu_release_device(), amd/ppr.c and intel/prq.c; IOPF core facts B42 (a device was looked up without a lock), I32 (operations of a driver are called only for devices that it still has)",
    },
    runs: [
      {
        label: "the release takes the lock of the report",
        request: alive({ iopfToggles: false }),
        expect: { "REF-1": "holds", "REF-2": "witnessed" },
      },
      {
        label: "neither lock nor reference",
        request: alive({ iopfToggles: false, allocations: "succeed", deviceRelease: "unlocked" }),
        expect: { "REF-1": "violated" },
      },
      {
        label: "a reference only, as AMD of 6.12",
        request: alive({ iopfToggles: false, allocations: "succeed", itemPages: 1 }, "linux-6.12.117-amd"),
        expect: { "REF-1": "violated" },
      },
    ],
    chart: { run: 2, property: "REF-1" },
  },
  {
    id: "answer-after-turning-off",
    question: "Why are fault parameters reference-counted, when their removal could wait for the last response?",
    askedBy:
      "iommu: refine locking of fault parameters, and their reference count; IOPF core facts B43 (fault data were freed while answers used them)",
    rows: [],
    given: "A group that user space has read and not answered.",
    when: "page faults of its device are disabled.",
    answer:
      "Because the response may never come: a removal that waits blocks every report. Without a count the response uses freed parameters. With a count the parameters are freed together with the last group.",
    evidence: {
      kind: "derived",
      where:
        "IOPF core facts B43 (fault data were freed while answers used them), I14 (the fault parameter of a device lives as long as its groups), L5 (detach, replace and destroy end although user space never answers)",
    },
    runs: [
      {
        label: "reference-counted",
        request: alive(),
        expect: { "REF-3": "holds", "REF-4": "witnessed", "REF-10": "holds", "REF-11": "holds" },
      },
      {
        label: "not counted",
        request: alive({ paramReferences: false }),
        expect: { "REF-3": "violated", "REF-10": "violated" },
      },
      {
        label: "the removal waits",
        request: alive({ iopfDisable: "awaiting" }),
        expect: { "REF-11": "violated", "LCK-11": "violated" },
      },
    ],
    chart: { run: 1, property: "REF-10" },
  },
  {
    id: "release-with-silent-user",
    question: "Can a device be released while user space does not answer its page faults?",
    askedBy: "IOPF core facts, L5 (detach, replace and destroy end although user space never answers)",
    rows: [],
    given: "User space has read a group and never answers.",
    when: "the device is released.",
    answer:
      "Yes, if the release answers the group, and does so before it frees what the response reads. Otherwise the group stays for ever, or the response reads freed memory.",
    evidence: {
      kind: "derived",
      where:
        "IOPF core facts 3.2, L5 (detach, replace and destroy end although user space never answers), I32 (operations of a driver are called only for devices that it still has)",
    },
    runs: [
      {
        label: "the release answers first",
        request: alive(),
        expect: { "REF-1": "holds", "REF-13": "holds", "REF-14": "holds", "REF-15": "witnessed" },
      },
      {
        label: "the release answers last",
        request: alive({ deviceRelease: "answered-late" }),
        expect: { "REF-1": "violated" },
      },
      {
        label: "the release does not answer",
        request: alive({ deviceRelease: "unanswered" }),
        expect: { "REF-14": "violated", "REF-17": "violated" },
      },
    ],
    chart: { run: 1, property: "REF-1" },
  },
];
