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
    question: "What does Response Failure do when the kernel has no memory for one group?",
    askedBy:
      "hardware facts, H5 (a want of memory becomes Response Failure, which turns off PRI of the function and all that share it)",
    rows: [6],
    given: "Two users of one page request interface, each with a group.",
    when: "the kernel has no memory for one of the groups and answers Response Failure.",
    answer:
      "It disables the interface, and ends the page requests of all who share it. Invalid Request refuses the one group only.",
    evidence: {
      kind: "derived",
      where:
        "hardware facts, H5 (a want of memory becomes Response Failure, which turns off PRI of the function and all that share it) and S28 (a device changes nothing for the groups of another, besides shared overflow and shared PRI)",
    },
    runs: [
      { label: "answers Invalid Request", request: control(TOGETHER), expect: { "PCL-8": "holds" } },
      {
        label: "answers Response Failure",
        request: control({ ...TOGETHER, withoutMemory: "failure" }),
        expect: { "PCL-8": "violated", "PCL-18": "violated" },
      },
    ],
    chart: { run: 1, property: "PCL-8" },
  },
  {
    id: "answer-to-a-stop-marker",
    question: "May software answer a stop marker like a last request?",
    askedBy: "hardware facts, H20 (a stop marker is answered as if it were a request)",
    rows: [6],
    given: "A user that stops and sends a stop marker behind its requests.",
    when: "the driver takes the stop marker for a request and answers it.",
    answer:
      "No. The response can meet a request from before the marker, a group that began after it, or no group at all.",
    evidence: {
      kind: "derived",
      where:
        "hardware facts, S10 (neither a request that is not the last nor a stop marker causes an answer) and H20 (a stop marker is answered as if it were a request)",
    },
    runs: [
      { label: "the marker is dropped", request: control(), expect: { "PCL-11": "holds", "PCL-1": "holds" } },
      {
        label: "the marker is answered",
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
    when: "one of them answers each request that it refuses, or none of them.",
    answer:
      "No. A group gets one response, to its last request. A response to each refused request answers the group twice, and no response leaves the group waiting for ever. VT-d's handle_bad_prq_event() answers Invalid: in 6.12 to a last request only, in 6.1 to a last one or one with private data (if (!req->lpig && !req->priv_data_present) return). iommu_report_device_fault() of 6.12 answers Invalid to each request through iopf_error_response(), also with VT-d. That of 6.1 returns an error, and VT-d then answers the last request. AMD's iommu_call_iopf_notifier() in 6.12 answers Failure (raw code 2) to each request that it refuses, last or not, which ends page requests for all who share the interface. It answers nothing to a record of unknown type, or of a device that it does not find. VT-d and AMD of 6.12 refuse every request without PASID.",
    evidence: {
      kind: "verified",
      where:
        "Linux 6.1.192 and 6.12.117: handle_bad_prq_event(), prq_event_thread(), iommu_report_device_fault(), iopf_error_response(), iommu_call_iopf_notifier()",
    },
    runs: [
      {
        label: "only the last request is answered",
        request: control({ refusals: true, ...STILL }),
        expect: { "PCL-1": "holds", "PCL-13": "holds" },
      },
      {
        label: "the core answers each request",
        request: control({ refusals: true, coreAnswers: "every", ...STILL }),
        expect: { "PCL-1": "violated" },
      },
      {
        label: "the driver answers each request",
        request: control({ refusals: true, driverAnswers: "every", ...STILL }),
        expect: { "PCL-1": "violated" },
      },
      {
        label: "the driver answers none",
        request: control({ refusals: true, driverAnswers: "none", ...UNANSWERED }),
        expect: { "PCL-13": "violated" },
      },
      {
        label: "the core answers none",
        request: control({ refusals: true, coreAnswers: "none", ...UNANSWERED }),
        expect: { "PCL-13": "violated" },
      },
      {
        label: "6.12 on VT-d",
        request: study("pri-control", "linux-6.12.117", { ...STILL, refusals: true }),
        expect: { "PCL-1": "violated", "PCL-2": "violated" },
      },
      {
        label: "6.12 on VT-d, if the core answered the last only",
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
    given: "A device that uses one group index for two PASIDs at the same time.",
    when: "the core joins partial faults by their index alone, as iopf_group_alloc() does.",
    answer: "No. A request of one address space becomes part of a group that is resolved in the other.",
    evidence: { kind: "verified", where: "Linux 6.12, iopf_group_alloc(), which compares the index only" },
    runs: [
      {
        label: "joined by PASID and index",
        request: control({ ...TOGETHER, partialKey: "pasidAndPrgi" }),
        expect: { "PCL-4": "holds" },
      },
      {
        label: "joined by index only",
        request: control({ ...TOGETHER, partialKey: "prgi" }),
        expect: { "PCL-4": "violated" },
      },
    ],
    chart: { run: 1, property: "PCL-4" },
  },
  {
    id: "guest-writes-the-pri-capability",
    question: "May a guest write the PRI capability of its device directly?",
    askedBy: "hardware facts, S31 (a guest cannot write allocation, enable or reset of PRI beyond what it was granted)",
    rows: [6, 70],
    given: "A guest that enables and resets the interface, and sets its allocation, at will.",
    when: "its writes reach the hardware unchanged, or clamped to the allocation that the host granted.",
    answer:
      "No. Without a trap the guest takes more credits than it was granted. A clamped write still resets the interface while groups are outstanding.",
    evidence: {
      kind: "derived",
      where:
        "hardware facts, S31 (a guest cannot write allocation, enable or reset of PRI beyond what it was granted) and O4 (a guest may write the allocation of a device, unless that write is trapped)",
    },
    runs: [
      {
        label: "the writes are trapped",
        request: control({ guestConfigures: true }),
        expect: { "PCL-9": "holds", "PCL-1": "holds", "PCL-30": "witnessed" },
      },
      {
        label: "the writes reach the hardware",
        request: control({ guestConfigures: true, configTrap: "none" }),
        expect: { "PCL-9": "violated", "PCL-1": "violated" },
      },
      {
        label: "the allocation is clamped",
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
    given: "Page requests are disabled while groups are outstanding.",
    when: "they are enabled again.",
    answer:
      "No. pci_disable_pri() clears Enable and returns. pci_reset_pri(), at the next enable, does not read Stopped. Only pci_enable_pri() does, and returns -EBUSY if it is not set, but the Reset has made the device forget its groups by then. Responses from before can meet groups that have begun since. VT-d in 6.1 drains nothing here: iommu_disable_dev_iotlb() calls pci_disable_pri(), and iommu_enable_pci_caps() resets and enables. AMD in 6.12 flushes the workqueue and leaves the IOPF queue (iopf_queue_flush_dev(), iopf_queue_remove_device()) before pdev_disable_caps(), and waits neither for the PPR log nor for responses. VT-d in 6.12 blocks the device and drains before intel_iommu_disable_iopf(), so fewer responses are on their way: those of the IOMMU to requests that it refuses after the drain. That drain also misses requests that it pushes out itself (queue-before-wire).",
    evidence: {
      kind: "verified",
      where:
        "Linux 6.1.192 and 6.12.117, pci_disable_pri(), pci_reset_pri(), pci_enable_pri(); 6.1.192 iommu_disable_dev_iotlb(), iommu_enable_pci_caps(); 6.12.117 device_block_translation(), intel_iommu_disable_iopf(), iopf_queue_remove_device(), AMD detach_device()",
    },
    runs: [
      {
        label: "waits for Stopped, and drains",
        request: control({ interfaceRestarts: true, ...STILL }),
        expect: { "PCL-1": "holds", "PCL-3": "holds", "PCL-7": "holds" },
      },
      {
        label: "VT-d in 6.1: does not drain",
        request: control({ interfaceRestarts: true, ...STILL, interfaceOrder: "linux-6.1.192" }),
        expect: { "PCL-1": "violated", "PCL-3": "violated", "PCL-7": "violated" },
      },
      {
        label: "VT-d in 6.12: blocks and drains, does not wait for Stopped",
        request: control({ interfaceRestarts: true, ...STILL, interfaceOrder: "linux-6.12.117" }),
        expect: { "PCL-1": "violated", "PCL-3": "violated", "PCL-7": "violated" },
      },
      {
        label: "AMD in 6.12: flushes the workqueue",
        request: control({ interfaceRestarts: true, ...STILL, interfaceOrder: "linux-6.12.117-amd" }),
        expect: { "PCL-1": "violated", "PCL-3": "violated", "PCL-7": "violated" },
      },
    ],
    chart: { run: 1, property: "PCL-3" },
  },
  {
    id: "queue-turned-on-while-not-empty",
    question: "May the page request queue be disabled and enabled again while it is not empty?",
    askedBy: "hardware facts, H38 (enabling a queue again forgets its records)",
    rows: [54],
    given: "A queue whose contents are lost when it is enabled.",
    when: "the driver restarts it without draining it first.",
    answer: "No. The last requests that were in the queue never get a response.",
    evidence: { kind: "derived", where: "hardware facts, H38 (enabling a queue again forgets its records)" },
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
    question: "What happens to a device with PRI if its IOMMU driver denies page requests?",
    askedBy: "hardware facts, H27 (the SMMU driver has no PRI and answers each request with failure)",
    rows: [6],
    given:
      "Linux 6.12 on SMMUv3, which answers each last request with Failure, and two users of one page request interface.",
    when: "one of them has its first page fault.",
    answer:
      "The first response ends the page requests of both, and no page request is ever resolved. Enabling the interface again helps until the next fault.",
    evidence: { kind: "verified", where: "Linux 6.12, arm_smmu_handle_ppr(), which sends PRI_RESP_DENY" },
    runs: [
      {
        label: "page requests are served",
        request: control(TOGETHER),
        expect: { "PCL-8": "holds", "PCL-17": "holds" },
      },
      {
        label: "page requests are denied (6.12 on SMMUv3)",
        request: study("pri-control", "linux-6.12.117-smmuv3", { ...TOGETHER, ...STILL }),
        expect: { "PCL-8": "violated", "PCL-17": "violated", "PCL-35": "holds", "PCL-37": "violated" },
      },
      {
        label: "denied, and the interface is enabled again",
        request: study("pri-control", "linux-6.12.117-smmuv3", { ...TOGETHER, ...STILL, interfaceRestarts: true }),
        expect: { "PCL-8": "violated", "PCL-17": "holds", "PCL-37": "violated" },
      },
    ],
    chart: { run: 1, property: "PCL-8" },
  },
  {
    id: "private-data-of-a-request",
    question: "What happens if the response to a page request does not return its private data?",
    askedBy:
      "IOPF core facts, B35 (a bit of the answer came from the wrong field) and B37 (private data was lost before the answer)",
    rows: [6],
    given: "VT-d, one device whose requests carry private data, and one whose requests carry none.",
    when: "the driver clears the data, or tests for a PASID in place of private data.",
    answer:
      "The response does not match the request. The second mistake also sends private data to a device that never sent any. No specification says what a device does with such a response. In the model the device ignores it, and the group waits for ever.",
    evidence: {
      kind: "derived",
      where: "IOPF core facts, I4 (an answer carries index, requester and, if needed, PASID of its request)",
    },
    runs: [
      {
        label: "the data is returned",
        request: control({ privateData: true }),
        expect: { "PCL-31": "holds", "PCL-13": "holds" },
      },
      {
        label: "the data is cleared",
        request: control({ privateData: true, answerData: "cleared" }),
        expect: { "PCL-31": "violated", "PCL-13": "violated" },
      },
      {
        label: "the driver tests for a PASID",
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
    given: "A fault handler that resolves reads and writes of user space.",
    when: "a device sends a request in privileged mode, or one to execute.",
    answer:
      "No. The handler would resolve it with the permissions of another access. The driver must refuse the last request of such a group. iommu_call_iopf_notifier() of AMD in 6.12.117 refuses neither mode, and reports both.",
    evidence: {
      kind: "verified",
      where:
        "Linux 6.12.117 prq_event_thread(), which refuses both modes, and iommu_call_iopf_notifier(), ppr_is_valid()",
    },
    runs: [
      {
        label: "the driver refuses them",
        request: control({ oddModes: true }),
        expect: { "PCL-33": "holds", "PCL-13": "holds" },
      },
      {
        label: "the driver does not check the mode",
        request: control({ oddModes: true, checksModes: false }),
        expect: { "PCL-33": "violated" },
      },
    ],
    chart: { run: 1, property: "PCL-33" },
  },
];
