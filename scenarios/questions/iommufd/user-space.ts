/** Questions about user space: it is silent, closes the file, writes a bad response, or maps on demand. */
import type { Scenario } from "../../scenario.ts";
import { queue, silent, still } from "./requests.ts";

export const userSpaceScenarios: readonly Scenario[] = [
  {
    id: "silent-user",
    question: "Can user space block the detach of a device by not answering its faults?",
    askedBy: "IOPF core facts, L5 (detach, replace and destroy end although user space never answers)",
    rows: [41],
    given: "User space that may read and answer, or stop at any time.",
    when: "the device is detached or moved, with groups that user space has not answered.",
    answer:
      "No: the kernel answers the groups with Invalid, wherever they wait. It must wait for the reporting thread first; otherwise a handler queues a group after the detach has searched the queue, and nothing answers it.",
    evidence: {
      kind: "derived",
      where: "IOPF core facts 3.2, D11 (between leaving the pending list and being delivered a group is in no list)",
    },
    runs: [
      {
        label: "the detach drains and answers",
        request: queue(),
        expect: { "IFD-21": "witnessed", "IFD-22": "holds", "IFD-23": "holds" },
      },
      {
        label: "the detach does not answer",
        request: queue({ hwptDetach: "no-answer" }),
        expect: { "IFD-22": "holds", "IFD-23": "violated" },
      },
      {
        label: "the detach does not drain",
        request: silent({ hwptDetach: "no-drain", faultQueues: 1 }),
        expect: { "IFD-4": "violated", "IFD-20": "violated" },
      },
    ],
    chart: { run: 2, property: "IFD-20" },
  },
  {
    id: "fault-file-closed",
    question: "What happens to a fault that user space has read when it closes the file?",
    askedBy: "iommufd: Fix event queue release use-after-free",
    rows: [41],
    given: "A file of a fault queue with a group that was read, and an object that may be destroyed.",
    when: "the last reference to the file is dropped.",
    answer:
      "It waits until the device is detached, because closing the file answers nothing. iommufd_fault_fops_release() must read what it needs of the object before it drops its reference, which may be the last one.",
    evidence: {
      kind: "verified",
      where:
        "Linux, iommufd_fault_fops_release(); IOPF core facts B22 (a release read its object after dropping it), D18 (closing the fault file answers nobody)",
    },
    runs: [
      {
        label: "reads the object, then drops its reference",
        request: queue({ fdCloses: true, writeCookies: 0 }),
        expect: { "IFD-6": "holds", "IFD-32": "witnessed", "IFD-30": "holds", "IFD-23": "holds" },
      },
      {
        label: "drops its reference, then reads the object",
        request: queue({ fdCloses: true, writeCookies: 0, fdCloseOrder: "drop-then-read" }),
        expect: { "IFD-6": "violated" },
      },
    ],
    chart: { run: 1, property: "IFD-6" },
  },
  {
    id: "half-done-write",
    question: "What should a write of two responses return when only the second is bad?",
    askedBy: "iommufd: Fix return value of iommufd_fault_fops_write",
    rows: [41],
    given: "A write with two responses, of which the second names no outstanding group.",
    when: "the first response has been consumed.",
    answer:
      "It should return that one response was consumed. With an error alone user space repeats the first one, whose cookie is unknown by then or belongs to a newer group: the lowest free cookie is used again (D10: cookies are reused).",
    evidence: {
      kind: "derived",
      where:
        "VFIO facts B-30 (a write returns an error although its first response was taken), IOPF core facts D10 (the lowest free cookie is used again, so a doubled answer hits a later group)",
    },
    runs: [
      {
        label: "write returns how many were consumed",
        request: still({ writeCookies: 2 }),
        expect: { "IFD-18": "holds", "IFD-19": "witnessed" },
      },
      {
        label: "write returns the error",
        request: still({ writeCookies: 2, writeReports: "error" }),
        expect: { "IFD-18": "violated" },
      },
    ],
  },
  {
    id: "stage-2-fault-queue",
    question: "May a page table that is the parent of nested ones have a fault queue?",
    askedBy: "iommufd: Disallow allocating nested parent domain with fault ID",
    rows: [41],
    given: "A fault queue that user space serves for the first stage.",
    when: "a second stage is attached with the same queue.",
    answer:
      "No: its faults would come out of the guest's queue. iommufd_hwpt_paging_alloc() refuses it, and the core answers such faults with Invalid. A group of two requests then gets two answers, one of them for a request that is not the last (D4: the core answers each refused request).",
    evidence: {
      kind: "verified",
      where:
        "Linux, iommufd_hwpt_paging_alloc(); IOPF core facts B24 (a stage-2 parent could have a fault queue), and derived from D4 (without a handler, a request that is not the last is answered too)",
    },
    runs: [
      {
        label: "a parent with a fault queue is refused",
        request: queue({ parentHwpt: true, writeCookies: 0 }),
        expect: { "IFD-12": "holds", "IFD-13": "witnessed", "IFD-1": "holds" },
      },
      {
        label: "a parent with a fault queue is refused, groups of two",
        request: queue({ parentHwpt: true, itemPages: 2, writeCookies: 0, readGroups: 0 }),
        expect: { "IFD-1": "violated" },
      },
      {
        label: "a parent with a fault queue is allowed",
        request: queue({ parentHwpt: true, writeCookies: 0, parentFaults: "allowed" }),
        expect: { "IFD-12": "violated" },
      },
    ],
  },
  {
    id: "demand-pinning-in-user-space",
    question: "Can a VMM do in user space what RFC v1 did in the kernel, that is map and pin on demand?",
    askedBy: "VFIO facts 6.1",
    rows: [22, 27],
    given: "A fault queue on a paging page table (6.13), and a VMM that reads a fault, maps the page and answers.",
    when: "devices ask for pages, within a limit or beyond it.",
    answer:
      "Yes, if it maps before it answers. Success then always finds the page mapped, every page is pinned and charged, and every fault is answered as long as the VMM makes progress. The kernel alone promises no more than Invalid at detach.",
    evidence: { kind: "derived", where: "VFIO facts 6.1" },
    runs: [
      {
        label: "the VMM maps, then answers",
        request: queue({}, "demand-pin"),
        expect: { "IFD-33": "holds", "IFD-35": "holds", "IFD-36": "holds", "IFD-34": "witnessed" },
      },
      {
        label: "the VMM answers, then maps",
        request: queue({ pinnerAnswers: "at-once" }, "demand-pin"),
        expect: { "IFD-33": "violated" },
      },
    ],
    chart: { run: 1, property: "IFD-33" },
  },
];
