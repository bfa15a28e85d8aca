/** Questions about what a device is left with: page faults that stay enabled, or no page table. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

export const attachedDevicesScenarios: readonly Scenario[] = [
  {
    id: "iopf-count-freed",
    question:
      "May the count of enabled page faults be freed with the iommufd object of a device that is still enabled?",
    askedBy: "IOPF core facts, D9 (of several devices in a group only the first is remembered, even after it has gone)",
    rows: [],
    given:
      "iommufd of 6.12, which counts in its object of the device (iopf_enabled), and requests without PASID as of 6.13.",
    when: "a device that attached first detaches before the last one of its group, and is unbound and bound again.",
    answer:
      "No. The driver still has page faults enabled, and the new object has counted none. A detach does not disable them: iommufd_fault_iopf_disable() warns and returns. An attach with a fault queue fails with EBUSY, until the IOMMU driver releases the device. If the driver counts, as from 6.16 on, the count lives as long as what it counts.",
    evidence: {
      kind: "derived",
      where:
        "Linux 6.12.117 iommufd_fault_iopf_enable(), iommufd_fault_iopf_disable(), intel_iommu_enable_iopf(), arm_smmu_dev_enable_feature()",
    },
    runs: [
      {
        label: "counted by the driver",
        request: study("attachments", "intended", { attachFails: false, devicesUnbind: true }),
        expect: { "ATT-17": "holds", "ATT-18": "holds" },
      },
      {
        label: "counted in the object of iommufd",
        request: study("attachments", "intended", {
          attachFails: false,
          devicesUnbind: true,
          iopfEnabledOn: "first-and-last",
        }),
        expect: { "ATT-17": "violated", "ATT-18": "violated" },
      },
    ],
    chart: { run: 1, property: "ATT-18" },
  },
  {
    id: "replace-fails-blocked",
    question: "May the driver block a device before it knows whether the page table of a replace can be attached?",
    askedBy: "Reading the attach operations of VT-d in 7.3.4",
    rows: [],
    given:
      "A group that is attached to a page table with a fault queue, and a driver that first removes the old translation of a device.",
    when: "a replace fails at a device.",
    answer:
      "Only if somebody attaches the old page table again. __iommu_group_set_domain_internal() of 6.12.117 does so for the device that failed as well. In 7.3.4 it leaves that device to the driver, and intel_iommu_attach_device() and intel_nested_attach_dev() return the error with the device blocked: the group and its user have the old page table, the DMA of the device is refused, and its page faults stay counted.",
    evidence: {
      kind: "derived",
      where:
        "Linux 6.12.117 and 7.3.4 __iommu_group_set_domain_internal(), intel_iommu_attach_device(), device_block_translation(); 7.3.4 was read, not run",
    },
    runs: [
      {
        label: "the device keeps the old page table",
        request: study("attachments", "intended", { pageTables: 2, tablesGo: false }),
        expect: { "ATT-6": "holds", "ATT-29": "holds" },
      },
      {
        label: "the device is blocked",
        request: study("attachments", "intended", { pageTables: 2, tablesGo: false, failedSwitch: "blocks" }),
        expect: { "ATT-6": "violated", "ATT-29": "violated" },
      },
    ],
    chart: { run: 1, property: "ATT-29" },
  },
  {
    id: "replaced-count-kept",
    question: "Who gives back the count of page faults of a page table that a replace takes away?",
    askedBy: "Reading the attach operations of VT-d in 7.3.4",
    rows: [],
    given:
      "A group that is attached to a page table with a fault queue, and a driver that counts page faults by device.",
    when: "another page table with a fault queue replaces it, and the devices detach.",
    answer:
      "The driver, in the attach of the new one. intel_iommu_attach_device() of 7.3.4 does so with iopf_for_domain_replace(). intel_nested_attach_dev() counts the new page table and leaves the count of the old one: page faults of the device stay enabled after the last detach.",
    evidence: {
      kind: "derived",
      where:
        "Linux 7.3.4 intel_nested_attach_dev(), intel_iommu_attach_device(), iopf_for_domain_replace(); read, not run",
    },
    runs: [
      {
        label: "the replace drops the count",
        request: study("attachments", "intended", { pageTables: 2, tablesGo: false, attachFails: false }),
        expect: { "ATT-6": "holds", "ATT-18": "holds" },
      },
      {
        label: "the replace keeps the count",
        request: study("attachments", "intended", {
          pageTables: 2,
          tablesGo: false,
          attachFails: false,
          replacedCount: "kept",
        }),
        expect: { "ATT-6": "violated", "ATT-18": "violated" },
      },
    ],
    chart: { run: 1, property: "ATT-18" },
  },
];
