/** Findings about handlers of page faults that do not return. */
import { newest, type Shipped } from "./shipped.ts";

export const hungFindings: readonly Shipped[] = [
  {
    id: "sva-unbind-under-global-lock",
    title: "An unbind of SVA waits for page faults with iommu_sva_lock held, and all binds in the system wait for it",
    functions: ["iommu_sva_unbind_device()", "intel_pasid_tear_down_entry()", "iopf_queue_flush_dev()"],
    evidence: "model and source",
    trees: [
      {
        tree: "6.1.192",
        state: "absent",
        read: "iommu_sva_unbind_device() holds group->mutex of the device. intel_svm_drain_prq() drops pasid_mutex while it flushes.",
      },
      {
        tree: "6.12.117",
        state: "present",
        read: "iommu_sva_unbind_device() calls iommu_detach_device_pasid() with iommu_sva_lock held. intel_pasid_tear_down_entry() drains, and iopf_queue_flush_dev() waits for the workqueue without a limit. iommu_sva_handle_mm() takes mmap_lock and calls handle_mm_fault() without FAULT_FLAG_KILLABLE.",
      },
      newest("present", "the four functions are the same in this."),
    ],
    conditions:
      "SVA over VT-d. A device behind the same IOMMU has a page fault that takes long or does not end, as for a page of a file whose server does not answer (FUSE, NFS), and some process unbinds a PASID or exits. The faulting process needs no privilege but the device.",
    scenario: "unbind-under-global-lock",
    run: 0,
    property: "HNG-7",
    mail: {
      subject: "iommu/sva: unbind flushes page faults with iommu_sva_lock held",
      body: `
iommu_sva_unbind_device() holds iommu_sva_lock over
iommu_detach_device_pasid(). On VT-d that drains the page requests of the
PASID, and iopf_queue_flush_dev() waits for all work of the IOMMU's IOPF
queue, that is for iommu_sva_handle_iopf() of any device and any process:

  worker   iommu_sva_handle_mm() of process A waits in handle_mm_fault()
  B        iommu_sva_unbind_device() takes iommu_sva_lock
  B        iopf_queue_flush_dev() waits for the work of A
  C        iommu_sva_bind_device() waits for iommu_sva_lock

Nothing bounds the wait of the worker: the page may belong to a file whose
server does not answer, or mmap_lock may be held by a thread that waits for
such a page. Until it ends, no process can bind or unbind any device, also
behind other IOMMUs.

In a model of these steps it is enough to flush after the lock was dropped,
as 6.1 does with pasid_mutex. B then still waits for A; an IOPF queue for
each device would end that.

This is by reading 6.12.117 and 7.3.4 and by a model; it was not run on
hardware.`,
    },
  },
  {
    id: "iopf-flush-waits-for-all-devices",
    title: "A detach waits for the page faults of all devices behind the IOMMU",
    functions: ["iopf_queue_flush_dev()", "iopf_queue_alloc()"],
    evidence: "model and source",
    trees: [
      {
        tree: "6.1.192",
        state: "present",
        read: "iopf_queue_flush_dev() flushes the workqueue of the whole IOPF queue.",
      },
      {
        tree: "6.12.117",
        state: "present",
        read: "iopf_queue_flush_dev() flushes the workqueue of the whole IOPF queue.",
      },
      newest("present", "iopf_queue_flush_dev() and iopf_queue_alloc() are the same in this."),
    ],
    conditions:
      "two devices with page faults behind one IOMMU, and a page fault of the one that takes long or does not end, while a PASID or the domain of the other is detached (VT-d; AMD for the whole device).",
    scenario: "detach-waits-for-other-device",
    run: 0,
    property: "HNG-3",
    mail: {
      subject: "iommu: iopf_queue_flush_dev() waits for the faults of other devices",
      body: `
iopf_queue_flush_dev() is given a device, and its comment says that it
waits for the faults of that device. It flushes the workqueue of the IOMMU,
and so waits for the handlers of all devices behind it:

  worker   handles a fault of device A, and does not return
  detach   of device B: iopf_queue_flush_dev(B) waits for A

B need not have a single fault. Handlers of SVA may wait without a limit,
for a page of a file or for mmap_lock.

In a model of these steps a workqueue for each device, or a flush of the
device's own groups, makes the detach of B independent of A.

This is by reading 6.1.192, 6.12.117 and 7.3.4 and by a model; it was not
run on hardware.`,
    },
  },
  {
    id: "iopf-flush-under-param-lock",
    title: "A flush of page faults holds the lock of the device that reports take, and the page request thread stops",
    functions: ["iopf_queue_flush_dev()", "iommu_report_device_fault()"],
    evidence: "model and source",
    trees: [
      {
        tree: "6.1.192",
        state: "present",
        read: "iopf_queue_flush_dev() flushes the workqueue with param->lock held; iommu_report_device_fault() takes param->lock, in the thread that serves all devices of the IOMMU.",
      },
      {
        tree: "6.12.117",
        state: "fixed",
        read: "iopf_queue_flush_dev() takes no lock, and iommu_report_device_fault() gets a reference to the fault parameters.",
      },
      newest("fixed", "iopf_queue_flush_dev() and iommu_report_device_fault() are the same in this."),
    ],
    fixed: "in 6.12.117: iopf_queue_flush_dev() takes no lock",
    conditions:
      "a device with several PASIDs, of which one is unbound while a page fault of the IOMMU takes long or does not end, and the device faults with another.",
    scenario: "flush-under-report-lock",
    run: 0,
    property: "HNG-1",
  },
  {
    id: "idxd-close-stops-event-log",
    title: "A close of one idxd work queue stops the event log of the device while a page does not come",
    functions: ["idxd_cdev_evl_drain_pasid()", "process_evl_entries()", "idxd_copy_cr()"],
    evidence: "model and source",
    trees: [
      { tree: "6.1.192", state: "absent", read: "idxd has no event log there." },
      {
        tree: "6.12.117",
        state: "present",
        read: "idxd_cdev_evl_drain_pasid() waits for the workqueue of the work queue with evl->lock held. idxd_copy_cr() of that workqueue writes to the memory of the process, and waits for its pages. process_evl_entries() takes evl->lock for all queues of the device.",
      },
      newest("present", "the three functions are the same in this."),
    ],
    conditions:
      "a process has a work queue open, and the page of its completion record comes when it likes, as one of a file that it serves itself (FUSE). It closes the queue while the record is copied.",
    scenario: "close-stops-event-log",
    run: 0,
    property: "LRC-6",
    mail: {
      subject: "dmaengine: idxd: drain of the workqueue under evl->lock stops the event log",
      body: `
idxd_cdev_evl_drain_pasid() takes evl->lock, marks the entries of the
PASID, and waits with the lock held until the workqueue of the work queue
is drained:

  worker   idxd_copy_cr() waits in copy_to_user() for a page of process A
  A        its close takes evl->lock and waits for the worker
  thread   process_evl_entries() waits for evl->lock

The page may belong to a file whose server is A itself or does not answer.
Until it comes, no process gets a completion record from the event log of
the device, and no other work queue can be closed.

In a model of these steps it is enough to drop evl->lock after the entries
were marked, and to wait for the workqueue after that.

This is by reading 6.12.117 and 7.3.4 and by a model; no device was used.`,
    },
  },
];
