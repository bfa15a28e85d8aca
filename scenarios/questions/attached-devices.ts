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
    id: "nested-replace-count",
    question: "Must the driver give back the count of the old page table when a nested one replaces it?",
    askedBy: "Reading the attach operations of VT-d in 7.3.4",
    rows: [],
    given:
      "Two page tables with a fault queue. The driver counts in iopf_refcount the page tables of a device that have one, and keeps the device on the IOPF queue as long as the count is above 0.",
    when: "one replaces the other, and the device is detached later.",
    answer:
      "Yes. intel_nested_attach_dev() of 7.3.4 calls iopf_for_domain_set() for the new page table, and nothing calls iopf_for_domain_remove() for the old one; intel_iommu_attach_device() and intel_nested_set_dev_pasid() call iopf_for_domain_replace(). Each such replace leaves the count one too high. After the last detach the device stays on the IOPF queue, also when it is released, and the queue then names a device that is gone.",
    evidence: {
      kind: "derived",
      where:
        "Linux 7.3.4 intel_nested_attach_dev(), intel_iommu_attach_device(), intel_iommu_release_device(); read, not run",
    },
    runs: [
      {
        label: "the old count is given back",
        request: study("attachments", "intended", { pageTables: 2, tablesGo: false, attachFails: false }),
        expect: { "ATT-6": "holds", "ATT-18": "holds", "ATT-20": "holds" },
      },
      {
        label: "the old count stays",
        request: study("attachments", "intended", {
          pageTables: 2,
          tablesGo: false,
          attachFails: false,
          replacedCount: "kept",
        }),
        expect: { "ATT-6": "violated", "ATT-18": "violated", "ATT-20": "violated" },
      },
      {
        label: "7.3.4, with page tables that do not nest",
        request: study("attachments", "linux-7.3.4", {
          pageTables: 2,
          tablesGo: false,
          attachFails: false,
          replacedCount: "dropped",
        }),
        expect: { "ATT-6": "holds", "ATT-18": "holds", "ATT-20": "holds" },
      },
    ],
    chart: { run: 1, property: "ATT-18" },
  },
  {
    id: "replace-disables-first",
    question: "May a replace disable page faults for the old page table before the device is switched?",
    askedBy: "Reading intel_iommu_set_dev_pasid() and arm_smmu_attach_commit() of 7.3.4",
    rows: [],
    given: "A device that uses a page table with a fault queue, and a second page table without one.",
    when: "the second replaces the first, and the device faults in between.",
    answer:
      "No. If no other attachment needs page faults, the device leaves its IOPF queue while its requests still go through the old page table. Such a request finds a handler but no fault parameters, and the core responds Invalid. SMMUv3 disables page faults in arm_smmu_attach_commit(), after the switch. VT-d of 7.3.4 calls iopf_for_domain_replace() before it changes the PASID entry. It enables for the new page table first, which helps only if the new one has a fault queue. The model shows it for the RID, as it has no faults with PASID; for the RID, intel_iommu_attach_device() blocks the translation first.",
    evidence: {
      kind: "derived",
      where:
        "Linux 7.3.4 intel_iommu_set_dev_pasid(), intel_nested_set_dev_pasid(), iopf_for_domain_replace(), arm_smmu_attach_commit(); read, not run",
    },
    runs: [
      {
        label: "page faults are disabled after the switch",
        request: study("attachments", "intended", { pageTables: 2, tablesGo: false, attachFails: false }),
        expect: { "ATT-9": "holds" },
      },
      {
        label: "page faults are disabled before the switch",
        request: study("attachments", "intended", {
          pageTables: 2,
          tablesGo: false,
          attachFails: false,
          replaceDisables: "before-switch",
        }),
        expect: { "ATT-9": "violated" },
      },
    ],
    chart: { run: 1, property: "ATT-9" },
  },
];
