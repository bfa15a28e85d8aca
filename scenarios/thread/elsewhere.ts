/** What a reader of the thread may look for and this project does not answer, or only in part. */

export interface Elsewhere {
  /** What somebody would search for. */
  readonly words: readonly string[];
  /** One sentence. */
  readonly sentence: string;
  /** Where it is discussed. */
  readonly where: string;
  /** Scenarios that answer a part. */
  readonly see?: readonly string[];
}

export const elsewhere: readonly Elsewhere[] = [
  {
    words: ["latency", "time per fault", "microseconds"],
    sentence: "A machine has no times; in numbers.md its steps have times as data, and most are assumed.",
    where: "M1 (to do: measure), M2; figures of the author in his RFC v2 of 2021-03-09",
    see: ["look-ups-per-fault"],
  },
  {
    words: ["bandwidth", "throughput", "IOPS", "performance"],
    sentence: "The author's table is predicted in numbers.md: host SVA within 1 point, and VFIO only in part.",
    where: "M2, M9; RFC v2, cover letter",
    see: ["cold-start"],
  },
  {
    words: ["boot time", "start-up", "ramp-up", "warm-up"],
    sentence: "Each page faults once; numbers.md has the ramp-up of 2 MB, and not that of a guest that boots.",
    where: "M2; Alex Williamson's review of RFC v3, 2021-05-24",
    see: ["cold-start", "what-pinning-costs"],
  },
  {
    words: ["density", "overcommit", "memory saved"],
    sentence:
      "The page docs/numbers.md has how many guests fit under each policy and at which throughput, with times that are assumed.",
    where: "Alex Williamson's review of RFC v3, 2021-05-24",
    see: ["what-pinning-costs", "alternatives-to-faults"],
  },
  {
    words: ["huge page", "superpage", "THP", "2M"],
    sentence: "Every page has one size; only an entry that covers two pages is modelled, for unmap and pre-mapping.",
    where: "M3 (pre-pin more pages); Alex Williamson's review of RFC v3, 2021-05-18",
    see: ["unmap-takes-a-superpage", "pre-pin-more-pages"],
  },
  {
    words: ["silent guest", "guest that never answers", "time-out"],
    sentence:
      "Nothing answers a group for a silent guest until a teardown does; a time limit is a knob that no kernel has (groupTimeout).",
    where: "M7 (recall); iommufd, fault.c",
    see: ["silent-guest", "silent-user", "teardown-of-silent-user", "virtual-queue-overflow"],
  },
  {
    words: ["PASID", "SSID", "scalable mode"],
    sentence:
      "A device has several PASIDs with pasids=2, all with one page table; other tables are in focused models only.",
    where: "nowhere in the thread; PCIe 6.0, section 10.4",
    see: ["index-shared-by-pasids", "one-index-in-two-address-spaces", "late-fault-next-owner", "pasid-entry-zeroed"],
  },
  {
    words: ["SVA", "bind", "shared virtual addressing"],
    sentence: "SVA appears as a second consumer of faults and as an unbind; its own page tables are not modelled.",
    where: "M1, M2, M4",
    see: ["reuse-the-iopf-handler", "one-slow-consumer", "exit-before-unbind"],
  },
  {
    words: ["live migration", "postcopy", "userfaultfd"],
    sentence: "Of migration only the dirty log is modelled; a destination that faults on pages not yet sent is not.",
    where: "M12, M18 (dirty scope)",
    see: ["dirty-log-with-faults", "scope-of-pinned-pages"],
  },
  {
    words: ["balloon", "virtio-mem", "discard"],
    sentence: "A discard under a locked-down page is modelled; a balloon driver as a policy is not.",
    where: "M1, reference [2] (coIOMMU)",
    see: ["balloon-under-a-lockdown"],
  },
  {
    words: ["confidential guest", "guest_memfd", "TDX", "SEV"],
    sentence: "All guest memory can be pinned with get_user_pages(); private memory is not modelled.",
    where: "nowhere in the thread",
  },
  {
    words: ["peer-to-peer", "P2P", "BAR", "MMIO", "DMABUF"],
    sentence:
      "Memory without struct page is modelled where drivers pin it and where a batch ends in it, and no DMA to it.",
    where: "nowhere in the thread",
    see: ["a-driver-pins-mmio", "batch-with-mmio"],
  },
  {
    words: ["NUMA", "KSM", "compaction", "page migration"],
    sentence: "The host moves, copies and frees pages; why it does is not modelled.",
    where: "M1 (MMU notifier)",
    see: ["the-device-follows"],
  },
  {
    words: ["KVM", "EPT", "shared page table"],
    sentence: "A page table that KVM and the IOMMU share is not modelled.",
    where: "RFC of Yan Zhao, 2023-12-02",
  },
  {
    words: ["VF", "SR-IOV", "PF driver"],
    sentence: "A hint of the PF driver is modelled; a PRI interface that VFs share is not the default.",
    where: "M6",
    see: ["hint-of-the-pf-driver", "failure-is-for-the-interface"],
  },
  {
    words: ["fairness", "scheduling", "priority", "noisy neighbour"],
    sentence: "Steps may be assumed fair; how long one guest waits for another is not known.",
    where: "Jean-Philippe Brucker, 2021-03-23",
    see: ["one-slow-consumer", "faults-under-load"],
  },
  {
    words: ["interrupt", "MSI", "posted interrupts"],
    sentence: "An interrupt wakes a thread in one step; interrupt remapping is not modelled.",
    where: "nowhere in the thread",
  },
  {
    words: ["many devices", "scale", "hundreds of guests"],
    sentence: "A search has one to three devices and one to four pages; nothing is claimed for more.",
    where: "M7, M8 (how common selective faulting becomes)",
  },
];
