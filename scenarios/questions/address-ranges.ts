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
    given: "A range, to map or to unmap, whose last address is the highest one there is.",
    when: "it is looked up by its end, which is first address plus size, and therefore 0.",
    answer:
      "DMA_MAP makes it, and then nothing finds it: DMA_UNMAP reports success and 0 bytes while the device goes on reaching the pages, as it does for a range to the top that has other mappings in it; a second mapping may lie over it, and a fault in it would be refused. Nor is it enough to find it: the loop that unmaps also compares with the end, is over before it begins, and leaves translated what is unlinked. So 6.12 may do at UNMAP_ALL and, with pins only, at release, which are not modelled. Compared by last addresses, and counted, all of this is right. DMA_MAP reaches the top only where vfio_iommu_iova_dma_valid() lets it, that is where the aperture ends at 2^64-1, and in a container with mediated devices only, whose list of valid ranges is empty. In 6.12.117 such apertures are, among others, those of AMD page tables v1 (dma_max_address()), of a virtio-iommu whose device names no input range or one that ends there, of arm-smmu (SMMUv2) with IO_PGTABLE_QUIRK_ARM_TTBR1, and of Exynos. With VT-d and SMMUv3, whose apertures end lower, it is refused with -EINVAL. What is left there is an UNMAP to the top: vfio_dma_do_unmap() compares with iova + size, which is 0, and reports success and 0 bytes for the mappings in its range.",
    evidence: {
      kind: "derived",
      where:
        "VFIO facts, B-19; Linux 6.12.117, vfio_iommu_iova_dma_valid(), vfio_iommu_aper_resize(), vfio_dma_do_unmap(), dma_max_address()",
    },
    runs: [
      {
        label: "last addresses",
        request: ranges({ mappingsMost: 2, memoryLayout: "ram" }),
        expect: { "RNG-7": "holds", "RNG-8": "holds", "RNG-9": "witnessed", "RNG-10": "holds", "RNG-13": "holds" },
      },
      {
        label: "ends",
        request: ranges({ mappingsMost: 2, memoryLayout: "ram" }, "linux-6.12.117"),
        expect: { "RNG-7": "violated", "RNG-8": "violated", "RNG-10": "violated", "RNG-13": "violated" },
      },
      {
        label: "ends, an aperture below the top",
        request: ranges({ mappingsMost: 2, memoryLayout: "ram", aperture: "below-the-top" }, "linux-6.12.117"),
        expect: { "RNG-7": "violated", "RNG-8": "violated", "RNG-10": "holds", "RNG-13": "holds" },
      },
      {
        label: "last addresses, an aperture below the top",
        request: ranges({ mappingsMost: 2, memoryLayout: "ram", aperture: "below-the-top" }),
        expect: { "RNG-7": "holds", "RNG-8": "holds", "RNG-9": "witnessed", "RNG-10": "holds" },
      },
      {
        label: "ends, with faults",
        request: ranges({ rangeEnd: "wraps", rangeFaults: true }),
        expect: { "RNG-31": "violated" },
      },
      {
        label: "only the loop by ends",
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
    given: "An unmap whose loop goes on while the next address is not above the last one.",
    when: "the last page is the highest one, so that the next address is 0.",
    answer:
      "No: the loop then never ends, holds the lock, and every fault waits. A loop has to count what it has done, or to ask for the last page before it steps on.",
    evidence: { kind: "shown" },
    runs: [
      { label: "counts", request: ranges({ rangeFaults: true }), expect: { "RNG-14": "holds", "RNG-33": "holds" } },
      {
        label: "compares",
        request: ranges({ unmapWalk: "compared", rangeFaults: true }),
        expect: { "RNG-14": "violated", "RNG-33": "violated", "LCK-10": "violated" },
      },
    ],
    chart: { run: 1, property: "RNG-14" },
  },
  {
    id: "batch-with-mmio",
    question: "What does a batch of pages that ends in MMIO do?",
    askedBy: "VFIO facts, D-25 (RFC v2) and B-12 (device memory with an offset maps the wrong page)",
    rows: [],
    given: "RAM, and behind it a page of a device, which has no struct page.",
    when: "the page does not belong to the run, and waits in the batch for the next one, which holds only struct pages.",
    answer:
      "The array still has a page of an earlier batch: that one is mapped in place of the MMIO, and later put once too often. The page has to be got again. And its frame is what the page table says: computed from the offset of the mapping it may be another one.",
    evidence: { kind: "verified", where: "Linux 6.12, vfio_pin_pages_remote(): put_pfn() for a batch of one" },
    runs: [
      {
        label: "got again",
        request: ranges(),
        expect: { "RNG-1": "holds", "RNG-3": "holds", "RNG-5": "holds", "RNG-16": "witnessed" },
      },
      {
        label: "left in the batch",
        request: ranges({ leftoverPage: "left" }),
        expect: { "RNG-1": "violated", "RNG-3": "violated", "RNG-5": "violated" },
      },
      {
        label: "left in the batch, in the handler of RFC v2",
        request: ranges({ rangeFaults: true, memoryLayout: "mmio-inside" }, "rfc-v2"),
        expect: { "RNG-1": "violated", "RNG-5": "violated" },
      },
      {
        label: "put in the handler of RFC v2",
        request: ranges({ rangeFaults: true, memoryLayout: "mmio-inside", leftoverPage: "put" }, "rfc-v2"),
        expect: { "RNG-1": "holds", "RNG-5": "holds" },
      },
      {
        label: "frame computed",
        request: ranges({ pfnmapFrame: "vma-offset" }),
        expect: { "RNG-1": "violated", "RNG-3": "holds" },
      },
    ],
    chart: { run: 1, property: "RNG-1" },
  },
  {
    id: "where-attach-may-probe",
    question: "Where may VFIO map something when a device is attached?",
    askedBy: "VFIO facts, B-15 (found with ISM on s390, 2022-12)",
    rows: [],
    given: "A device that may not send to part of the address space, and looks at every new mapping.",
    when: "the new domain is probed for superpages with two pages at address 0.",
    answer:
      "Only where a user might map as well: in a window that is not reserved, and nowhere if there is none. Two pages at address 0 stop such a device before its user has done anything.",
    evidence: { kind: "verified", where: "the mail of the fix, linux-kernel, 2022-12-22" },
    runs: [
      {
        label: "a free window",
        request: ranges({ attachProbe: true, reservedWindow: "bottom" }),
        expect: { "RNG-20": "holds", "RNG-22": "holds", "RNG-23": "witnessed" },
      },
      {
        label: "address 0",
        request: ranges({ attachProbe: true, reservedWindow: "bottom", probesAt: "zero" }),
        expect: { "RNG-20": "violated", "RNG-22": "violated" },
      },
    ],
    chart: { run: 1, property: "RNG-22" },
  },
  {
    id: "fault-in-the-wrong-unit",
    question: "What does a handler map when a fault is reported with the number of its page in place of its address?",
    askedBy: "IOPF core facts, B36 (a page number was reported for an address)",
    rows: [],
    given: "A request record, which has bits 63 to 12 of the address.",
    when: "the IOMMU driver forgets to shift them back.",
    answer:
      "A page near the bottom of the address space. If that one is mapped, the answer is success, the page of the device is not mapped, and it faults again; if not, a legal access is refused.",
    evidence: { kind: "verified", where: "Linux, 03d205094af4" },
    runs: [
      {
        label: "address",
        request: ranges({ rangeFaults: true }),
        expect: { "RNG-28": "holds", "RNG-30": "holds", "RNG-31": "holds", "RNG-29": "witnessed" },
      },
      {
        label: "number of the page",
        request: ranges({ rangeFaults: true, faultUnit: "page-number" }),
        expect: { "RNG-28": "violated", "RNG-30": "violated", "RNG-31": "violated" },
      },
    ],
    chart: { run: 1, property: "RNG-30" },
  },
  {
    id: "how-long-a-map-keeps-faults-waiting",
    question: "How long may one DMA_MAP keep the page faults of its container waiting?",
    askedBy: "VFIO facts, B-18 (DMA_MAP of 1 TB) and I-35 (a slow handler does not hold up other devices for ever)",
    rows: [],
    given: "A mapping longer than a batch, memory that lies in a row, and a fault that waits for the container's lock.",
    when: "DMA_MAP lets others run only where the memory does, or after each batch, or drops the lock there.",
    answer:
      "Until all of it is pinned. The scheduling point of 2025 after each batch helps the processor, and not the fault, which waits for the lock; only a DMA_MAP that drops the lock between batches bounds the wait.",
    evidence: { kind: "derived", where: "VFIO facts, B-18" },
    runs: [
      {
        label: "the lock is dropped after each batch",
        request: ranges({ rangeFaults: true }),
        expect: { "RNG-24": "holds", "RNG-26": "holds", "RNG-27": "witnessed", "RNG-33": "holds" },
      },
      {
        label: "others run after each batch",
        request: ranges({ rangeFaults: true, mapKeepsLock: true }),
        expect: { "RNG-24": "holds", "RNG-26": "violated", "RNG-33": "holds" },
      },
      {
        label: "others run after each run of memory",
        request: ranges({ rangeFaults: true, mapKeepsLock: true, mapYieldsAfter: "run" }),
        expect: { "RNG-24": "violated", "RNG-26": "violated", "RNG-33": "holds" },
      },
    ],
    chart: { run: 1, property: "RNG-26" },
  },
  {
    id: "carry-of-an-unmap",
    question: "What becomes of pages that iommufd unmaps together with others, and has to put later?",
    askedBy:
      "VFIO facts, B-39 (the entry of a batch that is carried over counts as none, and the next page overwrites it)",
    rows: [],
    given: "A run of frames with a page in its middle that an access keeps.",
    when: "the device is detached: the run is unmapped as a whole, and what lies behind the access is carried over.",
    answer:
      "They are the first entry of the next batch. If that entry is not counted, the next page overwrites it, and the pages carried over stay pinned for ever. So it is here, where nothing lies behind the entries; the kernel read on there, and put other frames as well.",
    evidence: { kind: "verified", where: "Linux, b7c822fa6b77" },
    runs: [
      {
        label: "counted",
        request: ranges({ pageAccess: true, addressBits: 4, memoryLayout: "scattered" }, "iommufd"),
        expect: { "RNG-3": "holds", "RNG-13": "holds", "RNG-15": "witnessed" },
      },
      {
        label: "not counted",
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
    question: "May a mediated driver use its entry for a guest page again when the guest maps it with another size?",
    askedBy: "VFIO facts, B-21 (i915 GVT) and B-11 (a shift of 32 bits pins another page)",
    rows: [],
    given: "A driver that remembers what it pinned for a page number.",
    when: "the guest asks for a large page with the number of a small one; or the number is shifted in a narrow register.",
    answer:
      "No: only the first part of the large page is pinned, and the device is given all of it. And the number has to be made an address in the full width, or another page is pinned; where a sum wraps on the way does not matter.",
    evidence: { kind: "verified", where: "Linux, 7366aeb77cd8" },
    runs: [
      {
        label: "page and size",
        request: ranges({ cacheDriver: true }),
        expect: { "RNG-34": "holds", "RNG-35": "holds", "RNG-36": "witnessed", "RNG-37": "holds" },
      },
      {
        label: "page only",
        request: ranges({ cacheDriver: true, cacheHit: "page" }),
        expect: { "RNG-34": "violated", "RNG-35": "holds" },
      },
      {
        label: "narrow register",
        request: ranges({ cacheDriver: true, shiftBits: "one-less" }),
        expect: { "RNG-34": "holds", "RNG-35": "violated" },
      },
    ],
    chart: { run: 1, property: "RNG-34" },
  },
];
