/** Designs and sizes of the focused model `invalidation-list`: whom an unmap tells while devices come and go. */
import type { AttachRules } from "../../machines/linux/iommu/flush/attach-orders.ts";
import type { ListFence } from "../../machines/linux/iommu/flush/invalidation-list.ts";
import type { UnmapRules } from "../../machines/linux/iommu/flush/unmap-orders.ts";
import type { BoundsName } from "../study.ts";

export interface InvalidationListDesign extends UnmapRules, AttachRules {
  readonly name: string;
  readonly listFence: ListFence;
  readonly pasidAttach: AttachRules["attachOrder"];
  readonly pasidDetach: AttachRules["detachOrder"];
}

export interface InvalidationListSizes {
  readonly name: string;
  readonly deviceHasAlias: boolean;
  readonly attachesPasid: boolean;
  readonly atsVaries: boolean;
  readonly atcAnswers: boolean;
  readonly deviceResets: boolean;
}

const INTENDED: Omit<InvalidationListDesign, "name"> = {
  unmapOrder: "list-first",
  skipsAtc: "none-listed",
  timeoutDoes: "blocks-ats",
  listFence: "lock",
  attachOrder: "listed-first",
  detachOrder: "unlisted-last",
  pasidAttach: "listed-first",
  pasidDetach: "unlisted-last",
  countDrops: "old-state",
  aliasFlush: "own-id",
  brokenAttach: "without-ats",
  attachNotices: true,
  blockedAttach: "refused",
  resetRestores: "if-it-succeeds",
  resetClears: true,
};

/** Nothing is done after a time-out, and `pci_dev_reset_iommu_done()` is called whether or not the reset has succeeded. */
const LINUX: Omit<InvalidationListDesign, "name"> = { ...INTENDED, timeoutDoes: "ignored", resetRestores: "always" };
const VTD = { ...LINUX, timeoutDoes: "retries", attachOrder: "listed-last", detachOrder: "unlisted-first" } as const;

export const invalidationListHosts = {
  intended: {
    sentence: "Whoever may cache a translation is on the list, and a device that does not answer loses ATS.",
    design: INTENDED,
  },
  "linux-7.3.4-smmuv3": {
    sentence: "SMMUv3 in Linux 7.3.4: an array under RCU, whose rwlock fences ATC invalidations from a detach.",
    design: { ...LINUX, listFence: "array-lock" },
  },
  "linux-7.3.4-vtd": {
    sentence: "VT-d in Linux 7.3.4: cache tags under a spinlock; the RID gets them late and loses them early.",
    design: VTD,
  },
  "linux-7.3.4-amd": {
    sentence:
      "AMD in Linux 7.3.4: a list under the lock that a flush holds; ATS goes on before the ATC is invalidated.",
    design: { ...LINUX, attachOrder: "ats-first", detachOrder: "atc-kept" },
  },
  "linux-6.12.117-smmuv3": {
    sentence: "SMMUv3 in Linux 6.12.117: a count as shortcut, and commands that are submitted behind the lock.",
    design: {
      ...LINUX,
      unmapOrder: "iotlb-first",
      skipsAtc: "count-zero",
      listFence: "none",
      attachOrder: "flag-last",
    },
  },
  "linux-6.12.117-vtd": {
    sentence: "VT-d in Linux 6.12.117: as 7.3.4, and a PASID loses its cache tags early, too.",
    design: { ...VTD, pasidDetach: "unlisted-first" },
  },
} as const satisfies { readonly [name: string]: { sentence: string; design: Omit<InvalidationListDesign, "name"> } };

const SMALL: Omit<InvalidationListSizes, "name"> = {
  deviceHasAlias: false,
  attachesPasid: false,
  atsVaries: false,
  atcAnswers: true,
  deviceResets: false,
};

export const invalidationListBounds: { readonly [name in BoundsName]: Omit<InvalidationListSizes, "name"> } = {
  small: SMALL,
  default: { ...SMALL, attachesPasid: true },
  deep: { ...SMALL, attachesPasid: true, deviceHasAlias: true, atsVaries: true },
};
