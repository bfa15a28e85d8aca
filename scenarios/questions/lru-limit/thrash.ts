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
      "A limit of a tenth of the guest, groups of g pages, sometimes a page that is locked down (R = 1), or two devices with a page each.",
    when: "one thing changes at a time: the group, what is locked down, the limit, protection, or the working set.",
    answer:
      "At least what is locked down plus the largest group, if pages stay until their group has used them. One page less refuses every group, by construction: the handler refuses what can never fit. That the bound itself is enough is what the runs show. Without that protection it is the sum over all groups at a time, and even that only for a load that ends. The largest group is bounded: pci_enable_pri() allows a device min(PCI_PRI_MAX_REQ, what the driver asks for) outstanding requests, and the drivers ask for 32 (AMD) and 2,048 (VT-d, PRQ_DEPTH); an SMMU stalls at most IDR5.STALL_MAX transactions. A tenth of a guest of 16 GiB is 419,430 pages. So at real sizes the group never decides, but the working set: below it, pages are taken back and fault again. How often is a matter of time, which the model does not have.",
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
        label: "the same, g = 3",
        request: at("intended", { guestPages: 20, itemPages: 3 }),
        expect: { "LRU-24": "witnessed", "LRU-13": "holds", "LRU-29": "never-witnessed" },
      },
      {
        label: "limit 2, g = 2, and a page is locked down: g + R - 1",
        request: at("intended", { guestPages: 20, lockedPages: 1 }),
        expect: { "LRU-24": "witnessed", "LRU-13": "holds", "LRU-29": "never-witnessed" },
      },
      {
        label: "the same, limit 3 = g + R",
        request: at("intended", { guestPages: 30, lockedPages: 1 }),
        expect: { "LRU-11": "holds", "LRU-13": "holds", "LRU-29": "witnessed" },
      },
      {
        label: "limit 2, a working set of 3 pages: some are taken back",
        request: at("intended", { guestPages: 20, hotPages: 3 }),
        expect: { "LRU-20": "witnessed", "LRU-13": "holds" },
      },
      {
        label: "the same, a working set of 2 pages: all stay",
        request: at("intended", { guestPages: 20, hotPages: 2 }),
        expect: { "LRU-27": "witnessed", "LRU-13": "holds" },
      },
      {
        label: "two groups of one page, limit 1",
        request: at("intended", { ...TWO, guestPages: 10, itemsEach: 1 }),
        expect: { "LRU-11": "holds", "LRU-13": "holds", "LRU-29": "witnessed" },
      },
      {
        label: "the same, unprotected",
        request: at("intended", { ...TWO, guestPages: 10, itemsEach: 1, sparesUnused: false }),
        expect: { "LRU-13": "violated", "LRU-24": "never-witnessed" },
      },
      {
        label: "the same, limit 2 = sum",
        request: at("intended", { ...TWO, guestPages: 20, itemsEach: 1, sparesUnused: false }),
        expect: { "LRU-11": "holds", "LRU-13": "holds" },
      },
      {
        label: "the same, and work without end",
        request: at("intended", { ...TWO, guestPages: 20, sparesUnused: false }),
        expect: { "LRU-11": "holds", "LRU-13": "violated" },
      },
    ],
  },
  {
    id: "faults-under-load",
    question: "Does more DMA in flight under load lead to faults that nobody can predict?",
    askedBy: "Alex Williamson, 2021-01-29 (M2)",
    rows: [29],
    given: "Two devices with one page of work each, three pages, and a limit of two: the sum of what is in service.",
    when: "both devices begin new work again and again, or only one item each.",
    answer:
      "Yes, and one device may never finish. With work without end its page is evicted for the other device's next item before it tries again, although the limit is the sum of the groups in service. It ends with the load, or with a handler that keeps pages until they were used.",
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
        label: "pages stay until used",
        request: at("intended", TWO),
        expect: { "LRU-13": "holds", "LRU-12": "holds", "LRU-28": "witnessed" },
      },
    ],
  },
  {
    id: "success-below-the-bound",
    question: "What does a device see when the limit is too low for its group?",
    askedBy:
      "VFIO facts 4.2, I-44 (with too small a limit a fault is refused after some rounds, instead of served for ever)",
    rows: [27, 28],
    given: "A group of two pages and a limit of one.",
    when: "the handler evicts one page of the group for the other, or refuses, or counts.",
    answer:
      "It gets Success for ever and never both pages, if the handler evicts the oldest page. A handler that spares the group refuses at once; one that counts refuses after the pages were mapped twice in vain.",
    evidence: { kind: "derived", where: "VFIO facts 4.2" },
    runs: [
      {
        label: "evicts its own group",
        request: at("thread-direct", { guestPages: 10 }),
        expect: { "LRU-7": "violated", "LRU-13": "violated", "LRU-29": "never-witnessed" },
      },
      {
        label: "spares the group",
        request: at("intended", { guestPages: 10 }),
        expect: { "LRU-7": "holds", "LRU-12": "holds", "LRU-13": "holds" },
      },
      {
        label: "counts",
        request: at("thread-direct", { guestPages: 10, thrashDetector: true }),
        expect: { "LRU-12": "holds", "LRU-13": "holds" },
      },
    ],
    chart: { run: 0, property: "LRU-7" },
  },
  {
    id: "victim-of-its-own-group",
    question: "With a limit that is just enough, may the oldest page always go?",
    askedBy: "VFIO facts 4.1, I-17 (what is locked down, static or in service is never evicted)",
    rows: [27],
    given: "A limit of two pages, groups of two, and a group of which one page is still mapped from before.",
    when: "room is needed for the other one.",
    answer:
      "No: the oldest page may be the other one of the same group. The answer is then Success although half of the group is gone, and the device has to ask again.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "the oldest goes",
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
    question: "Is a limit of one page enough with stalls, where each fault is about one page?",
    askedBy: "VFIO facts 4.2",
    rows: [7, 28],
    given: "A command that touches two pages, and a limit of one page.",
    when: "the device resumes where it stopped, or starts the command over.",
    answer:
      "Only for a device that resumes its command. If the device starts over, it needs both pages at the same time and software never learns it: protecting what software sees does not help, and only counting ends the loop.",
    evidence: { kind: "derived", where: "VFIO facts 4.2" },
    runs: [
      {
        label: "resumes",
        request: at("intended", { itemAccess: "in-turn", guestPages: 10 }),
        expect: { "LRU-11": "holds", "LRU-13": "holds" },
      },
      {
        label: "starts over",
        request: at("intended", { itemAccess: "restarted", guestPages: 10 }),
        expect: { "LRU-12": "violated", "LRU-13": "violated" },
      },
      {
        label: "starts over, and the host counts",
        request: at("intended", { itemAccess: "restarted", guestPages: 10, thrashDetector: true }),
        expect: { "LRU-12": "holds", "LRU-13": "holds", "LRU-24": "witnessed" },
      },
    ],
  },
  {
    id: "false-alarm-of-a-thrash-detector",
    question: "Can software tell a limit that is too low from load, and refuse only where nothing else helps?",
    askedBy:
      "VFIO facts, I-44 (with too small a limit a fault is refused after some rounds, instead of served for ever)",
    rows: [28, 29],
    given: "A host that refuses a group whose pages were mapped twice and taken back unused.",
    when: "the limit is enough for the group, and another device's work displaces it.",
    answer:
      "Counting alone cannot: it refuses a group that would fit. With pages that stay until they are used there is nothing to count, and a refusal means that the group does not fit.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "counting",
        request: at("thread-direct", { ...TWO, thrashDetector: true, shortageCode: "failure" }),
        expect: { "LRU-11": "violated", "LRU-13": "holds" },
      },
      {
        label: "counting, and pages stay until used",
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
    given: "Twelve accesses to five pages in the order of Belady's example, evicting what was mapped first.",
    when: "the limit is three pages, or four.",
    answer:
      "No: in this sequence nine accesses fault with three pages, and ten with four (Belady's anomaly). No test may assume that a level of 50 percent faults less than one of 30.",
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
