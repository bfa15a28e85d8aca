/** Questions about detach and replace: which list, queue and attach handle a group belongs to. */
import type { Scenario } from "../../scenario.ts";
import { queue, silent } from "./requests.ts";

export const replaceScenarios: readonly Scenario[] = [
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
      "It is attributed to the wrong page table in either order. Where the switch comes first, as in iommu_replace_group_handle() of 6.12.117, the handle is freed under it; a drain before the switch does not help. A device that is blocked until both steps are done has neither problem.",
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
    id: "detach-skips-drain",
    question: "May a driver disable the page faults of a device before it drains its page requests?",
    askedBy: "Reading the attach operations of VT-d in 7.3.4",
    rows: [],
    given:
      "A device that is detached from its last page table with a fault queue. Its drain returns at once if page faults are disabled, as intel_iommu_drain_pasid_prq() does where iopf_refcount is 0.",
    when: "a page request is being reported, or waits in the page request queue.",
    answer:
      "No. blocking_domain_attach_dev() of 7.3.4 calls iopf_for_domain_remove() and then device_block_translation(), which drains nothing any more. The thread that reports the request may hold a group that iopf_queue_remove_device() frees, and an attach handle that iommufd_hwpt_detach_device() frees; no lock keeps them apart. A request that is reported later finds the handle without fault_param, warns, and is answered Invalid. A PASID is safe: blocking_domain_set_dev_pasid() drains first.",
    evidence: {
      kind: "derived",
      where:
        "Linux 7.3.4 blocking_domain_attach_dev(), blocking_domain_set_dev_pasid(), intel_iommu_drain_pasid_prq(), prq_event_thread(); read, not run",
    },
    runs: [
      {
        label: "drained, then disabled",
        request: silent({ faultQueues: 1 }),
        expect: { "IFD-3": "holds", "IFD-4": "holds", "IFD-23": "holds" },
      },
      {
        label: "7.3.4, requests without PASID: disabled first, nothing is drained",
        request: silent({ faultQueues: 1 }, "linux-7.3.4"),
        expect: { "IFD-3": "violated", "IFD-4": "violated", "IFD-23": "violated" },
      },
      {
        label: "7.3.4, a PASID: the driver drains and then disables",
        request: silent({ faultQueues: 1, hwptDetach: "remove-in-driver" }, "linux-7.3.4"),
        expect: { "IFD-3": "holds", "IFD-4": "holds", "IFD-23": "holds" },
      },
    ],
    chart: { run: 1, property: "IFD-3" },
  },
];
