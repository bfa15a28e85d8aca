/** Designs and sizes of the focused model `iommufd`: what each version of the fault queue does, and each defect. */
import type { Host } from "../../hosts/host.ts";
import type { KnobTable } from "../../knobs.ts";
import type { DetachOrder, ReplaceOrder } from "../../machines/linux/iommu/iommufd/fault/control-orders.ts";
import type { CloseOrder } from "../../machines/linux/iommu/iommufd/fault/fd-closer.ts";
import { boundsKnobs, type Bounds } from "../bounds.ts";
import type { BoundsName } from "../study.ts";

export interface IommufdDesign extends Pick<Host, "limit" | "reclaim"> {
  readonly name: string;
  readonly faultUser: "anybody" | "demand-pinner";
  readonly pinnerAnswers: "when-mapped" | "at-once";
  readonly pinnerReleases: "unmap-first" | "unpin-first";
  readonly deliverOwner: "handler" | "core-too";
  readonly deliverLock: "spinlock" | "mutex";
  readonly wakesPoller: boolean;
  readonly readCounts: "groups" | "records";
  readonly onCopyFailure: "ends" | "retries";
  readonly restoresAt: "head" | "tail";
  readonly shortBuffer: "einval" | "zero";
  readonly writerLocks: boolean;
  readonly writeReports: "progress" | "error";
  readonly hwptDetach: DetachOrder;
  readonly hwptReplace: ReplaceOrder;
  readonly replaceAnswers: "old-queue" | "new-queue";
  readonly destroyAnswers: "all" | "delivered";
  readonly fdCloseOrder: CloseOrder;
  readonly parentFaults: "refused" | "allowed";
}

export interface IommufdSizes extends Pick<Bounds, "slots" | "itemPages" | "instances"> {
  readonly name: string;
  readonly faultQueues: number;
  /** Groups' worth of records that the largest buffer of a read holds. */
  readonly readGroups: number;
  readonly writeCookies: number;
  readonly writesZero: boolean;
  readonly parentHwpt: boolean;
  readonly copiesFail: boolean;
  readonly bufferFaults: boolean;
  readonly fdCloses: boolean;
  readonly deviceDetaches: boolean;
  readonly pollsFd: boolean;
}

const flag = { kind: "flag" } as const;

const integer = (from: number, to: number) => ({ kind: "integer", from, to }) as const;

export const iommufdSizeKnobs: KnobTable<IommufdSizes> = {
  slots: boundsKnobs.slots,
  itemPages: boundsKnobs.itemPages,
  instances: boundsKnobs.instances,
  faultQueues: { id: "bound", values: integer(1, 2), sentence: "Fault queues, each with a page table of its own." },
  readGroups: {
    id: "bound",
    values: integer(0, 2),
    sentence: "Groups that the largest buffer of a read holds; 0: no thread reads.",
  },
  writeCookies: { id: "bound", values: integer(0, 2), sentence: "Most responses of one write." },
  writesZero: {
    id: "bound",
    values: flag,
    sentence: "Whether user space also writes a response for cookie 0, which a new xarray does not give out.",
  },
  parentHwpt: { id: "bound", values: flag, sentence: "Whether there is also a nesting parent to attach." },
  copiesFail: {
    id: "bound",
    values: flag,
    sentence: "Whether copies to and from user space, and the allocation of a cookie, may fail.",
  },
  bufferFaults: { id: "bound", values: flag, sentence: "Whether the buffer of a read may have to be paged in." },
  fdCloses: { id: "bound", values: flag, sentence: "Whether files are closed, and queues destroyed and made anew." },
  deviceDetaches: { id: "bound", values: flag, sentence: "Whether the device may be detached and moved." },
  pollsFd: { id: "bound", values: flag, sentence: "Whether the reader may sleep in poll." },
};

