/** Questions about who controls the page requests of a device, and whose answer it is. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

const control = (set: Parameters<typeof study>[2] = {}) => study("pri-control", "intended", set);
const TOGETHER = { creditsPerDev: 3, pqEntries: 5 };
const STILL = { usersStop: false };
/** A group may wait for ever, and nothing else ends it. */
const UNANSWERED = { stopMethod: "by-waiting", interfaceRestarts: true };
const WITHOUT_PASID = { requesters: "functions", stopMethod: "by-waiting", creditsPerDev: 3, pqEntries: 3 };

export const priControlScenarios: readonly Scenario[] = [
  {
    id: "failure-is-for-the-interface",
    question: "What does Response Failure do when the host is out of memory for one group?",
    askedBy:
      "hardware facts, H5 (a want of memory becomes Response Failure, which turns off PRI of the function and all that share it)",
    rows: [6],
    given: "Two users of one page request interface, each with a group.",
    when: "the host has no memory for one group and answers Failure.",
    answer:
      "It ends the interface, and with it the requests of everybody who shares it. Invalid Request refuses the one group only.",
    evidence: { kind: "derived", where: "hardware facts, H5 and S28" },
    runs: [
      { label: "Invalid", request: control(TOGETHER), expect: { "PCL-8": "holds" } },
      {
        label: "Failure",
        request: control({ ...TOGETHER, withoutMemory: "failure" }),
        expect: { "PCL-8": "violated", "PCL-18": "violated" },
      },
    ],
    chart: { run: 1, property: "PCL-8" },
  },
  {
    id: "answer-to-a-stop-marker",
    question: "May software answer a stop marker as if it were a last request?",
    askedBy: "hardware facts, H20 (a stop marker is answered as if it were a request)",
    rows: [6],
    given: "A user that stops, and announces it with a marker behind its requests.",
    when: "the driver takes the marker for a request and answers it.",
    answer: "No: the answer finds what was left behind, what came after, or nothing.",
    evidence: { kind: "derived", where: "hardware facts, S10 and H20" },
    runs: [
      { label: "dropped", request: control(), expect: { "PCL-11": "holds", "PCL-1": "holds" } },
      {
        label: "answered",
        request: control({ markerRule: "answered" }),
        expect: { "PCL-11": "violated", "PCL-1": "violated" },
      },
    ],
    chart: { run: 1, property: "PCL-11" },
  },
  {
    id: "refused-requests",
    question: "Must every refused page request be answered?",
    askedBy:
      "hardware facts, H3 (a request that is not the last is answered on error paths, and its last one again) and H18 (a malformed request is logged and never answered)",
    rows: [6, 42],
    given:
      "A driver that refuses requests before it reports them, and a core that refuses requests that were reported.",
    when: "one of them answers each request that it refuses, or none.",
    answer:
      "A group gets one answer, to its last request. Answering each request answers the group twice; answering none leaves it waiting for ever. Who does what: VT-d's handle_bad_prq_event() answers Invalid, in 6.12 to a last request only, in 6.1 to a last one or one with private data (if (!req->lpig && !req->priv_data_present) return). The core of 6.12, iommu_report_device_fault(), answers Invalid to each through iopf_error_response(), also with VT-d; that of 6.1 returns an error, and VT-d then answers the last one. AMD's iommu_call_iopf_notifier() in 6.12 answers each request that it refuses with Failure (raw code 2), last or not, which ends page requests for all who share the interface; to a record of an unknown type, and to one whose device it does not find (no pdev), it answers nothing. VT-d and AMD refuse every request without PASID.",
    evidence: {
      kind: "verified",
      where:
        "Linux 6.1.192 and 6.12.117: handle_bad_prq_event(), prq_event_thread(), iommu_report_device_fault(), iopf_error_response(), iommu_call_iopf_notifier()",
    },
    runs: [
      {
        label: "the last one",
        request: control({ refusals: true, ...STILL }),
        expect: { "PCL-1": "holds", "PCL-13": "holds" },
      },
      {
        label: "each that the core refuses",
        request: control({ refusals: true, coreAnswers: "every", ...STILL }),
        expect: { "PCL-1": "violated" },
      },
      {
        label: "each that the driver refuses",
        request: control({ refusals: true, driverAnswers: "every", ...STILL }),
        expect: { "PCL-1": "violated" },
      },
      {
        label: "none that the driver refuses",
        request: control({ refusals: true, driverAnswers: "none", ...UNANSWERED }),
        expect: { "PCL-13": "violated" },
      },
      {
        label: "none that the core refuses",
        request: control({ refusals: true, coreAnswers: "none", ...UNANSWERED }),
        expect: { "PCL-13": "violated" },
      },
      {
        label: "6.12 on VT-d",
        request: study("pri-control", "linux-6.12.117", { ...STILL, refusals: true }),
        expect: { "PCL-1": "violated", "PCL-2": "violated" },
      },
      {
        label: "6.12 on VT-d, the driver alone refuses",
        request: study("pri-control", "linux-6.12.117", { ...STILL, refusals: true, coreAnswers: "last" }),
        expect: { "PCL-1": "holds", "PCL-2": "holds" },
      },
      {
        label: "6.1 on VT-d",
        request: study("pri-control", "linux-6.1.192", { ...STILL, refusals: true }),
        expect: { "PCL-1": "holds", "PCL-2": "holds", "PCL-8": "holds" },
      },
      {
        label: "a refusal is a Failure, as on AMD",
        request: control({ ...TOGETHER, ...STILL, refusals: true, driverRefusal: "failure" }),
        expect: { "PCL-8": "violated" },
      },
      {
        label: "6.12 on VT-d, requests without PASID",
        request: study("pri-control", "linux-6.12.117", { ...WITHOUT_PASID, pasid: false }),
        expect: { "PCL-37": "violated", "PCL-13": "holds" },
      },
    ],
    chart: { run: 1, property: "PCL-1" },
  },
  {
    id: "one-index-in-two-address-spaces",
    question: "Is the group index enough to tell groups of two PASIDs apart?",
    askedBy: "hardware facts, H1b (members of two PASIDs with one index become one group)",
    rows: [6],
    given: "A device that may use one index in two PASIDs at a time.",
    when: "the core joins partial requests by their index alone, as Linux does.",
    answer: "No: a request of one address space becomes part of a group that is resolved in the other.",
    evidence: { kind: "verified", where: "Linux 6.12, iopf_group_alloc(), which compares the index only" },
    runs: [
      {
        label: "by PASID and index",
        request: control({ ...TOGETHER, partialKey: "pasidAndPrgi" }),
        expect: { "PCL-4": "holds" },
      },
      { label: "by index", request: control({ ...TOGETHER, partialKey: "prgi" }), expect: { "PCL-4": "violated" } },
    ],
    chart: { run: 1, property: "PCL-4" },
  },
  {
    id: "guest-writes-the-pri-capability",
    question: "May a guest write the PRI capability of its device itself?",
    askedBy: "hardware facts, S31 (a guest cannot write allocation, enable or reset of PRI beyond what it was granted)",
    rows: [6, 70],
    given: "A guest that enables, resets and grants credits as it likes.",
    when: "its writes reach the hardware, as they are or clamped to the host's grant.",
    answer:
      "No: without a trap it takes more credits than it was granted, and even a clamped write resets the interface while groups are outstanding.",
    evidence: { kind: "derived", where: "hardware facts, S31 and O4" },
    runs: [
      {
        label: "trapped",
        request: control({ guestConfigures: true }),
        expect: { "PCL-9": "holds", "PCL-1": "holds", "PCL-30": "witnessed" },
      },
      {
        label: "not trapped",
        request: control({ guestConfigures: true, configTrap: "none" }),
        expect: { "PCL-9": "violated", "PCL-1": "violated" },
      },
      {
        label: "clamped",
        request: control({ guestConfigures: true, configTrap: "clamped" }),
        expect: { "PCL-1": "violated" },
      },
    ],
    chart: { run: 1, property: "PCL-9" },
  },
  {
    id: "reset-before-stopped",
    question: "Does Linux wait until a page request interface has stopped before it resets it?",
    askedBy: "hardware facts, S18 (after Response Failure a device asks nothing until it is enabled again)",
    rows: [6],
    given: "An interface whose groups are outstanding when page requests are turned off.",
    when: "they are turned on again.",
    answer:
      "No: pci_disable_pri() clears Enable and returns, and pci_reset_pri(), at the next enable, does not look at Stopped. Only pci_enable_pri() does, and returns -EBUSY without it, but the Reset has forgotten the groups by then. Answers to groups of before then meet groups that have begun since. VT-d in 6.1 drains nothing here: iommu_disable_dev_iotlb() calls pci_disable_pri(), and iommu_enable_pci_caps() resets and enables. AMD in 6.12 flushes the workqueue and leaves the IOPF queue (iopf_queue_flush_dev(), iopf_queue_remove_device()) before pdev_disable_caps(), but waits neither for the PPR log nor for answers. VT-d in 6.12 blocks the device and drains before intel_iommu_disable_iopf(), which leaves fewer answers on their way: those of the IOMMU to requests that it refuses after the drain. (That its drain also misses what it pushes, is the question queue-before-wire.)",
    evidence: {
      kind: "verified",
      where:
        "Linux 6.1.192 and 6.12.117, pci_disable_pri(), pci_reset_pri(), pci_enable_pri(); 6.1.192 iommu_disable_dev_iotlb(), iommu_enable_pci_caps(); 6.12.117 device_block_translation(), intel_iommu_disable_iopf(), iopf_queue_remove_device(), AMD detach_device()",
    },
    runs: [
      {
        label: "stopped and drained first",
        request: control({ interfaceRestarts: true, ...STILL }),
        expect: { "PCL-1": "holds", "PCL-3": "holds", "PCL-7": "holds" },
      },
      {
        label: "VT-d in 6.1: not drained",
        request: control({ interfaceRestarts: true, ...STILL, interfaceOrder: "linux-6.1.192" }),
        expect: { "PCL-1": "violated", "PCL-3": "violated", "PCL-7": "violated" },
      },
      {
        label: "VT-d in 6.12: blocked and drained, not stopped",
        request: control({ interfaceRestarts: true, ...STILL, interfaceOrder: "linux-6.12.117" }),
        expect: { "PCL-1": "violated", "PCL-3": "violated", "PCL-7": "violated" },
      },
      {
        label: "AMD in 6.12: the workqueue flushed",
        request: control({ interfaceRestarts: true, ...STILL, interfaceOrder: "linux-6.12.117-amd" }),
        expect: { "PCL-1": "violated", "PCL-3": "violated", "PCL-7": "violated" },
      },
    ],
    chart: { run: 1, property: "PCL-3" },
  },
  {
    id: "queue-turned-on-while-not-empty",
    question: "May the page request queue be turned off and on while it is not empty?",
    askedBy: "hardware facts, H38 (enabling a queue again forgets its records)",
    rows: [54],
    given: "A queue that forgets what is in it when it is turned on.",
    when: "software restarts it without draining it first.",
    answer: "No: the last requests that were in it are never answered.",
    evidence: { kind: "derived", where: "hardware facts, H38" },
    runs: [
      { label: "drained first", request: control({ queueRestarts: true, ...STILL }), expect: { "PCL-13": "holds" } },
      {
        label: "not drained",
        request: control({ queueRestarts: true, queueOrder: "no-drain", ...STILL }),
        expect: { "PCL-13": "violated" },
      },
    ],
    chart: { run: 1, property: "PCL-13" },
  },
  {
    id: "host-without-page-requests",
    question: "What happens to a device with PRI behind a driver that does not handle page requests?",
    askedBy: "hardware facts, H27 (the SMMU driver has no PRI and answers each request with failure)",
    rows: [6],
    given: "Linux 6.12 on SMMUv3, whose thread answers each last request with Failure, and two who share an interface.",
    when: "one of them has its first page fault.",
    answer:
      "The first answer ends the page requests of both, and none is ever resolved. Turning the interface on again helps until the next fault.",
    evidence: { kind: "verified", where: "Linux 6.12, arm_smmu_handle_ppr(), which sends PRI_RESP_DENY" },
    runs: [
      { label: "served", request: control(TOGETHER), expect: { "PCL-8": "holds", "PCL-17": "holds" } },
      {
        label: "denied",
        request: study("pri-control", "linux-6.12.117-smmuv3", { ...TOGETHER, ...STILL }),
        expect: { "PCL-8": "violated", "PCL-17": "violated", "PCL-35": "holds", "PCL-37": "violated" },
      },
      {
        label: "denied, and turned on again",
        request: study("pri-control", "linux-6.12.117-smmuv3", { ...TOGETHER, ...STILL, interfaceRestarts: true }),
        expect: { "PCL-8": "violated", "PCL-17": "holds", "PCL-37": "violated" },
      },
    ],
    chart: { run: 1, property: "PCL-8" },
  },
  {
    id: "private-data-of-a-request",
    question: "What if the answer to a page request does not bring back its private data?",
    askedBy:
      "IOPF core facts, B35 (a bit of the answer came from the wrong field) and B37 (private data was lost before the answer)",
    rows: [6],
    given: "VT-d, a device whose requests carry private data, and one whose requests carry none.",
    when: "the driver clears the data, or takes 'has a PASID' for 'has private data'.",
    answer:
      "The answer is not one to what was asked, and the second mistake also answers a device with data that it never sent. What a device does with such an answer, no rule says; here it takes it for no answer, and its group waits for ever.",
    evidence: { kind: "derived", where: "IOPF core facts, I4" },
    runs: [
      { label: "returned", request: control({ privateData: true }), expect: { "PCL-31": "holds", "PCL-13": "holds" } },
      {
        label: "cleared",
        request: control({ privateData: true, answerData: "cleared" }),
        expect: { "PCL-31": "violated", "PCL-13": "violated" },
      },
      {
        label: "wherever a PASID is",
        request: control({ privateData: true, answerData: "by-pasid" }),
        expect: { "PCL-31": "violated", "PCL-13": "violated" },
      },
    ],
    chart: { run: 2, property: "PCL-31" },
  },
  {
    id: "privileged-page-request",
    question: "May a driver treat a privileged page request, or one to execute, like any other?",
    askedBy: "IOPF core facts, B34 (privileged and execute requests were taken as ordinary)",
    rows: [6],
    given: "A handler that resolves accesses of user space which read or write.",
    when: "a device asks in another mode.",
    answer:
      "No: it would be resolved with the rights of an access that nobody made. The driver has to refuse the last request of such a group. iommu_call_iopf_notifier() of AMD in 6.12.117 refuses neither mode, and reports both.",
    evidence: {
      kind: "verified",
      where:
        "Linux 6.12.117 prq_event_thread(), which refuses both modes, and iommu_call_iopf_notifier(), ppr_is_valid()",
    },
    runs: [
      { label: "refused", request: control({ oddModes: true }), expect: { "PCL-33": "holds", "PCL-13": "holds" } },
      {
        label: "not looked at",
        request: control({ oddModes: true, checksModes: false }),
        expect: { "PCL-33": "violated" },
      },
    ],
    chart: { run: 1, property: "PCL-33" },
  },
];
