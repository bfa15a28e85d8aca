/** Questions about pages of two sizes: an unmap of a part, and what it leaves. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

type Set = Parameters<typeof study>[2];
const large = (set: Set = {}, host = "intended") => study("large-pages", host, set);

export const largePagesScenarios: readonly Scenario[] = [
  {
    id: "unmap-of-a-part",
    question: "What happens if one page of a large mapping is taken back?",
    askedBy: "Alex Williamson's review of RFC v3, 2021-05-18; the commit message of 33729a5fc0ca, 2024",
    rows: [],
    given: "A fault on one page has mapped the large page around it, and each of its base pages is pinned.",
    when: "an MMU notifier or a limit takes back the first page alone, and iommu_unmap() is asked for it.",
    answer:
      "That depends on the driver. AMD, VT-d and the generic page tables clear the large entry and return its size: the neighbour is gone as well, and if its mark stays, its next fault is answered and maps nothing. io-pgtable-arm of 6.12.117 puts a table in place of the entry and unmaps one page. That of 7.3.4 warns and unmaps nothing, so that only DMA_UNMAP of the whole gives a page back. A handler has to take what was unmapped from the driver, or to map base pages.",
    evidence: {
      kind: "verified",
      where:
        "iommu_v1_unmap_pages() and intel_iommu_unmap() of 6.12.117, __arm_lpae_unmap() of 6.12.117 and 7.3.4, __unmap_range() of 7.3.4",
    },
    runs: [
      {
        label: "the whole entry goes, and all its pages are unpinned",
        request: large(),
        expect: { "LPG-3": "holds", "LPG-5": "holds", "LPG-11": "holds", "LPG-19": "witnessed" },
      },
      {
        label: "the whole entry goes, and one page is unpinned (RFC v3)",
        request: large({}, "premap-amd"),
        expect: { "LPG-3": "violated", "LPG-1": "holds" },
      },
      {
        label: "nothing is unmapped (SMMUv3 of 7.3.4)",
        request: large({ partUnmap: "nothing", rangeUnmaps: true }),
        expect: { "LPG-11": "violated", "LPG-1": "holds", "LPG-5": "holds" },
      },
      {
        label: "nothing is unmapped, and nobody looks",
        request: large({ partUnmap: "nothing", believes: "asked" }),
        expect: { "LPG-1": "violated" },
      },
      { label: "base pages", request: large({}, "base-pages"), expect: { "LPG-3": "holds", "LPG-11": "holds" } },
    ],
    chart: { run: 1, property: "LPG-3" },
  },
  {
    id: "unmap-from-the-middle",
    question: "What if the page that is taken back is not the first one of its large page?",
    askedBy: "dma_pte_clear_level() of 6.12.117; a comment in __unmap_range() of 7.3.4",
    rows: [],
    given:
      "As before. type1 asks only from the start of what it has mapped; a handler that takes back single pages does not.",
    when: "iommu_unmap() is asked for the second page.",
    answer:
      "VT-d of 6.1.192 and 6.12.117 leaves the large entry, goes on below it as if the page were a table, and clears each eight bytes there that look like a present entry; it also clears what is mapped behind the large page, and returns the size of a large page. AMD clears the entry and returns its size, which a caller counts from the second page on: it unpins a page behind, and the first one stays pinned. The generic page tables of 7.3.4 unmap nothing.",
    evidence: {
      kind: "derived",
      where:
        "intel_iommu_unmap(), dma_pte_clear_level(), iommu_v1_unmap_pages() of 6.1.192 and 6.12.117, unmap_unpin_slow() of 6.12.117, __unmap_range() of 7.3.4; by reading and by the model, not on hardware; no caller in these trees does so",
    },
    runs: [
      {
        label: "VT-d of 6.12.117, RFC v3",
        request: large({}, "premap-vtd"),
        expect: { "LPG-13": "violated", "LPG-1": "violated" },
      },
      {
        label: "AMD of 6.12.117, a caller that counts from the page",
        request: large({ believes: "returned-size" }),
        expect: { "LPG-5": "violated", "LPG-1": "violated", "LPG-14": "witnessed" },
      },
      {
        label: "the generic page tables of 7.3.4",
        request: large({ partUnmap: "whole-from-start" }),
        expect: { "LPG-11": "violated", "LPG-1": "holds", "LPG-13": "holds" },
      },
    ],
    chart: { run: 0, property: "LPG-13" },
  },
  {
    id: "large-page-after-small",
    question: "What must be flushed before a large entry is written where base pages were mapped?",
    askedBy: "Longpeng, 2021-04-01: [PATCH] iommu/vt-d: Force to flush iotlb before creating superpage",
    rows: [],
    given: "Base pages were mapped and unmapped. Their table is still linked, and the IOMMU remembers it.",
    when: "a large page is mapped there.",
    answer:
      "The caches of the walk, although nothing is mapped and the IOTLB is empty. Otherwise the IOMMU goes on from the table, which is empty and freed, and a DMA to a mapped page faults. The table may be freed only after that flush: switch_to_super_page() of 6.1.192 and 6.12.117 frees it first.",
    evidence: {
      kind: "verified",
      where: "switch_to_super_page() and dma_pte_free_pagetable() of 6.1.192 and 6.12.117; the mail, and 38c527aeb419",
    },
    runs: [
      {
        label: "flushed, then freed",
        request: large(),
        expect: { "LPG-3": "holds", "LPG-15": "holds", "LPG-16": "witnessed" },
      },
      {
        label: "freed, then flushed (6.12.117)",
        request: large({ tableSwap: "free-then-flush" }),
        expect: { "LPG-15": "violated", "LPG-3": "holds" },
      },
      {
        label: "no flush (before 38c527aeb419)",
        request: large({ tableSwap: "unflushed" }),
        expect: { "LPG-3": "violated", "LPG-15": "violated" },
      },
    ],
    chart: { run: 2, property: "LPG-3" },
  },
  {
    id: "split-of-a-large-page",
    question: "Can a large page be split while a device uses it?",
    askedBy: "Will Deacon and Jason Gunthorpe, 2024: [PATCH] iommu/io-pgtable-arm: Remove split on unmap behavior",
    rows: [],
    given: "The device works on the second page; the first one is taken back, and the driver splits the large entry.",
    when: "a table takes its place.",
    answer:
      "Not without a gap, unless the hardware permits it. If the table replaces the entry at once, the IOMMU can have the second page by both sizes, which SMMUv3 forbids at BBM level 0. If the entry is broken and flushed first, a DMA to the second page faults in between: with page faults its device waits, without them it fails. A split needs memory as well, and where that lacks nothing is unmapped.",
    evidence: {
      kind: "verified",
      where: "arm_lpae_split_blk_unmap() of 6.12.117; the commit message of 33729a5fc0ca",
    },
    runs: [
      {
        label: "at once",
        request: large({ partUnmap: "splits" }),
        expect: { "LPG-9": "violated", "LPG-17": "holds", "LPG-18": "witnessed" },
      },
      {
        label: "break-before-make",
        request: large({ partUnmap: "splits", splitOrder: "break-before-make" }),
        expect: { "LPG-9": "holds", "LPG-17": "violated" },
      },
      {
        label: "without memory",
        request: large({ partUnmap: "splits", splitOrder: "break-before-make", tableMemory: "may-fail" }),
        expect: { "LPG-11": "violated", "LPG-1": "holds" },
      },
    ],
    chart: { run: 0, property: "LPG-9" },
  },
  {
    id: "charge-of-a-large-page",
    question: "What does a large page cost in locked_vm, and in pins?",
    askedBy: "Faultline, from vfio_pin_pages_remote()",
    rows: [],
    given: "A fault maps a large page, of hugetlb or of a process that has it by chance.",
    when: "it is pinned.",
    answer:
      "As much as its base pages: each has a pin and counts in locked_vm. So the limit for a user is the same with and without large pages, and an unmap of a whole entry has to give back as many. One page of locked_vm for a large page would let a process pin 512 times its limit.",
    evidence: { kind: "verified", where: "vfio_pin_pages_remote() and vfio_lock_acct() of 6.1.192 and 6.12.117" },
    runs: [
      { label: "each base page", request: large(), expect: { "LPG-7": "holds", "LPG-8": "witnessed" } },
      {
        label: "one for each fault",
        request: large({ charges: "one-per-fault" }),
        expect: { "LPG-7": "violated" },
      },
    ],
  },
];
