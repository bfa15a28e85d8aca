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
    question:
      "Should the pages that a vendor driver pins be the ones that may fault, and all the rest be pinned at once?",
    askedBy: "Shenming Lu, 2021-03-18 (M12)",
    rows: [66],
    given:
      "Reading A: DMA_MAP pins and maps everything; what the driver pins is its faultable scope, as in dirty tracking.",
    when: "the driver hands over its ring, as it does for the other uses of the call, or everything but its ring.",
    answer:
      "It works only if the driver hands over the buffers, which it would have to know in advance. A driver that pins its ring makes the ring the one thing that may be evicted.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "the driver hands over its ring",
        request: selective({ pinScope: "faultable" }),
        expect: { "SEL-1": "violated", "SEL-4": "violated" },
      },
      {
        label: "the driver hands over the rest",
        request: selective({ pinScope: "faultable", pinsWhat: "buffers" }),
        expect: { "SEL-1": "holds", "SEL-4": "holds", "SEL-3": "witnessed" },
      },
    ],
    chart: { run: 0, property: "SEL-1" },
  },
  {
    id: "pinned-means-not-faultable",
    question: "Should a pinned page be one that must not fault, and the rest may fault?",
    askedBy: "Kevin Tian, 2021-03-18 (M13)",
    rows: [67, 36],
    given: "Reading B: nothing is pinned by DMA_MAP, the driver pins what its device must not fault on.",
    when: "the driver hands over its ring, or (by reading A) its buffers.",
    answer:
      "Yes, for a driver that pins its ring: the ring stays mapped, and the host may take all the rest. A driver written for the other reading loses its ring at the first fetch, so both readings cannot be behind one call.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "the driver hands over its ring",
        request: selective(),
        expect: { "SEL-1": "holds", "SEL-7": "holds", "SEL-3": "witnessed", "SEL-16": "witnessed" },
      },
      {
        label: "the driver hands over the rest",
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
    given: "Reading A': a fault outside what was pinned is answered with Invalid.",
    when: "a buffer is not there, with the pin call of today or with one that also maps.",
    answer:
      "No. The faults of the buffers, which the device tolerates, are refused, and those of the ring, which it does not, would be served. A call that maps saves the ring, and the buffers stay out of reach.",
    evidence: { kind: "verified", where: "RFC v3 patch 7; VFIO facts D-19" },
    runs: [
      {
        label: "as posted",
        request: selective(hinted, "rfc-v3"),
        expect: { "SEL-1": "violated", "SEL-7": "violated" },
      },
      {
        label: "with a call that also maps",
        request: selective({ pinScope: "only-faultable" }),
        expect: { "SEL-1": "holds", "SEL-7": "violated" },
      },
      { label: "reading B", request: selective(), expect: { "SEL-1": "holds", "SEL-7": "holds" } },
    ],
    chart: { run: 1, property: "SEL-7" },
  },
  {
    id: "why-pin-again",
    question: "Why would a driver pin pages of an IOMMU-backed device, which DMA_MAP has pinned and mapped already?",
    askedBy: "Shenming Lu, 2021-03-18 (M14)",
    rows: [69, 70],
    given: "Today's vfio_pin_pages(), which pins, and does not map.",
    when: "the device is not marked for faults (everything is pinned by DMA_MAP), or it is, and nothing is.",
    answer:
      "Without page faults it need not: DMA_MAP keeps every page mapped. With page faults nothing is mapped until it is locked down, and today's vfio_pin_pages() does not map.",
    evidence: { kind: "verified", where: "vfio_iommu_type1.c, 6.1; VFIO facts 2.7" },
    runs: [
      {
        label: "not marked",
        request: selective({ tableEntry: "missing" }, "today"),
        expect: { "SEL-1": "holds", "SEL-6": "holds", "SEL-32": "never-witnessed" },
      },
      {
        label: "marked, today's call",
        request: selective({}, "today"),
        expect: { "SEL-1": "violated", "SEL-6": "violated" },
      },
      {
        label: "marked, with a lockdown",
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
    given: "Nothing is pinned at first; a mediator traps the write of the ring register.",
    when: "it locks the ring down before it forwards the write, or after.",
    answer:
      "Yes, if the guest's write reaches the device only after the lockdown is complete. If it is forwarded first, the first fetch may meet a page that is not mapped, and nothing repeats the fetch.",
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
    given: "A pin is a reference to the frame; a fault is decided by the IOMMU's table.",
    when: "the pin call maps as well, or only pins.",
    answer:
      "Only if the pin also maps, and only a release takes the mapping back. A pin alone keeps the frame in memory and does not let the device reach it.",
    evidence: { kind: "shown" },
    runs: [
      { label: "pins and maps", request: selective(hinted), expect: { "SEL-6": "holds", "SEL-5": "holds" } },
      { label: "pins only", request: selective(hinted, "today"), expect: { "SEL-6": "violated", "SEL-5": "violated" } },
      {
        label: "pins and maps, eviction does not look",
        request: selective({ evictsPinned: true }),
        expect: { "SEL-6": "violated", "SEL-10": "violated" },
      },
    ],
  },
  {
    id: "what-todays-pin-call-gives",
    question: "vfio_pin_pages() pins and records only: is that enough to keep a ring from faulting?",
    askedBy: "Keqian Zhu, 2021-03-19 (M18); agreed by Lu Baolu, 2021-03-20 (M19)",
    rows: [72],
    given:
      "A device whose memory DMA_MAP pinned at once, until its PF driver said that it tolerates faults on buffers.",
    when: "the host then evicts what is not pinned, and the guest registers a ring there.",
    answer:
      "No. A ring that was mapped before stays mapped, because eviction spares pages in pfn_list, and this hides the gap. The first ring on an evicted page is pinned, not mapped, not charged, and breaks the queue.",
    evidence: { kind: "verified", where: "vfio_iommu_type1_pin_pages(), 6.1; RFC thread, 2021-05-27" },
    runs: [
      {
        label: "today's call",
        request: selective(hinted, "today"),
        expect: { "SEL-2": "witnessed", "SEL-5": "violated", "SEL-1": "violated", "SEL-20": "violated" },
      },
      {
        label: "pin, charge and map",
        request: selective(hinted),
        expect: { "SEL-2": "witnessed", "SEL-5": "holds", "SEL-1": "holds", "SEL-20": "holds" },
      },
    ],
  },
  {
    id: "refusing-faults-of-pinned-pages",
    question:
      "A second-level fault that is not intended is to be warned about: may the handler refuse every fault of a pinned page?",
    askedBy: "Kevin Tian, 2021-02-01 (M4)",
    rows: [42, 67],
    given: "Two queues; the buffer of the first lies on the page where the guest puts the ring of the second.",
    when: "the buffer faults, and the ring is locked down before the handler gets the lock.",
    answer:
      "No: that fault is legal, and by now the page is mapped, so that it has to be answered with Success. Only a page that is pinned and not mapped is worth a warning.",
    evidence: { kind: "derived", where: "rows 42 and 67 taken literally" },
    runs: [
      {
        label: "refused without a look",
        request: selective({ pinScope: "not-faultable-literal", rings: 2, ringPlaces: 2, reclaims: false }),
        expect: { "SEL-7": "violated" },
      },
      {
        label: "Success if it is mapped",
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
