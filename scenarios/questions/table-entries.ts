/** Questions about the entry of a device in the tables of its IOMMU. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

type Set = Parameters<typeof study>[2];
const entry = (set: Set = {}, host = "intended") => study("table-entries", host, set);
const platform = (set: Set = {}) => entry({ deviceHasAts: false, entryTables: 2, ...set });

export const tableEntriesScenarios: readonly Scenario[] = [
  {
    id: "pasid-entry-zeroed",
    question: "May a PASID entry be zeroed before its caches are invalidated?",
    askedBy: "iommu/vt-d: Clear Present bit before tearing down PASID entry",
    rows: [],
    given: "An entry of several words; hardware reads one word at a time.",
    when: "the entry is removed while hardware reads it.",
    answer:
      "No. Hardware has read that the entry is present, and reads the rest as zero. The driver must clear Present only, then invalidate, which waits for reads that have begun, and then zero the rest.",
    evidence: {
      kind: "verified",
      where: "Linux intel/pasid.c; IOPF core facts B38 (a PASID entry was cleared while hardware read it)",
    },
    runs: [
      {
        label: "clear Present, invalidate, zero",
        request: entry(),
        expect: { "ENT-1": "holds", "ENT-2": "witnessed" },
      },
      { label: "zero, invalidate", request: entry({ entryDetach: "zero-first" }), expect: { "ENT-1": "violated" } },
    ],
    chart: { run: 1, property: "ENT-1" },
  },
  {
    id: "entry-replaced-in-place",
    question: "Can an entry be changed to another page table while it is present?",
    askedBy: "IOPF core facts, 2.1 and B38 (a PASID entry was cleared while hardware read it)",
    rows: [],
    given: "A device is moved from one page table to another.",
    when: "hardware reads the entry at the same time.",
    answer:
      "Not word by word: hardware can take the page table from one version of the entry and another field from the other. In the model the entry must be non-present and invalidated in between.",
    evidence: { kind: "shown" },
    runs: [
      { label: "not present in between", request: entry({ entryTables: 2 }), expect: { "ENT-1": "holds" } },
      {
        label: "changed in place, word by word",
        request: entry({ entryTables: 2, entryReplace: "in-place" }),
        expect: { "ENT-1": "violated" },
      },
    ],
    chart: { run: 1, property: "ENT-1" },
  },
  {
    id: "cache-tags-after-ats",
    question: "Why must the cache tags of a device be removed before its ATS is disabled?",
    askedBy: "iommu/vt-d: Remove cache tags before disabling ATS",
    rows: [],
    given: "A driver that removes the device-TLB tag only if ATS is enabled.",
    when: "ATS is disabled first.",
    answer:
      "Otherwise the tag stays on the page table. The next flush sends an invalidation to a device that does not complete it, or follows the tag after the device or the page table is freed. That the device does not complete it is a choice of the model (deviceWithoutAts=silent). PCIe requires a function to complete invalidations even with ATS disabled. A device that answers Unsupported Request ends the wait and keeps its cache (H35: a device that refuses invalidations).",
    evidence: {
      kind: "derived",
      where:
        "IOPF core facts B39 (caches stayed tagged with a domain that was gone); hardware facts H35 (a device refuses an invalidation, and that counts as done)",
    },
    runs: [
      {
        label: "tags first, then ATS",
        request: entry(),
        expect: { "ENT-5": "holds", "ENT-9": "holds", "ENT-13": "holds" },
      },
      {
        label: "ATS first, then tags",
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
    given:
      "An unmap that does not take the lock of attach and detach, as in iommufd, and a device that continues its DMA.",
    when: "the cache tags are assigned after the entry is present, or removed before it is cleared.",
    answer:
      "Yes. Hardware can cache a translation while no tag exists; the unmap then flushes nothing, and the page is freed before the entry is invalidated. In the model nothing is missed if the tags exist from before the entry is present until after its invalidation. VT-d in 6.12.117 removes them too early on all three paths: device_block_translation(), for paging and nested domains of the RID, and intel_iommu_remove_dev_pasid(), for PASIDs, both before intel_pasid_tear_down_entry(). Only a paging domain of the RID also gets them too late (dmar_domain_attach_device()). intel_iommu_set_dev_pasid(), intel_svm_set_dev_pasid() and intel_nested_attach_dev() assign them before the entry is written.",
    evidence: {
      kind: "verified",
      where:
        "Linux 6.12.117 dmar_domain_attach_device(), device_block_translation(), intel_iommu_set_dev_pasid(), intel_iommu_remove_dev_pasid(), intel_nested_attach_dev()",
    },
    runs: [
      {
        label: "tags before the entry and until after its invalidation",
        request: entry(),
        expect: { "ENT-10": "holds", "ENT-11": "witnessed" },
      },
      {
        label: "tags removed first",
        request: entry({ entryDetach: "tags-first" }),
        expect: { "ENT-10": "violated", "ENT-13": "holds" },
      },
      { label: "tags assigned last", request: entry({ entryAttach: "tags-last" }), expect: { "ENT-10": "violated" } },
      { label: "6.12, by RID", request: entry({}, "linux-6.12.117"), expect: { "ENT-10": "violated" } },
      {
        label: "6.12, by RID, if a detach removed the tags last",
        request: entry({ entryDetach: "standard" }, "linux-6.12.117"),
        expect: { "ENT-10": "violated" },
      },
      { label: "6.12, by PASID", request: entry({}, "linux-6.12.117-pasid"), expect: { "ENT-10": "violated" } },
      {
        label: "6.12, by PASID, if a detach removed the tags last",
        request: entry({ entryDetach: "standard" }, "linux-6.12.117-pasid"),
        expect: { "ENT-10": "holds" },
      },
      { label: "6.12, nested", request: entry({}, "linux-6.12.117-nested"), expect: { "ENT-10": "violated" } },
      {
        label: "6.12, nested, if a detach removed the tags last",
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
    question: "What does the drain of page requests do to a device whose ATS is already disabled?",
    askedBy: "Linux 6.12.117, intel_iommu_drain_pasid_prq()",
    rows: [],
    given: "VT-d, and a device with PRI whose page table is detached.",
    when: "ATS is disabled, the entry is torn down, and the page requests are drained.",
    answer:
      "It sends a device-TLB invalidation to the device, and waits for ever if the device does not complete it. device_block_translation() calls iommu_disable_pci_caps(), which disables ATS and leaves pri_enabled set. intel_pasid_tear_down_entry() then calls intel_iommu_drain_pasid_prq(), which checks pri_enabled only and submits the invalidation. If the device does not complete it, hardware reports a time-out (ITE), qi_check_fault() returns -EAGAIN while the device is present, and qi_submit_sync() submits it again without a bound, with interrupts mostly off. PCIe requires a function to complete invalidations even while its ATS is disabled (hardware facts 1.2), which ends the wait; a function in reset, in low power or at fault does not. By PASID ATS is still enabled. 6.1 does not do this: intel_pasid_tear_down_entry() has no drain there, and only intel_svm_unbind_mm() calls intel_svm_drain_prq(). Two changes avoid it in the model: the drain checks ats_enabled, as devtlb_invalidation_with_pasid() does, or ATS is disabled last.",
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
        label: "6.12, by RID, if the drain checked ats_enabled",
        request: entry({ deviceHasPri: true, drainInvalidates: "with-ats" }, "linux-6.12.117"),
        expect: { "ENT-18": "holds", "ENT-19": "holds" },
      },
      {
        label: "6.12, by PASID",
        request: entry({ deviceHasPri: true }, "linux-6.12.117-pasid"),
        expect: { "ENT-18": "holds", "ENT-19": "holds" },
      },
      {
        label: "ATS disabled last",
        request: entry({ deviceHasPri: true, drainInvalidates: "always" }),
        expect: { "ENT-18": "holds", "ENT-19": "holds" },
      },
    ],
    chart: { run: 0, property: "ENT-19" },
  },
  {
    id: "stall-settings-per-stage",
    question: "Is it enough to configure stalls for the first stage of an SMMU that always stalls?",
    askedBy: "iommu/arm-smmu-v3: Match Stall behaviour for S2",
    rows: [],
    given: "An SMMU that stalls when configured, always, or never, and page tables of either stage.",
    when: "the settings of a stage do not match what the SMMU does.",
    answer:
      "No. On an SMMU that always stalls, an entry of either stage that does not say so is ILLEGAL. On one that never stalls, an entry that asks for stalls is ILLEGAL. The device is then never translated.",
    evidence: {
      kind: "verified",
      where: "Linux arm-smmu-v3.c; IOPF core facts B40 (stalling was set for one stage only)",
    },
    runs: [
      {
        label: "always stalls, set for both stages",
        request: platform({ stallModel: "forced" }),
        expect: { "ENT-3": "holds", "ENT-15": "holds" },
      },
      {
        label: "always stalls, set for the first stage only",
        request: platform({ stallModel: "forced", stallSettings: "first-stage-only" }),
        expect: { "ENT-3": "violated", "ENT-15": "violated" },
      },
      {
        label: "never stalls, set for both stages",
        request: platform({ stallModel: "terminate-only", stallSettings: "always" }),
        expect: { "ENT-3": "violated" },
      },
    ],
    chart: { run: 1, property: "ENT-3" },
  },
];
