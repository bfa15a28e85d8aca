/** Questions about ranges of addresses. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

const ranges = (set: Parameters<typeof study>[2] = {}, host = "intended") => study("address-ranges", host, set);

export const addressRangesScenarios: readonly Scenario[] = [
  {
    id: "map-at-the-top",
    question: "What do DMA_MAP and DMA_UNMAP do with a range that ends at the top of the address space?",
    askedBy: "VFIO facts, B-19 (fixed in Linux in 2025-11)",
    rows: [],
    given: "A range, to map or to unmap, whose last address is 2^64-1.",
    when: "vfio_find_dma() and the unmap loop compare with iova + size, which wraps to 0.",
    answer:
      "DMA_MAP creates the mapping, and then no look-up finds it. DMA_UNMAP reports success and 0 bytes, and the device still reaches the pages. A second mapping can overlap the first, and a fault in it would be refused. A range to the top that also covers other mappings behaves the same. Fixing the look-up alone is not enough: the loop in the unmap ends before it begins, and leaves translated what it has unlinked. With comparisons by last address and a counted loop the model shows none of this. DMA_MAP reaches the top only where vfio_iommu_iova_dma_valid() allows it: where the aperture ends at 2^64-1, or in a container with mediated devices only, whose list of valid ranges is empty. In 6.12.117 such apertures are, among others, those of AMD page tables v1 (dma_max_address()), of a virtio-iommu without an input range or with one that ends there, of arm-smmu (SMMUv2) with IO_PGTABLE_QUIRK_ARM_TTBR1, and of Exynos. VT-d and SMMUv3 have lower apertures: DMA_MAP returns -EINVAL, and only a DMA_UNMAP to the top still reports success and 0 bytes for the mappings in its range. UNMAP_ALL and the release of the container are not modelled.",
    evidence: {
      kind: "derived",
      where:
        "VFIO facts, B-19 (a mapping that ends at 2^64 is not found); Linux 6.12.117, vfio_iommu_iova_dma_valid(), vfio_iommu_aper_resize(), vfio_dma_do_unmap(), dma_max_address()",
    },
    runs: [
      {
        label: "compares last addresses",
        request: ranges({ mappingsMost: 2, memoryLayout: "ram" }),
        expect: { "RNG-7": "holds", "RNG-8": "holds", "RNG-9": "witnessed", "RNG-10": "holds", "RNG-13": "holds" },
      },
      {
        label: "compares iova + size (6.12.117)",
        request: ranges({ mappingsMost: 2, memoryLayout: "ram" }, "linux-6.12.117"),
        expect: { "RNG-7": "violated", "RNG-8": "violated", "RNG-10": "violated", "RNG-13": "violated" },
      },
      {
        label: "compares iova + size, the aperture ends lower",
        request: ranges({ mappingsMost: 2, memoryLayout: "ram", aperture: "below-the-top" }, "linux-6.12.117"),
        expect: { "RNG-7": "violated", "RNG-8": "violated", "RNG-10": "holds", "RNG-13": "holds" },
      },
      {
        label: "compares last addresses, the aperture ends lower",
        request: ranges({ mappingsMost: 2, memoryLayout: "ram", aperture: "below-the-top" }),
        expect: { "RNG-7": "holds", "RNG-8": "holds", "RNG-9": "witnessed", "RNG-10": "holds" },
      },
      {
        label: "compares iova + size, with page faults",
        request: ranges({ rangeEnd: "wraps", rangeFaults: true }),
        expect: { "RNG-31": "violated" },
      },
      {
        label: "only the unmap loop compares iova + size",
        request: ranges({ unmapWalk: "below-end", memoryLayout: "ram" }),
        expect: { "RNG-7": "holds", "RNG-8": "violated", "RNG-13": "violated" },
      },
    ],
    chart: { run: 1, property: "RNG-7" },
  },
  {
    id: "loop-to-the-last-address",
    question: "Is it enough to compare with the last address in every loop over a range?",
    askedBy: "VFIO facts, B-19 (a mapping that ends at 2^64 is not found)",
    rows: [],
    given: "The loop of an unmap continues while the next address is not above the last one.",
    when: "the last page ends at the top of the address space, so that the next address wraps to 0.",
    answer:
      "No. The loop never ends and holds iommu->lock, and every fault waits for it. The loop must count pages, or test for the last page before it adds.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "the loop counts pages",
        request: ranges({ rangeFaults: true }),
        expect: { "RNG-14": "holds", "RNG-33": "holds" },
      },
      {
        label: "the loop compares addresses",
        request: ranges({ unmapWalk: "compared", rangeFaults: true }),
        expect: { "RNG-14": "violated", "RNG-33": "violated", "LCK-10": "violated" },
      },
    ],
    chart: { run: 1, property: "RNG-14" },
  },
  {
    id: "batch-with-mmio",
    question: "What does vfio_pin_pages_remote() do with a batch of pages that ends in MMIO?",
    askedBy:
      "VFIO facts, D-25 (v2: a page without a struct page is left in a batch) and B-12 (device memory with an offset maps the wrong page)",
    rows: [],
    given: "RAM, followed by a page of a device, which has no struct page.",
    when: "the MMIO page does not continue the run and stays in the batch, whose array has room for struct pages only.",
    answer:
      "The array still holds a page of an earlier batch. That page is mapped in place of the MMIO page, and is put once too often later. The MMIO page must be looked up again, and its frame must come from the page table: a frame computed from the offset of the VMA can be another one.",
    evidence: { kind: "verified", where: "Linux 6.12, vfio_pin_pages_remote(): put_pfn() for a batch of one" },
    runs: [
      {
        label: "the page is looked up again",
        request: ranges(),
        expect: { "RNG-1": "holds", "RNG-3": "holds", "RNG-5": "holds", "RNG-16": "witnessed" },
      },
      {
        label: "the page stays in the batch",
        request: ranges({ leftoverPage: "left" }),
        expect: { "RNG-1": "violated", "RNG-3": "violated", "RNG-5": "violated" },
      },
      {
        label: "the page stays in the batch, in the handler of RFC v2",
        request: ranges({ rangeFaults: true, memoryLayout: "mmio-inside" }, "rfc-v2"),
        expect: { "RNG-1": "violated", "RNG-5": "violated" },
      },
      {
        label: "the page is put, in the handler of RFC v2",
        request: ranges({ rangeFaults: true, memoryLayout: "mmio-inside", leftoverPage: "put" }, "rfc-v2"),
        expect: { "RNG-1": "holds", "RNG-5": "holds" },
      },
      {
        label: "the frame is computed from the VMA's offset",
        request: ranges({ pfnmapFrame: "vma-offset" }),
        expect: { "RNG-1": "violated", "RNG-3": "holds" },
      },
    ],
    chart: { run: 1, property: "RNG-1" },
  },
  {
    id: "where-attach-may-probe",
    question: "Where may VFIO create a test mapping when a device is attached?",
    askedBy: "VFIO facts, B-15 (found with ISM on s390, 2022-12)",
    rows: [],
    given: "A device that may not use part of the address space, and checks every new mapping.",
    when: "VFIO tests the new domain for superpages by mapping two pages at IOVA 0.",
    answer:
      "Only outside of reserved regions; where no free range exists, it must not map at all. A mapping at IOVA 0 stops such a device before user space has done anything.",
    evidence: { kind: "verified", where: "the mail of the fix, linux-kernel, 2022-12-22" },
    runs: [
      {
        label: "maps in a free range",
        request: ranges({ attachProbe: true, reservedWindow: "bottom" }),
        expect: { "RNG-20": "holds", "RNG-22": "holds", "RNG-23": "witnessed" },
      },
      {
        label: "maps at IOVA 0",
        request: ranges({ attachProbe: true, reservedWindow: "bottom", probesAt: "zero" }),
        expect: { "RNG-20": "violated", "RNG-22": "violated" },
      },
    ],
    chart: { run: 1, property: "RNG-22" },
  },
  {
    id: "fault-in-the-wrong-unit",
    question: "What does a handler map if the driver reports the page number of a fault in place of its address?",
    askedBy: "IOPF core facts, B36 (a page number was reported for an address)",
    rows: [],
    given: "A page request carries bits 63 to 12 of the address.",
    when: "the IOMMU driver does not shift them back.",
    answer:
      "It maps a page near IOVA 0. If that page has a mapping, the response is Success, the page of the device stays unmapped, and the device faults again. If it has none, a legal access is refused.",
    evidence: { kind: "verified", where: "Linux, 03d205094af4" },
    runs: [
      {
        label: "reports the address",
        request: ranges({ rangeFaults: true }),
        expect: { "RNG-28": "holds", "RNG-30": "holds", "RNG-31": "holds", "RNG-29": "witnessed" },
      },
      {
        label: "reports the page number",
        request: ranges({ rangeFaults: true, faultUnit: "page-number" }),
        expect: { "RNG-28": "violated", "RNG-30": "violated", "RNG-31": "violated" },
      },
    ],
    chart: { run: 1, property: "RNG-30" },
  },
  {
    id: "how-long-a-map-keeps-faults-waiting",
    question: "How long can one DMA_MAP block the page faults of its container?",
    askedBy: "VFIO facts, B-18 (DMA_MAP of 1 TB) and I-35 (a slow handler does not block other devices for ever)",
    rows: [],
    given: "A mapping longer than one batch, contiguous memory, and a fault that waits for iommu->lock.",
    when: "DMA_MAP reschedules after each contiguous run only, or after each batch, or also drops the lock there.",
    answer:
      "Until all of the mapping is pinned. The cond_resched() of 2025 after each batch lets other threads run, but the fault waits for the lock, not for the processor. The wait is bounded only if DMA_MAP drops the lock between batches.",
    evidence: { kind: "derived", where: "VFIO facts, B-18 (mapping a terabyte never yields)" },
    runs: [
      {
        label: "the lock is dropped after each batch",
        request: ranges({ rangeFaults: true }),
        expect: { "RNG-24": "holds", "RNG-26": "holds", "RNG-27": "witnessed", "RNG-33": "holds" },
      },
      {
        label: "cond_resched() after each batch, the lock is held",
        request: ranges({ rangeFaults: true, mapKeepsLock: true }),
        expect: { "RNG-24": "holds", "RNG-26": "violated", "RNG-33": "holds" },
      },
      {
        label: "cond_resched() after each contiguous run, the lock is held",
        request: ranges({ rangeFaults: true, mapKeepsLock: true, mapYieldsAfter: "run" }),
        expect: { "RNG-24": "violated", "RNG-26": "violated", "RNG-33": "holds" },
      },
    ],
    chart: { run: 1, property: "RNG-26" },
  },
  {
    id: "carry-of-an-unmap",
    question: "What happens to pages that iommufd carries over to the next batch of an unmap?",
    askedBy: "VFIO facts, B-39 (the entry that a batch carries over is not counted, and the next page overwrites it)",
    rows: [],
    given: "A contiguous run of frames, and an access that still holds a page in its middle.",
    when: "the device is detached: the run is unmapped as a whole, and the part behind the access is carried over.",
    answer:
      "They are the first entry of the next batch. If that entry is not counted, the next page overwrites it, and the pages that were carried over stay pinned for ever. In the model nothing lies behind the entries; the kernel read on there and put other frames as well.",
    evidence: { kind: "verified", where: "Linux, b7c822fa6b77" },
    runs: [
      {
        label: "the entry is counted",
        request: ranges({ pageAccess: true, addressBits: 4, memoryLayout: "scattered" }, "iommufd"),
        expect: { "RNG-3": "holds", "RNG-13": "holds", "RNG-15": "witnessed" },
      },
      {
        label: "the entry is not counted",
        request: ranges(
          { pageAccess: true, addressBits: 4, memoryLayout: "scattered", carryEntry: "not-counted" },
          "iommufd",
        ),
        expect: { "RNG-3": "violated", "RNG-13": "violated" },
      },
    ],
  },
  {
    id: "guest-page-of-another-size",
    question: "May a mediated driver reuse its cached pin of a guest page when the guest maps it with another size?",
    askedBy: "VFIO facts, B-21 (i915 GVT) and B-11 (a shift of 32 bits pins another page)",
    rows: [],
    given: "A driver that caches what it has pinned by guest page number.",
    when: "the guest asks for a large page with the number of a small one, or the driver shifts the number in 32 bits.",
    answer:
      "No. Only the first part of the large page is pinned, and the device gets all of it. The number must also be shifted in the full width, because a narrow shift pins another page.",
    evidence: { kind: "verified", where: "Linux, 7366aeb77cd8" },
    runs: [
      {
        label: "cached by number and size",
        request: ranges({ cacheDriver: true }),
        expect: { "RNG-34": "holds", "RNG-35": "holds", "RNG-36": "witnessed", "RNG-37": "holds" },
      },
      {
        label: "cached by number only",
        request: ranges({ cacheDriver: true, cacheHit: "page" }),
        expect: { "RNG-34": "violated", "RNG-35": "holds" },
      },
      {
        label: "shifted in too few bits",
        request: ranges({ cacheDriver: true, shiftBits: "one-less" }),
        expect: { "RNG-34": "holds", "RNG-35": "violated" },
      },
    ],
    chart: { run: 1, property: "RNG-34" },
  },
];
