/** Questions about the page request interface and its queue: who enables, resets and restarts them. */
import type { Scenario } from "../../scenario.ts";
import { study } from "../request.ts";
import { control, TOGETHER, STILL } from "./requests.ts";

export const interfaceScenarios: readonly Scenario[] = [
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
];
