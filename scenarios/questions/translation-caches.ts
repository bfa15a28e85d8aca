/** Questions about permissions, and what caches remember of them. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

const caches = (set: Parameters<typeof study>[2] = {}, host = "intended") => study("translation-caches", host, set);

export const translationCachesScenarios: readonly Scenario[] = [
  {
    id: "widening-without-invalidation",
    question: "May software widen a permission from read to write without an invalidation?",
    askedBy:
      "hardware facts, I3 (an upgrade without invalidation loops where a page request does not invalidate) and H13 (a device faults for ever because the old permission stays cached)",
    rows: [],
    given: "A page that was mapped for reading, an IOTLB that remembers it, a device that wants to write.",
    when: "the fault handler finds that writing is permitted already, and answers Success.",
    answer:
      "Only where accepting a page request drops the stale entry, as on VT-d. Elsewhere the device faults for ever, and each time software finds nothing to do.",
    evidence: { kind: "verified", where: "VT-d 6.5.2; the loop is that of commit 97c5550b7631 for arm64" },
    runs: [
      {
        label: "dropped by the request",
        request: caches({}, "linux-6.12.117"),
        expect: { "TLB-5": "holds", "TLB-6": "holds" },
      },
      {
        label: "not dropped",
        request: caches({ implicitInvOnPR: false }, "linux-6.12.117"),
        expect: { "TLB-5": "violated", "TLB-6": "violated" },
      },
      { label: "always invalidated", request: caches(), expect: { "TLB-5": "holds", "TLB-6": "holds" } },
    ],
    chart: { run: 1, property: "TLB-6" },
  },
  {
    id: "invalidation-times-out",
    question: "What may software do when a device does not complete the invalidation of its cache?",
    askedBy: "hardware facts, I6 (a time-out of a device invalidation must never read as complete) and H11 (XSA-373)",
    rows: [],
    given: "A device that can hang, and wake up again.",
    when: "the wait for its invalidation times out.",
    answer:
      "It has to cut the device off before anything is freed. A time-out that is taken for completion lets the device write to freed memory later; a queue that stops there stops everything behind it.",
    evidence: { kind: "verified", where: "XSA-373 (CVE-2021-28692)" },
    runs: [
      {
        label: "error, device cut off",
        request: caches(),
        expect: { "TLB-1": "holds", "TLB-7": "holds", "TLB-12": "witnessed" },
      },
      {
        label: "reads as completion",
        request: caches({ atcInvTimeoutPolicy: "reportComplete" }),
        expect: { "TLB-1": "violated" },
      },
      {
        label: "stuck",
        request: caches({ atcInvTimeoutPolicy: "stuck" }),
        expect: { "TLB-1": "holds", "TLB-7": "violated" },
      },
    ],
    chart: { run: 1, property: "TLB-1" },
  },
  {
    id: "broken-ats-devices",
    question: "Can software defend itself against a device that mishandles invalidations?",
    askedBy:
      "hardware facts, H12 (a completion overtakes the writes that it should push), H15 (a device takes the address of an invalidation in the wrong byte order), H16 (devices whose ATS does not work at all), H35 (a device refuses an invalidation, and that counts as done)",
    rows: [],
    given: "Devices that complete too early, keep a doomed translation, or invalidate nothing.",
    when: "software does everything in the right order.",
    answer:
      "No order of steps defends against it: with every invalidation in place such a device still reaches a frame that was freed. Software can turn ATS off for the device, as quirk lists do.",
    evidence: { kind: "shown" },
    runs: (["completes-early", "fill-survives", "keeps-entry"] as const).map((atcDefect) => ({
      label: atcDefect,
      request: caches({ atcDefect }),
      expect: { "TLB-1": "violated" as const },
    })),
    chart: { run: 0, property: "TLB-1" },
  },
  {
    id: "first-mapping-of-a-cached-absence",
    question: "Must a first mapping be invalidated on an IOMMU that caches absent entries?",
    askedBy: "hardware facts, I2 (caching mode)",
    rows: [3],
    given: "An IOMMU that remembers 'not present', as a virtual one with caching mode does.",
    when: "a page is mapped for a fault, and nothing is invalidated.",
    answer:
      "Yes, if the IOMMU caches absence: otherwise the device is told 'not present' again and again, although the page is mapped. Hardware that does not cache absence needs no invalidation.",
    evidence: { kind: "derived", where: "hardware facts, I2" },
    runs: [
      { label: "invalidated", request: caches(), expect: { "TLB-6": "holds" } },
      { label: "not invalidated", request: caches({ invalidatesNew: false }), expect: { "TLB-6": "violated" } },
      {
        label: "not invalidated, absence not cached",
        request: caches({ invalidatesNew: false, negCaching: false }),
        expect: { "TLB-6": "holds" },
      },
    ],
    chart: { run: 1, property: "TLB-6" },
  },
  {
    id: "freed-table-pages",
    question: "Must the IOMMU be told of page table pages that the CPU frees, if no entry in them is present any more?",
    askedBy: "IOPF core facts, B44 (CVE-2025-71089)",
    rows: [],
    given: "A page table that CPU and IOMMU share, and a walk cache that names a table page which holds nothing.",
    when: "the page is freed after the walk caches are flushed, without that, or before.",
    answer:
      "Yes: a walk that starts at a cached table page reads what its new owner wrote as entries, and the device reaches memory that nobody gave it. Where hardware sets accessed bits, it writes there as well. A flush after the free is too late.",
    evidence: { kind: "verified", where: "CVE-2025-71089; Linux 6.12 refuses the bind on x86" },
    runs: [
      {
        label: "freed after the flush",
        request: caches({ tableFree: "after-flush", httu: "accessed" }),
        expect: { "TLB-13": "holds", "TLB-15": "holds", "TLB-1": "holds", "TLB-14": "witnessed" },
      },
      {
        label: "no flush",
        request: caches({ tableFree: "no-flush", httu: "accessed" }),
        expect: { "TLB-13": "violated", "TLB-15": "violated", "TLB-1": "violated" },
      },
      {
        label: "flush after the free",
        request: caches({ tableFree: "before-flush" }),
        expect: { "TLB-13": "violated" },
      },
    ],
    chart: { run: 1, property: "TLB-13" },
  },
];
