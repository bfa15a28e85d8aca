/** Questions about whom an unmap tells, while devices, aliases and PASIDs come and go. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

type Set = Parameters<typeof study>[2];
const unmap = (set: Set = {}, host = "intended") => study("invalidation-list", host, { attachesPasid: false, ...set });
const PASID = { attachesPasid: true } as const;
const HANGS = { atcAnswers: false } as const;
const RESETS = { atcAnswers: false, deviceResets: true } as const;
const SERIES = "series 'Quarantine device upon ATC invalidation timeout', 2026";

export const invalidationListScenarios: readonly Scenario[] = [
  {
    id: "list-read-before-iotlb",
    question: "May an unmap read whom to tell before it has invalidated the IOTLB?",
    askedBy: "arm_smmu_domain_inv_range() of 7.3.4, beside arm_smmu_atc_inv_domain() of 6.12.117",
    rows: [],
    given:
      "Two devices with ATS use one page table, and their translations share a tag of the IOTLB. An unmap takes no lock of attach.",
    when: "the second device is attached between the load of the array and the invalidation of the IOTLB.",
    answer:
      "Only if an attach waits for the reader. 7.3.4 loads the array first: the barrier before the load covers a walk of the page table, and not a hit in the IOTLB, where the first device has left the page. A Translation Request of the second device hits there, its ATC is filled, and the unmap invalidates the ATC of the first device alone. 6.12.117 invalidates the IOTLB before it reads the count and the list, and misses the device in another way: arm_smmu_atc_inv_domain() passes over it until arm_smmu_attach_commit() has set master->ats_enabled, after ATS is on. In VT-d and AMD the flush holds the lock of the list, which answers this question alone: both miss an ATC in another way (unmap-during-detach, atc-over-a-detach).",
    evidence: {
      kind: "verified",
      where:
        "Linux 7.3.4 arm_smmu_domain_inv_range(), arm_smmu_install_new_domain_invs(); Linux 6.12.117 arm_smmu_atc_inv_domain(), arm_smmu_tlb_inv_range_domain(); by reading, not on hardware",
    },
    runs: [
      {
        label: "the lock is held until all is told",
        request: unmap(),
        expect: { "INV-1": "holds", "INV-2": "witnessed" },
      },
      { label: "SMMUv3 of 7.3.4", request: unmap({}, "linux-7.3.4-smmuv3"), expect: { "INV-1": "violated" } },
      {
        label: "SMMUv3 of 7.3.4, if the IOTLB came first",
        request: unmap({ unmapOrder: "iotlb-first" }, "linux-7.3.4-smmuv3"),
        expect: { "INV-1": "holds" },
      },
      {
        label: "if a detach waited for a grace period",
        request: unmap({ listFence: "grace-period" }),
        expect: { "INV-1": "violated" },
      },
      { label: "SMMUv3 of 6.12.117", request: unmap({}, "linux-6.12.117-smmuv3"), expect: { "INV-1": "violated" } },
      {
        label: "SMMUv3 of 6.12.117, if the flag were set before ATS is on",
        request: unmap({ attachOrder: "listed-first" }, "linux-6.12.117-smmuv3"),
        expect: { "INV-1": "holds" },
      },
    ],
    chart: { run: 1, property: "INV-1" },
  },
  {
    id: "atc-over-a-detach",
    question: "May a driver detach a device and leave its ATC as it is, if ATS is off?",
    askedBy: "attach_device() and detach_device() of 7.3.4 (AMD)",
    rows: [],
    given:
      "An ATC keeps what it holds while ATS is off. The IOMMU uses no translated request while the entry of the device or its ATS is off.",
    when: "a page is unmapped after the detach, and the device is attached to the same page table again.",
    answer:
      "Only if the next attach invalidates the ATC before it turns ATS on. AMD does not: detach_device() turns ATS off first, so that device_flush_dte() and amd_iommu_domain_flush_all() leave the ATC out; attach_device() turns ATS on, and then device_flush_dte() invalidates the ATC after the entry was written. Between the two the device can reach the page that was freed. SMMUv3 invalidates the ATC at both ends.",
    evidence: {
      kind: "derived",
      where:
        "Linux 7.3.4 attach_device(), detach_device(), pdev_disable_caps(), amd_iommu_update_dte(), device_flush_dte(); by reading, not on hardware: a device that drops its ATC with the enable bit is safe",
    },
    runs: [
      {
        label: "AMD of 7.3.4",
        request: unmap({}, "linux-7.3.4-amd"),
        expect: { "INV-1": "violated", "INV-2": "witnessed", "INV-5": "holds" },
      },
      {
        label: "AMD, if the attach invalidated the ATC before ATS is on",
        request: unmap({ attachOrder: "listed-first" }, "linux-7.3.4-amd"),
        expect: { "INV-1": "holds" },
      },
      {
        label: "AMD, if the detach invalidated the ATC",
        request: unmap({ detachOrder: "unlisted-last" }, "linux-7.3.4-amd"),
        expect: { "INV-1": "holds" },
      },
    ],
    chart: { run: 0, property: "INV-1" },
  },
  {
    id: "fence-of-a-replaced-array",
    question: "Can an ATC invalidation reach a device after its detach has returned?",
    askedBy: "arm_smmu_domain_inv_range() of 7.3.4, which says that none can",
    rows: [],
    given:
      "In 7.3.4 an unmap holds the rwlock of the array that it reads, and a detach takes that of the array that is published. An attach publishes a new array.",
    when: "a PASID or another device is attached while an unmap reads, and then the first one is detached.",
    answer:
      "Yes. The detach takes the lock of the new array, which the unmap does not hold, and returns; the unmap goes on with the former array, in which the device still has a user. 6.12.117 has no such fence at all: it submits what it has made under the lock. A detach that waits for all readers, by a grace period or one lock, ends it.",
    evidence: {
      kind: "verified",
      where:
        "Linux 7.3.4 arm_smmu_invs_unref(), arm_smmu_invs_alloc(), arm_smmu_install_new_domain_invs(); by reading, not on hardware",
    },
    runs: [
      {
        label: "7.3.4, with two that come and go",
        request: unmap(PASID, "linux-7.3.4-smmuv3"),
        expect: { "INV-5": "violated", "INV-6": "witnessed" },
      },
      { label: "7.3.4, with one", request: unmap({}, "linux-7.3.4-smmuv3"), expect: { "INV-5": "holds" } },
      {
        label: "7.3.4, if a detach waited for a grace period",
        request: unmap({ ...PASID, listFence: "grace-period" }, "linux-7.3.4-smmuv3"),
        expect: { "INV-5": "holds" },
      },
      { label: "6.12.117", request: unmap({}, "linux-6.12.117-smmuv3"), expect: { "INV-5": "violated" } },
    ],
    chart: { run: 0, property: "INV-5" },
  },
  {
    id: "alias-in-the-context-cache",
    question: "By which source id does a detach invalidate the context entry of a DMA alias?",
    askedBy: "CVE-2026-90240",
    rows: [],
    given: "A device with a DMA alias: each has a context entry, and the context cache keeps both.",
    when: "the device is detached.",
    answer:
      "By that of the alias. VT-d used the source id of the device for each, so that the copy of the alias's entry stayed, and requests of the alias went on using the page table after the detach.",
    evidence: { kind: "verified", where: "Linux 7.3.4 domain_context_clear_one(), intel_context_flush_no_pasid()" },
    runs: [
      {
        label: "that of the alias",
        request: unmap({ deviceHasAlias: true }),
        expect: { "INV-3": "holds", "INV-4": "witnessed" },
      },
      {
        label: "that of the device",
        request: unmap({ deviceHasAlias: true, aliasFlush: "device-id" }),
        expect: { "INV-3": "violated" },
      },
      { label: "without an alias", request: unmap({ aliasFlush: "device-id" }), expect: { "INV-3": "holds" } },
    ],
    chart: { run: 1, property: "INV-3" },
  },
  {
    id: "count-of-devices-with-ats",
    question: "What goes wrong if a device leaves a page table, and its new state of ATS decides over the old count?",
    askedBy: "685ca577b408",
    rows: [],
    given: "nr_ats_masters counts the devices with ATS of a page table, and an unmap skips ATCs where it is 0.",
    when: "a device that is attached without ATS moves to a page table where it has ATS.",
    answer:
      "The count drops although the device was not in it. With one other device it is 0, the unmap skips the ATC of that device, and the page is freed while it is there. By the old state the count stays right.",
    evidence: { kind: "verified", where: "Linux 6.12.117 arm_smmu_attach_commit(), arm_smmu_remove_master_domain()" },
    runs: [
      {
        label: "by the old state",
        request: unmap({ atsVaries: true, skipsAtc: "count-zero" }),
        expect: { "INV-1": "holds", "INV-9": "holds" },
      },
      {
        label: "by the new state",
        request: unmap({ atsVaries: true, skipsAtc: "count-zero", countDrops: "new-state" }),
        expect: { "INV-1": "violated", "INV-9": "violated" },
      },
      {
        label: "by the new state, if nothing is skipped",
        request: unmap({ atsVaries: true, countDrops: "new-state" }),
        expect: { "INV-1": "holds", "INV-9": "violated" },
      },
    ],
    chart: { run: 1, property: "INV-1" },
  },
  {
    id: "quarantine-by-a-worker",
    question: "After an ATC invalidation has timed out, may a worker block the device later?",
    askedBy: SERIES,
    rows: [],
    given: "A device stops completing ATC invalidations while its ATC holds a page.",
    when: "that page is unmapped.",
    answer:
      "No: the unmap returns before the worker has run, and the device reaches the page after it was freed. ATS has to be off in the entry before the unmap returns. In 6.1.192, 6.12.117 and 7.3.4 SMMUv3 repeats the CMD_SYNC, which completes without the invalidation, and blocks nothing.",
    evidence: { kind: "verified", where: "__arm_smmu_cmdq_skip_err() of 6.1.192, 6.12.117 and 7.3.4" },
    runs: [
      {
        label: "ATS is turned off at once",
        request: unmap(HANGS),
        expect: { "INV-1": "holds", "INV-12": "witnessed" },
      },
      {
        label: "a worker is told",
        request: unmap({ ...HANGS, timeoutDoes: "reports" }),
        expect: { "INV-1": "violated" },
      },
      { label: "SMMUv3 today", request: unmap({ ...HANGS, timeoutDoes: "ignored" }), expect: { "INV-1": "violated" } },
      {
        label: "VT-d submits again",
        request: unmap({ ...HANGS, timeoutDoes: "retries" }),
        expect: { "INV-1": "holds", "INV-10": "violated" },
      },
    ],
    chart: { run: 1, property: "INV-1" },
  },
  {
    id: "attach-beside-a-quarantine",
    question: "Does a driver need a mark on a broken device, so that an attach under way does not turn ATS on again?",
    askedBy: "review of v4 11/24 of the series on quarantine, linux-arm-kernel, 2026-05-19",
    rows: [],
    given:
      "A time-out clears STE.EATS. An attach that moves the device has begun before, and writes an entry with ATS; then it invalidates the ATC, which times out again.",
    when: "the device still has a page that was freed.",
    answer:
      "Yes. If the time-out clears only the entry, the attach under way is enough: the device reaches the freed page until the second time-out. If ATS is disabled in the device, too, it takes two later attaches: one enables ATS again behind its own time-out, as arm_smmu_enable_ats() does, and the next one writes an entry with ATS.",
    evidence: {
      kind: "derived",
      where: "the order of arm_smmu_attach_prepare(), arm_smmu_attach_commit() and arm_smmu_enable_ats() in 7.3.4",
    },
    runs: [
      {
        label: "ATS off in the device, no mark",
        request: unmap({ ...HANGS, atsVaries: true, brokenAttach: "as-usual" }),
        expect: { "INV-1": "violated" },
      },
      {
        label: "only the entry, no mark",
        request: unmap({ ...HANGS, atsVaries: true, timeoutDoes: "clears-eats", brokenAttach: "as-usual" }),
        expect: { "INV-1": "violated" },
      },
      {
        label: "only the entry, and a mark",
        request: unmap({ ...HANGS, atsVaries: true, timeoutDoes: "clears-eats" }),
        expect: { "INV-1": "holds" },
      },
      {
        label: "an attach does not see its own time-out",
        request: unmap({ ...HANGS, attachNotices: false }),
        expect: { "INV-1": "violated" },
      },
    ],
    chart: { run: 1, property: "INV-1" },
  },
  {
    id: "way-out-of-a-quarantine",
    question: "How does a device come back whose ATC has not answered?",
    askedBy: SERIES,
    rows: [],
    given:
      "pci_dev_reset_iommu_prepare() takes it out of its page tables, and pci_dev_reset_iommu_done() puts it back.",
    when: "the reset succeeds, or fails.",
    answer:
      "By a reset that succeeds: it empties the ATC, ends the mark, and attaches the device with ATS. 7.3.4 calls pci_dev_reset_iommu_done() after a reset that has failed, too (pcie_flr()), and then the device is in its page tables again. If the mark outlives the reset, the device never has ATS again.",
    evidence: {
      kind: "verified",
      where: "Linux 7.3.4 pcie_flr(), pci_dev_reset_iommu_prepare(), pci_dev_reset_iommu_done()",
    },
    runs: [
      {
        label: "after a reset that succeeds",
        request: unmap(RESETS),
        expect: { "INV-1": "holds", "INV-13": "holds", "INV-16": "holds", "INV-15": "witnessed" },
      },
      {
        label: "after every reset",
        request: unmap({ ...RESETS, resetRestores: "always" }),
        expect: { "INV-1": "holds", "INV-16": "violated" },
      },
      {
        label: "the mark stays",
        request: unmap({ ...RESETS, resetClears: false }),
        expect: { "INV-13": "violated" },
      },
      {
        label: "SMMUv3 of 7.3.4",
        request: unmap(RESETS, "linux-7.3.4-smmuv3"),
        expect: { "INV-1": "violated", "INV-16": "violated" },
      },
    ],
    chart: { run: 1, property: "INV-16" },
  },
];
