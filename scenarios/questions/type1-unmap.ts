/** Questions about VFIO_IOMMU_UNMAP_DMA of type1 that calls drivers: two locks in a circle, and two bugs of the same loop. */
import type { Request } from "../../properties/build.ts";
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

const ask = (host: string, set: Request["set"] = {}): Request => study("type1-unmap", host, set);
const V61 = "linux-6.1.192";
const V612 = "linux-6.12.117";
const MEND = "lock-order-mended";
const BOOTED = "booted 6.1.192 and 6.12.117, scenarios/recorded/data/type1-deadlock.json";

const HANGS = { "UNM-3": "violated", "LCK-10": "violated", DEADLOCK: "violated" } as const;
const RETURNS = { "UNM-1": "holds", "UNM-3": "holds", "LCK-10": "holds", DEADLOCK: "holds" } as const;

export const type1UnmapScenarios: readonly Scenario[] = [
  {
    id: "unmap-and-close-in-a-circle",
    question: "vfio_notify_dma_unmap() drops iommu->lock before it calls drivers: is that enough against a deadlock?",
    askedBy: "VFIO facts 2.3, I-38",
    rows: [],
    given:
      "vfio_notify_dma_unmap() takes device_list_lock, drops iommu->lock, and calls dma_unmap() of each device; vfio_unpin_pages() in that callback takes iommu->lock.",
    when: "a second thread holds iommu->lock and waits for device_list_lock: another UNMAP of a range with a pin, or the first open or last close of a device whose driver has a dma_unmap() callback.",
    answer:
      "No: Linux 6.1.192 and 6.12.117 deadlock. The first thread holds device_list_lock and waits for iommu->lock, the second holds iommu->lock and waits for device_list_lock; both stay in D state, SIGKILL does not help, and every later VFIO_IOMMU_MAP_DMA on the container hangs too. One device is enough. A MAP, a pin in another range, or an UNMAP of a range without pins does not close the circle: none of them takes device_list_lock. Nor does the open or close of a vfio-pci device in the same container: without dma_unmap() it is not put into device_list, and takes neither lock for that.",
    evidence: { kind: "demonstrated", where: BOOTED },
    runs: [
      { label: "6.1.192, one device: UNMAP of another pinned range", request: ask(V61), expect: HANGS },
      { label: "6.12.117, the same", request: ask(V612), expect: HANGS },
      { label: "UNMAP of the same range", request: ask(V612, { against: "unmap-same" }), expect: HANGS },
      {
        label: "close of another device, which has no pins",
        request: ask(V612, { against: "close-other", devices: 2 }),
        expect: { ...HANGS, "UNM-2": "violated" },
      },
      {
        label: "first open of another device",
        request: ask(V612, { against: "open-other", devices: 2 }),
        expect: { ...HANGS, "UNM-2": "violated" },
      },
      {
        label: "UNMAP of a range without pins",
        request: ask(V612, { against: "unmap-unpinned" }),
        expect: RETURNS,
      },
      { label: "MAP", request: ask(V612, { against: "map" }), expect: RETURNS },
      { label: "pin in another range", request: ask(V612, { against: "pin" }), expect: RETURNS },
      {
        label: "with pages and their accounts: two UNMAPs",
        request: study("accounting", V612, { unmappers: 2 }),
        expect: { "LCK-10": "violated", DEADLOCK: "violated" },
      },
      {
        label: "with pages and their accounts: one of two devices is closed",
        request: study("accounting", V612, { mdevDrivers: 2, closes: true }),
        expect: { "LCK-10": "violated", DEADLOCK: "violated" },
      },
      {
        label: "with pages and their accounts: the only device is closed",
        request: study("accounting", V612, { closes: true }),
        expect: { "LCK-10": "holds", DEADLOCK: "holds" },
      },
    ],
    chart: { run: 0, property: "DEADLOCK" },
  },
  {
    id: "which-drivers-hang-unmap",
    question: "Which in-tree drivers can hang in vfio_notify_dma_unmap()?",
    askedBy: "VFIO facts, I-38, B-26",
    rows: [],
    given:
      "Three ways to unpin in dma_unmap(): look up and unpin under the driver's lock (kvmgt, and vfio_ap of 6.12), always unpin without a lock (vfio_ap of 6.1), check, then unpin everything (vfio_ccw).",
    when: "two UNMAPs run at a time, or the device is closed during an UNMAP.",
    answer:
      "All of them hang on two UNMAPs. The close of the device's own file always can with vfio_ap of 6.1: its callback calls vfio_unpin_pages() also after close_device() has unpinned everything. The others find nothing after that and do not take iommu->lock, vfio_ap of 6.12 if its reset succeeded: after a response code that it does not expect (the default of vfio_ap_mdev_reset_queue(), -EIO in apq_reset_check()) it keeps saved_iova, unmap_iova() finds that after close_device(), and the close can hang as with 6.1. This last case is by reading; no run models it. A driver lock shared by all devices, such as mdevs_lock of vfio_ap in 6.12, stays held as well. The callbacks were run in a test driver and compared with the in-tree drivers by reading.",
    evidence: { kind: "demonstrated", where: BOOTED },
    runs: [
      {
        label: "own close, as vfio_ap of 6.1",
        request: ask(V61, { against: "close-same", callbackUnpins: "unpin-always" }),
        expect: { ...HANGS, "UNM-2": "violated" },
      },
      { label: "own close, as kvmgt", request: ask(V612, { against: "close-same" }), expect: RETURNS },
      {
        label: "own close, as vfio_ccw",
        request: ask(V612, { against: "close-same", callbackUnpins: "check-then-unpin-all" }),
        expect: RETURNS,
      },
      {
        label: "two UNMAPs, as vfio_ap of 6.1",
        request: ask(V61, { callbackUnpins: "unpin-always" }),
        expect: HANGS,
      },
      {
        label: "two UNMAPs, as vfio_ccw",
        request: ask(V612, { callbackUnpins: "check-then-unpin-all" }),
        expect: HANGS,
      },
      {
        label: "two UNMAPs, as vfio_ap of 6.12",
        request: ask(V612, { devices: 2, driverLock: "all-devices" }),
        expect: HANGS,
      },
    ],
    chart: { run: 0, property: "DEADLOCK" },
  },
  {
    id: "three-threads-in-a-circle",
    question: "Can UNMAP hang although its callback has nothing to unpin?",
    askedBy: "VFIO facts, I-38",
    rows: [],
    given: "A driver that holds its own lock over vfio_pin_pages(), and takes the same lock in dma_unmap().",
    when: "it pins a page of another range while the other device, which had the pin, is closed during the UNMAP.",
    answer:
      "Yes, with three threads: the callback holds device_list_lock and waits for the driver's lock, the driver's thread holds that and waits in vfio_pin_pages() for iommu->lock, and the close holds iommu->lock and waits for device_list_lock.",
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
        label: "the order of the locks mended",
        request: ask(MEND, { against: "three-threads", devices: 2 }),
        expect: { ...RETURNS, "UNM-2": "holds" },
      },
    ],
    chart: { run: 0, property: "DEADLOCK" },
  },
  {
    id: "mend-for-the-unmap-circle",
    question: "Does it end the hangs to take device_list_lock always outside of iommu->lock?",
    askedBy: "VFIO facts, I-38",
    rows: [],
    given:
      "vfio_notify_dma_unmap() copies iova and size, drops iommu->lock, and then takes device_list_lock; register and unregister take device_list_lock first.",
    when: "UNMAP races with any of these calls.",
    answer:
      "Yes, in all variants: on both kernels, rebuilt so, nothing hung. The copy also keeps the freed mapping from being read. What it does not change is BUG_ON(++retries > 10), nor that a second thread which maps the range again and again can keep an UNMAP going (unmap-under-a-pinning-driver).",
    evidence: { kind: "demonstrated", where: BOOTED },
    runs: [
      { label: "two UNMAPs", request: ask(MEND), expect: RETURNS },
      {
        label: "own close, as vfio_ap of 6.1",
        request: ask(MEND, { against: "close-same", callbackUnpins: "unpin-always" }),
        expect: RETURNS,
      },
      { label: "close of another", request: ask(MEND, { against: "close-other", devices: 2 }), expect: RETURNS },
      { label: "open of another", request: ask(MEND, { against: "open-other", devices: 2 }), expect: RETURNS },
      {
        label: "two UNMAPs of one range",
        request: ask(MEND, { against: "unmap-same", devices: 2 }),
        expect: { ...RETURNS, "UNM-6": "holds" },
      },
      {
        label: "a driver that pins again",
        request: ask(MEND, { against: "pin-again" }),
        expect: { "UNM-8": "violated" },
      },
    ],
  },
  {
    id: "list-lock-as-rw-semaphore",
    question: "Is it enough to make device_list_lock a rw_semaphore that vfio_notify_dma_unmap() takes for reading?",
    askedBy: "VFIO facts, I-38",
    rows: [],
    given:
      "Two UNMAPs then walk device_list side by side; register and unregister take the semaphore for writing, inside iommu->lock.",
    when: "UNMAP races with any of these calls.",
    answer:
      "Only against two UNMAPs. An open or a close still waits for the semaphore with iommu->lock held, and so hangs against the callback; the freed mapping is still read. No kernel was run with this change.",
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
        label: "three threads",
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
    askedBy: "VFIO facts 2.3, U3a",
    rows: [],
    given: "Two threads in UNMAP of the same range; the first one walks device_list without iommu->lock.",
    when: "everything in the range is unpinned before the walk has come to its last device.",
    answer:
      "No: the second UNMAP finds an empty pfn_list and frees the mapping, and the next device is called with an iova of freed memory: with two devices and slub_debug it was 6b6b6b6b6b6b6b6b on both kernels. With one device it takes a driver that unpins on its own at that time, which no kernel was run with. A copy of both fields, made under the lock, is enough.",
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
        label: "one device",
        request: ask(V612, { against: "unmap-same" }),
        expect: { "UNM-6": "holds", "UNM-7": "witnessed" },
      },
      {
        label: "one device, and its driver unpins on its own",
        request: ask(V612, { against: "unmap-same-and-unpin" }),
        expect: { "UNM-6": "violated" },
      },
      {
        label: "the fields are copied, the locks as in Linux",
        request: ask(V612, { against: "unmap-same", devices: 2, mappingInWalk: "copied" }),
        expect: { "UNM-6": "holds", "UNM-3": "violated" },
      },
    ],
    chart: { run: 0, property: "UNM-6" },
  },
  {
    id: "unmap-reaches-its-bug-on",
    question: "Can BUG_ON(++retries > 10) in vfio_dma_do_unmap() be reached?",
    askedBy: "VFIO facts, I-16, B-25, B-26",
    rows: [],
    given: "UNMAP that calls the drivers again for as long as something is pinned in the mapping, and counts.",
    when: "a driver pins again between its callback and the next look, or unpins another page than the one that is pinned.",
    answer:
      "Yes, by both, on both kernels. A driver that pins again needs a callback that is slow after it has unpinned: without a sleep it was not met in 3,000 iterations. A callback that unpins only the first page of the mapping, as vfio_ap of 6.1 does by the source, meets it at once when another page is pinned. The thread dies with iommu->lock held. The mend of the lock order does not address it.",
    evidence: { kind: "demonstrated", where: BOOTED },
    runs: [
      {
        label: "pinned again, with the bound of Linux",
        request: ask(V61, { against: "pin-again", retryBound: 10 }),
        expect: { "UNM-8": "violated", "UNM-9": "witnessed" },
      },
      {
        label: "another page is pinned",
        request: ask(V61, { against: "map", callbackUnpins: "unpin-always", pinnedPage: "later", retryBound: 10 }),
        expect: { "UNM-8": "violated", "UNM-3": "violated" },
      },
      {
        label: "another page is pinned, as kvmgt",
        request: ask(V61, { against: "map", pinnedPage: "later", retryBound: 10 }),
        expect: { "UNM-8": "holds", "UNM-3": "holds" },
      },
      {
        label: "pinned again, the order of the locks mended",
        request: ask(MEND, { against: "pin-again" }),
        expect: { "UNM-8": "violated" },
      },
    ],
    chart: { run: 1, property: "UNM-8" },
  },
];
