/** Findings about the IOPF core, iommufd, PRI, and VFIO groups. */
import { newest, type Shipped } from "./shipped.ts";

export const coreFindings: readonly Shipped[] = [
  {
    id: "iommufd-replace-old-handle",
    title: "A fault during a replace of page tables keeps an attach handle that is freed",
    functions: ["iommu_replace_group_handle()", "iommufd_hwpt_replace_device()", "find_fault_handler()"],
    evidence: "model and source",
    trees: [
      { tree: "6.1.192", state: "absent", read: "iommufd has no fault queues there." },
      {
        tree: "6.12.117",
        state: "present",
        read: "iommu_replace_group_handle() calls __iommu_group_set_domain() and then xa_store() of the new handle; iommufd_hwpt_replace_device() then answers what it finds on the old queue and frees the old handle, without a drain.",
      },
      newest(
        "present",
        "iommu_replace_group_handle() and iommu_replace_device_pasid() switch the domain and then call xa_store(); iommufd_hwpt_replace_device() then calls iommufd_auto_response_faults() for the old handle and frees it.",
      ),
    ],
    conditions:
      "user space replaces a page table that has a fault queue (VFIO_DEVICE_ATTACH_IOMMUFD_PT) while the device has page faults. In 6.12.117 that is a nested one of VT-d, a device that is no VF, and requests with PASID 0.",
    scenario: "faults-during-replace",
    run: 1,
    property: "IFD-4",
    mail: {
      subject: "iommufd: faults between set_domain and xa_store use a handle that is freed",
      body: `
iommu_replace_group_handle() of 6.12.117 switches the group to the new
domain, and stores the new attach handle in pasid_array after that. A
page request of the new domain that is reported in between finds the old
handle, and is taken for one of the old domain and its fault queue.

iommufd_hwpt_replace_device() then answers the groups that it finds for
the old handle and frees the handle. A report that looked the handle up
before the store, and queues its group after that search, leaves a group
whose attach_handle is freed.

Commit 5e9f822c9c68 changed the order of attach only. 7.3.4 has the same
order in iommu_replace_group_handle(), iommu_replace_device_pasid() and
iommufd_hwpt_replace_device(); there the old page table may also be one
that is not nested, or one of a PASID.

In a model of these steps, storing the handle first avoids the use after
free, but takes faults of the old domain for faults of the new one. A
device that is blocked and drained until both are done has neither
problem.`,
    },
  },
  {
    id: "iommufd-detach-stale-hwpt",
    title: "A detach of iommufd drops a reference to a page table that another device has just replaced",
    functions: ["iommufd_hw_pagetable_detach()", "iommufd_device_do_replace()"],
    evidence: "model and source",
    trees: [
      { tree: "6.1.192", state: "absent", read: "iommufd does not exist there." },
      {
        tree: "6.12.117",
        state: "present",
        read: "iommufd_hw_pagetable_detach() reads idev->igroup->hwpt, and with find_hwpt_paging() its IOAS, before it takes igroup->lock; iommufd_device_detach() puts what it returns. iommufd_device_do_replace() moves the references of all devices of the group under that lock.",
      },
      newest(
        "fixed",
        "iommufd_hw_pagetable_detach() takes igroup->lock first, and reads the page table from pasid_attach under it.",
      ),
    ],
    fixed: "in 7.3.4: iommufd_hw_pagetable_detach() reads the page table with igroup->lock held",
    conditions:
      "an IOMMU group of two devices that VFIO puts into two device sets (devices on a root bus, or virtual functions). One is detached or closed while the other replaces the page table of the group (VFIO_DEVICE_ATTACH_IOMMUFD_PT). If user space also destroys the old page table, iopt_remove_reserved_iova() reads freed memory.",
    scenario: "detach-during-replace",
    run: 1,
    property: "ATT-8",
  },
  {
    id: "group-index-across-pasids",
    title: "Requests of two PASIDs with one group index are joined to one group",
    functions: ["iopf_group_alloc()", "iommu_queue_iopf()"],
    evidence: "model and source",
    trees: [
      {
        tree: "6.1.192",
        state: "present",
        read: "iommu_queue_iopf() takes partial faults with the same grpid, and does not compare the PASID.",
      },
      { tree: "6.12.117", state: "present", read: "iopf_group_alloc() does the same." },
      newest("present", "iopf_group_alloc() is the same; iommu_sva_bind_device() does not refuse x86."),
    ],
    conditions:
      "a device uses the same page request group index for two PASIDs at a time, and groups have more than one request. It takes two PASIDs with handlers. In 6.1.192 and 6.12.117 that means SVA, which iommu_sva_bind_device() refuses on x86 (-EOPNOTSUPP); group indices of SMMUv3 stalls are unique. In 7.3.4 SVA is not refused, and iommufd attaches page tables with a fault queue to PASIDs.",
    scenario: "one-index-in-two-address-spaces",
    run: 1,
    property: "PCL-4",
    mail: {
      subject: "iommu: iopf: partial faults are matched by group index only",
      body: `
iopf_group_alloc() moves every partial fault of the device with the same
grpid into the group, and does not compare the PASID. If a device uses
one index for two PASIDs at the same time, requests of one address space
are resolved in the other address space.

iommu_page_response() of 6.1 compared the PASID as well, where the
response needs one. In a model of the core it is enough to compare
prm.pasid beside grpid. Whether a device may reuse an index
across PASIDs is for PCIe to say; the core has no check either way.

iopf_group_alloc() of 7.3.4 is the same. Two PASIDs with handlers are
easier to have there: iommu_sva_bind_device() does not refuse x86 any
more, and iommufd attaches page tables with fault queues to PASIDs.`,
    },
  },
  {
    id: "refusals-answered-each",
    title: "A page request that no handler takes is answered, even if it is not the last of its group",
    functions: ["iommu_report_device_fault()", "iopf_error_response()", "handle_bad_prq_event()"],
    evidence: "model and source",
    trees: [
      {
        tree: "6.1.192",
        state: "absent",
        read: "iommu_report_device_fault() returns an error, and prq_event_thread() answers the last request.",
      },
      {
        tree: "6.12.117",
        state: "present",
        read: "iommu_report_device_fault() goes to err_bad_iopf for any request without a handler, and iopf_error_response() calls page_response() without looking at IOMMU_FAULT_PAGE_REQUEST_LAST_PAGE.",
      },
      newest("present", "iommu_report_device_fault() and iopf_error_response() are the same."),
    ],
    conditions:
      "a group of more than one request arrives for a PASID without a handler. On x86 in 6.12.117 that is every PASID but 0, because iommu_sva_bind_device() refuses SVA there. In 7.3.4 it is every PASID without a handler.",
    scenario: "refused-requests",
    run: 5,
    property: "PCL-1",
    mail: {
      subject: "iommu: iopf: error response is sent for requests that are not the last of a group",
      body: `
A page request group gets one response, to its last request. In 6.12.117
iommu_report_device_fault() jumps to err_bad_iopf when it finds no
handler, and iopf_error_response() calls page_response() for every
request, last or not. A group of two requests is answered twice; the
second answer may meet the next group of the same index.

report_partial_fault() says of the good path that a request that is not
the last one does not need an answer. In a model of VT-d and the core,
the same test in err_bad_iopf is enough.

io-pgfault.c of 7.3.4 is the same in these functions.`,
    },
  },
  {
    id: "pri-reset-before-stopped",
    title: "Linux resets a page request interface without waiting until it has stopped",
    functions: ["pci_disable_pri()", "pci_reset_pri()", "pci_enable_pri()"],
    evidence: "model and source",
    trees: [
      {
        tree: "6.1.192",
        state: "present",
        read: "VT-d: iommu_disable_dev_iotlb() calls pci_disable_pri() and drains nothing; iommu_enable_pci_caps() calls pci_reset_pri() and pci_enable_pri().",
      },
      {
        tree: "6.12.117",
        state: "present",
        read: "pci_disable_pri() clears Enable and returns; pci_reset_pri() does not read Stopped; pci_enable_pri() reads it after the reset. VT-d blocks and drains before, AMD flushes the workqueue.",
      },
      newest(
        "present",
        "pci_disable_pri(), pci_reset_pri() and pci_enable_pri() are the same. VT-d calls them in intel_iommu_probe_finalize() and intel_iommu_release_device() only; AMD's detach_device() flushes the workqueue before pdev_disable_caps().",
      ),
    ],
    conditions: "page requests are turned off and on again while answers to earlier groups are on their way.",
    scenario: "reset-before-stopped",
    run: 2,
    property: "PCL-1",
    mail: {
      subject: "PCI/ATS: pci_reset_pri() does not wait for the Stopped bit",
      body: `
pci_disable_pri() clears Enable and returns at once. pci_reset_pri(),
called before the next enable, writes Reset without reading Stopped.
pci_enable_pri() does read it and returns -EBUSY, but by then the Reset
has made the function forget its outstanding groups.

Responses to groups from before can then arrive at groups that use the
same index afterwards. How many are on their way depends on the caller:
VT-d of 6.1 drains nothing on this path, VT-d of 6.12 blocks and drains,
AMD of 6.12 flushes the workqueue. In 7.3.4 the three functions are the
same. VT-d calls them when a device is probed and released only, AMD at
each attach and detach.

This is by reading 6.1.192, 6.12.117 and 7.3.4 and by a model. In the
model it ends when the driver waits for Stopped, drains, and waits for
responses on their way, all before the reset. The model has no time-out
for that wait.`,
    },
  },
  {
    id: "vfio-group-lock-kvm-lock",
    title: "group_lock of VFIO and kvm->lock are taken in both orders",
    functions: ["vfio_device_open()", "vfio_ap_mdev_set_kvm()", "kvm_device_release()", "vfio_file_set_kvm()"],
    evidence: "model and source",
    trees: [
      {
        tree: "6.1.192",
        state: "present",
        read: "vfio_device_open() holds group_lock over open_device(), and vfio_ap_mdev_set_kvm() takes kvm->lock in it (get_update_locks_for_kvm()); kvm_device_release() holds kvm->lock over kvm_vfio_release(), which calls vfio_file_set_kvm(), and that takes group_lock.",
      },
      {
        tree: "6.12.117",
        state: "fixed",
        read: "vfio_file_set_kvm() calls vfio_group_set_kvm(), which takes kvm_ref_lock, a spinlock of its own.",
      },
      newest("fixed", "vfio_group_set_kvm() takes kvm_ref_lock, as in 6.12.117."),
    ],
    fixed: "by 2b48f52f2bff (vfio: fix deadlock between group lock and kvm lock)",
    conditions: "s390 with vfio_ap: a device is opened while the KVM-VFIO device of its VM is closed.",
    scenario: "group-lock-and-kvm-lock",
    run: 3,
    property: "DEADLOCK",
  },
  {
    id: "core-no-memory-keeps-partial",
    title: "Without memory for its copy the IOPF core of 6.1 keeps the partial faults of an answered group",
    functions: ["iommu_report_device_fault()", "iommu_queue_iopf()"],
    evidence: "model and source",
    trees: [
      {
        tree: "6.1.192",
        state: "present",
        read: "iommu_report_device_fault() returns -ENOMEM when kmemdup() fails, before it calls the handler; only iommu_queue_iopf() frees partial faults.",
      },
      {
        tree: "6.12.117",
        state: "absent",
        read: "iopf_group_alloc() falls back to a group on the stack and takes the partial faults.",
      },
      newest("absent", "iopf_group_alloc() does as in 6.12.117."),
    ],
    fixed: "by the rewrite of the core for 6.9 (199112327135)",
    conditions: "kmemdup() of a page request fails, in a group of more than one request.",
    scenario: "core-out-of-memory",
    run: 0,
    property: "GRP-10",
  },
];
