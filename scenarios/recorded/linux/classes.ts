/** The classes of recorded sequences: each was drawn for one part of the kernel. */

/** All that were recorded of Linux 6.1; all of them are replayed. */
export const classes61: readonly string[] = "core overflow nohandler enomem page_response hazard scenario x61".split(
  " ",
);

/** Of 6.1: recorded on a booted kernel, with a synthetic device. */
export const BOOTED_61 = "x61";

/** Of Linux 6.12: those that are replayed. */
export const classes612: readonly string[] =
  "core overflow nohandler removal err enomem shared_group queue_free no_page_response hazard scenario".split(" ");

/** Of Linux 6.12: those of code around the core, which our machines of the core cannot replay. */
export const leftOut612: readonly string[] =
  "iommufd iommufd_enomem iommufd_efault iommufd_vf iommufd_group sva sva_enomem intel_prq".split(" ");
