/** What designs of pinning and accounting differ in, and how much of them the study explores. */
import type { KnobTable } from "../../knobs.ts";
import type { ProcessFate } from "../../machines/vmm/container-owner.ts";
import type { FaultDesign } from "../../machines/linux/vfio/type1/accounting/accounted-fault.ts";
import type { MdevCallbackRules } from "../../machines/linux/vfio/type1/accounting/mdev-callback.ts";
import type { PinnerDesign } from "../../machines/linux/vfio/type1/accounting/mdev-pinner.ts";
import type { PageKind, PinningDesign } from "../../machines/linux/vfio/type1/accounting/page-pinning.ts";
import type { PuttingDesign } from "../../machines/linux/vfio/type1/accounting/page-putting.ts";
import type { UserDesign } from "../../machines/linux/vfio/type1/accounting/type1-plan.ts";
import type { DriverNotificationRules } from "../../machines/linux/vfio/type1/driver-notification.ts";
import { boundsKnobs } from "../bounds.ts";

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

const flag = { kind: "flag" } as const;

export const accountingKnobs: KnobTable<AccountingDesign> = {
  pinsAt: {
    id: "row 69",
    values: { kind: "choice", of: ["map", "fault"] },
    sentence: "Whether pages are pinned and charged at DMA_MAP, or when they fault (RFC v1).",
  },
  mdevCharges: {
    id: "VFIO facts 2.2",
    values: { kind: "choice", of: ["without-domain", "unless-mapped"] },
    sentence: "Whether a driver's pin is charged where there is no domain, or where the page is not mapped.",
  },
  faultCharges: {
    id: "D-16",
    values: { kind: "choice", of: ["unless-listed", "always"] },
    sentence: "Whether a fault charges a page that a driver has pinned.",
  },
  lockdown: {
    id: "row 72",
    values: { kind: "choice", of: ["pins", "pins-and-maps"] },
    sentence: "Whether a driver's pin only pins, or also makes sure of an entry of the IOMMU.",
  },
  replays: {
    id: "VFIO facts 1.2",
    values: { kind: "choice", of: ["all", "listed", "none"] },
    sentence: "Which pages are mapped when an IOMMU group is attached.",
  },
  undo: {
    id: "D-01",
    values: { kind: "choice", of: ["directly", "by-list-of-fault", "by-list-of-mdev"] },
    sentence: "Whether a pin that fails late is undone directly, or through a list that it is not in (B-09).",
  },
  pinReturn: {
    id: "B-10",
    values: { kind: "choice", of: ["zero", "count"] },
    sentence:
      "Whether a driver's pin that is not charged reports success, or the count of 1 that is taken for an error.",
  },
  zeroPages: {
    id: "B-05",
    values: { kind: "choice", of: ["put-at-get", "never-put"] },
    sentence: "Whether the pin of a zero page is put at once, or never.",
  },
  mmioPins: {
    id: "B-14",
    values: { kind: "choice", of: ["refused", "as-ram"] },
    sentence: "Whether a driver that pins MMIO, which has no struct page, is refused or given one as for RAM (B-38).",
  },
  chargeTest: {
    id: "I-07",
    values: { kind: "choice", of: ["with-charge", "before-charge"] },
    sentence: "Whether the limit is tested in the step that charges, or before it.",
  },
  unchargesFrom: {
    id: "B-02",
    values: { kind: "choice", of: ["owner", "current"] },
    sentence: "Whether a charge is taken from the mm that was charged, or from the current one.",
  },
  transfersCharge: {
    id: "B-03",
    values: flag,
    sentence: "Whether UPDATE_VADDR moves the charge to the mm that the process lives in now.",
  },
  reaccounts: {
    id: "VFIO facts 2.4",
    values: flag,
    sentence: "Whether pages that drivers pinned stay charged when the last domain goes.",
  },
  detachRemoves: {
    id: "B-16",
    values: { kind: "choice", of: ["without-mdev", "always"] },
    sentence: "Whether the last domain takes the mappings with it only where no mdev group is left.",
  },
  sharedPins: {
    id: "B-40",
    values: { kind: "choice", of: ["counted", "put-by-any"] },
    sentence: "Whether a page that two drivers pinned is put with the last unpin, or with any.",
  },
  reaction: {
    id: "B-26",
    values: { kind: "choice", of: ["unpins", "ignores"] },
    sentence: "What a driver does when dma_unmap is called.",
  },
  pinDuringUnmap: {
    id: "B-25",
    values: { kind: "choice", of: ["allowed", "refused"] },
    sentence: "Whether pages can be pinned again while DMA_UNMAP waits for their drivers.",
  },
  notifies: {
    id: "VFIO facts 2.3",
    values: { kind: "choice", of: ["unlocked", "locked"] },
    sentence: "Whether drivers are told of an unmap without the container's lock.",
  },
  listLock: {
    id: "I-38",
    values: { kind: "choice", of: ["inside", "apart"] },
    sentence: "Whether the lock of the device list is taken inside the container's lock (Linux), or apart from it.",
  },
  unpinFails: {
    id: "D-21",
    values: { kind: "choice", of: ["never", "half-way"] },
    sentence: "Whether a driver's unpin can end half way without saying so.",
  },
  closeUnpins: { id: "B-24", values: flag, sentence: "Whether a driver unpins what it holds before it leaves." },
  shortage: {
    id: "D-23",
    values: { kind: "choice", of: ["invalid", "failure"] },
    sentence: "What the device is told when the limit is met or memory is short.",
  },
  checksVaddr: { id: "I-43", values: flag, sentence: "Whether an address that is about to change is refused." },
  vaddrWithMdev: {
    id: "B-04",
    values: { kind: "choice", of: ["refused", "waits"] },
    sentence: "Whether UPDATE_VADDR is refused beside drivers, or their pins wait for it.",
  },
  checksMm: { id: "I-42", values: flag, sentence: "Whether pages are got only from an mm that still has a user." },
};

