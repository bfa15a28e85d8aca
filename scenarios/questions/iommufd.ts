/** Questions about the fault queue of iommufd: today's path of a fault to user space. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";
type Set = Parameters<typeof study>[2];
const queue = (set: Set = {}, host = "intended") => study("iommufd", host, set);
/** User space is silent, and the device may be moved between two queues. */
const SILENT = { faultQueues: 2, readGroups: 0, writeCookies: 0 } as const;
const silent = (set: Set = {}, host = "intended") => queue({ ...SILENT, ...set }, host);
const still = (set: Set = {}) => queue({ deviceDetaches: false, ...set });

export const iommufdScenarios: readonly Scenario[] = [
  {
    id: "two-lists-one-group",
    question: "May a group that waits for user space stay on the core's list of pending groups?",
    askedBy: "iommu/iommufd: Fix IOPF group ownership UAF, 738e6f32e61d, CVE-2026-74520",
    rows: [59],
    given: "The core answers and frees pending groups when page faults are disabled; iommufd has a fault queue.",
    when: "the device is detached before user space has answered.",
    answer:
      "No: with two owners the core can free a group that the fault queue still names. It goes well only while the detach answers the queue before page faults are disabled. It fails where the driver disables them as it leaves the domain (6.16), and where a replace has searched the wrong queue (6.12.0). 6.12.117 has both fixes: iommufd_fault_iopf_handler() calls iopf_group_dequeue(), and __fault_domain_replace_dev() calls iommufd_auto_response_faults(old, curr). It still has the order of iommu_replace_group_handle(), which stores the new handle after the switch (B27: faults-during-replace).",
    evidence: { kind: "verified", where: "Linux 738e6f32e61d; the functions named, in Linux 6.12.117" },
    runs: [
      { label: "iommufd alone owns a group", request: queue(), expect: { "IFD-3": "holds", "IFD-8": "holds" } },
      {
        label: "iommufd alone owns a group, the driver disables page faults",
        request: queue({ hwptDetach: "remove-in-driver" }),
        expect: { "IFD-3": "holds", "IFD-8": "holds" },
      },
      {
        label: "core and iommufd own a group",
        request: queue({ deliverOwner: "core-too" }),
        expect: { "IFD-3": "holds", "IFD-8": "violated" },
      },
      {
        label: "core and iommufd own a group, the driver disables page faults",
        request: queue({ deliverOwner: "core-too", hwptDetach: "remove-in-driver" }),
        expect: { "IFD-3": "violated" },
      },
      { label: "6.12.0", request: silent({}, "linux-6.12.0"), expect: { "IFD-3": "violated" } },
      {
        label: "6.12.117",
        request: silent({}, "linux-6.12.117"),
        expect: { "IFD-3": "holds", "IFD-8": "holds", "IFD-10": "violated" },
      },
    ],
    chart: { run: 3, property: "IFD-3" },
  },
  {
    id: "replace-searches-new-queue",
    question: "Which fault queue must a replace search for groups that user space has not answered?",
    askedBy: "iommufd: Fix wrong hwpt passed to iommufd_auto_response_faults, ba5c0f28a26e",
    rows: [],
    given: "A device that faults under one page table and is moved to another, each with a fault queue.",
    when: "user space has not answered, and the replace looks for groups of the old attach handle.",
    answer:
      "The old one. In the new queue it finds nothing: the groups stay, name a handle that is freed, and are not answered when the device is detached later.",
    evidence: { kind: "verified", where: "Linux ba5c0f28a26e, iommufd_fault_domain_replace_dev()" },
    runs: [
      {
        label: "the replace searches the old queue",
        request: silent(),
        expect: { "IFD-4": "holds", "IFD-20": "holds", "IFD-23": "holds" },
      },
      {
        label: "the replace searches the new queue",
        request: silent({ replaceAnswers: "new-queue" }),
        expect: { "IFD-4": "violated", "IFD-20": "violated", "IFD-23": "violated" },
      },
    ],
    chart: { run: 1, property: "IFD-4" },
  },
  {
    id: "faults-during-replace",
    question: "What happens to a fault between the switch of page tables and the store of the new handle?",
    askedBy: "iommu: Swap order of setting group->pasid_array and calling attach op, 5e9f822c9c68",
    rows: [],
    given: "A replace, with the ring drained before the switch.",
    when: "the device faults under the new page table while the look-up still finds the old handle, or the other way round.",
    answer:
      "It is booked on the wrong page table in either order. Where the switch comes first, as in iommu_replace_group_handle() of 6.12.117, the handle is freed under it; a drain before the switch does not help. A device that is blocked until both steps are done has neither problem.",
    evidence: {
      kind: "derived",
      where: "IOPF core facts 1.4 and B27 (a handle was published before the driver had switched)",
    },
    runs: [
      {
        label: "the device is blocked until both are done",
        request: silent(),
        expect: { "IFD-4": "holds", "IFD-10": "holds" },
      },
      {
        label: "switch, then store (6.12.0 to 6.12.117)",
        request: silent({ hwptReplace: "switch-then-store" }),
        expect: { "IFD-4": "violated", "IFD-10": "violated" },
      },
      {
        label: "store, then switch",
        request: silent({ hwptReplace: "store-then-switch" }),
        expect: { "IFD-4": "holds", "IFD-10": "violated" },
      },
    ],
    chart: { run: 1, property: "IFD-4" },
  },
  {
    id: "reader-faults-under-mutex",
    question: "May a read of the fault queue hold the lock that the fault handler needs while it copies to user space?",
    askedBy: "iommufd/fault: Use a separate spinlock to protect fault->deliver list, 3d49020a327c",
    rows: [41],
    given: "Two groups of a device, and a buffer that is paged in by a device behind the same IOMMU.",
    when: "the read copies the first group while the second is reported.",
    answer:
      "No: it can deadlock. The copy waits for the thread that reports faults, and that thread waits for the lock. With a lock of its own for the deliver list the reporting thread never waits for user space.",
    evidence: { kind: "verified", where: "Linux 3d49020a327c" },
    runs: [
      {
        label: "a spinlock for the deliver list",
        request: still({ slots: 2, bufferFaults: true, writeCookies: 0 }),
        expect: { "LCK-10": "holds", "IFD-24": "holds", "IFD-26": "holds" },
      },
      {
        label: "one mutex for deliver list and copy",
        request: still({ slots: 2, bufferFaults: true, writeCookies: 0, deliverLock: "mutex" }),
        expect: { "LCK-10": "violated", "IFD-24": "violated", DEADLOCK: "violated" },
      },
    ],
    chart: { run: 1, property: "LCK-10" },
  },
  {
    id: "partial-group-delivery",
    question: "What does user space hold when the copy of a group fails in the middle?",
    askedBy: "iommufd: Avoid partial fault group delivery in iommufd_fault_fops_read, 091ab6d70dc4",
    rows: [58],
    given: "Groups of two records, and a buffer of which a part is not mapped.",
    when: "the first record is copied, and the second is not.",
    answer:
      "Nothing, if iommufd_fault_fops_read() counts whole groups: the group is read again later. If it counts records, user space holds a cookie that is erased already. If it continues after the failure, the read never returns, and neither does a detach.",
    evidence: { kind: "verified", where: "Linux 091ab6d70dc4 and 172fc8b19825 (CVE-2026-64290)" },
    runs: [
      {
        label: "read counts groups, and ends at the failure",
        request: still({ itemPages: 2, copiesFail: true }),
        expect: { "IFD-14": "holds", "IFD-26": "holds", "IFD-1": "holds" },
      },
      {
        label: "read counts records",
        request: still({ itemPages: 2, copiesFail: true, readCounts: "records" }),
        expect: { "IFD-14": "violated" },
      },
      {
        label: "read continues after the failure",
        request: queue({ copiesFail: true, onCopyFailure: "retries" }),
        expect: { "IFD-26": "violated", "IFD-22": "violated", "LCK-11": "violated" },
      },
    ],
    chart: { run: 2, property: "IFD-26" },
  },
  {
    id: "order-of-faults",
    question: "Does user space read faults in the order of their arrival, also when a copy to its buffer fails?",
    askedBy: "IOPF core facts, I24 (reading loses no group, doubles none, keeps the order)",
    rows: [],
    given: "Two groups that wait in the fault queue, and a buffer that may not be mapped.",
    when: "the copy of the first group fails and the group goes back to the list.",
    answer: "Yes: a group whose copy failed goes back to the head of the list; at the tail it would be read last.",
    evidence: {
      kind: "derived",
      where: "IOPF core facts 3.2, I24 (reading loses no group, doubles none, keeps the order)",
    },
    runs: [
      {
        label: "the group goes back to the head",
        request: still({ slots: 2, copiesFail: true, writeCookies: 0 }),
        expect: { "IFD-39": "holds", "IFD-40": "witnessed" },
      },
      {
        label: "the group goes back to the tail",
        request: still({ slots: 2, copiesFail: true, writeCookies: 0, restoresAt: "tail" }),
        expect: { "IFD-39": "violated" },
      },
    ],
  },
  {
    id: "silent-user",
    question: "Can user space block the detach of a device by not answering its faults?",
    askedBy: "IOPF core facts, L5 (detach, replace and destroy end although user space never answers)",
    rows: [41],
    given: "User space that may read and answer, or stop at any time.",
    when: "the device is detached or moved, with groups that user space has not answered.",
    answer:
      "No: the kernel answers the groups with Invalid, wherever they wait. It must wait for the reporting thread first; otherwise a handler publishes a group that nothing looks for later.",
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
