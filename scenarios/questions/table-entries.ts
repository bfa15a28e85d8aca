/** Questions about the entry of a device in the tables of its IOMMU. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

type Set = Parameters<typeof study>[2];
const entry = (set: Set = {}, host = "intended") => study("table-entries", host, set);
const platform = (set: Set = {}) => entry({ deviceHasAts: false, entryTables: 2, ...set });

export const tableEntriesScenarios: readonly Scenario[] = [
  {
    id: "pasid-entry-zeroed",
    question: "May a PASID entry be zeroed first, and its caches be invalidated after?",
    askedBy: "iommu/vt-d: Clear Present bit before tearing down PASID entry",
    rows: [],
    given: "An entry of several words, of which hardware reads one at a time.",
    when: "the entry is taken away while hardware is in the middle of it.",
    answer:
      "No: hardware has read that the entry is present, and reads the rest as zero. Clearing Present alone, then invalidating, which waits for reads that have begun, leaves nobody who could see half of it; the rest may be zeroed then.",
    evidence: { kind: "verified", where: "Linux intel/pasid.c; IOPF core facts B38" },
    runs: [
      { label: "Present, invalidate, zero", request: entry(), expect: { "ENT-1": "holds", "ENT-2": "witnessed" } },
      { label: "zero, invalidate", request: entry({ entryDetach: "zero-first" }), expect: { "ENT-1": "violated" } },
    ],
    chart: { run: 1, property: "ENT-1" },
  },
  {
    id: "entry-replaced-in-place",
    question: "Can an entry be changed to another page table while it is present?",
    askedBy: "IOPF core facts, 2.1 and B38 (a PASID entry was cleared while hardware read it)",
    rows: [],
    given: "A device that is moved from one page table to another without a break.",
    when: "hardware reads the entry meanwhile.",
    answer:
      "Not word by word: it may take the page table from one version and what belongs to it from the other. It has to be not present, and invalidated, in between, or be written in one access.",
    evidence: { kind: "shown" },
    runs: [
      { label: "not present between", request: entry({ entryTables: 2 }), expect: { "ENT-1": "holds" } },
      {
        label: "in place",
        request: entry({ entryTables: 2, entryReplace: "in-place" }),
        expect: { "ENT-1": "violated" },
      },
    ],
    chart: { run: 1, property: "ENT-1" },
  },
  {
    id: "cache-tags-after-ats",
    question: "Why must the cache tags of a device be removed before its ATS is turned off?",
    askedBy: "iommu/vt-d: Remove cache tags before disabling ATS",
    rows: [],
    given: "A driver that removes the tag of the device's cache if its ATS is on.",
    when: "ATS is off by then.",
    answer:
      "Otherwise the tag is not looked for any more and stays on the page table: the next flush sends an invalidation to a device that does not accept it, or follows the tag when the device or the table is gone. That the device does not answer is a choice of the model (deviceWithoutAts=silent). PCIe has a function complete invalidations also with ATS off; a device that answers Unsupported Request ends the wait, and keeps its cache (H35: a device that refuses invalidations).",
    evidence: { kind: "derived", where: "IOPF core facts B39; hardware facts H35" },
    runs: [
      { label: "tags, ATS", request: entry(), expect: { "ENT-5": "holds", "ENT-9": "holds", "ENT-13": "holds" } },
      {
        label: "ATS, tags",
        request: entry({ entryDetach: "ats-off-first" }),
        expect: { "ENT-5": "violated", "ENT-6": "violated", "ENT-9": "violated", "ENT-13": "violated" },
      },
    ],
    chart: { run: 1, property: "ENT-9" },
  },
  {
    id: "unmap-during-detach",
    question: "Can an unmap miss the caches of a device that is being attached or detached?",
    askedBy: "IOPF core facts, 2.1: the order of device_block_translation() in 6.12",
    rows: [],
    given: "Unmapping without the lock under which page tables are attached, as in iommufd, and a device that goes on.",
    when: "the tags come after the entry is present, or go before it is taken away.",
    answer:
      "Yes: hardware may have the page in a cache while no tag says so, the unmap flushes nothing, and the page is given out before the entry is invalidated. With tags from before the entry is present until after its invalidation nothing is missed. VT-d in 6.12.117 drops them too early on all three paths: device_block_translation(), for paging and nested domains of the RID, and intel_iommu_remove_dev_pasid(), for PASIDs, both before intel_pasid_tear_down_entry(). Only a paging domain of the RID also gets them too late (dmar_domain_attach_device()); intel_iommu_set_dev_pasid(), intel_svm_set_dev_pasid() and intel_nested_attach_dev() assign them before the entry is written.",
    evidence: {
      kind: "verified",
      where:
        "Linux 6.12.117 dmar_domain_attach_device(), device_block_translation(), intel_iommu_set_dev_pasid(), intel_iommu_remove_dev_pasid(), intel_nested_attach_dev()",
    },
    runs: [
      { label: "tags around the entry", request: entry(), expect: { "ENT-10": "holds", "ENT-11": "witnessed" } },
      {
        label: "tags go first",
        request: entry({ entryDetach: "tags-first" }),
        expect: { "ENT-10": "violated", "ENT-13": "holds" },
      },
      { label: "tags come last", request: entry({ entryAttach: "tags-last" }), expect: { "ENT-10": "violated" } },
      { label: "6.12, by RID", request: entry({}, "linux-6.12.117"), expect: { "ENT-10": "violated" } },
      {
        label: "6.12, by RID, as if a detach dropped the tags last",
        request: entry({ entryDetach: "standard" }, "linux-6.12.117"),
        expect: { "ENT-10": "violated" },
      },
      { label: "6.12, by PASID", request: entry({}, "linux-6.12.117-pasid"), expect: { "ENT-10": "violated" } },
      {
        label: "6.12, by PASID, as if a detach dropped the tags last",
        request: entry({ entryDetach: "standard" }, "linux-6.12.117-pasid"),
        expect: { "ENT-10": "holds" },
      },
      { label: "6.12, nested", request: entry({}, "linux-6.12.117-nested"), expect: { "ENT-10": "violated" } },
      {
        label: "6.12, nested, as if a detach dropped the tags last",
        request: entry({ entryDetach: "standard" }, "linux-6.12.117-nested"),
        expect: { "ENT-10": "holds" },
      },
      {
        label: "a replace as in 6.12, by RID",
        request: entry({ entryTables: 2, entryReplace: "detach-then-attach" }),
        expect: { "ENT-1": "holds", "ENT-10": "violated" },
      },
      {
        label: "a replace as in 6.12, nested",
        request: entry({ entryTables: 2, entryReplace: "detach-then-tag", attachPath: "nested" }),
        expect: { "ENT-1": "holds", "ENT-10": "violated" },
      },
    ],
    chart: { run: 5, property: "ENT-10" },
  },
  {
    id: "drain-after-ats-off",
    question: "What does the drain of page requests do to a device whose ATS was turned off before?",
    askedBy: "Linux 6.12.117, intel_iommu_drain_pasid_prq()",
    rows: [],
    given: "VT-d, and a device with PRI, whose page table is detached.",
    when: "ATS is turned off, the entry is torn down, and the page requests are drained.",
    answer:
      "It sends a device-TLB invalidation to the device, and waits for ever if the device does not complete it. device_block_translation() calls iommu_disable_pci_caps(), which turns ATS off and leaves pri_enabled set. intel_pasid_tear_down_entry() then calls intel_iommu_drain_pasid_prq(), which looks at pri_enabled only and submits the invalidation. If the device does not complete it, hardware reports a time-out (ITE), qi_check_fault() returns -EAGAIN while the device is present, and qi_submit_sync() submits it again, without end and with interrupts mostly off. PCIe has a function complete invalidations also while its ATS is off (hardware facts 1.2), which ends the wait; a function in reset, in low power or at fault does not. By PASID ATS is still on. 6.1 does not do this, because its teardown of a RID never drains: intel_pasid_tear_down_entry() has no drain, and only intel_svm_unbind_mm() calls intel_svm_drain_prq(). A drain that looks at ats_enabled, as devtlb_invalidation_with_pasid() does, or ATS turned off last, avoids it.",
    evidence: {
      kind: "verified",
      where:
        "Linux 6.12.117 device_block_translation(), iommu_disable_pci_caps(), intel_iommu_drain_pasid_prq(), qi_check_fault(), qi_submit_sync(); 6.1.192 intel_pasid_tear_down_entry(), intel_svm_unbind_mm()",
    },
    runs: [
      {
        label: "6.12, by RID",
        request: entry({ deviceHasPri: true }, "linux-6.12.117"),
        expect: { "ENT-18": "violated", "ENT-19": "violated", "ENT-20": "witnessed" },
      },
      {
        label: "6.12, by RID, and a device that completes it",
        request: entry({ deviceHasPri: true, deviceWithoutAts: "completes" }, "linux-6.12.117"),
        expect: { "ENT-16": "holds", "ENT-18": "holds", "ENT-19": "violated" },
      },
      {
        label: "6.12, by RID, without PRI",
        request: entry({}, "linux-6.12.117"),
        expect: { "ENT-18": "holds" },
      },
      {
        label: "6.12, by RID, with a drain that looks at ATS",
        request: entry({ deviceHasPri: true, drainInvalidates: "with-ats" }, "linux-6.12.117"),
        expect: { "ENT-18": "holds", "ENT-19": "holds" },
      },
      {
        label: "6.12, by PASID",
        request: entry({ deviceHasPri: true }, "linux-6.12.117-pasid"),
        expect: { "ENT-18": "holds", "ENT-19": "holds" },
      },
      {
        label: "ATS off last",
        request: entry({ deviceHasPri: true, drainInvalidates: "always" }),
        expect: { "ENT-18": "holds", "ENT-19": "holds" },
      },
    ],
    chart: { run: 0, property: "ENT-19" },
  },
  {
    id: "stall-settings-per-stage",
    question: "An SMMU always stalls transactions that fault: is it enough to say so for the first stage?",
    askedBy: "iommu/arm-smmu-v3: Match Stall behaviour for S2",
    rows: [],
    given: "An SMMU that stalls if told so, always, or never, and page tables of either stage.",
    when: "the settings of a stage do not say what the SMMU does.",
    answer:
      "No: where it always stalls, an entry that does not say so is ILLEGAL, of whichever stage, and where it never does, one that says so; the device is never translated.",
    evidence: { kind: "verified", where: "Linux arm-smmu-v3.c; IOPF core facts B40" },
    runs: [
      {
        label: "always stalls, both stages say so",
        request: platform({ stallModel: "forced" }),
        expect: { "ENT-3": "holds", "ENT-15": "holds" },
      },
      {
        label: "always stalls, the first stage says so",
        request: platform({ stallModel: "forced", stallSettings: "first-stage-only" }),
        expect: { "ENT-3": "violated", "ENT-15": "violated" },
      },
      {
        label: "never stalls, both stages ask for it",
        request: platform({ stallModel: "terminate-only", stallSettings: "always" }),
        expect: { "ENT-3": "violated" },
      },
    ],
    chart: { run: 1, property: "ENT-3" },
  },
];