export const accountingSizeKnobs: KnobTable<AccountingSizes> = {
  containers: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 2 },
    sentence: "Containers over the same pages of one process.",
  },
  pages: boundsKnobs.pages,
  rlimit: {
    id: "bound",
    values: { kind: "integer", from: 0, to: 8 },
    sentence: "RLIMIT_MEMLOCK, in pages.",
  },
  groups: {
    id: "bound",
    values: { kind: "choice", of: ["iommu", "mdev", "both"] },
    sentence:
      "Groups of a container: IOMMU-backed, mediated, or an IOMMU-backed one that comes and goes beside drivers.",
  },
  mdevDrivers: {
    id: "bound",
    values: { kind: "integer", from: 0, to: 2 },
    sentence: "Drivers of mediated devices in each container.",
  },
  retryBound: {
    id: "B-25",
    values: { kind: "integer", from: 1, to: 10 },
    sentence: "Notifications that DMA_UNMAP repeats before it is a BUG; 10 in Linux.",
  },
  fate: {
    id: "I-42",
    values: { kind: "choice", of: ["stays", "execs", "forks", "exits"] },
    sentence: "What may happen to the process, once.",
  },
  oddPage: {
    id: "I-41",
    values: { kind: "choice", of: ["ram", "zero", "mmio"] },
    sentence: "What the last page is.",
  },
  repins: {
    id: "B-25",
    values: flag,
    sentence: "Whether drivers pin again what they unpinned while DMA_UNMAP is still under way.",
  },
  unmappers: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 2 },
    sentence: "Threads of user space in ioctls on a container; the second one only unmaps.",
  },
  closes: {
    id: "bound",
    values: flag,
    sentence: "Whether mediated devices are closed and opened, and containers released.",
  },
  recordFails: {
    id: "D-01",
    values: flag,
    sentence: "Whether mapping a pinned page, or listing it, may fail.",
  },
  vaddrUpdates: { id: "I-43", values: flag, sentence: "Whether the user announces that its address changes." },
};
