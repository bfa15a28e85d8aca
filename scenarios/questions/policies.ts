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
    given: "The guest's memory is pinned when it starts, or when a device faults on it.",
    when: "the host is short of memory, and the guest does not use the page that the host wants.",
    answer:
      "Pinned memory never returns to the host, and the guest does not run before all of it is pinned. In exchange no DMA ever waits. With faults every page can return, and the first DMA to it waits.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "all memory pinned when the guest starts",
        request: at("pin-all"),
        expect: { "POL-9": "violated", "POL-11": "violated", "POL-4": "holds", "POL-21": "witnessed" },
      },
      {
        label: "pinned by faults (RFC v1)",
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
    when: "drivers map, use and unmap pages at will, and the host reclaims some.",
    answer:
      "All three are equally safe, lose no DMA, and return idle pages. With a virtual IOMMU and with coIOMMU the driver waits before its DMA, and the guest must take part. With faults the device waits during its DMA.",
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
        label: "page faults (RFC v1)",
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
    question: "Must every page of a new guest fault once?",
    askedBy: "Alex Williamson, 2021-01-29 (M2)",
    rows: [24],
    given: "A guest that has just started, with nothing pinned.",
    when: "a device touches a page for the first time.",
    answer:
      "Yes. The first access to each page waits for a fault. In the author's figures a message of 1 MB takes 518 faults and is 63.4 % slower when it is sent once, and 0.9 % slower when it is sent 5,000 times. A user who cannot afford this needs another policy, because the host does not see the guest's pages before their DMA.",
    evidence: {
      kind: "verified",
      where:
        "the author's own figures, below (VFIO facts 1.6: what the author measured on a Kunpeng 920, without memory pressure)",
    },
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
      {
        label: "pinned by faults (RFC v1)",
        request: at("rfc-v1"),
        expect: { "POL-4": "violated", "POL-5": "witnessed" },
      },
      { label: "all memory pinned when the guest starts", request: at("pin-all"), expect: { "POL-4": "holds" } },
    ],
    chart: { run: 0, property: "POL-4" },
  },
  {
    id: "receive-side",
    question: "What happens to a received packet whose buffer is not mapped?",
    askedBy: "reference [1] of the cover letter (M1): page faults of network controllers",
    rows: [18],
    given: "The receive side of a network card, where the sender cannot be told to wait.",
    when: "a packet arrives for a page that is not mapped.",
    answer:
      "The packet is lost, unless a pinned backup ring holds it until the fault is served. With such a ring it is late and not lost, if the ring has room for all packets in flight.",
    evidence: { kind: "shown" },
    runs: [
      { label: "no backup ring", request: at("drop-ring"), expect: { "POL-3": "violated" } },
      {
        label: "a backup ring with room",
        request: at("backup-ring"),
        expect: { "POL-3": "holds", "POL-6": "holds", "POL-19": "witnessed" },
      },
      {
        label: "a backup ring that is too small",
        request: at("backup-ring", { backupSlots: 1 }),
        expect: { "POL-3": "violated" },
      },
    ],
    chart: { run: 2, property: "POL-3" },
  },
  {
    id: "faults-without-the-iommu",
    question: "Can memory be pinned on demand without page requests through the IOMMU?",
    askedBy: "VFIO facts 4.4: VPRI (SOSP 2024) and VIO (OSDI 2025)",
    rows: [2, 50, 62],
    given:
      "A device that asks a table of present pages itself (VPRI), or a host thread that reads the guest's available ring before the device does (VIO).",
    when: "drivers use pages at will, and the host takes some back.",
    answer:
      "Yes, if the host keeps an order. With VPRI it must clear the page in the device's table before it unmaps the page, and set it only after the page is mapped; the device waits, as with other page faults. With a snooped ring no DMA faults: the thread gives the device a descriptor only when its page is mapped, and the host must keep pages that descriptors in the shadow ring name.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "VPRI",
        request: at("vpri"),
        expect: { "POL-3": "holds", "POL-5": "witnessed", "POL-9": "holds", "POL-25": "holds" },
      },
      {
        label: "VPRI that clears the table last",
        request: at("vpri", { withdraws: "last" }),
        expect: { "POL-3": "violated" },
      },
      {
        label: "a snooped ring",
        request: at("snoop"),
        expect: { "POL-3": "holds", "POL-4": "holds", "POL-9": "holds", "POL-26": "witnessed" },
      },
      {
        label: "a snooped ring whose pages are taken back",
        request: at("snoop", { snoopSpares: false }),
        expect: { "POL-3": "violated" },
      },
    ],
    chart: { run: 1, property: "POL-3" },
  },
  {
    id: "coiommu-one-exchange",
    question: "Why must coIOMMU's host unpin a page with one atomic exchange of the whole word?",
    askedBy: "reference [2] of the cover letter (M1): coIOMMU",
    rows: [4, 18],
    given: "A driver maps a page at the moment when the host finds it idle.",
    when: "the host reads the word and then writes it, or omits a part of it from the comparison.",
    answer:
      "With a separate read and write, a driver can map the page in between, and the write loses that: a driver that sees `pinned` does not ask the host. Without the count in the comparison a page in use is unpinned. Without the accessed bit a busy page loses its second chance.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "one atomic exchange",
        request: at("coiommu"),
        expect: { "POL-3": "holds", "POL-17": "holds", "POL-18": "holds" },
      },
      {
        label: "a read, then a write",
        request: at("coiommu", { unpinBy: "plain-write" }),
        expect: { "POL-3": "violated", "POL-18": "violated" },
      },
      {
        label: "an exchange without the count",
        request: at("coiommu", { unpinBy: "exchange-without-count" }),
        expect: { "POL-3": "violated", "POL-17": "holds" },
      },
      {
        label: "an exchange without the accessed bit",
        request: at("coiommu", { unpinBy: "exchange-without-accessed" }),
        expect: { "POL-3": "holds", "POL-17": "violated" },
      },
    ],
    chart: { run: 1, property: "POL-18" },
  },
  {
    id: "coiommu-order-of-the-bit",
    question: "May coIOMMU's host set the pinned bit before it has mapped the page?",
    askedBy: "VFIO facts 4.4",
    rows: [4],
    given: "Two drivers that map the same page; the first waits at the mailbox.",
    when: "the second reads the word while the host is at work.",
    answer:
      "No. The second driver sees the bit, does not wait for the mailbox, and starts DMA to a page that is not mapped yet. The first driver must wait for the response as well.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "the bit before the mapping",
        request: at("coiommu", { bitOrder: "before-map" }),
        expect: { "POL-3": "violated" },
      },
      {
        label: "the guest does not wait",
        request: at("coiommu", { driverWaits: false }),
        expect: { "POL-3": "violated" },
      },
      { label: "the bit after the mapping", request: at("coiommu"), expect: { "POL-3": "holds", "POL-15": "holds" } },
    ],
    chart: { run: 0, property: "POL-3" },
  },
  {
    id: "a-guest-that-lies",
    question: "Can a guest that writes false values to the shared table harm anybody but itself?",
    askedBy: "VFIO facts 4.4",
    rows: [4],
    given: "A guest that clears or sets `pinned`, drops its count, and starts DMA to pages that it has not mapped.",
    when: "the host uses its own records of what is mapped, and waits for the IOTLB.",
    answer:
      "No. It can lose its own DMA, but no device reaches a page that is not pinned, no pin is lost or dropped twice, and every page can still return to the host.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "coIOMMU, the host uses its own records",
        request: at("coiommu", { guestLies: true, drivers: 1 }),
        expect: { "POL-1": "holds", "POL-11": "holds", "POL-13": "holds", "POL-20": "witnessed" },
      },
      {
        label: "virtual IOMMU without a wait for the IOTLB",
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
    given: "Either one queue of the IOMMU for all devices or one queue for each device, with the same handler behind.",
    when: "devices fault, and the handler is quick, or resolves within the report.",
    answer:
      "Not for memory: the model has the same handler, policy and lock behind either path, so the first two runs agree by construction. It matters for who waits. Behind one queue a handler that resolves within the report delays the faults of all devices. Behind a device's own queue it delays that device only.",
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
        label: "resolved within the report, through the IOMMU",
        request: study("two-consumers", "intended", { vfioHandling: "inside-report" }),
        expect: { "CON-8": "violated", "CON-10": "holds" },
      },
      {
        label: "resolved within the report, through the device",
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
    question: "Can memory pressure keep a DMA from ever completing?",
    askedBy: "Alex Williamson, 2021-01-29 (M2)",
    rows: [26, 29],
    given: "A page that is mapped for a fault, and a host that always wants memory.",
    when: "the host reclaims the page before the device has retried.",
    answer:
      "Yes. Every fault is answered, every step is legal, and the DMA never completes. It is enough to keep a page until each device that faulted on it has used it.",
    evidence: { kind: "derived", where: "VFIO facts 4.2" },
    runs: [
      {
        label: "any page may be reclaimed",
        request: at("rfc-v1", { pressureOn: "any" }),
        expect: { "POL-6": "violated", "POL-1": "holds" },
      },
      {
        label: "only pages that were used may be reclaimed",
        request: at("rfc-v1"),
        expect: { "POL-6": "holds", "POL-9": "holds" },
      },
    ],
  },
];
