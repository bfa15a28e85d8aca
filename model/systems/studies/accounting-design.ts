/** What designs of pinning and accounting differ in, and how much of them is explored. */
import type { ProcessFate } from "../../machines/vmm/container-owner.ts";
import type { FaultDesign } from "../../machines/linux/vfio/type1/accounting/accounted-fault.ts";
import type { MdevCallbackRules } from "../../machines/linux/vfio/type1/accounting/mdev-callback.ts";
import type { PinnerDesign } from "../../machines/linux/vfio/type1/accounting/mdev-pinner.ts";
import type { PageKind, PinningDesign } from "../../machines/linux/vfio/type1/accounting/page-pinning.ts";
import type { PuttingDesign } from "../../machines/linux/vfio/type1/accounting/page-putting.ts";
import type { UserDesign } from "../../machines/linux/vfio/type1/accounting/type1-plan.ts";
import type { DriverNotificationRules } from "../../machines/linux/vfio/type1/driver-notification.ts";

export interface AccountingDesign extends PinningDesign, PuttingDesign, UserDesign, PinnerDesign, FaultDesign {
  readonly name: string;
  /** What mdev drivers do when dma_unmap is called. */
  readonly reaction: MdevCallbackRules["reaction"];
  /** Whether DMA_UNMAP drops the container's lock before it calls them. */
  readonly notifies: DriverNotificationRules["notifies"];
  /** Whether pages are got only from an mm that still has a user. */
  readonly checksMm: boolean;
}

export interface AccountingSizes {
  readonly name: string;
  /** Containers that the same process has open, over the same pages. */
  readonly containers: number;
  readonly pages: number;
  /** RLIMIT_MEMLOCK of each mm, in pages. */
  readonly rlimit: number;
  /** Groups of each container; `both`: an IOMMU group comes and goes beside the drivers. */
  readonly groups: "iommu" | "mdev" | "both";
  readonly mdevDrivers: number;
  readonly retryBound: number;
  readonly fate: ProcessFate;
  /** What the last page is. */
  readonly oddPage: PageKind;
  readonly repins: boolean;
  readonly unmappers: number;
  readonly closes: boolean;
  /** Whether recording a pin may fail (iommu_map, allocations). */
  readonly recordFails: boolean;
  /** Whether the user announces that its address changes (UPDATE_VADDR). */
  readonly vaddrUpdates: boolean;
}
