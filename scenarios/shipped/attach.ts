/** Findings about drivers that attach a page table and do not undo what the one before it left. */
import { newest, type Shipped } from "./shipped.ts";

export const attachFindings: readonly Shipped[] = [
  {
    id: "vtd-replace-fails-blocked",
    title: "A replace that fails in VT-d leaves the device blocked, and its group with the old page table",
    functions: ["intel_iommu_attach_device()", "device_block_translation()", "__iommu_group_set_domain_internal()"],
    evidence: "model and source",
    trees: [
      {
        tree: "6.1.192",
        state: "absent",
        read: "__iommu_group_set_domain() fails without a revert, and iommufd, which replaces page tables, does not exist.",
      },
      {
        tree: "6.12.117",
        state: "absent",
        read: "__iommu_group_set_domain_internal() attaches the old page table again, also to the device at which the new one failed.",
      },
      newest(
        "present",
        "intel_iommu_attach_device() and intel_nested_attach_dev() call device_block_translation() before they check the page table. __iommu_group_set_domain_internal() stops its revert before the device that failed.",
      ),
    ],
    conditions:
      "user space replaces the page table of a device (VFIO_DEVICE_ATTACH_IOMMUFD_PT), and paging_domain_compatible() or a later step of the attach fails.",
    scenario: "replace-fails-blocked",
    run: 1,
    property: "ATT-29",
    mail: {
      subject: "iommu/vt-d: a failed replace leaves the device without a page table",
      body: `
In 7.3.4, intel_iommu_attach_device() and intel_nested_attach_dev() begin
with device_block_translation(). If a later step fails, they return the
error with the device blocked.

__iommu_group_set_domain_internal() then attaches the old domain again to
the devices that it has switched before, and stops at the one that failed
("No need to revert the last gdev that failed to set domain"). 6.12.117
reverted that device too.

So after a replace that fails, group->domain and iommufd have the old page
table, and the device has none: its DMA is refused until the next attach.

This is by reading 6.12.117 and 7.3.4, and by a model of these steps. It
was not run. In the model, a driver that checks before it blocks, or that
attaches its old domain again, does not have the problem.`,
    },
  },
  {
    id: "vtd-nested-replace-count",
    title:
      "A replace by a nested domain leaves iopf_refcount of VT-d one too high, and the device stays on the IOPF queue",
    functions: ["intel_nested_attach_dev()", "iopf_for_domain_set()", "iopf_for_domain_replace()"],
    evidence: "model and source",
    trees: [
      { tree: "6.1.192", state: "absent", read: "there are no nested domains." },
      {
        tree: "6.12.117",
        state: "absent",
        read: "intel_nested_attach_dev() counts nothing: iommufd_fault_iopf_enable() and iommufd_fault_iopf_disable() do.",
      },
      newest(
        "present",
        "intel_nested_attach_dev() calls iopf_for_domain_set() for the new domain and ignores the old one; intel_iommu_attach_device(), intel_nested_set_dev_pasid() and intel_iommu_set_dev_pasid() call iopf_for_domain_replace().",
      ),
    ],
    conditions:
      "two page tables with a fault queue, of which a nested one replaces the other on the RID; IOMMU_HWPT_ALLOC with IOMMU_HWPT_FAULT_ID_VALID is all that it takes.",
    scenario: "nested-replace-count",
    run: 1,
    property: "ATT-18",
    mail: {
      subject: "iommu/vt-d: intel_nested_attach_dev() does not drop the IOPF count of the old domain",
      body: `
intel_nested_attach_dev() calls iopf_for_domain_set() for the new domain.
The other attach operations call iopf_for_domain_replace(), which also
drops the count of the old domain.

iommufd replaces without a detach in between. If both page tables have a
fault queue, iopf_refcount of the device is one too high after each
replace by a nested one. After the last detach it is not 0: the device
stays on iommu->iopf_queue, and its fault_param is never freed. The queue
then names a device that may be released.

This is by reading 7.3.4, and by a model that counts as the driver does.
It was not produced on hardware. In the model
iopf_for_domain_replace(domain, old, dev) ends it.`,
    },
  },
];