const INTENDED: Omit<IommufdDesign, "name"> = {
  limit: 0,
  reclaim: "none",
  faultUser: "anybody",
  pinnerAnswers: "when-mapped",
  pinnerReleases: "unmap-first",
  deliverOwner: "handler",
  deliverLock: "spinlock",
  wakesPoller: true,
  readCounts: "groups",
  onCopyFailure: "ends",
  restoresAt: "head",
  shortBuffer: "einval",
  writerLocks: true,
  writeReports: "progress",
  hwptDetach: "standard",
  hwptReplace: "standard",
  replaceAnswers: "old-queue",
  destroyAnswers: "all",
  fdCloseOrder: "read-then-drop",
  parentFaults: "refused",
};

export const iommufdHosts = {
  intended: {
    sentence: "The fault queue with the fixes until 2026, and no fault is reported during a replace.",
    design: INTENDED,
  },
  /** B6, B7, B12-B17, B22, B27: fixed later; see iopf-core 5.1 and the known violations of the suite. */
  "linux-6.12.0": {
    sentence: "The fault queue of Linux 6.12.0, before its fixes.",
    design: {
      ...INTENDED,
      deliverOwner: "core-too",
      deliverLock: "mutex",
      readCounts: "records",
      onCopyFailure: "retries",
      shortBuffer: "zero",
      writeReports: "error",
      hwptReplace: "switch-then-store",
      replaceAnswers: "new-queue",
      fdCloseOrder: "drop-then-read",
    },
  },
  /**
   * fault.c: iommufd_fault_iopf_handler() takes the group off the core's list (iopf_group_dequeue()), iommufd_hwpt_replace_device()
   * calls iommufd_auto_response_faults(old, curr), and read, write and release are fixed. What is left is the order in
   * iommu.c: iommu_replace_group_handle() switches the domain and stores the handle after that (B27).
   */
  "linux-6.12.117": {
    sentence: "The fault queue of Linux 6.12.117: a replace stores its attach handle after it has switched the domain.",
    design: { ...INTENDED, hwptReplace: "switch-then-store" },
  },
  /**
   * eventq.c has what fault.c of 6.12.117 had, with the same rules for read, write, release and answers. The driver enables and
   * disables page faults as it sets a domain: blocking_domain_attach_dev() of VT-d removes the device from the IOPF queue before
   * it blocks it. For a PASID blocking_domain_set_dev_pasid() does it after the drain (hwptDetach=remove-in-driver).
   * iommu_replace_group_handle() is that of 6.12.117. A replace whose new page table has no fault queue disables page faults
   * before it stores the handle; here it does so last, as 6.12.117.
   */
  "linux-7.3.4": {
    sentence:
      "The fault queue of Linux 7.3.4 over VT-d: the driver disables page faults first, and then drains nothing.",
    design: { ...INTENDED, hwptDetach: "linux-7.3", hwptReplace: "switch-then-store" },
  },
  "demand-pin": {
    sentence: "A fault queue on a paging domain: a VMM maps and pins the pages that devices request.",
    design: { ...INTENDED, faultUser: "demand-pinner", limit: 1, reclaim: "direct" },
  },
} as const satisfies { readonly [name: string]: { sentence: string; design: Omit<IommufdDesign, "name"> } };

const SMALL: Omit<IommufdSizes, "name"> = {
  slots: 1,
  itemPages: 1,
  instances: 1,
  faultQueues: 1,
  readGroups: 1,
  writeCookies: 1,
  writesZero: false,
  parentHwpt: false,
  copiesFail: false,
  bufferFaults: false,
  fdCloses: false,
  deviceDetaches: true,
  pollsFd: false,
};

export const iommufdBounds: { readonly [name in BoundsName]: Omit<IommufdSizes, "name"> } = {
  small: SMALL,
  default: { ...SMALL, faultQueues: 2, instances: 2 },
  deep: {
    ...SMALL,
    slots: 2,
    instances: 2,
    readGroups: 2,
    writeCookies: 2,
    pollsFd: true,
  },
};
