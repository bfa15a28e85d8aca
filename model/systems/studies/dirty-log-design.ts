/** What designs of the dirty log differ in, and how much of it is explored. */
import type { DirtyDesign } from "../../machines/linux/vfio/type1/dirty/dirty-container.ts";
import type { LogPinnerRules } from "../../machines/linux/vfio/type1/dirty/log-pinner.ts";
import type { LogUserDesign } from "../../machines/linux/vfio/type1/dirty/log-user.ts";

export interface DirtyLogDesign extends DirtyDesign, LogUserDesign {
  readonly name: string;
  readonly writeMarks: LogPinnerRules["writeMarks"];
}

export interface DirtyLogSizes {
  readonly name: string;
  readonly pages: number;
  /** Mappings that the pages are dealt out to. */
  readonly mappings: number;
  /** IOMMU-backed groups that come and go. */
  readonly iommuGroups: number;
  readonly groupDevices: number;
  /** Whether the driver of the first group pins what its device writes. */
  readonly driverPins: boolean;
  readonly mediated: boolean;
  readonly earlyWrites: boolean;
  readonly allocationFails: boolean;
}
