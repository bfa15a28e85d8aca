/** Questions about the two locks that UNMAP takes in a circle when it calls drivers. */
import type { Scenario } from "../../scenario.ts";
import { study } from "../request.ts";
import { ask, V61, V612, MEND, BOOTED, HANGS, RETURNS } from "./asked.ts";

export const circleScenarios: readonly Scenario[] = [
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
];
