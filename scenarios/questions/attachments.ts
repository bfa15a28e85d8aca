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
    question: "May a device replace the page table of its group if only its sibling was ever attached?",
    askedBy: "iommufd: Fail replace if device has not been attached",
    rows: [],
    given: "Two devices of one group, one of them attached.",
    when: "the other one asks for a replace, and later detaches.",
    answer:
      "No. The replace would succeed for the sibling, and the detach of a device that is not on the list puts a reference that it never got: the table can be destroyed while the group uses it.",
    evidence: { kind: "verified", where: "Linux iommufd/device.c; IOPF core facts B23" },
    runs: [
      {
        label: "refused",
        request: sure({ pageTables: 2 }),
        expect: { "ATT-1": "holds", "ATT-14": "holds", "ATT-22": "holds" },
      },
      {
        label: "allowed",
        request: sure({ replacedBy: "any-device" }),
        expect: { "ATT-1": "violated", "ATT-14": "violated", "ATT-22": "violated" },
      },
    ],
    chart: { run: 1, property: "ATT-22" },
  },
  {
    id: "group-names-first-device",
    question: "Which device does a fault report name when several devices of a group share a page table?",
    askedBy: "IOPF core facts, D9 (of several devices in a group only the first is remembered, also when it has gone)",
    rows: [],
    given: "Two devices of one group under a page table with a fault queue.",
    when: "the second one faults, and perhaps the first has been unbound meanwhile.",
    answer:
      "In the code of 6.12 the one that was attached first, because the attach handle points to it; once that is unbound, the pointer dangles. The name has to come from the request. 6.12 itself does not get there: VT-d answers requests without PASID as invalid until 6.13.",
    evidence: { kind: "derived", where: "IOPF core facts D9, from iommufd/device.c of 6.12" },
    runs: [
      {
        label: "the device that faulted",
        request: sure({ devicesUnbind: true }),
        expect: { "ATT-10": "holds", "ATT-12": "holds", "ATT-13": "witnessed" },
      },
      {
        label: "the device that was attached first",
        request: sure({ reportNames: "first-attached", devicesUnbind: true }),
        expect: { "ATT-10": "violated", "ATT-12": "violated" },
      },
    ],
    chart: { run: 1, property: "ATT-10" },
  },
  {
    id: "iopf-first-and-last",
    question: "Is it enough to turn page faults on at the first attach of a group, and off at the last detach?",
    askedBy: "IOPF core facts, D9 (of several devices in a group only the first is remembered, also when it has gone)",
    rows: [],
    given:
      "The code of 6.12, with requests without PASID as from 6.13: iommufd asks the driver for the device that it was called with.",
    when: "the devices of the group detach in another order than they attached.",
    answer:
      "No. Siblings never get page faults, the first device keeps them for ever, and the last one turns off what it never turned on. Turned on for each device in the driver's attach, the counts agree.",
    evidence: { kind: "derived", where: "IOPF core facts D9; Linux 17fce9d2336d moved it into the driver" },
    runs: [
      { label: "each device", request: sure(), expect: { "ATT-6": "holds", "ATT-8": "holds", "ATT-20": "holds" } },
      {
        label: "first and last",
        request: sure({ iopfEnabledOn: "first-and-last" }),
        expect: { "ATT-6": "violated", "ATT-8": "violated", "ATT-20": "violated" },
      },
    ],
    chart: { run: 1, property: "ATT-6" },
  },
  {
    id: "smmu-iopf-flag",
    question:
      "Would the faults of an iommufd page table with a fault queue reach user space through the SMMUv3 driver of 6.12?",
    askedBy:
      "IOPF core facts, D8 (6.12 turns stalls on without adding the device to a queue: each fault is answered Invalid); fixed by cfea71aea921",
    rows: [],
    given: "A driver for which FEAT_IOPF is a flag, and the device joins the queue only with SVA.",
    when: "the device faults.",
    answer:
      "No: a handler is found and no fault parameters, so the core warns and answers Invalid. 6.12 does not get there, because it refuses to make such a page table; before it can, the device has to join the queue when page faults are turned on.",
    evidence: {
      kind: "derived",
      where:
        "IOPF core facts D8, from arm-smmu-v3-sva.c of 6.12; iommufd_hwpt_paging_alloc() and arm_smmu_domain_alloc_user() of 6.12.117",
    },
    runs: [
      { label: "joins the queue", request: sure(), expect: { "ATT-9": "holds", "ATT-7": "witnessed" } },
      { label: "a flag", request: sure({ iopfEnable: "flag-only" }), expect: { "ATT-9": "violated" } },
    ],
    chart: { run: 1, property: "ATT-9" },
  },
  {
    id: "iopf-for-every-device",
    question: "May an attach turn page faults on for a device that handles its faults itself?",
    askedBy: "iommu/vt-d: Only handle IOPF for SVA when PRI is supported, 39c20c4e83b9",
    rows: [],
    given: "A group whose last device has no page requests.",
    when: "a page table with faults is attached to it, or that fails half way.",
    answer:
      "No. Turning on fails, and the attach with it; and a way back that does not ask the same question uncounts what was never counted.",
    evidence: { kind: "verified", where: "Linux 39c20c4e83b9; IOPF core facts B28" },
    runs: [
      {
        label: "only with page requests",
        request: failing({ deviceOwnFaults: true }),
        expect: { "ATT-8": "holds", "ATT-17": "holds" },
      },
      {
        label: "every device",
        request: failing({ deviceOwnFaults: true, iopfEnabledFor: "every-device" }),
        expect: { "ATT-17": "violated" },
      },
      {
        label: "every device on the way back",
        request: failing({ deviceOwnFaults: true, iopfEnabledFor: "every-device-on-unwind" }),
        expect: { "ATT-8": "violated", "ATT-17": "holds" },
      },
    ],
    chart: { run: 2, property: "ATT-8" },
  },
  {
    id: "attach-way-back",
    question: "What has to be undone when turning on page faults fails in the middle of an attach?",
    askedBy: "iommu/arm-smmu-v3: Revert vmaster in the error path",
    rows: [],
    given:
      "An attach that gets a reference, prepares the driver's state, and turns page faults on, each of which may fail.",
    when: "it fails.",
    answer:
      "All of it, the latest first. State that stays names a table that may be destroyed; a reference that stays keeps it for ever; a lock that stays ends everything.",
    evidence: { kind: "verified", where: "IOPF core facts B29" },
    runs: [
      {
        label: "all is undone",
        request: failing(),
        expect: { "ATT-4": "holds", "ATT-5": "witnessed", "ATT-16": "holds", "ATT-19": "holds" },
      },
      {
        label: "the state stays",
        request: failing({ attachUnwind: "keeps-state" }),
        expect: { "ATT-4": "violated", "ATT-14": "violated" },
      },
      {
        label: "the reference stays",
        request: failing({ attachUnwind: "keeps-reference" }),
        expect: { "ATT-16": "violated" },
      },
      {
        label: "the lock stays",
        request: failing({ attachUnwind: "keeps-lock" }),
        expect: { "ATT-19": "violated", "LCK-10": "violated" },
      },
    ],
    chart: { run: 1, property: "ATT-14" },
  },
  {
    id: "pasid-detach-unattached",
    question: "The attach of a PASID fails at the second device of a group: from which devices is it detached?",
    askedBy: "iommu: Undo pasid attachment only for the devices that have succeeded, b025dea63cde",
    rows: [],
    given:
      "A core that detaches all, or those that had it; a driver that drops the domain's count always, or if it finds the PASID.",
    when: "the attach fails half way.",
    answer:
      "From those that had it. Otherwise a driver that does not look drops a reference that it never took; either of the two checks is enough.",
    evidence: {
      kind: "verified",
      where: "Linux b025dea63cde and the warning in intel_iommu_remove_dev_pasid(); IOPF core facts B45",
    },
    runs: [
      {
        label: "the core asks",
        request: failing({ attachesPasid: true, pasidRemoval: "always" }),
        expect: { "ATT-3": "holds", "ATT-8": "holds" },
      },
      {
        label: "the driver asks",
        request: failing({ attachesPasid: true, pasidRevert: "every-device" }),
        expect: { "ATT-3": "holds", "ATT-8": "holds" },
      },
      {
        label: "nobody asks",
        request: failing({ attachesPasid: true, pasidRevert: "every-device", pasidRemoval: "always" }),
        expect: { "ATT-3": "violated", "ATT-8": "violated" },
      },
    ],
    chart: { run: 2, property: "ATT-8" },
  },
];
