/** The classes of recorded sequences: each was drawn for one part of the kernel. */

/** All that were recorded of Linux 6.1; all of them are replayed. */
export const classes61: readonly string[] = "core overflow nohandler enomem page_response hazard scenario x61".split(
  " ",
);

/** Of 6.1: recorded on a booted kernel, with a synthetic device. */
export const BOOTED_61 = "x61";

/** Of Linux 6.12: those that are replayed. */
export const classes612: readonly string[] = [
  ..."core overflow nohandler removal err enomem shared_group queue_free no_page_response hazard scenario".split(" "),
  ..."iommufd iommufd_enomem iommufd_efault iommufd_vf iommufd_group xk sva sva_enomem intel_prq".split(" "),
];

/** Of 6.12: recorded on a booted kernel, with the mock device of iommufd's selftest. */
export const BOOTED_612 = "xk";

/** Of Linux 7.3: recorded on a booted kernel, with the mock device of iommufd's selftest. */
export const classes73: readonly string[] = "veventq vdevice viommu hw_queue pasid fault mixed errors".split(" ");
