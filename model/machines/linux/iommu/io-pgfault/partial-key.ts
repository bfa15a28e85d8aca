import type { Fault } from "../../include/iommu.ts";

/**
 * Which partial faults belong to a group. Linux compares the page request group index only: D2 (requests of two PASIDs join
 * one group). "pasid-prgi" is the rule of PCIe.
 */
export type PartialKey = "prgi" | "pasid-prgi";

export const joins = (key: PartialKey, partial: Fault, last: Fault): boolean =>
  partial.grp === last.grp && (key === "prgi" || partial.pasid === last.pasid);
