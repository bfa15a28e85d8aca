/** Questions about the loop of UNMAP around its calls of drivers: a freed mapping, and two ways to its BUG_ON(). */
import type { Scenario } from "../../scenario.ts";
import { ask, V61, V612, MEND, BOOTED } from "./asked.ts";

export const loopScenarios: readonly Scenario[] = [
  {
    id: "unmap-reads-a-freed-mapping",
    question: "May vfio_notify_dma_unmap() still read dma->iova and dma->size after it has dropped iommu->lock?",
    askedBy: "VFIO facts 2.3, U3a (after more than ten notifications in a row, the kernel stops with BUG)",
    rows: [],
    given: "Two threads UNMAP the same range; the first one walks device_list without iommu->lock.",
    when: "everything in the range is unpinned before the walk has reached its last device.",
    answer:
      "No: it can read freed memory. The second UNMAP finds an empty pfn_list and frees the mapping, and the next device is called with an iova from freed memory; with two devices and slub_debug it was 6b6b6b6b6b6b6b6b on both kernels. With one device it takes a driver that unpins on its own at that moment; no kernel ran with such a driver. A copy of both fields, made under iommu->lock, is enough.",
    evidence: { kind: "demonstrated", where: BOOTED },
    runs: [
      {
        label: "6.1.192, two devices",
        request: ask(V61, { against: "unmap-same", devices: 2 }),
        expect: { "UNM-6": "violated", "UNM-7": "witnessed" },
      },
      {
        label: "6.12.117, two devices",
        request: ask(V612, { against: "unmap-same", devices: 2 }),
        expect: { "UNM-6": "violated" },
      },
      {
        label: "6.12.117, one device",
        request: ask(V612, { against: "unmap-same" }),
        expect: { "UNM-6": "holds", "UNM-7": "witnessed" },
      },
      {
        label: "6.12.117, one device whose driver unpins on its own",
        request: ask(V612, { against: "unmap-same-and-unpin" }),
        expect: { "UNM-6": "violated" },
      },
      {
        label: "6.12.117 with the fields copied",
        request: ask(V612, { against: "unmap-same", devices: 2, mappingInWalk: "copied" }),
        expect: { "UNM-6": "holds", "UNM-3": "violated" },
      },
    ],
    chart: { run: 0, property: "UNM-6" },
  },
  {
    id: "unmap-reaches-its-bug-on",
    question: "Can BUG_ON(++retries > 10) in vfio_dma_do_unmap() be reached?",
    askedBy:
      "VFIO facts, I-16 (DMA_UNMAP returns only when no pin of a driver is left, or fails after a bounded number of tries), B-25 (a driver that pins again makes DMA_UNMAP stop the kernel after ten rounds), B-26 (a driver that does not unpin, although it must)",
    rows: [],
    given: "UNMAP calls the drivers again as long as something in the mapping is pinned, and counts the rounds.",
    when: "a driver pins again between its callback and the next look at pfn_list, or unpins another page than the one that is pinned.",
    answer:
      "Yes, on both kernels, in two ways. A driver that pins again reaches it if its callback is slow after the unpin; without a sleep it was not met in 3,000 iterations. A callback that unpins only the first page of the mapping, as vfio_ap of 6.1 does by reading, reaches it at once when another page is pinned. The thread dies with iommu->lock held. The change of the lock order does not address it.",
    evidence: { kind: "demonstrated", where: BOOTED },
    runs: [
      {
        label: "6.1.192, the driver pins again",
        request: ask(V61, { against: "pin-again", retryBound: 10 }),
        expect: { "UNM-8": "violated", "UNM-9": "witnessed" },
      },
      {
        label: "6.1.192, the callback unpins the first page, and another one is pinned (vfio_ap of 6.1)",
        request: ask(V61, { against: "map", callbackUnpins: "unpin-always", pinnedPage: "later", retryBound: 10 }),
        expect: { "UNM-8": "violated", "UNM-3": "violated" },
      },
      {
        label: "6.1.192, the callback looks up the page that is pinned (kvmgt)",
        request: ask(V61, { against: "map", pinnedPage: "later", retryBound: 10 }),
        expect: { "UNM-8": "holds", "UNM-3": "holds" },
      },
      {
        label: "6.12.117, the driver pins again, device_list_lock outside of iommu->lock",
        request: ask(MEND, { against: "pin-again" }),
        expect: { "UNM-8": "violated" },
      },
    ],
    chart: { run: 1, property: "UNM-8" },
  },
  {
    id: "unmap-meets-a-lost-pin",
    question: "What does UNMAP do with a page that a driver has pinned and forgotten?",
    askedBy: "vfio_ap_irq_enable() of Linux 6.1.192, 6.12.117 and 7.3.4",
    rows: [],
    given:
      "vfio_ap_irq_enable() pins the page of a notification byte and then asks the queue to use it (AQIC). If the response code is neither normal nor otherwise-changed, it calls vfio_ap_irq_disable(), which unpins the page of before, and forgets the new one.",
    when: "user space unmaps the range.",
    answer:
      "It reaches BUG_ON(++retries > 10). The callback finds no record of the page and unpins nothing, so pfn_list never becomes empty. A driver that unpins the page when its device refuses it does not have this.",
    evidence: {
      kind: "verified",
      where: "Linux 6.12.117, vfio_ap_irq_enable(), vfio_ap_free_aqic_resources(), vfio_ap_mdev_dma_unmap()",
    },
    runs: [
      {
        label: "6.12.117, the driver keeps the pin and no record of it (vfio_ap)",
        request: ask(V612, { against: "pin-refused", driverLock: "all-devices", refusedPin: "keeps", retryBound: 10 }),
        expect: { "UNM-8": "violated", "UNM-3": "violated" },
      },
      {
        label: "6.12.117, the driver unpins what its device refuses",
        request: ask(V612, { against: "pin-refused", driverLock: "all-devices", retryBound: 10 }),
        expect: { "UNM-8": "holds", "UNM-3": "holds" },
      },
    ],
    chart: { run: 0, property: "UNM-8" },
  },
];
