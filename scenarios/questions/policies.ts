/** Questions about when memory is pinned for devices. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

const at = (host: string, set: Parameters<typeof study>[2] = {}) => study("policies", host, set);

export const policiesScenarios: readonly Scenario[] = [
  {
    id: "what-pinning-costs",
    question: "What is wrong with pinning all of a guest's memory?",
    askedBy: "Shenming Lu, 2021-01-25 (M1)",
    rows: [1, 2],
    given: "A guest whose memory is pinned when it starts, or only when a device misses it.",
    when: "the host is short of memory, and nobody in the guest uses the page that it wants.",
    answer:
      "Pinned memory never comes back to the host, and the guest does not run before all of it is pinned. In exchange no DMA ever waits. With faults every page can come back, and the first DMA to it waits.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "pinned at the start",
        request: at("pin-all"),
        expect: { "POL-9": "violated", "POL-11": "violated", "POL-4": "holds", "POL-21": "witnessed" },
      },
      {
        label: "pinned on a fault",
        request: at("rfc-v1"),
        expect: { "POL-9": "holds", "POL-11": "holds", "POL-4": "violated", "POL-12": "witnessed" },
      },
    ],
    chart: { run: 0, property: "POL-9" },
  },
  {
    id: "alternatives-to-faults",
    question: "How do I/O page faults compare with a virtual IOMMU and with coIOMMU, which do not need them?",
    askedBy: "Jean-Philippe Brucker, 2021-02-05 (M7)",
    rows: [2, 3, 4, 18, 50],
    given: "The same guest, devices and memory pressure under each policy.",
    when: "drivers map, use and unmap pages as they like, and the host wants some back.",
    answer:
      "All three keep the same safety, lose no DMA, and give idle pages back. With a virtual IOMMU and with coIOMMU the driver waits before its DMA, and the guest has to take part; with faults the device waits within its DMA.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "virtual IOMMU",
        request: at("viommu"),
        expect: {
          "POL-1": "holds",
          "POL-3": "holds",
          "POL-4": "holds",
          "POL-7": "holds",
          "POL-8": "witnessed",
          "POL-9": "holds",
          "POL-14": "holds",
        },
      },
      {
        label: "coIOMMU",
        request: at("coiommu"),
        expect: {
          "POL-1": "holds",
          "POL-3": "holds",
          "POL-4": "holds",
          "POL-7": "holds",
          "POL-8": "witnessed",
          "POL-9": "holds",
          "POL-16": "witnessed",
        },
      },
      {
        label: "faults",
        request: at("rfc-v1"),
        expect: {
          "POL-1": "holds",
          "POL-3": "holds",
          "POL-4": "violated",
          "POL-6": "holds",
          "POL-9": "holds",
          "POL-12": "witnessed",
        },
      },
    ],
    chart: { run: 2, property: "POL-12" },
  },
  {
    id: "cold-start",
    question: "Does every page of a fresh guest have to fault once?",
    askedBy: "Alex Williamson, 2021-01-29 (M2)",
    rows: [24],
    given: "A guest that has just started, with nothing pinned.",
    when: "a device touches a page for the first time.",
    answer:
      "Yes: the first access to each page waits for a fault to be served. In the author's figures a message of 1 MB takes 518 faults and is 63.4 % slower when it is sent once, and 0.9 % slower when it is sent 5,000 times. A user who cannot afford it needs another policy; the guest sees none of them before its DMA.",
    evidence: { kind: "verified", where: "the author's own numbers, below (VFIO facts 1.6)" },
    figures: {
      title:
        "What the author measured: Kunpeng 920, a VM with one CPU and 16 GB, UADK hisi_sec_test, stall model, no memory pressure; SVA: on the host",
      source:
        "cover letters of RFC v2 (2021-03-09) and v3 (2021-04-09), VFIO facts 1.6; messages of 10 MB map 512 pages ahead",
      columns: ["message, times", "KB/s", "with faults", "slower", "faults"],
      rows: [
        ["1 MB, 1", "325 596", "119 152", "63.4 %", "518"],
        ["1 MB, 100", "7 524 985", "5 804 659", "22.9 %", "1 058"],
        ["1 MB, 1 000", "8 661 817", "8 440 209", "2.6 %", "1 071"],
        ["1 MB, 5 000", "8 804 512", "8 724 368", "0.9 %", "1 216"],
        ["10 MB, 1", "1 012 758", "682 257", "32.6 %", "13"],
        ["10 MB, 100", "8 680 688", "8 374 154", "3.5 %", "26"],
        ["10 MB, 1 000", "8 860 861", "8 719 918", "1.6 %", "26"],
        ["SVA, 1 MB, 1", "951 672", "163 866", "82.8 %", "512"],
        ["SVA, 1 MB, 5 000", "9 184 532", "9 008 739", "1.9 %", "1 024"],
      ],
    },
    runs: [
      { label: "on a fault", request: at("rfc-v1"), expect: { "POL-4": "violated", "POL-5": "witnessed" } },
      { label: "at the start", request: at("pin-all"), expect: { "POL-4": "holds" } },
    ],
    chart: { run: 0, property: "POL-4" },
  },
  {
    id: "receive-side",
    question: "What happens to a received packet whose buffer is not mapped?",
    askedBy: "reference [1] of the cover letter (M1): page faults of network controllers",
    rows: [18],
    given: "The receive side of a network card, where nobody can be told to wait.",
    when: "a packet arrives for a page that is not mapped.",
    answer:
      "The packet is lost, unless a pinned backup ring holds it until the fault is served. With such a ring it is late and not lost, as long as the ring has room for everything on its way.",
    evidence: { kind: "shown" },
    runs: [
      { label: "no backup ring", request: at("drop-ring"), expect: { "POL-3": "violated" } },
      {
        label: "a ring with room",
        request: at("backup-ring"),
        expect: { "POL-3": "holds", "POL-6": "holds", "POL-19": "witnessed" },
      },
      {
        label: "a ring that is too small",
        request: at("backup-ring", { backupSlots: 1 }),
        expect: { "POL-3": "violated" },
      },
    ],
    chart: { run: 2, property: "POL-3" },
  },
  {
    id: "coiommu-one-exchange",
    question: "Why must coIOMMU's host take a page back with one atomic exchange of the whole word?",
    askedBy: "reference [2] of the cover letter (M1): coIOMMU",
    rows: [4, 18],
    given: "A driver that maps a page at the moment when the host finds it idle.",
    when: "the host reads the word and then writes it, or leaves a part of it out of the comparison.",
    answer:
      "With a read and a write in its place, a driver may map the page in between and the write forgets that, because a driver that sees `pinned` does not ask the host. Without the count a page in use is taken; without the accessed bit a busy page loses its second chance.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "one exchange",
        request: at("coiommu"),
        expect: { "POL-3": "holds", "POL-17": "holds", "POL-18": "holds" },
      },
      {
        label: "read, then write",
        request: at("coiommu", { unpinBy: "plain-write" }),
        expect: { "POL-3": "violated", "POL-18": "violated" },
      },
      {
        label: "without the count",
        request: at("coiommu", { unpinBy: "exchange-without-count" }),
        expect: { "POL-3": "violated", "POL-17": "holds" },
      },
      {
        label: "without the accessed bit",
        request: at("coiommu", { unpinBy: "exchange-without-accessed" }),
        expect: { "POL-3": "holds", "POL-17": "violated" },
      },
    ],
    chart: { run: 1, property: "POL-18" },
  },
  {
    id: "coiommu-order-of-the-bit",
    question: "May coIOMMU's host say that a page is pinned before it has mapped it?",
    askedBy: "VFIO facts 4.4",
    rows: [4],
    given: "Two drivers that map the same page, the first of which waits at the mailbox.",
    when: "the second one reads the word while the host is at work.",
    answer:
      "No: a second driver sees the bit, does not wait for the mailbox, and starts its DMA to a page that is not mapped yet. The first driver has to wait for the answer as well.",
    evidence: { kind: "shown" },
    runs: [
      { label: "bit before map", request: at("coiommu", { bitOrder: "before-map" }), expect: { "POL-3": "violated" } },
      {
        label: "the guest does not wait",
        request: at("coiommu", { driverWaits: false }),
        expect: { "POL-3": "violated" },
      },
      { label: "bit after map", request: at("coiommu"), expect: { "POL-3": "holds", "POL-15": "holds" } },
    ],
    chart: { run: 0, property: "POL-3" },
  },
  {
    id: "a-guest-that-lies",
    question: "Can a guest that lies in the shared table hurt anybody but itself?",
    askedBy: "VFIO facts 4.4",
    rows: [4],
    given: "A guest that clears or sets `pinned`, drops its count, and starts DMA to pages that it has not mapped.",
    when: "the host goes by its own records of what is mapped, and waits for the IOTLB.",
    answer:
      "No. It may lose its own DMA, but no device reaches a page that is not pinned, no pin is lost or dropped twice, and every page can still come back.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "coIOMMU, own records",
        request: at("coiommu", { guestLies: true, drivers: 1 }),
        expect: { "POL-1": "holds", "POL-11": "holds", "POL-13": "holds", "POL-20": "witnessed" },
      },
      {
        label: "virtual IOMMU without waiting for the IOTLB",
        request: at("viommu", { guestLies: true, takeBack: "no-sync" }),
        expect: { "POL-1": "violated" },
      },
      {
        label: "virtual IOMMU",
        request: at("viommu", { guestLies: true }),
        expect: { "POL-1": "holds", "POL-13": "holds", "POL-20": "witnessed" },
      },
    ],
    chart: { run: 1, property: "POL-1" },
  },
  {
    id: "two-paths-of-a-fault",
    question: "Does it matter whether a fault comes through the IOMMU or through the device's own path?",
    askedBy: "Kevin Tian, 2021-02-07 (M8)",
    rows: [62],
    given:
      "Either one queue of the IOMMU for all devices, or a queue of each device's own, and the same handler behind.",
    when: "devices miss pages, and the handler is quick, or resolves inside the report.",
    answer:
      "No, for memory: behind either path the model has the same handler, policy and lock, so the first two runs agree by construction. It matters for who waits. Behind one queue a handler that resolves within the report holds up the faults of every other device; behind a path of its own it holds up its own device only.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "through the IOMMU",
        request: at("rfc-v1"),
        expect: { "POL-1": "holds", "POL-3": "holds", "POL-6": "holds", "POL-9": "holds", "POL-13": "holds" },
      },
      {
        label: "through the device",
        request: at("rfc-v1", { faultPath: "device" }),
        expect: { "POL-1": "holds", "POL-3": "holds", "POL-6": "holds", "POL-9": "holds", "POL-13": "holds" },
      },
      {
        label: "resolved inside the report, through the IOMMU",
        request: study("two-consumers", "intended", { vfioHandling: "inside-report" }),
        expect: { "CON-8": "violated", "CON-10": "holds" },
      },
      {
        label: "resolved inside the report, through the device",
        request: study("two-consumers", "intended", {
          vfioHandling: "inside-report",
          deviceFaultPath: "device-specific",
        }),
        expect: { "CON-8": "holds", "CON-10": "holds" },
      },
    ],
  },
  {
    id: "pressure-takes-what-is-awaited",
    question: "Can memory pressure keep a device from ever finishing?",
    askedBy: "Alex Williamson, 2021-01-29 (M2)",
    rows: [26, 29],
    given: "A page that is brought in for a fault, and a host that wants memory all the time.",
    when: "the host takes the page back before the device has tried again.",
    answer:
      "Yes: every fault is answered, every step is legal, and the DMA never ends. It is enough to keep a page until each device that faulted on it has used it.",
    evidence: { kind: "derived", where: "VFIO facts 4.2" },
    runs: [
      {
        label: "any page",
        request: at("rfc-v1", { pressureOn: "any" }),
        expect: { "POL-6": "violated", "POL-1": "holds" },
      },
      { label: "settled pages only", request: at("rfc-v1"), expect: { "POL-6": "holds", "POL-9": "holds" } },
    ],
  },
];
