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
    given: "A page that was mapped read-only, an IOTLB that has cached it, and a device that wants to write.",
    when: "the fault handler finds the page already writable, and answers Success.",
    answer:
      "Only where the IOMMU drops the stale entry when it accepts a page request, as VT-d does. Elsewhere the device faults for ever, and the handler finds nothing to do each time.",
    evidence: { kind: "verified", where: "VT-d 6.5.2; the loop is that of commit 97c5550b7631 for arm64" },
    runs: [
      {
        label: "the page request drops the entry",
        request: caches({}, "linux-6.12.117"),
        expect: { "TLB-5": "holds", "TLB-6": "holds" },
      },
      {
        label: "the entry stays",
        request: caches({ implicitInvOnPR: false }, "linux-6.12.117"),
        expect: { "TLB-5": "violated", "TLB-6": "violated" },
      },
      { label: "software always invalidates", request: caches(), expect: { "TLB-5": "holds", "TLB-6": "holds" } },
    ],
    chart: { run: 1, property: "TLB-6" },
  },
  {
    id: "invalidation-times-out",
    question: "What may software do when a device does not complete the invalidation of its cache?",
    askedBy: "hardware facts, I6 (a time-out of a device invalidation must never read as complete) and H11 (XSA-373)",
    rows: [],
    given: "A device that can stop responding, and resume.",
    when: "the wait for its invalidation times out.",
    answer:
      "It must block the device before it frees anything. If the time-out counts as completion, the device can write to freed memory later. If the queue stops at the time-out, everything behind it waits.",
    evidence: { kind: "verified", where: "XSA-373 (CVE-2021-28692)" },
    runs: [
      {
        label: "an error, and the device is blocked",
        request: caches(),
        expect: { "TLB-1": "holds", "TLB-7": "holds", "TLB-12": "witnessed" },
      },
      {
        label: "the time-out counts as completion",
        request: caches({ atcInvTimeoutPolicy: "reportComplete" }),
        expect: { "TLB-1": "violated" },
      },
      {
        label: "the queue stops",
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
    given:
      "Devices that complete too early, keep a translation that arrives during the invalidation, or invalidate nothing.",
    when: "software does everything in the right order.",
    answer:
      "No order of steps defends against it: with every invalidation in place the device still reaches a freed frame. Software can disable ATS for such a device, as quirk lists do; the runs do not include that.",
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
    given: "An IOMMU that caches non-present entries, as a virtual one with caching mode does.",
    when: "a page is mapped for a fault, and no invalidation follows.",
    answer:
      "Yes, if the IOMMU caches non-present entries: otherwise the device faults again and again although the page is mapped. Hardware that does not cache them needs no invalidation.",
    evidence: {
      kind: "derived",
      where:
        "hardware facts, I2 (entries that are not present may be cached only with caching mode; device caches never hold them)",
    },
    runs: [
      { label: "invalidated", request: caches(), expect: { "TLB-6": "holds" } },
      { label: "not invalidated", request: caches({ invalidatesNew: false }), expect: { "TLB-6": "violated" } },
      {
        label: "not invalidated, non-present entries not cached",
        request: caches({ invalidatesNew: false, negCaching: false }),
        expect: { "TLB-6": "holds" },
      },
    ],
    chart: { run: 1, property: "TLB-6" },
  },
  {
    id: "freed-table-pages",
    question: "Must the IOMMU be flushed when the CPU frees a page table page in which no entry is present?",
    askedBy: "IOPF core facts, B44 (CVE-2025-71089)",
    rows: [],
    given: "A page table that CPU and IOMMU share, and a paging-structure cache that holds an empty page table page.",
    when: "the page is freed after a flush of that cache, without a flush, or before it.",
    answer:
      "Yes. A walk that starts at the cached page reads what its new owner wrote as entries, and the device reaches memory that it was never given. Where hardware sets accessed bits, it writes there as well. A flush after the free is too late.",
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
        label: "freed before the flush",
        request: caches({ tableFree: "before-flush" }),
        expect: { "TLB-13": "violated" },
      },
    ],
    chart: { run: 1, property: "TLB-13" },
  },
];
