import type { Fault } from "../../include/iommu.ts";

/**
 * What makes a partial fault belong to a group. Linux compares the group index alone (hazard D2); "pasid-prgi" is the
 * rule that the protocol asks for.
 */
export type PartialKey = "prgi" | "pasid-prgi";

export const joins = (key: PartialKey, partial: Fault, last: Fault): boolean =>
  partial.grp === last.grp && (key === "prgi" || partial.pasid === last.pasid);
