/** Findings about drivers/vfio/vfio_iommu_type1.c. */
import { newest, type InTree, type Shipped } from "./shipped.ts";

const both = (read: string): readonly [InTree, InTree] => [
  { tree: "6.1.192", state: "present", read },
  { tree: "6.12.117", state: "present", read },
];

const NOTIFY =
  "vfio_notify_dma_unmap() takes device_list_lock, drops iommu->lock, calls dma_unmap(), and takes iommu->lock again";

export const type1Findings: readonly Shipped[] = [
  {
    id: "unmap-dma-deadlock",
    title: "VFIO_IOMMU_UNMAP_DMA of a range with pinned pages deadlocks",
    functions: [
      "vfio_notify_dma_unmap()",
      "vfio_dma_do_unmap()",
      "vfio_iommu_type1_register_device()",
      "vfio_iommu_type1_unregister_device()",
    ],
    evidence: "booted kernel",
    trees: [
      ...both(
        `${NOTIFY}; vfio_iommu_type1_register_device() and vfio_iommu_type1_unregister_device() take device_list_lock with iommu->lock held.`,
      ),
      newest("present", "the three functions are as in 6.12.117: the locks are nested in both orders."),
    ],
    conditions:
      "a driver with a dma_unmap() callback (vfio_ap, vfio_ccw, kvmgt) has a page pinned in the range; beside it a second UNMAP of a pinned range, or the first open or last close of another such device in the container.",
    scenario: "unmap-and-close-in-a-circle",
    run: 1,
    property: "DEADLOCK",
    mail: {
      subject: "vfio/type1: deadlock between iommu->lock and device_list_lock in UNMAP_DMA",
      body: `
vfio_notify_dma_unmap() takes device_list_lock, drops iommu->lock and
calls dma_unmap() of every registered device. The callback calls
vfio_unpin_pages(), which takes iommu->lock.

A second thread takes the two locks in the other order:

  thread A: VFIO_IOMMU_UNMAP_DMA        thread B: VFIO_IOMMU_UNMAP_DMA
    mutex_lock(&iommu->lock)
    mutex_lock(&device_list_lock)
    mutex_unlock(&iommu->lock)
                                          mutex_lock(&iommu->lock)
                                          mutex_lock(&device_list_lock)
    dma_unmap()
      vfio_unpin_pages()
        mutex_lock(&iommu->lock)

Thread B can also be the first open or the last close of another device
with a dma_unmap() callback: vfio_iommu_type1_register_device() and
vfio_iommu_type1_unregister_device() nest the locks the same way. One
device is enough for two UNMAPs.

Seen on Debian 6.1.192-3 and 6.12.117-1~deb12u1, stock kernels under
QEMU with two vCPUs and a test driver behind an emulated IOMMU: both
threads stay in D state, SIGKILL does not help, and a later
VFIO_IOMMU_MAP_DMA on the container hangs as well. Without any sleep in
the driver it took 64 iterations on 6.1 and 1,249 on 6.12. 7.3.4 has the
same order of locks, by reading.

Before the notifier chain became a device list, the chain ran with
iommu->lock dropped and registration did not take it.

What ended the hangs in the same tests: take device_list_lock always
outside of iommu->lock. The notification copies iova and size, drops
iommu->lock, and only then takes device_list_lock; register and
unregister take device_list_lock before iommu->lock. In a model of these
locks a rw_semaphore for device_list_lock covers two UNMAPs only.`,
    },
  },
  {
    id: "unmap-reads-freed-mapping",
    title: "vfio_notify_dma_unmap() reads a mapping that another UNMAP has freed",
    functions: ["vfio_notify_dma_unmap()", "vfio_remove_dma()"],
    evidence: "booted kernel",
    trees: [
      ...both("vfio_notify_dma_unmap() reads dma->iova and dma->size in its loop, after it has dropped iommu->lock."),
      newest("present", "vfio_notify_dma_unmap() is as in 6.12.117."),
    ],
    conditions: "two devices with dma_unmap() callbacks, and two UNMAPs of the same range.",
    scenario: "unmap-reads-a-freed-mapping",
    run: 1,
    property: "UNM-6",
    mail: {
      subject: "vfio/type1: use after free of struct vfio_dma in vfio_notify_dma_unmap()",
      body: `
vfio_notify_dma_unmap() drops iommu->lock and then calls dma_unmap() of
each device with dma->iova and dma->size. With the lock dropped, a
second VFIO_IOMMU_UNMAP_DMA of the same range can find pfn_list empty
and free the mapping, while the first still walks the device list. The
next device is called with values from freed memory.

Seen on 6.1.192 and 6.12.117 with two devices and slub_debug=FP: the
second callback got iova 0x6b6b6b6b6b6b6b6b. By reading, 7.3.4 does the
same.

In a model of these steps it is enough to copy both fields before
iommu->lock is dropped.`,
    },
  },
  {
    id: "unmap-bug-on",
    title: "BUG_ON(++retries > 10) in vfio_dma_do_unmap() can be reached",
    functions: ["vfio_dma_do_unmap()"],
    evidence: "booted kernel",
    trees: [
      ...both(
        "vfio_dma_do_unmap() counts rounds in which the same mapping still has pinned pages, and stops with BUG_ON.",
      ),
      newest("present", "vfio_dma_do_unmap() has the same loop, with BUG_ON() in it."),
    ],
    conditions:
      "a driver pins again while its callback still runs, or a callback unpins only the first page of the mapping (vfio_ap of 6.1, by reading).",
    scenario: "unmap-reaches-its-bug-on",
    run: 1,
    property: "UNM-8",
    mail: {
      subject: "vfio/type1: BUG_ON(++retries > 10) in vfio_dma_do_unmap() is reachable",
      body: `
vfio_dma_do_unmap() notifies the drivers while pfn_list of a mapping is
not empty, and hits BUG_ON after ten rounds for the same mapping. The
thread dies with iommu->lock held.

Two ways were seen on 6.1.192 and 6.12.117 with a test driver:

 - the callback unpins and then sleeps 20 ms, while another thread of the
   driver pins the page again: on the first iteration. Without the sleep
   it was not met in 3,000 iterations.
 - the callback unpins the first page of the mapping only, and another
   page is pinned: at once. By reading, vfio_ap of 6.1 does this.

The loop of 7.3.4 is the same, by reading.

In a model of the loop, refusing new pins of a mapping that is being
removed covers the first way and not the second. The model does not say
which fix covers both.`,
    },
  },
  {
    id: "vfio-ap-forgets-pin",
    title: "vfio_ap forgets a page that it pinned, and a later UNMAP of the range hits BUG_ON",
    functions: ["vfio_ap_irq_enable()", "vfio_ap_irq_disable()", "vfio_dma_do_unmap()"],
    evidence: "model and source",
    trees: [
      {
        tree: "6.1.192",
        state: "present",
        read: "vfio_ap_irq_enable() calls vfio_ap_irq_disable() by default, which unpins saved_iova and not the page that was just pinned; vfio_ap_mdev_dma_unmap() unpins one page at the start of the mapping only.",
      },
      {
        tree: "6.12.117",
        state: "present",
        read: "vfio_ap_irq_enable() is the same there; vfio_ap_mdev_dma_unmap() looks at saved_iova of each queue.",
      },
      newest("present", "vfio_ap is the same there, and vfio_dma_do_unmap() has the same BUG_ON()."),
    ],
    conditions:
      "s390 with vfio_ap: a guest enables interrupts of a queue (PQAP with AQIC), and the queue answers with another response code than normal or otherwise-changed, for instance because a reset is in progress. Later user space unmaps the page of the notification byte.",
    scenario: "unmap-meets-a-lost-pin",
    run: 0,
    property: "UNM-8",
    mail: {
      subject: "s390/vfio-ap: NIB page stays pinned when AQIC fails",
      body: `
vfio_ap_irq_enable() pins the page of the notification indicator byte
and registers the ISC before it calls ap_aqic(). For a response code
other than AP_RESPONSE_NORMAL and AP_RESPONSE_OTHERWISE_CHANGED it calls
vfio_ap_irq_disable(), which ends in vfio_ap_free_aqic_resources(). That
unpins q->saved_iova, the page of before. The page that was just pinned
is in nib only, and nobody unpins it; nor is its ISC unregistered.

vfio_ap_mdev_dma_unmap() finds the page in no queue. pfn_list of the
mapping stays non-empty, and vfio_dma_do_unmap() ends in
BUG_ON(++retries > 10) when user space unmaps the range, with
iommu->lock held.

The errors before ap_aqic() unpin nib. The default case could do the
same before it disables the interrupt.

This is by reading 6.1.192, 6.12.117 and 7.3.4, and by a model of UNMAP
and its callbacks; no s390 machine was used.`,
    },
  },
  {
    id: "range-to-the-top",
    title: "DMA_UNMAP of a range that ends at the top of the address space unmaps nothing",
    functions: ["vfio_find_dma()", "vfio_find_dma_first_node()", "vfio_dma_do_unmap()", "vfio_unmap_unpin()"],
    evidence: "model and source",
    trees: [
      ...both(
        "vfio_find_dma() and the loop of vfio_dma_do_unmap() compare with iova + size, which is 0 for such a range.",
      ),
      newest(
        "fixed",
        "vfio_dma_do_unmap() works out the last address with check_add_overflow(); vfio_find_dma() and vfio_find_dma_first_node() compare last addresses; vfio_unmap_unpin() counts from 0 to the size.",
      ),
    ],
    fixed:
      "by ef270ec44637 (vfio/type1: handle DMA map/unmap up to the addressable limit), with 6012379ede6a and 1196f1f897d4",
    conditions:
      "an aperture that ends at 2^64-1, or a container with mediated devices only. With a lower aperture, as on VT-d and SMMUv3, MAP is refused and only an UNMAP to the top reports 0 bytes.",
    scenario: "map-at-the-top",
    run: 1,
    property: "RNG-7",
  },
  {
    id: "dirty-log-narrowing",
    title: "The dirty log forgets writes from before a group is pinned for the first time",
    functions: ["vfio_iommu_type1_pin_pages()", "update_user_bitmap()"],
    evidence: "model and source",
    trees: [
      ...both(
        "vfio_iommu_type1_pin_pages() lowers num_non_pinned_groups and marks only the pages that it pins; vfio_iommu_type1_detach_group() marks all (vfio_iommu_populate_bitmap_full()).",
      ),
      newest(
        "present",
        "vfio_iommu_type1_pin_pages() lowers num_non_pinned_groups as before, and marks the pages that it pins; vfio_iommu_type1_detach_group() marks all.",
      ),
    ],
    conditions:
      "an IOMMU-backed device whose driver calls vfio_pin_pages() for the first time while dirty tracking is on. No in-tree driver does this.",
    scenario: "narrowing-forgets",
    run: 0,
    property: "DRT-1",
    mail: {
      subject: "vfio/type1: first vfio_pin_pages() of a group drops dirty pages from the log",
      body: `
A group without pinned_page_dirty_scope makes GET_BITMAP report every
page: update_user_bitmap() fills the bitmap while num_non_pinned_groups
is not zero. The first successful vfio_pin_pages() of the group lowers
that counter. Pages that the device wrote before are in no bitmap, and
the next report leaves them out.

Detaching such a group has the same effect, and was fixed there by
vfio_iommu_populate_bitmap_full(). In a model of the log, marking all
pages where vfio_iommu_type1_pin_pages() narrows the scope covers this.

This is by reading 6.1.192, 6.12.117 and 7.3.4 and by a model of it. No
in-tree driver pins pages of an IOMMU-backed device, so it takes a vendor
driver.`,
    },
  },
];
