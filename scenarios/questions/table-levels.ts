/** Questions about a page table that gets another level, and about what an unmap of it flushes. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

type Set = Parameters<typeof study>[2];
const levels = (set: Set = {}, host = "intended") => study("table-levels", host, set);
const THREE = { threads: 3 } as const;

export const tableLevelsScenarios: readonly Scenario[] = [
  {
    id: "unmap-while-levels-grow",
    question: "What does an unmap find while another thread adds a level to the page table?",
    askedBy: "CVE-2025-39961",
    rows: [],
    given: "AMD's driver keeps root and mode as two words. A page is mapped; a map of a higher address adds a level.",
    when: "an unmap reads the former mode and the new root.",
    answer:
      "Nothing: the entry at that index has another level, fetch_pte() returns NULL, and iommu_unmap() returns 0. The page stays mapped. iommufd warns and unpins it all the same, and the device reaches a page that is freed. With a sequence count, or one word for both, the walk begins from a pair that belongs together. If the levels were written first, the same walk would begin at the former root.",
    evidence: {
      kind: "verified",
      where:
        "increase_address_space(), fetch_pte() and iommu_v1_unmap_pages() of 6.1.192 and 6.12.117; increase_top() and iommu_unmap_nofail() of 7.3.4; the text of CVE-2025-39961",
    },
    runs: [
      { label: "one word (7.3.4)", request: levels(), expect: { "LVL-1": "holds", "LVL-2": "witnessed" } },
      {
        label: "a sequence count (6.12.117)",
        request: levels({}, "linux-6.12.117-amd"),
        expect: { "LVL-1": "holds", "LVL-3": "holds", "LVL-2": "witnessed" },
      },
      {
        label: "two words (6.1.192)",
        request: levels({}, "linux-6.1.192-amd"),
        expect: { "LVL-1": "violated", "LVL-3": "violated" },
      },
      {
        label: "two words, the levels first",
        request: levels({ topWords: "levels-then-root" }),
        expect: { "LVL-1": "violated" },
      },
    ],
    chart: { run: 2, property: "LVL-3" },
  },
  {
    id: "map-while-levels-grow",
    question: "Can a map go wrong in the same way?",
    askedBy: "alloc_pte() of 6.1.192, which reads root and mode as fetch_pte() does",
    rows: [],
    given: "As before; a page is mapped, and not unmapped, while the level is added.",
    when: "alloc_pte() reads the former mode and the new root.",
    answer:
      "Yes. Where the entry is present, the map is refused as if memory had run out. Where it is not, the page is entered below the new root, at a place that belongs to other addresses: the device does not reach it by its own address, and reaches it by another one. CVE-2025-39961 tells of the unmap; its fix has the sequence count in both functions.",
    evidence: {
      kind: "derived",
      where: "alloc_pte() and increase_address_space() of 6.1.192; by reading and by the model, not on hardware",
    },
    runs: [
      {
        label: "one word",
        request: levels(),
        expect: { "LVL-7": "holds", "LVL-8": "holds", "LVL-11": "holds", "LVL-13": "witnessed" },
      },
      {
        label: "two words (6.1.192)",
        request: levels({}, "linux-6.1.192-amd"),
        expect: { "LVL-7": "violated", "LVL-8": "violated", "LVL-11": "violated" },
      },
    ],
    chart: { run: 1, property: "LVL-8" },
  },
  {
    id: "level-published-first",
    question: "What must be written first when a level is added: what software reads, or the entry of the device?",
    askedBy: "increase_top() of 7.3.4, beside increase_address_space() of 6.12.117",
    rows: [],
    given: "Three threads; two of them map addresses that need another level.",
    when: "the first one has published the new top, and has not yet updated the device table entry.",
    answer:
      "The entry of the device, and its flush. In 6.1.192 and 6.12.117 the second thread sees the new mode without the lock, enters its page and returns; a DMA to it faults until the first thread has updated the entry. With one other thread nobody can see it. 7.3.4 updates the entries before it publishes the top.",
    evidence: {
      kind: "derived",
      where:
        "increase_address_space() and alloc_pte() of 6.1.192 and 6.12.117, increase_top() and amd_iommu_change_top() of 7.3.4; by reading and by the model, not on hardware",
    },
    runs: [
      {
        label: "the entry first (7.3.4)",
        request: levels(THREE),
        expect: { "LVL-9": "holds", "LVL-10": "witnessed" },
      },
      {
        label: "6.12.117",
        request: levels(THREE, "linux-6.12.117-amd"),
        expect: { "LVL-9": "violated", "LVL-1": "holds" },
      },
      {
        label: "6.12.117, one thread adds levels",
        request: levels({}, "linux-6.12.117-amd"),
        expect: { "LVL-9": "holds" },
      },
      { label: "without a flush", request: levels({ growth: "unflushed" }), expect: { "LVL-9": "violated" } },
    ],
    chart: { run: 1, property: "LVL-9" },
  },
  {
    id: "two-threads-add-a-level",
    question: "Two threads need another level at once. What does the second one have to look at?",
    askedBy: "increase_top() of 7.3.4, which compares top_of_table under the lock",
    rows: [],
    given: "Both have found the page table too small.",
    when: "the second one takes the lock after the first one has added the level.",
    answer:
      "At the top, again, under the lock. If it goes on with the root that it has read before, its new top leads to the former one, and what others have mapped below the first new top is lost: it is neither reached nor found by its unmap.",
    evidence: { kind: "verified", where: "increase_top() of 7.3.4, increase_address_space() of 6.12.117" },
    runs: [
      {
        label: "it looks again",
        request: levels(THREE),
        expect: { "LVL-7": "holds", "LVL-14": "witnessed" },
      },
      {
        label: "it does not",
        request: levels({ ...THREE, growCheck: "before-lock" }),
        expect: { "LVL-7": "violated", "LVL-1": "violated", "LVL-14": "witnessed" },
      },
    ],
    chart: { run: 1, property: "LVL-7" },
  },
  {
    id: "flush-of-freed-tables",
    question: "What must the flush at the end of an unmap know?",
    askedBy: "b48ca9206138",
    rows: [],
    given:
      "An unmap empties a table of the lowest level, unlinks it and frees it. The IOMMU caches tables of its walks.",
    when: "the range stays empty, or the flush is not told of the table.",
    answer:
      "The range, that a table went with it, and both before the table is freed. In a guest, where the IOMMU caches absent entries, the generic page table added nothing to the range: what was flushed was elsewhere, and the IOTLB kept the page. A flush of the range that leaves out tables is enough for the page, and not for the table.",
    evidence: {
      kind: "verified",
      where: "gather_range_pending() and amd_iommu_iotlb_sync() of 7.3.4; the text of b48ca9206138 as posted for 6.19",
    },
    runs: [
      {
        label: "the range and the tables",
        request: levels(),
        expect: { "LVL-3": "holds", "LVL-5": "holds", "LVL-4": "witnessed", "LVL-6": "witnessed" },
      },
      {
        label: "nothing (before b48ca9206138)",
        request: levels({}, "guest-without-range"),
        expect: { "LVL-3": "violated", "LVL-5": "violated" },
      },
      {
        label: "the range alone",
        request: levels({ gathers: "range" }),
        expect: { "LVL-3": "holds", "LVL-5": "violated" },
      },
      {
        label: "freed before the flush",
        request: levels({ freesTables: "before-flush" }),
        expect: { "LVL-3": "holds", "LVL-5": "violated" },
      },
    ],
    chart: { run: 1, property: "LVL-5" },
  },
];
