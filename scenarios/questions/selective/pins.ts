/** Questions about selective faulting: what a pin means to a fault (M12 to M19), who locks a ring down, and when. */
import type { Scenario } from "../../scenario.ts";
import { study } from "../request.ts";
import { selectiveKnowledgeScenarios } from "./knowledge.ts";
import { selectiveLockdownScenarios } from "./lockdown.ts";

type Set = Parameters<typeof study>[2];
const selective = (set: Set = {}, host = "intended") => study("selective", host, set);

/** Everything is pinned by DMA_MAP until the hint comes, and is faultable afterwards. */
const hinted = { knowledge: "pf-hint" } as const;

const readings: readonly Scenario[] = [
  {
    id: "pinned-means-faultable",
    question: "Should the pages that a vendor driver pins be those that may fault, and the rest be pinned at once?",
    askedBy: "Shenming Lu, 2021-03-18 (M12)",
    rows: [66],
    given:
      "Reading A: DMA_MAP pins and maps everything, and the pages that the driver pins are those that may fault, as in dirty tracking.",
    when: "the driver pins its ring, as other users of vfio_pin_pages() do, or everything except its ring.",
    answer:
      "It works only if the driver pins its buffers, which it would need to know in advance. If the driver pins its ring, the ring is the only memory that may be evicted.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "the driver pins its ring",
        request: selective({ pinScope: "faultable" }),
        expect: { "SEL-1": "violated", "SEL-4": "violated" },
      },
      {
        label: "the driver pins its buffers",
        request: selective({ pinScope: "faultable", pinsWhat: "buffers" }),
        expect: { "SEL-1": "holds", "SEL-4": "holds", "SEL-3": "witnessed" },
      },
    ],
    chart: { run: 0, property: "SEL-1" },
  },
  {
    id: "pinned-means-not-faultable",
    question: "Should a pinned page be one that must not fault, while the rest may?",
    askedBy: "Kevin Tian, 2021-03-18 (M13)",
    rows: [67, 36],
    given: "Reading B: DMA_MAP pins nothing, and the driver pins what its device must not fault on.",
    when: "the driver pins its ring, or (by reading A) its buffers.",
    answer:
      "Yes, for a driver that pins its ring: the ring stays mapped, and the host may evict the rest. The ring of a driver written for reading A faults at the first fetch, so one call cannot have both readings.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "the driver pins its ring",
        request: selective(),
        expect: { "SEL-1": "holds", "SEL-7": "holds", "SEL-3": "witnessed", "SEL-16": "witnessed" },
      },
      {
        label: "the driver pins its buffers",
        request: selective({ pinsWhat: "buffers" }),
        expect: { "SEL-1": "violated", "SEL-2": "never-witnessed" },
      },
    ],
  },
  {
    id: "only-pinned-may-fault",
    question: "Are only faults inside the pinned range valid for the handler, as RFC v3 coded it?",
    askedBy: "Shenming Lu, 2021-03-18 (M14); Alex Williamson, 2021-05-18",
    rows: [68, 42],
    given: "Reading A, as coded in RFC v3: the handler answers Invalid to a fault outside of the pinned pages.",
    when: "a buffer is not mapped, with today's pin call or with one that also maps.",
    answer:
      "No. The handler refuses faults of buffers, which the device tolerates, and would serve faults of the ring, which the device does not tolerate. A call that also maps protects the ring, but the buffers stay unreachable.",
    evidence: {
      kind: "verified",
      where: "RFC v3 patch 7; VFIO facts D-19 (v3: the filter of selective faulting is inverted)",
    },
    runs: [
      {
        label: "RFC v3 as posted",
        request: selective(hinted, "rfc-v3"),
        expect: { "SEL-1": "violated", "SEL-7": "violated" },
      },
      {
        label: "RFC v3 with a call that also maps",
        request: selective({ pinScope: "only-faultable" }),
        expect: { "SEL-1": "holds", "SEL-7": "violated" },
      },
      {
        label: "reading B: only pages outside may fault",
        request: selective(),
        expect: { "SEL-1": "holds", "SEL-7": "holds" },
      },
    ],
    chart: { run: 1, property: "SEL-7" },
  },
  {
    id: "why-pin-again",
    question: "Why would a driver pin pages of an IOMMU-backed device, which DMA_MAP has pinned and mapped already?",
    askedBy: "Shenming Lu, 2021-03-18 (M14)",
    rows: [69, 70],
    given: "Today's vfio_pin_pages(), which pins and does not map.",
    when: "the device is not marked for faults, so that DMA_MAP pins everything, or it is marked, so that DMA_MAP pins nothing.",
    answer:
      "Without page faults it need not: DMA_MAP keeps every page mapped. With page faults nothing is mapped until it is locked down, and today's vfio_pin_pages() does not map.",
    evidence: { kind: "verified", where: "vfio_iommu_type1.c, 6.1; VFIO facts 2.7" },
    runs: [
      {
        label: "device not marked",
        request: selective({ tableEntry: "missing" }, "today"),
        expect: { "SEL-1": "holds", "SEL-6": "holds", "SEL-32": "never-witnessed" },
      },
      {
        label: "device marked, today's vfio_pin_pages()",
        request: selective({}, "today"),
        expect: { "SEL-1": "violated", "SEL-6": "violated" },
      },
      {
        label: "device marked, a pin that also maps",
        request: selective(),
        expect: { "SEL-1": "holds", "SEL-6": "holds", "SEL-32": "witnessed" },
      },
    ],
    chart: { run: 1, property: "SEL-1" },
  },
  {
    id: "lock-down-at-registration",
    question:
      "Can a device with page faults do without pinning at attach and DMA_MAP if its driver locks a ring down when the guest registers it?",
    askedBy: "Kevin Tian, 2021-03-18 (M15); agreed by Shenming Lu (M16)",
    rows: [70, 47, 74, 36],
    given: "Nothing is pinned at first, and a mediator traps the write of the ring register.",
    when: "the mediator locks the ring down before it forwards the write, or after.",
    answer:
      "Yes, if the guest's write reaches the device only after the lockdown is complete. If the write is forwarded first, the first fetch can meet an unmapped page, and the device does not repeat it.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "locked down first",
        request: selective(),
        expect: { "SEL-1": "holds", "SEL-4": "holds", "SEL-5": "holds", "SEL-25": "holds", "SEL-32": "witnessed" },
      },
      {
        label: "forwarded first",
        request: selective({ ringOrder: "forward-first" }),
        expect: { "SEL-1": "violated", "SEL-4": "violated" },
      },
    ],
    chart: { run: 1, property: "SEL-1" },
  },
  {
    id: "do-pinned-pages-fault",
    question: "Is it true that pinned pages never fault?",
    askedBy: "Lu Baolu, 2021-03-19 (M17)",
    rows: [71],
    given: "A pin is a reference to the frame; whether an access faults depends on the IOMMU's page table.",
    when: "the pin call also maps, or only pins.",
    answer:
      "Only if the pin also maps, and only a release removes the mapping. A pin alone keeps the frame in memory and does not make it reachable for the device.",
    evidence: { kind: "shown" },
    runs: [
      { label: "the call pins and maps", request: selective(hinted), expect: { "SEL-6": "holds", "SEL-5": "holds" } },
      {
        label: "the call pins only",
        request: selective(hinted, "today"),
        expect: { "SEL-6": "violated", "SEL-5": "violated" },
      },
      {
        label: "the call pins and maps, and eviction ignores pins",
        request: selective({ evictsPinned: true }),
        expect: { "SEL-6": "violated", "SEL-10": "violated" },
      },
    ],
  },
  {
    id: "what-todays-pin-call-gives",
    question: "Is vfio_pin_pages(), which pins and records only, enough to keep a ring from faulting?",
    askedBy: "Keqian Zhu, 2021-03-19 (M18); agreed by Lu Baolu, 2021-03-20 (M19)",
    rows: [72],
    given: "DMA_MAP pinned all memory of a device, until its PF driver reported that buffers may fault.",
    when: "the host then evicts what is not pinned, and the guest registers a ring there.",
    answer:
      "No. A ring that was mapped before stays mapped, because eviction skips pages in pfn_list, and this hides the gap. The first ring on an evicted page is pinned, not mapped and not charged, and its queue breaks.",
    evidence: { kind: "verified", where: "vfio_iommu_type1_pin_pages(), 6.1; RFC thread, 2021-05-27" },
    runs: [
      {
        label: "today's vfio_pin_pages()",
        request: selective(hinted, "today"),
        expect: { "SEL-2": "witnessed", "SEL-5": "violated", "SEL-1": "violated", "SEL-20": "violated" },
      },
      {
        label: "a call that pins, charges and maps",
        request: selective(hinted),
        expect: { "SEL-2": "witnessed", "SEL-5": "holds", "SEL-1": "holds", "SEL-20": "holds" },
      },
    ],
  },
  {
    id: "refusing-faults-of-pinned-pages",
    question: "May the handler refuse every fault of a pinned page, because such a fault is not intended?",
    askedBy: "Kevin Tian, 2021-02-01 (M4)",
    rows: [42, 67],
    given: "Two queues; the guest puts the ring of the second on the page with a buffer of the first.",
    when: "the buffer faults, and the ring is locked down before the handler gets the lock.",
    answer:
      "No. That fault is legal, and the page is mapped by then, so the handler must answer Success. Only a page that is pinned and not mapped deserves a warning.",
    evidence: { kind: "derived", where: "Kevin Tian, 2021-02-01 (M4) and 2021-03-18 (M13), taken literally" },
    runs: [
      {
        label: "refused whenever the page is pinned",
        request: selective({ pinScope: "not-faultable-literal", rings: 2, ringPlaces: 2, reclaims: false }),
        expect: { "SEL-7": "violated" },
      },
      {
        label: "Success if the page is mapped",
        request: selective({ rings: 2, ringPlaces: 2, reclaims: false }),
        expect: { "SEL-7": "holds", "SEL-6": "holds" },
      },
    ],
  },
];

export const selectiveScenarios: readonly Scenario[] = [
  ...readings,
  ...selectiveKnowledgeScenarios,
  ...selectiveLockdownScenarios,
];
