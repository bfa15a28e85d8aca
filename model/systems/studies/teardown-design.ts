/** Designs and sizes of the study `teardown`: which steps end the page faults of a device, and in which order. */
import type { KnobTable } from "../../knobs.ts";
import type { RemovalRule } from "../../machines/linux/iommu/io-pgfault/6.12/fault-groups.ts";
import {
  DETACH_ORDERS,
  EXIT_ORDERS,
  RESET_ORDERS,
  UNBIND_ORDERS,
  type DetachOrderName,
  type ExitOrderName,
  type ResetOrderName,
  type UnbindOrderName,
} from "../../machines/linux/iommu/drivers/teardown/teardown-orders.ts";
import { boundsKnobs, type Bounds } from "../bounds.ts";
import type { BoundsName } from "../study.ts";

export interface TeardownDesign {
  readonly name: string;
  readonly handledBy: "workqueue" | "user";
  readonly teardownOrder: DetachOrderName;
  readonly resetOrder: ResetOrderName;
  readonly exitOrder: ExitOrderName;
  readonly unbindAfterExit: UnbindOrderName;
  readonly pendingAtRemoval: RemovalRule;
  readonly answerLocks: boolean;
  readonly workChecksMm: boolean;
  readonly drainCompletion: "each" | "shared";
  readonly requestsCarry: "pasid" | "no-pasid";
  readonly drainsExclude: boolean;
}

export interface TeardownSizes extends Pick<Bounds, "slots" | "instances"> {
  readonly name: string;
  readonly owners: number;
  readonly deviceResets: number;
  readonly ownerExits: boolean;
  readonly userAnswers: boolean;
  readonly drainsAtOnce: number;
  readonly queueOverflows: number;
}

const flag = { kind: "flag" } as const;
const choice = <const Choice extends string>(of: readonly Choice[]) => ({ kind: "choice", of }) as const;

export const teardownKnobs: KnobTable<TeardownDesign> = {
  handledBy: {
    id: "1.2",
    values: choice(["workqueue", "user"]),
    sentence: "Who resolves a group: work on the queue of the core, or user space through a fault queue.",
  },
  teardownOrder: {
    id: "2.1",
    values: choice(Object.keys(DETACH_ORDERS) as DetachOrderName[]),
    sentence: "The steps that end the page faults of an owner, in order.",
  },
  resetOrder: {
    id: "S29",
    values: choice(Object.keys(RESET_ORDERS) as ResetOrderName[]),
    sentence: "The steps of a function level reset, in order.",
  },
  exitOrder: {
    id: "B10",
    values: choice(Object.keys(EXIT_ORDERS) as ExitOrderName[]),
    sentence: "What is done when the process of the owner exits, where nothing may sleep.",
  },
  unbindAfterExit: {
    id: "B11",
    values: choice(Object.keys(UNBIND_ORDERS) as UnbindOrderName[]),
    sentence: "Whether an unbind after the exit still drains, or finds nothing to do.",
  },
  pendingAtRemoval: {
    id: "I-30",
    values: choice(["answer-and-free", "free-only", "answer-only"]),
    sentence: "What removing the device from its queue does to groups that are still pending.",
  },
  answerLocks: { id: "B3", values: flag, sentence: "Whether an answer takes the lock of bind and unbind." },
  workChecksMm: { id: "I-42", values: flag, sentence: "Whether work finds out that the process has exited." },
  drainCompletion: {
    id: "D1",
    values: choice(["each", "shared"]),
    sentence: "Whether each drain of a queue has a completion of its own, or all of an IOMMU share one.",
  },
  requestsCarry: {
    id: "2.1",
    values: choice(["pasid", "no-pasid"]),
    sentence:
      "Whether requests carry the PASID that is drained; VT-d refuses those that carry none, and its drain passes over them.",
  },
  drainsExclude: {
    id: "D1",
    values: flag,
    sentence: "Whether the other drain is that of an unbind too (SVA), and waits for the lock that an unbind holds.",
  },
};

