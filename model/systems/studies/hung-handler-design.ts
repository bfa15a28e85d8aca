/** Designs, sizes and knobs of the focused model `hung-handler`: who waits for a handler that does not return. */
import type { FlushHolds } from "../../machines/linux/iommu/io-pgfault/hung/device-detach.ts";
import { choice, type KnobTable } from "../../knobs.ts";
import type { BoundsName } from "../study.ts";

export interface HungHandlerDesign {
  readonly name: string;
  readonly faultsHandledBy: "work" | "thread" | "user";
  readonly queueOf: "iommu" | "device";
  readonly flushHolds: FlushHolds;
  readonly detachOf: "device" | "pasid";
  readonly detachInterrupts: boolean;
  readonly detachOmits: "nothing" | "drain" | "flush" | "answers" | "unlock";
}

export interface HungHandlerSizes {
  readonly name: string;
  /** Of each device. */
  readonly groupIndices: number;
  /** Works of one queue that run at once. */
  readonly activeWorks: number;
}

const INTENDED: Omit<HungHandlerDesign, "name"> = {
  faultsHandledBy: "work",
  queueOf: "device",
  flushHolds: "nothing",
  detachOf: "device",
  detachInterrupts: true,
  detachOmits: "nothing",
};
const LINUX = { ...INTENDED, queueOf: "iommu", detachInterrupts: false } as const;

export const hungHandlerHosts = {
  intended: {
    sentence: "An IOPF queue for each device, whose detach interrupts the handlers that it waits for (a proposal).",
    design: INTENDED,
  },
  "linux-6.1.192": {
    sentence: "SVA of Linux 6.1.192: one IOPF queue for each IOMMU, flushed under the lock of the device's parameters.",
    design: { ...LINUX, flushHolds: "param-lock", detachOf: "pasid" },
  },
  "linux-6.12.117": {
    sentence: "SVA of Linux 6.12.117 and 7.3.4: one IOPF queue for each IOMMU, flushed under iommu_sva_lock.",
    design: { ...LINUX, flushHolds: "sva-lock", detachOf: "pasid" },
  },
  "linux-6.12.117-iommufd": {
    sentence:
      "iommufd of Linux 6.12.117 and 7.3.4: the work hands each group to user space, and a detach answers the rest.",
    design: { ...LINUX, faultsHandledBy: "user" },
  },
  "rfc-v1": {
    sentence: "RFC v1: the thread that reports calls VFIO's handler itself, under the lock of the device's parameters.",
    design: { ...LINUX, faultsHandledBy: "thread" },
  },
} as const satisfies { readonly [name: string]: { sentence: string; design: Omit<HungHandlerDesign, "name"> } };

export const hungHandlerBounds: { readonly [name in BoundsName]: Omit<HungHandlerSizes, "name"> } = {
  small: { groupIndices: 2, activeWorks: 1 },
  default: { groupIndices: 2, activeWorks: 2 },
  deep: { groupIndices: 3, activeWorks: 2 },
};

const flag = { kind: "flag" } as const;
const integer = (from: number, to: number) => ({ kind: "integer", from, to }) as const;

export const hungHandlerKnobs: KnobTable<HungHandlerDesign> = {
  faultsHandledBy: {
    id: "iopf-core 1.2",
    values: choice({
      work: "Work on the IOPF queue: the thread that reports goes on.",
      thread: "The thread that reports, which takes the next request when the handler has returned (RFC v1).",
      user: "User space, to which work hands the group (iommufd).",
    }),
    sentence: "Who handles a page request group.",
  },
  queueOf: {
    id: "iopf-core 1.1",
    values: choice({
      iommu: "One for each IOMMU (iopf_queue_alloc()).",
      device: "One for each device (a proposal).",
    }),
    sentence: "How many IOPF queues there are, each with a workqueue of its own.",
  },
  flushHolds: {
    id: "I-38",
    values: choice({
      nothing: "No lock that anybody else takes.",
      "param-lock": "The lock that a report of the device takes (iopf_queue_flush_dev() of 6.1).",
      "sva-lock": "iommu_sva_lock, which every bind and unbind takes (iommu_sva_unbind_device() of 6.12 and 7.3).",
    }),
    sentence: "What a detach holds while it waits for work.",
  },
  detachOf: {
    id: "iopf-core 1.2",
    values: choice({
      device: "All of the device, which stops.",
      pasid: "One PASID, which has the first index: the device goes on with others.",
    }),
    sentence: "What is detached.",
  },
  detachInterrupts: {
    id: "iopf-core 1.5",
    values: flag,
    sentence: "Whether a detach interrupts the handlers of its device before it waits for them.",
  },
  detachOmits: {
    id: "iopf-core 2.1",
    values: choice({
      nothing: "It takes all steps.",
      drain: "It does not wait until the requests in the queue are reported (deliberate defect).",
      flush: "It does not flush queued work (deliberate defect).",
      answers: "It leaves groups that user space has not answered (deliberate defect).",
      unlock: "It does not drop what it holds at its end (deliberate defect).",
    }),
    sentence: "Which step a detach leaves out.",
  },
};

export const hungHandlerSizeKnobs: KnobTable<HungHandlerSizes> = {
  groupIndices: { id: "bound", values: integer(1, 3), sentence: "How many groups each device may have open at once." },
  activeWorks: {
    id: "bound",
    values: integer(1, 3),
    sentence: "How many works of an IOPF queue run at once: max_active, 256 in 6.12.117 and 1,024 in 7.3.4.",
  },
};
