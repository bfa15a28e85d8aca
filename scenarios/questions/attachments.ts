/** Questions about page tables that are attached to the devices of a group. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

type Set = Parameters<typeof study>[2];
/** Nothing fails by itself. */
const sure = (set: Set = {}, host = "intended") => study("attachments", host, { attachFails: false, ...set });
const failing = (set: Set = {}) => study("attachments", "intended", set);

export const attachmentsScenarios: readonly Scenario[] = [
  {
    id: "replace-without-attach",
    question: "May a device replace the page table of its group if only another device of the group was attached?",
    askedBy: "iommufd: Fail replace if device has not been attached",
    rows: [],
    given: "Two devices of one group, of which one is attached.",
    when: "the other device calls replace, and later detach.",
    answer:
      "No. The replace would succeed for the attached device. The later detach of the other one then puts a reference that it never took, and the page table can be destroyed while the group uses it.",
    evidence: {
      kind: "verified",
      where: "Linux iommufd/device.c; IOPF core facts B23 (replace on a device that was never attached changed counts)",
    },
    runs: [
      {
        label: "the replace is refused",
        request: sure({ pageTables: 2 }),
        expect: { "ATT-1": "holds", "ATT-14": "holds", "ATT-22": "holds" },
      },
      {
        label: "the replace is allowed",
        request: sure({ replacedBy: "any-device" }),
        expect: { "ATT-1": "violated", "ATT-14": "violated", "ATT-22": "violated" },
      },
    ],
    chart: { run: 1, property: "ATT-22" },
  },
  {
    id: "detach-during-replace",
    question: "May a detach read the page table of the group before it takes igroup->lock?",
    askedBy: "iommufd_hw_pagetable_detach() of Linux 6.12.117",
    rows: [],
    given: "Two devices of one group, attached to one page table, and a second page table.",
    when: "one device is detached while the other replaces the page table of the group.",
    answer:
      "No. The detach then drops a reference to the page table that was replaced, and none to the one that the device was attached to. If user space has destroyed the first meanwhile, the detach uses freed memory; otherwise the count of the first drops to 0. The second can never be destroyed. VFIO does not exclude the two calls: each holds dev_set->lock of its own device.",
    evidence: {
      kind: "verified",
      where:
        "Linux 6.12.117, iommufd_hw_pagetable_detach(), iommufd_device_do_replace(); 7.3.4 reads it under the lock",
    },
    runs: [
      {
        label: "the page table is read under the lock",
        request: sure({ pageTables: 2 }),
        expect: { "ATT-1": "holds", "ATT-8": "holds" },
      },
      {
        label: "it is read before the lock is taken",
        request: sure({ pageTables: 2, detachReads: "before-lock" }),
        expect: { "ATT-1": "violated", "ATT-8": "violated" },
      },
    ],
    chart: { run: 1, property: "ATT-8" },
  },
  {
    id: "group-names-first-device",
    question: "Which device does a fault report name when several devices of a group share a page table?",
    askedBy: "IOPF core facts, D9 (of several devices in a group only the first is remembered, even after it has gone)",
    rows: [],
    given: "Two devices of one group, attached to a page table with a fault queue.",
    when: "the second device faults, and the first may have been unbound.",
    answer:
      "In 6.12 the report names the device that was attached first, because the attach handle points to it. After that device is unbound, the pointer dangles. The report must name the device from the request. This path is not reached in 6.12 itself: VT-d refuses requests without PASID until 6.13.",
    evidence: {
      kind: "derived",
      where:
        "IOPF core facts D9 (of several devices in a group only the first is remembered, even after it has gone), from iommufd/device.c of 6.12",
    },
    runs: [
      {
        label: "the report names the device that faulted",
        request: sure({ devicesUnbind: true }),
        expect: { "ATT-10": "holds", "ATT-12": "holds", "ATT-13": "witnessed" },
      },
      {
        label: "the report names the device that was attached first",
        request: sure({ reportNames: "first-attached", devicesUnbind: true }),
        expect: { "ATT-10": "violated", "ATT-12": "violated" },
      },
    ],
    chart: { run: 1, property: "ATT-10" },
  },
  {
    id: "iopf-first-and-last",
    question:
      "Is it enough to enable page faults at the first attach of a group, and to disable them at the last detach?",
    askedBy: "IOPF core facts, D9 (of several devices in a group only the first is remembered, even after it has gone)",
    rows: [],
    given:
      "iommufd of 6.12, which enables page faults for the device that it was called with, and requests without PASID as of 6.13.",
    when: "the devices of the group detach in another order than they attached.",
    answer:
      "No. The other devices never get page faults, the first one keeps them for ever, and the last one disables what was never enabled for it. If the driver's attach enables them for each device, the counts agree.",
    evidence: {
      kind: "derived",
      where:
        "IOPF core facts D9 (of several devices in a group only the first is remembered, even after it has gone); Linux 17fce9d2336d moved it into the driver",
    },
    runs: [
      {
        label: "enabled for each device",
        request: sure(),
        expect: { "ATT-6": "holds", "ATT-8": "holds", "ATT-20": "holds" },
      },
      {
        label: "enabled at the first attach, disabled at the last detach",
        request: sure({ iopfEnabledOn: "first-and-last" }),
        expect: { "ATT-6": "violated", "ATT-8": "violated", "ATT-20": "violated" },
      },
    ],
    chart: { run: 1, property: "ATT-6" },
  },
  {
    id: "smmu-iopf-flag",
    question:
      "Would faults of an iommufd page table with a fault queue reach user space through the SMMUv3 driver of 6.12?",
    askedBy:
      "IOPF core facts, D8 (6.12 turns stalls on without adding the device to a queue: each fault is answered Invalid); fixed by cfea71aea921",
    rows: [],
    given: "IOMMU_DEV_FEAT_IOPF only sets a flag in this driver; the device joins the IOPF queue when SVA is enabled.",
    when: "the device faults.",
    answer:
      "No. The core finds a handler and no fault parameters, warns, and answers Invalid. 6.12 does not reach this, because it refuses to allocate such a page table. The device must join the queue when page faults are enabled.",
    evidence: {
      kind: "derived",
      where:
        "IOPF core facts D8 (6.12 turns stalls on without adding the device to a queue: each fault is answered Invalid), from arm-smmu-v3-sva.c of 6.12; iommufd_hwpt_paging_alloc() and arm_smmu_domain_alloc_user() of 6.12.117",
    },
    runs: [
      { label: "the device joins the queue", request: sure(), expect: { "ATT-9": "holds", "ATT-7": "witnessed" } },
      { label: "only a flag is set", request: sure({ iopfEnable: "flag-only" }), expect: { "ATT-9": "violated" } },
    ],
    chart: { run: 1, property: "ATT-9" },
  },
  {
    id: "iopf-for-every-device",
    question: "May an attach enable page faults for a device that handles its own faults?",
    askedBy: "iommu/vt-d: Only handle IOPF for SVA when PRI is supported, 39c20c4e83b9",
    rows: [],
    given: "A group whose last device has no PRI.",
    when: "a page table with faults is attached to the group, or that attach fails half way.",
    answer:
      "No. Enabling fails, and the attach fails with it. An error path without the same check lowers a count that was never raised.",
    evidence: {
      kind: "verified",
      where: "Linux 39c20c4e83b9; IOPF core facts B28 (faults were turned off for devices that never had them on)",
    },
    runs: [
      {
        label: "enabled only where the device has PRI",
        request: failing({ deviceOwnFaults: true }),
        expect: { "ATT-8": "holds", "ATT-17": "holds" },
      },
      {
        label: "enabled for every device",
        request: failing({ deviceOwnFaults: true, iopfEnabledFor: "every-device" }),
        expect: { "ATT-17": "violated" },
      },
      {
        label: "the error path disables it for every device",
        request: failing({ deviceOwnFaults: true, iopfEnabledFor: "every-device-on-unwind" }),
        expect: { "ATT-8": "violated", "ATT-17": "holds" },
      },
    ],
    chart: { run: 2, property: "ATT-8" },
  },
  {
    id: "attach-way-back",
    question: "What must be undone when enabling page faults fails in the middle of an attach?",
    askedBy: "iommu/arm-smmu-v3: Revert vmaster in the error path",
    rows: [],
    given: "An attach takes a reference, sets the driver's state, and enables page faults; each step can fail.",
    when: "one of them fails.",
    answer:
      "Every step that was done, in reverse order. State that stays names a page table that may be destroyed, a reference that stays keeps the page table for ever, and a lock that stays blocks every later call.",
    evidence: { kind: "verified", where: "IOPF core facts B29 (a failed enabling left the attachment)" },
    runs: [
      {
        label: "everything is undone",
        request: failing(),
        expect: { "ATT-4": "holds", "ATT-5": "witnessed", "ATT-16": "holds", "ATT-19": "holds" },
      },
      {
        label: "the driver's state stays",
        request: failing({ attachUnwind: "keeps-state" }),
        expect: { "ATT-4": "violated", "ATT-14": "violated" },
      },
      {
        label: "the reference stays",
        request: failing({ attachUnwind: "keeps-reference" }),
        expect: { "ATT-16": "violated" },
      },
      {
        label: "the lock stays held",
        request: failing({ attachUnwind: "keeps-lock" }),
        expect: { "ATT-19": "violated", "LCK-10": "violated" },
      },
    ],
    chart: { run: 1, property: "ATT-14" },
  },
  {
    id: "pasid-detach-unattached",
    question: "From which devices must a PASID be detached when its attach fails at the second device of a group?",
    askedBy: "iommu: Undo pasid attachment only for the devices that have succeeded, b025dea63cde",
    rows: [],
    given:
      "The core detaches all devices, or only those that were attached. The driver drops the domain's count always, or only if it finds the PASID.",
    when: "the attach fails half way.",
    answer:
      "Only from those that were attached. Otherwise a driver without a check drops a reference that it never took. Either check is enough.",
    evidence: {
      kind: "verified",
      where:
        "Linux b025dea63cde and the warning in intel_iommu_remove_dev_pasid(); IOPF core facts B45 (detaching a PASID that was never attached dropped references)",
    },
    runs: [
      {
        label: "the core checks",
        request: failing({ attachesPasid: true, pasidRemoval: "always" }),
        expect: { "ATT-3": "holds", "ATT-8": "holds" },
      },
      {
        label: "the driver checks",
        request: failing({ attachesPasid: true, pasidRevert: "every-device" }),
        expect: { "ATT-3": "holds", "ATT-8": "holds" },
      },
      {
        label: "neither checks",
        request: failing({ attachesPasid: true, pasidRevert: "every-device", pasidRemoval: "always" }),
        expect: { "ATT-3": "violated", "ATT-8": "violated" },
      },
    ],
    chart: { run: 2, property: "ATT-8" },
  },
];
