/** Questions about VFIO_IOMMU_UNMAP_DMA of type1 that calls drivers: two locks in a circle, and two bugs of the same loop. */
import type { Request } from "../../properties/build.ts";
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

const ask = (host: string, set: Request["set"] = {}): Request => study("type1-unmap", host, set);
const V61 = "linux-6.1.192";
const V612 = "linux-6.12.117";
const MEND = "lock-order-mended";
const BOOTED = "booted 6.1.192 and 6.12.117 with a test driver (scenarios/recorded/data/type1-deadlock.json)";

const HANGS = { "UNM-3": "violated", "LCK-10": "violated", DEADLOCK: "violated" } as const;
const RETURNS = { "UNM-1": "holds", "UNM-3": "holds", "LCK-10": "holds", DEADLOCK: "holds" } as const;

export const type1UnmapScenarios: readonly Scenario[] = [
  {
    id: "unmap-and-close-in-a-circle",
    question:
      "Can VFIO_IOMMU_UNMAP_DMA deadlock, although vfio_notify_dma_unmap() drops iommu->lock before it calls drivers?",
    askedBy: "VFIO facts 2.3, I-38 (no deadlock over all locks, queues and notifiers)",
    rows: [],
    given:
      "vfio_notify_dma_unmap() takes device_list_lock, drops iommu->lock, and calls dma_unmap() of each device; vfio_unpin_pages() in that callback takes iommu->lock.",
    when: "a second thread holds iommu->lock and waits for device_list_lock: another UNMAP of a pinned range, or the first open or last close of a device whose driver has a dma_unmap() callback.",
    answer:
      "Yes: Linux 6.1.192 and 6.12.117 deadlock. The first thread holds device_list_lock and waits for iommu->lock; the second holds iommu->lock and waits for device_list_lock. Both stay in D state, SIGKILL does not help, and every later VFIO_IOMMU_MAP_DMA on the container hangs too. One device is enough. MAP, a pin in another range, and UNMAP of a range without pins do not hang, because none of them takes device_list_lock. Opening or closing a vfio-pci device in the container does not hang either: it has no dma_unmap(), is not on device_list, and takes neither lock for it.",
    evidence: { kind: "demonstrated", where: BOOTED },
    runs: [
      { label: "6.1.192, one device, UNMAP of another pinned range", request: ask(V61), expect: HANGS },
      { label: "6.12.117, one device, UNMAP of another pinned range", request: ask(V612), expect: HANGS },
      { label: "6.12.117, UNMAP of the same range", request: ask(V612, { against: "unmap-same" }), expect: HANGS },
      {
        label: "6.12.117, close of another device, which has no pins",
        request: ask(V612, { against: "close-other", devices: 2 }),
        expect: { ...HANGS, "UNM-2": "violated" },
      },
      {
        label: "6.12.117, first open of another device",
        request: ask(V612, { against: "open-other", devices: 2 }),
        expect: { ...HANGS, "UNM-2": "violated" },
      },
      {
        label: "6.12.117, UNMAP of a range without pins",
        request: ask(V612, { against: "unmap-unpinned" }),
        expect: RETURNS,
      },
      { label: "6.12.117, MAP", request: ask(V612, { against: "map" }), expect: RETURNS },
      { label: "6.12.117, pin in another range", request: ask(V612, { against: "pin" }), expect: RETURNS },
      {
        label: "6.12.117 with accounting, two UNMAPs",
        request: study("accounting", V612, { unmappers: 2 }),
        expect: { "LCK-10": "violated", DEADLOCK: "violated" },
      },
      {
        label: "6.12.117 with accounting, one of two devices is closed",
        request: study("accounting", V612, { mdevDrivers: 2, closes: true }),
        expect: { "LCK-10": "violated", DEADLOCK: "violated" },
      },
      {
        label: "6.12.117 with accounting, the only device is closed",
        request: study("accounting", V612, { closes: true }),
        expect: { "LCK-10": "holds", DEADLOCK: "holds" },
      },
    ],
    chart: { run: 0, property: "DEADLOCK" },
  },
  {
    id: "which-drivers-hang-unmap",
    question: "Which in-tree drivers can hang in vfio_notify_dma_unmap()?",
    askedBy:
      "VFIO facts, I-38 (no deadlock over all locks, queues and notifiers), B-26 (a driver that does not unpin, although it must)",
    rows: [],
    given:
      "Three ways to unpin in dma_unmap(): look up and unpin under the driver's lock (kvmgt, vfio_ap of 6.12); always unpin, without a lock (vfio_ap of 6.1); check, then unpin everything (vfio_ccw).",
    when: "two UNMAPs run at the same time, or the device is closed during an UNMAP.",
    answer:
      "All in-tree drivers with a dma_unmap() callback can hang in two UNMAPs at the same time. With vfio_ap of 6.1 the close of its own device can hang as well: its callback calls vfio_unpin_pages() after close_device() has unpinned everything. The other drivers find nothing to unpin then, and do not take iommu->lock. vfio_ap of 6.12 is an exception if its reset failed. After a response code that vfio_ap_mdev_reset_queue() or apq_reset_check() does not expect, it keeps saved_iova. unmap_iova() then finds it after close_device(), and the close can hang as in 6.1. This case is by reading, and no run models it. A driver lock that all devices share, such as mdevs_lock of vfio_ap in 6.12, then stays held. The callbacks ran in a test driver and were compared with the in-tree drivers by reading.",
    evidence: { kind: "demonstrated", where: BOOTED },
    runs: [
      {
        label: "the device itself is closed, vfio_ap of 6.1",
        request: ask(V61, { against: "close-same", callbackUnpins: "unpin-always" }),
        expect: { ...HANGS, "UNM-2": "violated" },
      },
      { label: "the device itself is closed, kvmgt", request: ask(V612, { against: "close-same" }), expect: RETURNS },
      {
        label: "the device itself is closed, vfio_ccw",
        request: ask(V612, { against: "close-same", callbackUnpins: "check-then-unpin-all" }),
        expect: RETURNS,
      },
      {
        label: "two UNMAPs, vfio_ap of 6.1",
        request: ask(V61, { callbackUnpins: "unpin-always" }),
        expect: HANGS,
      },
      {
        label: "two UNMAPs, vfio_ccw",
        request: ask(V612, { callbackUnpins: "check-then-unpin-all" }),
        expect: HANGS,
      },
      {
        label: "two UNMAPs, vfio_ap of 6.12",
        request: ask(V612, { devices: 2, driverLock: "all-devices" }),
        expect: HANGS,
      },
    ],
    chart: { run: 0, property: "DEADLOCK" },
  },
  {
    id: "three-threads-in-a-circle",
    question: "Can UNMAP hang although the driver's callback has nothing to unpin?",
    askedBy: "VFIO facts, I-38 (no deadlock over all locks, queues and notifiers)",
    rows: [],
    given: "A driver that holds its own lock around vfio_pin_pages(), and takes the same lock in dma_unmap().",
    when: "the driver pins a page of another range while another device, which had the pin, is closed during the UNMAP.",
    answer:
      "Yes, with three threads. The callback holds device_list_lock and waits for the driver's lock; a thread of the driver holds that lock and waits for iommu->lock in vfio_pin_pages(); the close holds iommu->lock and waits for device_list_lock.",
    evidence: { kind: "demonstrated", where: BOOTED },
    runs: [
      {
        label: "6.1.192",
        request: ask(V61, { against: "three-threads", devices: 2 }),
        expect: { ...HANGS, "UNM-2": "violated" },
      },
      {
        label: "6.12.117",
        request: ask(V612, { against: "three-threads", devices: 2 }),
        expect: { ...HANGS, "UNM-2": "violated" },
      },
      {
        label: "6.12.117, device_list_lock always outside of iommu->lock",
        request: ask(MEND, { against: "three-threads", devices: 2 }),
        expect: { ...RETURNS, "UNM-2": "holds" },
      },
    ],
    chart: { run: 0, property: "DEADLOCK" },
  },
  {
    id: "mend-for-the-unmap-circle",
    question: "Does it end the hangs to take device_list_lock always outside of iommu->lock?",
    askedBy: "VFIO facts, I-38 (no deadlock over all locks, queues and notifiers)",
    rows: [],
    given:
      "vfio_notify_dma_unmap() copies iova and size, drops iommu->lock, and then takes device_list_lock; register and unregister take device_list_lock first.",
    when: "UNMAP races with UNMAP, open, close, or a pin.",
    answer:
      "Yes: on both kernels, rebuilt with this change, nothing hung in any variant. The copy also ends the read of a freed mapping. The change does not address BUG_ON(++retries > 10), and a second thread that maps the range again and again can still keep an UNMAP going (unmap-under-a-pinning-driver).",
    evidence: { kind: "demonstrated", where: BOOTED },
    runs: [
      { label: "two UNMAPs", request: ask(MEND), expect: RETURNS },
      {
        label: "the device itself is closed, vfio_ap of 6.1",
        request: ask(MEND, { against: "close-same", callbackUnpins: "unpin-always" }),
        expect: RETURNS,
      },
      { label: "close of another device", request: ask(MEND, { against: "close-other", devices: 2 }), expect: RETURNS },
      {
        label: "first open of another device",
        request: ask(MEND, { against: "open-other", devices: 2 }),
        expect: RETURNS,
      },
      {
        label: "two UNMAPs of one range",
        request: ask(MEND, { against: "unmap-same", devices: 2 }),
        expect: { ...RETURNS, "UNM-6": "holds" },
      },
      {
        label: "the driver pins again",
        request: ask(MEND, { against: "pin-again" }),
        expect: { "UNM-8": "violated" },
      },
    ],
  },
  {
    id: "list-lock-as-rw-semaphore",
    question: "Is it enough to make device_list_lock a rw_semaphore that vfio_notify_dma_unmap() takes for reading?",
    askedBy: "VFIO facts, I-38 (no deadlock over all locks, queues and notifiers)",
    rows: [],
    given:
      "Two UNMAPs walk device_list side by side; register and unregister take the semaphore for writing, with iommu->lock held.",
    when: "UNMAP races with UNMAP, open, or close.",
    answer:
      "It helps only against two UNMAPs. An open or a close still waits for the semaphore with iommu->lock held, and hangs against the callback; the freed mapping is still read. No kernel ran with this change.",
    evidence: { kind: "shown" },
    runs: [
      { label: "two UNMAPs", request: ask(V612, { deviceListLock: "inside-shared" }), expect: RETURNS },
      {
        label: "close of another device",
        request: ask(V612, { deviceListLock: "inside-shared", against: "close-other", devices: 2 }),
        expect: { ...HANGS, "UNM-2": "violated" },
      },
      {
        label: "first open of another device",
        request: ask(V612, { deviceListLock: "inside-shared", against: "open-other", devices: 2 }),
        expect: HANGS,
      },
      {
        label: "three threads: UNMAP, pin, and close of another device",
        request: ask(V612, { deviceListLock: "inside-shared", against: "three-threads", devices: 2 }),
        expect: HANGS,
      },
      {
        label: "two UNMAPs of one range",
        request: ask(V612, { deviceListLock: "inside-shared", against: "unmap-same", devices: 2 }),
        expect: { ...RETURNS, "UNM-6": "violated" },
      },
    ],
    chart: { run: 1, property: "DEADLOCK" },
  },
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
