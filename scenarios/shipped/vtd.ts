/** Findings about drivers/iommu/intel. */
import { newest, type Shipped } from "./shipped.ts";

export const vtdFindings: readonly Shipped[] = [
  {
    id: "vtd-shared-drain-completion",
    title: "Two drains of VT-d page requests steal each other's completion, and one sleeps on",
    functions: ["intel_iommu_drain_pasid_prq()", "prq_event_thread()"],
    evidence: "model and source",
    trees: [
      {
        tree: "6.1.192",
        state: "absent",
        read: "intel_svm_drain_prq() has the same loops; only intel_svm_unbind_mm() calls it, under pasid_mutex, and iommu_sva_bind_device() refuses every bind on x86.",
      },
      {
        tree: "6.12.117",
        state: "present",
        read: "intel_iommu_drain_pasid_prq() calls reinit_completion(&iommu->prq_complete) and waits; prq_event_thread() calls complete() once. Its callers hold the mutex of their group only. iommu_sva_bind_device() returns -EOPNOTSUPP on x86, so no drain is that of an SVA unbind.",
      },
      newest(
        "present",
        "prq_event_thread() and intel_iommu_drain_pasid_prq() share the completion as before. The drain looks at the source id beside the PASID, and returns where iopf_refcount is 0. It runs before the count drops in blocking_domain_set_dev_pasid() and in intel_iommu_attach_device(); iommu_sva_bind_device() does not refuse x86, so an unbind drains, too.",
      ),
    ],
    conditions:
      "two devices with page requests behind one IOMMU, in two groups; both are detached at once, by device_block_translation() or iommu_detach_device_pasid(), and the queue overflows or holds a request of a PASID that is drained. SVA is not needed: iommu_sva_bind_device() of 6.12.117 returns -EOPNOTSUPP on x86. In 7.3.4 the queued request is one of a device and PASID that is drained.",
    scenario: "two-drains-at-once",
    run: 6,
    property: "TRD-22",
    mail: {
      subject: "iommu/vt-d: drains of two devices share iommu->prq_complete",
      body: `
intel_iommu_drain_pasid_prq() calls reinit_completion() on
iommu->prq_complete, looks at the queue, and waits if it finds a request
of its PASID, or if PRO is set. prq_event_thread() calls complete() once.

There is one completion for each IOMMU. Two drains can run at the same
time: device_block_translation() and iommu_detach_device_pasid() run under
group->mutex, so that devices in two groups do not exclude each other. One
case is iommufd, which detaches two devices from page tables with fault
queues. (SVA is not needed: 6.12.117 refuses it on x86.) Then

 - the reinit_completion() of one drain can take away the completion that
   the other is about to wait for, or
 - one complete() wakes the wrong one of the two.

The drain that lost sleeps, with its group mutex held, until
prq_event_thread() runs again for another page request.

It takes an overflow of the queue (PRO set), or a queued request of the
PASID that is drained; for the RID that is PASID 0.

This is by reading 6.12.117, and by a model that has the same order of
steps. No hang was produced on hardware. In the model a completion for
each drain ends it.

In 7.3.4 the drain looks at the source id as well, and returns where
iopf_refcount is 0. The completion is still shared. Drains run in
blocking_domain_set_dev_pasid() and intel_iommu_attach_device(), and at
an unbind of SVA, which 7.3.4 does not refuse on x86.`,
    },
  },
  {
    id: "vtd-request-after-drain",
    title: "The VT-d drain pushes page requests into the queue after it has scanned the queue",
    functions: ["device_block_translation()", "intel_pasid_tear_down_entry()", "intel_iommu_drain_pasid_prq()"],
    evidence: "model and source",
    trees: [
      {
        tree: "6.1.192",
        state: "absent",
        read: "under caching mode intel_pasid_tear_down_entry() leaves out the device-TLB invalidation, and intel_svm_unbind_mm() has this order; but iommu_sva_bind_device() refuses every bind on x86 (-EOPNOTSUPP), so that nothing is unbound.",
      },
      {
        tree: "6.12.117",
        state: "present",
        read: "when the RID is detached, device_block_translation() turns ATS off first; intel_iommu_drain_pasid_prq() scans the queue, flushes the workqueue, and submits the descriptors that drain the hardware last.",
      },
      newest(
        "rewritten",
        "device_block_translation() leaves ATS on, so that devtlb_invalidation_with_pasid() pushes the requests out before the drain. But blocking_domain_attach_dev() calls iopf_for_domain_remove() first: at the last detach by RID iopf_refcount is 0, and intel_iommu_drain_pasid_prq() returns at once. A request in the queue is then reported after the detach: iommu_report_device_fault() meets WARN_ON(!iopf_param) while the handle is still there, and finds the next handle once there is one.",
      ),
    ],
    conditions:
      "a nested page table of iommufd with a fault queue is detached, and the device has sent a request with PASID 0 (prq_event_thread() refuses a request without PASID, and other PASIDs have no handle).",
    scenario: "queue-before-wire",
    run: 2,
    property: "TRD-6",
    mail: {
      subject: "iommu/vt-d: page requests that the drain pushes out are not waited for",
      body: `
intel_iommu_drain_pasid_prq() first waits until the queue has no request
of the PASID, then flushes the workqueue, then submits wait descriptors
with QI_OPT_WAIT_DRAIN. The last step makes hardware write the requests
that are still on their way into the queue. Nobody looks at the queue
afterwards, unless PRO is set.

When a PASID is detached, the device-TLB invalidation in
intel_pasid_tear_down_entry() has pushed them out before. When the RID
is detached, device_block_translation() has turned ATS off before, so
that devtlb_invalidation_with_pasid() does nothing. prq_event_thread()
then reports such a request after the domain is detached; the handle may
be gone or belong to the next domain.

This is by reading 6.12.117 and by a model with that order (16 steps to
a report after the drain). In the model it ends when the hardware is
drained first, and the queue is scanned after that.

7.3.4 leaves ATS on, so that the invalidation before the drain pushes the
requests out. But blocking_domain_attach_dev() removes the device from
its IOPF queue first. At the last detach by RID iopf_refcount is then 0,
and intel_iommu_drain_pasid_prq() returns at once: a request that is in
the queue is reported after the detach. While the attach handle is still
there, iommu_report_device_fault() meets WARN_ON(!iopf_param). This part
is by reading 7.3.4 only; no model has that order.`,
    },
  },
  {
    id: "vtd-drain-after-ats-off",
    title: "The VT-d drain sends a device-TLB invalidation to a device whose ATS is off",
    functions: [
      "device_block_translation()",
      "iommu_disable_pci_caps()",
      "intel_iommu_drain_pasid_prq()",
      "qi_check_fault()",
    ],
    evidence: "model and source",
    trees: [
      {
        tree: "6.1.192",
        state: "absent",
        read: "intel_pasid_tear_down_entry() does not drain; only intel_svm_unbind_mm() does.",
      },
      {
        tree: "6.12.117",
        state: "present",
        read: "iommu_disable_pci_caps() clears ats_enabled and leaves pri_enabled; intel_iommu_drain_pasid_prq() looks at pri_enabled only; qi_check_fault() returns -EAGAIN and qi_submit_sync() starts again.",
      },
      newest(
        "fixed",
        "device_block_translation() leaves ATS on. intel_iommu_probe_finalize() turns ATS and page requests on, intel_iommu_release_device() turns both off, and intel_iommu_drain_pasid_prq() returns where iopf_refcount is 0; intel_iommu_enable_iopf() raises it only where pri_enabled is set.",
      ),
    ],
    fixed:
      "in 7.3.4: device_block_translation() leaves ATS on, and only intel_iommu_release_device() turns it off, after page requests",
    conditions:
      "a domain of the RID is detached while page requests are enabled, and the device does not complete an invalidation with its ATS off. PCIe has a function complete it; one in reset, in low power or at fault does not.",
    scenario: "drain-after-ats-off",
    run: 0,
    property: "ENT-18",
  },
  {
    id: "vtd-cache-tags",
    title: "An unmap during attach or detach misses the caches of the device",
    functions: [
      "dmar_domain_attach_device()",
      "device_block_translation()",
      "intel_iommu_remove_dev_pasid()",
      "cache_tag_unassign_domain()",
    ],
    evidence: "model and source",
    trees: [
      {
        tree: "6.1.192",
        state: "absent",
        read: "cache tags do not exist there. A flush walks the devices of the domain, and a device is on that list while its entry is present; at a replace device_block_translation() clears ats_enabled first, after which a flush leaves its device TLB out.",
      },
      {
        tree: "6.12.117",
        state: "present",
        read: "device_block_translation() and intel_iommu_remove_dev_pasid() call cache_tag_unassign_domain() before intel_pasid_tear_down_entry(); dmar_domain_attach_device() calls cache_tag_assign_domain() after the entry is set up.",
      },
      newest(
        "present",
        "by RID: device_block_translation() drops the tags before intel_pasid_tear_down_entry(), and dmar_domain_attach_device() assigns them last. By PASID it is fixed: blocking_domain_set_dev_pasid() clears the entry before domain_remove_dev_pasid(), and intel_iommu_set_dev_pasid() calls domain_add_dev_pasid() before the entry is set up.",
      ),
    ],
    conditions:
      "iommufd: user space unmaps a page while a device is attached to the domain or detached from it. VFIO type1 holds iommu->lock over both. The IOTLB is missed if no other device behind the same IOMMU uses the domain with that PASID: they share its tag.",
    scenario: "unmap-during-detach",
    run: 3,
    property: "ENT-10",
    mail: {
      subject: "iommu/vt-d: cache tags do not cover the time in which the entry is present",
      body: `
A flush of a domain goes through its cache tags. In 6.12.117 there are
times at which a PASID or context entry is present, hardware may cache
translations of the domain, and no tag says so:

 - device_block_translation() and intel_iommu_remove_dev_pasid() drop the
   tags first, and clear and invalidate the entry after that;
 - dmar_domain_attach_device() sets up the entry first, and assigns the
   tags last.

An unmap in that window does not flush the ATC of the device, nor the
IOTLB, unless another device behind the same IOMMU holds the IOTLB tag.
The page is given back while the device can still reach it. With iommufd
nothing excludes such an unmap: it takes no lock that an attach holds.

This is by reading and by a model with these orders (8 steps). In the
model, tags that are assigned before the entry is present and dropped
after its invalidation leave no such window.

7.3.4 has the window by RID only: device_block_translation() and
dmar_domain_attach_device() are as before. By PASID it is closed:
blocking_domain_set_dev_pasid() clears the entry before the tags are
dropped, and domain_add_dev_pasid() assigns them before the entry is set
up.`,
    },
  },
  {
    id: "vtd-detach-skips-drain",
    title: "The last detach of a device disables its page faults before the VT-d drain, which then drains nothing",
    functions: [
      "blocking_domain_attach_dev()",
      "iopf_for_domain_remove()",
      "iopf_queue_remove_device()",
      "intel_iommu_drain_pasid_prq()",
    ],
    evidence: "model and source",
    trees: [
      { tree: "6.1.192", state: "absent", read: "there is no iommufd, and intel_svm_unbind_mm() drains first." },
      {
        tree: "6.12.117",
        state: "absent",
        read: "iommufd_fault_domain_detach_dev() disables page faults by iommufd_fault_iopf_disable() after iommu_detach_group_handle() has drained.",
      },
      newest(
        "present",
        "blocking_domain_attach_dev() calls iopf_for_domain_remove() and then device_block_translation(). intel_iommu_drain_pasid_prq() returns where iopf_refcount is 0. prq_event_thread() holds iopf_lock around iommu_report_device_fault(), and no detach takes it. blocking_domain_set_dev_pasid() has the other order.",
      ),
    ],
    conditions:
      "a page table with a fault queue is attached to the RID, no PASID of the device has one, and a page request is reported while the device is detached.",
    scenario: "detach-skips-drain",
    run: 1,
    property: "IFD-3",
    mail: {
      subject: "iommu/vt-d: blocking_domain_attach_dev() disables IOPF before the PRQ is drained",
      body: `
blocking_domain_attach_dev() calls iopf_for_domain_remove() first and
device_block_translation() after it. If the old domain was the last one
with an iopf_handler, iopf_refcount is 0 by then, and
intel_iommu_drain_pasid_prq() returns without a drain.

Nothing else waits for prq_event_thread(). A report in progress

 - may have built a group in iopf_group_alloc() and not yet have called
   domain->iopf_handler(). The group is on fault_param->faults, and
   iopf_queue_remove_device() answers it and frees it, or
 - may have looked up the attach handle, which
   iommufd_hwpt_detach_device() frees after the detach.

In both cases the reporting thread uses freed memory. A request that is
still in the ring is reported later: it finds the handle and no
fault_param, which trips the WARN_ON() in iommu_report_device_fault().

It takes an iommufd page table with a fault queue on the RID, and no
PASID with one. blocking_domain_set_dev_pasid() tears the entry down,
which drains, and calls iopf_for_domain_remove() after that.

This is by reading 7.3.4, and by a model that has the same order of
steps. It was not produced on hardware. In the model a drain before
iopf_for_domain_remove() ends it.`,
    },
  },
];
