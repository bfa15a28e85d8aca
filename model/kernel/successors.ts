/**
 * Functions of 7.3.4 that do what a function of another name did in 6.12.117, which 7.3.4 does not have: by the file and the
 * new name, the old one. Both were read.
 */
const successors: { readonly [file: string]: { readonly [name: string]: string } } = {
  "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c": { arm_smmu_handle_event: "arm_smmu_handle_evt" },
  "drivers/iommu/intel/iommu.c": {
    blocking_domain_set_dev_pasid: "intel_iommu_remove_dev_pasid",
    iommu_disable_pci_ats: "iommu_disable_pci_caps",
    iommu_enable_pci_ats: "iommu_enable_pci_caps",
  },
  "drivers/iommu/iommufd/eventq.c": {
    iommufd_eventq_fops_poll: "iommufd_fault_fops_poll",
    iommufd_eventq_fops_release: "iommufd_fault_fops_release",
  },
  "drivers/iommu/iommufd/main.c": { iommufd_object_dec_wait: "iommufd_object_dec_wait_shortterm" },
};

/** An entry of the table, flat. */
export interface Successor {
  readonly file: string;
  readonly name: string;
  readonly was: string;
}

export const allSuccessors: readonly Successor[] = Object.entries(successors).flatMap(([file, names]) =>
  Object.entries(names).map(([name, was]) => ({ file, name, was })),
);

/** What the function of the file was called before; an empty `file` stands for any. */
export const formerName = (file: string, name: string): string | undefined =>
  allSuccessors.find((one) => one.name === name && (file === "" || one.file === file))?.was;
