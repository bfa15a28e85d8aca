/** Questions about limits that are too low, and how one knows. */
import type { Request } from "../../../properties/build.ts";
import type { Scenario } from "../../scenario.ts";
import { study } from "../request.ts";

const at = (host: string, set: Request["set"] = {}) => study("lru-limit", host, set);
/** Two devices that want one page each. */
const TWO = { devices: 2, itemPages: 1 } as const;

export const thrashScenarios: readonly Scenario[] = [
  {
    id: "which-limit-to-set",
    question: "How does a user know what limit to set?",
    askedBy: "Alex Williamson, 2021-01-29 (M2)",
    rows: [28],
    given:
      "A limit of a tenth of the guest, groups of g pages, and R pages locked down (none or one), or two devices with one page each.",
    when: "one value changes at a time: the group, the locked-down pages, the limit, the protection of unused pages, or the working set.",
    answer:
      "At least the locked-down pages plus the largest group, if pages stay until their group has used them. With one page less every group is refused, by construction: the handler refuses what can never fit. The runs show that this bound is enough. Without that protection the bound is the sum over all groups in service, and even that is enough only for a load that ends. The largest group is bounded: pci_enable_pri() allows a device min(PCI_PRI_MAX_REQ, the driver's request) outstanding requests, and drivers ask for 32 (AMD) and 2,048 (VT-d, PRQ_DEPTH); an SMMU stalls at most IDR5.STALL_MAX transactions. A tenth of a guest of 16 GiB is 419,430 pages, so in practice the working set decides, not the group: below it, pages are evicted and fault again. The model has no time and does not say how often.",
    evidence: {
      kind: "derived",
      where:
        "VFIO facts 4.2; Linux 6.12.117, pci_enable_pri(), intel_iommu_enable_iopf(), pdev_enable_cap_pri(), arm_smmu_device_hw_probe()",
    },
    runs: [
      {
        label: "limit 2, g = 2",
        request: at("intended", { guestPages: 20 }),
        expect: { "LRU-11": "holds", "LRU-13": "holds", "LRU-29": "witnessed" },
      },
      {
        label: "limit 2, g = 3",
        request: at("intended", { guestPages: 20, itemPages: 3 }),
        expect: { "LRU-24": "witnessed", "LRU-13": "holds", "LRU-29": "never-witnessed" },
      },
      {
        label: "limit 2, g = 2, R = 1",
        request: at("intended", { guestPages: 20, lockedPages: 1 }),
        expect: { "LRU-24": "witnessed", "LRU-13": "holds", "LRU-29": "never-witnessed" },
      },
      {
        label: "limit 3, g = 2, R = 1",
        request: at("intended", { guestPages: 30, lockedPages: 1 }),
        expect: { "LRU-11": "holds", "LRU-13": "holds", "LRU-29": "witnessed" },
      },
      {
        label: "limit 2, a working set of 3 pages: some are evicted",
        request: at("intended", { guestPages: 20, hotPages: 3 }),
        expect: { "LRU-20": "witnessed", "LRU-13": "holds" },
      },
      {
        label: "limit 2, a working set of 2 pages: all stay",
        request: at("intended", { guestPages: 20, hotPages: 2 }),
        expect: { "LRU-27": "witnessed", "LRU-13": "holds" },
      },
      {
        label: "limit 1, two groups of one page",
        request: at("intended", { ...TWO, guestPages: 10, itemsEach: 1 }),
        expect: { "LRU-11": "holds", "LRU-13": "holds", "LRU-29": "witnessed" },
      },
      {
        label: "limit 1, two groups of one page, unused pages not protected",
        request: at("intended", { ...TWO, guestPages: 10, itemsEach: 1, sparesUnused: false }),
        expect: { "LRU-13": "violated", "LRU-24": "never-witnessed" },
      },
      {
        label: "limit 2, two groups of one page, unused pages not protected",
        request: at("intended", { ...TWO, guestPages: 20, itemsEach: 1, sparesUnused: false }),
        expect: { "LRU-11": "holds", "LRU-13": "holds" },
      },
      {
        label: "limit 2, unused pages not protected, load without end",
        request: at("intended", { ...TWO, guestPages: 20, sparesUnused: false }),
        expect: { "LRU-11": "holds", "LRU-13": "violated" },
      },
    ],
  },
  {
    id: "faults-under-load",
    question: "Does more DMA in flight under load lead to unpredictable faults?",
    askedBy: "Alex Williamson, 2021-01-29 (M2)",
    rows: [29],
    given: "Two devices with one page of work each, three pages, and a limit of two.",
    when: "both devices start new work again and again, or only one item each.",
    answer:
      "Yes, and one device may never finish. Under endless load its page is evicted for the other device's next item before it retries, although the limit is the sum of the groups in service. It ends when the load ends, or with a handler that keeps pages until they were used.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "load without end",
        request: at("thread-direct", TWO),
        expect: { "LRU-13": "violated", "LRU-12": "violated", "LRU-11": "holds" },
      },
      {
        label: "one item each",
        request: at("thread-direct", { ...TWO, itemsEach: 1 }),
        expect: { "LRU-13": "holds", "LRU-12": "holds" },
      },
      {
        label: "load without end, pages stay until used",
        request: at("intended", TWO),
        expect: { "LRU-13": "holds", "LRU-12": "holds", "LRU-28": "witnessed" },
      },
    ],
  },
  {
    id: "success-below-the-bound",
    question: "What does a device see when the limit is too low for its group?",
    askedBy: "VFIO facts 4.2, I-44 (if the limit is too small, a fault is refused after some rounds)",
    rows: [27, 28],
    given: "A group of two pages, and a limit of one.",
    when: "the handler evicts one page of the group for the other, refuses the group, or counts attempts.",
    answer:
      "It gets Success for ever and never both pages, if the handler evicts the oldest page. A handler that spares the group refuses it at once. A handler that counts attempts refuses it after the pages were mapped twice without use.",
    evidence: { kind: "derived", where: "VFIO facts 4.2" },
    runs: [
      {
        label: "evicts a page of the same group",
        request: at("thread-direct", { guestPages: 10 }),
        expect: { "LRU-7": "violated", "LRU-13": "violated", "LRU-29": "never-witnessed" },
      },
      {
        label: "spares the group",
        request: at("intended", { guestPages: 10 }),
        expect: { "LRU-7": "holds", "LRU-12": "holds", "LRU-13": "holds" },
      },
      {
        label: "counts attempts",
        request: at("thread-direct", { guestPages: 10, thrashDetector: true }),
        expect: { "LRU-12": "holds", "LRU-13": "holds" },
      },
    ],
    chart: { run: 0, property: "LRU-7" },
  },
  {
    id: "victim-of-its-own-group",
    question: "May the oldest page always be evicted if the limit is just large enough?",
    askedBy: "VFIO facts 4.1, I-17 (a page that is locked down, statically mapped or in service is never evicted)",
    rows: [27],
    given: "A limit of two pages, groups of two, and a group that still has one page mapped from before.",
    when: "the other page of the group needs room.",
    answer:
      "No. The oldest page may be one of the same group. The response is then Success although half of the group is unmapped, and the device must ask again.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "the oldest page is evicted",
        request: at("thread-direct"),
        expect: { "LRU-7": "violated", "LRU-8": "violated", "LRU-13": "holds" },
      },
      {
        label: "the group is spared",
        request: at("thread-direct", { evictsOwnGroup: false }),
        expect: { "LRU-7": "holds", "LRU-8": "holds" },
      },
    ],
  },
  {
    id: "commands-that-start-over",
    question: "Is a limit of one page enough with stalls, where each fault is for one page?",
    askedBy: "VFIO facts 4.2",
    rows: [7, 28],
    given: "A command that touches two pages, and a limit of one page.",
    when: "the device resumes where it stopped, or restarts the command.",
    answer:
      "Only for a device that resumes its command. A device that restarts needs both pages at the same time, and software cannot see that. Protecting unused pages does not help then; counting attempts ends the loop.",
    evidence: { kind: "derived", where: "VFIO facts 4.2" },
    runs: [
      {
        label: "the device resumes",
        request: at("intended", { itemAccess: "in-turn", guestPages: 10 }),
        expect: { "LRU-11": "holds", "LRU-13": "holds" },
      },
      {
        label: "the device restarts",
        request: at("intended", { itemAccess: "restarted", guestPages: 10 }),
        expect: { "LRU-12": "violated", "LRU-13": "violated" },
      },
      {
        label: "the device restarts, and the kernel counts attempts",
        request: at("intended", { itemAccess: "restarted", guestPages: 10, thrashDetector: true }),
        expect: { "LRU-12": "holds", "LRU-13": "holds", "LRU-24": "witnessed" },
      },
    ],
  },
  {
    id: "false-alarm-of-a-thrash-detector",
    question: "Can software distinguish a limit that is too low from load, and refuse only in the first case?",
    askedBy: "VFIO facts, I-44 (if the limit is too small, a fault is refused after some rounds)",
    rows: [28, 29],
    given: "A kernel that refuses a group whose pages were mapped twice and evicted unused.",
    when: "the limit is enough for the group, and the work of another device displaces it.",
    answer:
      "Counting alone cannot: it refuses a group that would fit. If pages stay until they are used, every group that fits is served.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "counts attempts",
        request: at("thread-direct", { ...TWO, thrashDetector: true, shortageCode: "failure" }),
        expect: { "LRU-11": "violated", "LRU-13": "holds" },
      },
      {
        label: "counts attempts, and pages stay until used",
        request: at("intended", { ...TWO, thrashDetector: true }),
        expect: { "LRU-11": "holds", "LRU-13": "holds" },
      },
    ],
  },
  {
    id: "higher-limit-more-faults",
    question: "Does a higher limit always mean fewer faults?",
    askedBy: "VFIO facts 4.1 (Belady's anomaly), on Shenming Lu's levels of 2021-01-30",
    rows: [27, 34],
    given: "Twelve accesses to five pages in the order of Belady's example; the page mapped first is evicted first.",
    when: "the limit is three pages, or four.",
    answer:
      "No. In this sequence nine accesses fault with three pages, and ten with four (Belady's anomaly). No test may assume that a level of 50 percent faults less than one of 30.",
    evidence: { kind: "derived", where: "VFIO facts 4.1" },
    runs: [
      {
        label: "three pages",
        request: at("thread-direct", { itemScript: "belady", hotPages: 5, itemPages: 1, guestPages: 30 }),
        expect: { "LRU-18": "holds" },
      },
      {
        label: "four pages",
        request: at("thread-direct", { itemScript: "belady", hotPages: 5, itemPages: 1, guestPages: 40 }),
        expect: { "LRU-18": "violated" },
      },
    ],
  },
];
