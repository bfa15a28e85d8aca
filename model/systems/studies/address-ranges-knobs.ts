/** The knobs of the focused model `address-ranges`: what each choice of its designs and sizes means. */
import { choice, type KnobTable } from "../../knobs.ts";
import type { AddressRangesDesign, AddressRangesSizes } from "./address-ranges-design.ts";

const flag = { kind: "flag" } as const;

export const addressRangesKnobs: KnobTable<AddressRangesDesign> = {
  mapMode: {
    id: "row 70",
    values: choice({
      eager: "DMA_MAP pins and maps every page.",
      lazy: "DMA_MAP only links the mapping, and faults map the pages.",
      either: "The user chooses for each mapping.",
    }),
    sentence: "Whether VFIO_IOMMU_MAP_DMA pins and maps the pages, or leaves them to faults.",
  },
  rangeEnd: {
    id: "B-19",
    values: choice({
      last: "Ranges are compared by their last addresses.",
      wraps: "Ranges are compared by their ends, and the end of a range at the top wraps to 0.",
    }),
    sentence: "How vfio_find_dma() compares a range with a mapping.",
  },
  unmapWalk: {
    id: "B-19",
    values: choice({
      counted: "It ends after as many pages as the range has.",
      compared: "It goes on while the next address is not above the last one, and at the top it never ends.",
      "below-end": "It goes on while the next address is below the end, which is 0 for a range at the top.",
    }),
    sentence: "When the loop of vfio_unmap_unpin() ends.",
  },
  carryEntry: {
    id: "B-39",
    values: choice({
      counted: "The entry counts, and the next page gets another one.",
      "not-counted": "The entry does not count, and the next page overwrites it.",
    }),
    sentence: "Whether batch_clear_carry() of iommufd counts the entry that it carries over.",
  },
  pfnmapFrame: {
    id: "B-12",
    values: choice({
      "page-table": "The frame is read from the page table of the process (follow_fault_pfn()).",
      "vma-offset": "The frame is computed from vm_pgoff, which the owner may have changed.",
    }),
    sentence: "Where the frame of a page in a VM_PFNMAP mapping comes from.",
  },
  leftoverPage: {
    id: "D-25",
    values: choice({
      put: "The page is put.",
      left: "The page is left for the next run, which takes it for its own (RFC v2).",
    }),
    sentence: "What happens to the one page of a batch that does not belong to the run.",
  },
  mapYieldsAfter: {
    id: "B-18",
    values: choice({
      batch: "It calls it after each batch of pages, and after each run of consecutive frames.",
      run: "It calls it only after each run of consecutive frames, which may be a terabyte.",
    }),
    sentence: "Where vfio_pin_map_dma() calls cond_resched().",
  },
  mapKeepsLock: {
    id: "I-35",
    values: flag,
    sentence: "Whether vfio_pin_map_dma() keeps iommu->lock when it calls cond_resched(), as in Linux.",
  },
  pinsOfFaults: {
    id: "VFIO facts 1.0",
    values: choice({
      kept: "The page stays pinned until it is unmapped (RFC v1).",
      "put-when-mapped": "The page is unpinned as soon as it is mapped (RFC v2, v3).",
    }),
    sentence: "How long a page that a fault has mapped stays pinned.",
  },
  mapsAhead: {
    id: "VFIO facts 1.0",
    values: { kind: "integer", from: 1, to: 8 },
    sentence: "Most pages that one fault maps, the faulting page included.",
  },
  faultUnit: {
    id: "B36",
    values: choice({
      address: "The report has the address of the fault.",
      "page-number": "The report has the page number in place of the address (VT-d before the fix).",
    }),
    sentence: "What the IOMMU driver reports as the address of a fault.",
  },
  shiftBits: {
    id: "B-11",
    values: choice({
      "of-an-address": "The shift is as wide as an IOVA.",
      "one-less": "The shift is one bit too narrow, and drops the top bit of the address.",
    }),
    sentence: "The width in which vfio_iommu_type1_pin_pages() shifts a page number into an IOVA.",
  },
  cacheHit: {
    id: "B-21",
    values: choice({
      "page-and-size": "The entry is used again only for the same page and size.",
      page: "The entry is used again for the same page, even with another size (i915 GVT before the fix).",
    }),
    sentence: "When a mediated driver uses its cached entry for a guest page again.",
  },
  probesAt: {
    id: "B-15",
    values: choice({
      "free-window": "It maps them in a window that is not reserved.",
      zero: "It maps them at IOVA 0, even if that is reserved.",
    }),
    sentence: "Where vfio_test_domain_fgsp() maps its two pages when a group is attached.",
  },
};

export const addressRangesSizeKnobs: KnobTable<AddressRangesSizes> = {
  addressBits: { id: "bound", values: { kind: "integer", from: 3, to: 5 }, sentence: "Width of an IOVA, in bits." },
  pageShift: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 2 },
    sentence: "Binary logarithm of the page size in bytes.",
  },
  batchPages: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 8 },
    sentence: "Most pages that one pin_user_pages_remote() gets (512 in Linux).",
  },
  mappingsMost: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 3 },
    sentence: "Most mappings of the container at a time.",
  },
  rangeUnit: {
    id: "bound",
    values: choice({
      half: "Ranges begin and end at halves of the address space.",
      quarter: "Ranges begin and end at quarters of the address space.",
      edge: "A range is the first quarter, the first three quarters or the last three quarters.",
    }),
    sentence: "Where the ranges of DMA_MAP and DMA_UNMAP begin and end.",
  },
  memoryLayout: {
    id: "VFIO facts 2.6",
    values: choice({
      ram: "All pages are RAM in consecutive frames.",
      scattered: "All pages are RAM, and the last frame does not follow the others.",
      "mmio-last": "The last page belongs to a device and has no struct page.",
      "mmio-inside": "The second page belongs to a device and has no struct page.",
    }),
    sentence: "Which frames the process has.",
  },
  reservedWindow: {
    id: "B-15",
    values: choice({
      none: "No page is reserved.",
      bottom: "The first page is reserved.",
      second: "The second page is reserved.",
    }),
    sentence: "Which page of the IOVA space is reserved.",
  },
  aperture: {
    id: "B-19",
    values: choice({
      "to-the-top": "DMA_MAP may reach 2^64-1 (6.12: AMD v1 tables, virtio-iommu without input range, mdev only).",
      "below-the-top": "The last page is outside of the aperture.",
    }),
    sentence: "Whether VFIO_IOMMU_MAP_DMA may reach the last IOVA.",
  },
  rangeFaults: { id: "bound", values: flag, sentence: "Whether a device accesses pages, and faults." },
  cacheDriver: { id: "bound", values: flag, sentence: "Whether a mediated driver pins pages of two sizes." },
  pageAccess: {
    id: "bound",
    values: flag,
    sentence: "Whether an access of the kernel keeps the page below the middle, and the device may be detached.",
  },
  attachProbe: {
    id: "bound",
    values: flag,
    sentence: "Whether a device is attached to a new domain, which is probed.",
  },
};