export const teardownSizeKnobs: KnobTable<TeardownSizes> = {
  slots: boundsKnobs.slots,
  instances: boundsKnobs.instances,
  owners: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 2 },
    sentence: "Owners that have the device in turn.",
  },
  deviceResets: {
    id: "bound",
    values: { kind: "integer", from: 0, to: 2 },
    sentence: "How often the device may be reset.",
  },
  ownerExits: { id: "bound", values: flag, sentence: "Whether the process of the owner may exit." },
  userAnswers: { id: "bound", values: flag, sentence: "Whether user space may answer, or is silent." },
  drainsAtOnce: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 2 },
    sentence: "Drains of the queue at a time; the second is of another device behind the same IOMMU.",
  },
  queueOverflows: {
    id: "bound",
    values: { kind: "integer", from: 0, to: 2 },
    sentence: "How often the queue may overflow.",
  },
};

const INTENDED: Omit<TeardownDesign, "name"> = {
  handledBy: "workqueue",
  teardownOrder: "standard",
  resetOrder: "standard",
  exitOrder: "standard",
  unbindAfterExit: "drains",
  pendingAtRemoval: "answer-and-free",
  answerLocks: false,
  workChecksMm: true,
  drainCompletion: "each",
  requestsCarry: "pasid",
  drainsExclude: false,
};

export const teardownHosts = {
  intended: {
    sentence: "Stop, block, drain, flush, answer, free: in this order, and also at a reset.",
    design: INTENDED,
  },
  /**
   * D1, D16, H10; the order of VT-d for the RID. Under its handle 6.12 reports only requests with PASID 0, which is
   * IOMMU_NO_PASID; those without PASID it refuses (requestsCarry=no-pasid), and 6.13 reports them.
   */
  "linux-6.12.117": {
    sentence: "The order of VT-d in 6.12.117 where the whole device is detached, and a reset that drains nothing.",
    design: { ...INTENDED, teardownOrder: "ring-before-wire", resetOrder: "no-drain", drainCompletion: "shared" },
  },
  /**
   * H10. One completion for an IOMMU. iommu_sva_lock keeps SVA unbinds from each other, and nothing else: not the drain of
   * a RID, nor that of iommu_detach_device_pasid() by another caller, which holds only the mutex of its group and drains
   * through intel_iommu_remove_dev_pasid() (drainsExclude=false).
   */
  "linux-6.12.117-pasid": {
    sentence: "The order of VT-d in 6.12.117 where one PASID is unbound, and a reset that drains nothing.",
    design: {
      ...INTENDED,
      teardownOrder: "linux-6.12.117-pasid",
      exitOrder: "linux-vtd",
      unbindAfterExit: "linux-6.12.117",
      resetOrder: "no-drain",
      drainCompletion: "shared",
      drainsExclude: true,
    },
  },
  /**
   * B3 fixed, H10; removal answers nothing (iopf-core 1.3). One completion for an IOMMU, and pasid_mutex keeps its drains,
   * which are all of unbinds, from each other, except while one has dropped it for its flush. The order is that without
   * caching mode (teardownOrder=linux-6.1.192-caching-mode has the other).
   */
  "linux-6.1.192": {
    sentence: "The order of VT-d in 6.1, whose answers take the lock of unbind, and a reset that drains nothing.",
    design: {
      ...INTENDED,
      teardownOrder: "linux-6.1.192",
      exitOrder: "linux-vtd",
      unbindAfterExit: "linux-6.1.192",
      resetOrder: "no-drain",
      pendingAtRemoval: "free-only",
      answerLocks: true,
      drainCompletion: "shared",
      drainsExclude: true,
    },
  },
} as const satisfies { readonly [name: string]: { sentence: string; design: Omit<TeardownDesign, "name"> } };

const SMALL: Omit<TeardownSizes, "name"> = {
  slots: 1,
  instances: 2,
  owners: 2,
  deviceResets: 0,
  ownerExits: false,
  userAnswers: false,
  drainsAtOnce: 1,
  queueOverflows: 0,
};

export const teardownBounds: { readonly [name in BoundsName]: Omit<TeardownSizes, "name"> } = {
  small: SMALL,
  default: { ...SMALL, deviceResets: 1, ownerExits: true, userAnswers: true },
  deep: { ...SMALL, slots: 2, instances: 3, deviceResets: 1, ownerExits: true, userAnswers: true },
};
