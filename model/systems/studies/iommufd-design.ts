/** Designs and sizes of the study `iommufd`: what each version of the fault queue does, and each departure from it. */
import { hostKnobs, type Host } from "../../hosts/host.ts";
import type { KnobTable } from "../../knobs.ts";
import {
  DETACH_ORDERS,
  REPLACE_ORDERS,
  type DetachOrder,
  type ReplaceOrder,
} from "../../machines/linux/iommu/iommufd/fault/control-orders.ts";
import { CLOSE_ORDERS, type CloseOrder } from "../../machines/linux/iommu/iommufd/fault/fd-closer.ts";
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
  readonly parentHwpt: boolean;
  readonly copiesFail: boolean;
  readonly bufferFaults: boolean;
  readonly fdCloses: boolean;
  readonly deviceDetaches: boolean;
  readonly pollsFd: boolean;
}

const flag = { kind: "flag" } as const;
const choice = <const Choices extends readonly string[]>(...of: Choices) => ({ kind: "choice", of }) as const;

export const iommufdKnobs: KnobTable<IommufdDesign> = {
  limit: hostKnobs.limit,
  reclaim: hostKnobs.reclaim,
  faultUser: {
    id: "6.1",
    values: choice("anybody", "demand-pinner"),
    sentence: "Who answers: user space as it likes, or a VMM that maps what is asked for.",
  },
  pinnerAnswers: {
    id: "I19",
    values: choice("when-mapped", "at-once"),
    sentence: "Whether a VMM that pins on demand answers once the entry is written, or first.",
  },
  pinnerReleases: {
    id: "I-03",
    values: choice("unmap-first", "unpin-first"),
    sentence: "Whether a page that is taken back is unmapped before its pin goes.",
  },
  deliverOwner: {
    id: "B6",
    values: choice("handler", "core-too"),
    sentence: "Who owns a group that waits for user space: the fault queue alone, or the core's pending list too.",
  },
  deliverLock: {
    id: "B12",
    values: choice("spinlock", "mutex"),
    sentence: "What protects the deliver list: a lock of its own, or the mutex that a read holds while it copies.",
  },
  wakesPoller: { id: "3.2", values: flag, sentence: "Whether a new group wakes those who poll." },
  readCounts: {
    id: "B14",
    values: choice("groups", "records"),
    sentence: "What a read counts: whole groups, or each record that it copied.",
  },
  onCopyFailure: {
    id: "B15",
    values: choice("ends", "retries"),
    sentence: "What a read does after a copy to user space that failed.",
  },
  restoresAt: {
    id: "I24",
    values: choice("head", "tail"),
    sentence: "Where in the list of groups to be read one goes whose copy failed.",
  },
  shortBuffer: {
    id: "B16",
    values: choice("einval", "zero"),
    sentence: "What a read returns when the first group does not fit.",
  },
  writerLocks: { id: "3.2", values: flag, sentence: "Whether a write takes the mutex of the queue." },
  writeReports: {
    id: "B17",
    values: choice("progress", "error"),
    sentence: "What a write returns when a later response is bad: how many were done, or the error.",
  },
  hwptDetach: {
    id: "B7",
    values: choice(...(Object.keys(DETACH_ORDERS) as DetachOrder[])),
    sentence: "The steps of a detach, in order.",
  },
  hwptReplace: {
    id: "B27",
    values: choice(...(Object.keys(REPLACE_ORDERS) as ReplaceOrder[])),
    sentence: "The steps of a replace, in order.",
  },
  replaceAnswers: {
    id: "B13",
    values: choice("old-queue", "new-queue"),
    sentence: "Which queue a replace searches for groups of the old domain.",
  },
  destroyAnswers: {
    id: "B19",
    values: choice("all", "delivered"),
    sentence: "Which groups are answered when a fault queue is destroyed.",
  },
  fdCloseOrder: {
    id: "B22",
    values: choice(...(Object.keys(CLOSE_ORDERS) as CloseOrder[])),
    sentence: "Whether the release of the file reads the object before or after it drops its reference.",
  },
  parentFaults: {
    id: "B24",
    values: choice("refused", "allowed"),
    sentence: "Whether a nesting parent may have a fault queue.",
  },
};

const integer = (from: number, to: number) => ({ kind: "integer", from, to }) as const;

export const iommufdSizeKnobs: KnobTable<IommufdSizes> = {
  slots: boundsKnobs.slots,
  itemPages: boundsKnobs.itemPages,
  instances: boundsKnobs.instances,
  faultQueues: { id: "bound", values: integer(1, 2), sentence: "Fault queues, each with a page table of its own." },
  readGroups: {
    id: "bound",
    values: integer(0, 2),
    sentence: "Groups that the largest buffer of a read holds; 0: nobody reads.",
  },
  writeCookies: { id: "bound", values: integer(0, 2), sentence: "Most responses of one write." },
  parentHwpt: { id: "bound", values: flag, sentence: "Whether there is also a nesting parent to attach." },
  copiesFail: { id: "bound", values: flag, sentence: "Whether a copy to user space may fail." },
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
    sentence: "The fault queue with the fixes of 2026, and no fault during a replace.",
    design: INTENDED,
  },
  /** B6, B7, B12-B17, B22, B27: fixed later; see iopf-core 5.1 and the known violations of the suite. */
  "linux-6.12.0": {
    sentence: "The fault queue as 6.12.0 was released.",
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
   * fault.c: iommufd_fault_iopf_handler() takes the group off the core's list (iopf_group_dequeue()), __fault_domain_replace_dev()
   * calls iommufd_auto_response_faults(old, curr), and read, write and release are mended. What is left is the order in
   * iommu.c: iommu_replace_group_handle() switches the domain and stores the handle after that (B27).
   */
  "linux-6.12.117": {
    sentence:
      "The fault queue of 6.12.117: as intended, except that a replace stores its attach handle after the switch.",
    design: { ...INTENDED, hwptReplace: "switch-then-store" },
  },
  "demand-pin": {
    sentence: "A fault queue on a paging page table: a VMM maps and pins what devices ask for.",
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
