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
    question: "Can turning off page faults free memory on the stack of the thread that reports one?",
    askedBy: "IOPF core facts, D6 (the group for want of memory lies on the stack, and removal would free it)",
    rows: [],
    given: "A report that gets no memory: its group lies on the stack and is put on the pending list all the same.",
    when: "the device is removed from its queue before the report has ended.",
    answer:
      "Yes, unless the removal keeps reports out or comes after a drain. To leave that group off the list is not enough: a group that was allocated is freed under the reporter just so.",
    evidence: { kind: "derived", where: "IOPF core facts D6" },
    runs: [
      { label: "kept out", request: toggled({ itemPages: 1 }), expect: { "REF-3": "holds", "REF-5": "holds" } },
      {
        label: "not kept out",
        request: toggled({ itemPages: 1, iopfDisable: "unlocked" }),
        expect: { "REF-5": "violated" },
      },
      {
        label: "not on the list",
        request: toggled({ itemPages: 1, iopfDisable: "unlocked", abortGroup: "unlinked" }),
        expect: { "REF-5": "holds", "REF-3": "violated" },
      },
    ],
    chart: { run: 1, property: "REF-5" },
  },
  {
    id: "late-partial-fault",
    question: "What does a reporter find that took its reference before the device was removed?",
    askedBy: "IOPF core facts, D19 (removal leaves a list head that points to freed partial faults)",
    rows: [],
    given: "Partial faults that the removal frees, node by node, without touching the head of their list.",
    when: "a request that is not the last is added through the reference.",
    answer:
      "A list that leads into freed memory. With the head reinitialised the new fault is lost instead; only if the last put frees what is in the list, or nobody can come late, all is well.",
    evidence: { kind: "derived", where: "IOPF core facts D19" },
    runs: [
      { label: "nobody late", request: toggled(), expect: { "REF-7": "holds", "REF-9": "holds" } },
      {
        label: "nodes freed",
        request: toggled({ iopfDisable: "unlocked", allocations: "succeed" }),
        expect: { "REF-7": "violated" },
      },
      {
        label: "head reinitialised",
        request: toggled({ iopfDisable: "unlocked", allocations: "succeed", partialsAtRemoval: "emptied" }),
        expect: { "REF-7": "holds", "REF-9": "violated" },
      },
      {
        label: "freed by the last put",
        request: toggled({ iopfDisable: "unlocked", allocations: "succeed", partialsAtRemoval: "by-last-put" }),
        expect: { "REF-7": "holds", "REF-9": "holds" },
      },
    ],
    chart: { run: 1, property: "REF-7" },
  },
  {
    id: "partial-faults-of-a-removed-device",
    question: "Who frees the first requests of a group when the device is removed before the last one comes?",
    askedBy:
      "iommu: Fix potential memory leak in iopf_queue_remove_device(); vfio facts B-34 (a removed device keeps partial faults)",
    rows: [],
    given: "A request that is not the last of its group.",
    when: "page faults of the device are turned off.",
    answer: "The removal has to: nobody else leads to them any more, and no later request joins them.",
    evidence: { kind: "verified", where: "vfio facts B-34" },
    runs: [
      { label: "freed", request: alive(), expect: { "REF-8": "witnessed", "REF-9": "holds", "REF-17": "holds" } },
      {
        label: "left",
        request: alive({ partialsAtRemoval: "kept" }),
        expect: { "REF-9": "violated", "REF-17": "violated" },
      },
    ],
    chart: { run: 1, property: "REF-9" },
  },
  {
    id: "request-keeps-the-device",
    question: "Why does a device that has made page requests never go away?",
    askedBy: "iommu/amd: Put PCI device after handling PPR faults",
    rows: [],
    given: "A look-up by bus, device and function that returns a reference.",
    when: "the device is released after its request was reported.",
    answer:
      "Each request has left a reference behind, and the memory of the device waits for all of them. Put after the report, or with a look-up that takes none under a lock, the device goes.",
    evidence: { kind: "verified", where: "IOPF core facts B31" },
    runs: [
      { label: "no reference", request: alive(), expect: { "REF-13": "holds", "REF-17": "holds" } },
      {
        label: "put",
        request: alive({ deviceReference: "put" }),
        expect: { "REF-13": "holds", "REF-17": "holds", "REF-1": "holds" },
      },
      {
        label: "kept",
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
    given: "A thread that has looked up the device of a request, and a device that is released meanwhile.",
    when: "the report reads the fault parameters through the device.",
    answer:
      "No: the reference keeps struct device, and the IOMMU layer frees what it knows of the device at release, whoever holds a reference. The release has to take the lock under which a request is looked up and reported. The run with AMD's code has requests without PASID, which 6.12 refuses; it reads what it knows of the device before that, too.",
    evidence: {
      kind: "derived",
      where: "Linux iommu_release_device(), amd/ppr.c and intel/prq.c; IOPF core facts B42, I32",
    },
    runs: [
      { label: "lock", request: alive({ iopfToggles: false }), expect: { "REF-1": "holds", "REF-2": "witnessed" } },
      {
        label: "neither",
        request: alive({ iopfToggles: false, allocations: "succeed", deviceRelease: "unlocked" }),
        expect: { "REF-1": "violated" },
      },
      {
        label: "reference only",
        request: alive({ iopfToggles: false, allocations: "succeed", itemPages: 1 }, "linux-6.12.117-amd"),
        expect: { "REF-1": "violated" },
      },
    ],
    chart: { run: 2, property: "REF-1" },
  },
  {
    id: "answer-after-turning-off",
    question: "Why are fault parameters counted, when removing them could wait for the last answer?",
    askedBy:
      "iommu: refine locking of fault parameters, and their reference count; IOPF core facts B43 (fault data were freed while answers used them)",
    rows: [],
    given: "A group that user space has read and not answered.",
    when: "page faults of its device are turned off.",
    answer:
      "Because the answer may never come: a removal that waits holds up every report. Without a count the answer finds freed parameters; with one they go when the last group does.",
    evidence: { kind: "derived", where: "IOPF core facts B43, I14, L5" },
    runs: [
      {
        label: "counted",
        request: alive(),
        expect: { "REF-3": "holds", "REF-4": "witnessed", "REF-10": "holds", "REF-11": "holds" },
      },
      {
        label: "not counted",
        request: alive({ paramReferences: false }),
        expect: { "REF-3": "violated", "REF-10": "violated" },
      },
      {
        label: "waits",
        request: alive({ iopfDisable: "awaiting" }),
        expect: { "REF-11": "violated", "LCK-11": "violated" },
      },
    ],
    chart: { run: 1, property: "REF-10" },
  },
  {
    id: "release-with-silent-user",
    question: "Can a device be released while user space sits on its page faults?",
    askedBy: "IOPF core facts, L5 (detach, replace and destroy end although user space never answers)",
    rows: [],
    given: "A group in the hands of user space that never answers.",
    when: "the device is released.",
    answer:
      "Yes, if the release answers for user space, and does so before it frees what an answer reads. Otherwise the group stays for ever, or its answer comes upon freed memory.",
    evidence: { kind: "derived", where: "IOPF core facts 3.2, L5, I32" },
    runs: [
      {
        label: "answered first",
        request: alive(),
        expect: { "REF-1": "holds", "REF-13": "holds", "REF-14": "holds", "REF-15": "witnessed" },
      },
      { label: "answered last", request: alive({ deviceRelease: "answered-late" }), expect: { "REF-1": "violated" } },
      {
        label: "not answered",
        request: alive({ deviceRelease: "unanswered" }),
        expect: { "REF-14": "violated", "REF-17": "violated" },
      },
    ],
    chart: { run: 1, property: "REF-1" },
  },
];
