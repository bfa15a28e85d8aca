/** Designs and sizes of the focused model `teardown`: which steps end the page faults of a device, and in which order. */
import { choice, type KnobTable } from "../../knobs.ts";
import type { RemovalRule } from "../../machines/linux/iommu/io-pgfault/6.12/fault-groups.ts";
import type {
  DetachOrderName,
  ExitOrderName,
  ResetOrderName,
  UnbindOrderName,
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

export const teardownKnobs: KnobTable<TeardownDesign> = {
  handledBy: {
    id: "iopf-core 1.2",
    values: choice({
      workqueue: "Work on the queue of the IOPF core resolves the group.",
      user: "User space resolves the group through a fault queue.",
    }),
    sentence: "Who resolves a page request group.",
  },
  teardownOrder: {
    id: "iopf-core 2.1",
    values: choice({
      standard:
        "Stop, block, drain, flush the work, answer, free; the lock of bind and unbind is dropped before the flush.",
      "linux-6.1.192":
        "Linux 6.1.192, VT-d: PASID entry and devTLB first, pasid_mutex dropped around the flush, then a second drain.",
      "linux-6.1.192-caching-mode":
        "As 6.1.192, but intel_pasid_tear_down_entry() leaves the devTLB out under caching mode.",
      "linux-6.12.117-pasid":
        "Linux 6.12.117, VT-d, a PASID: entry and devTLB first; iommu_sva_unbind_device() frees the handle last.",
      "ring-before-wire":
        "Linux 6.12.117, VT-d, the RID: ATS is disabled first, and the queue is not read after the devTLB fence.",
      "linux-7.3": "Linux 7.3.4, VT-d, the RID: the device leaves the IOPF queue first, and nothing is drained.",
      "linux-7.3-pasid":
        "Linux 7.3.4, VT-d, a PASID: entry, devTLB and drain first, then the device leaves the IOPF queue.",
      "wire-after-flush":
        "Requests on their way are drained when no thread reads the queue any more (deliberate defect).",
      "no-drain": "Requests on their way are not drained.",
      "drain-before-block":
        "The queue is drained before the device is blocked, so that new requests follow (deliberate defect).",
      "no-flush": "Queued work is not flushed (deliberate defect).",
      "remove-before-flush": "iopf_queue_remove_device() frees pending groups while their work is queued.",
      "flush-under-lock": "The work is flushed with the lock held that a response needs.",
      "no-answer": "Groups that user space has not answered get no response (deliberate defect).",
      "keeps-queue": "The device stays on its IOPF queue (deliberate defect).",
      "free-first": "The attach handle is freed before anything is drained (deliberate defect).",
    } satisfies { readonly [name in DetachOrderName]: string }),
    sentence: "The steps that end the page faults of an owner.",
  },
  resetOrder: {
    id: "S29",
    values: choice({
      standard: "Block the device, reset it, drain, answer, wait for the responses, unblock.",
      "drain-then-reset": "Block the device, drain and answer, then reset it and unblock.",
      "no-drain": "The function is reset and nothing else, as in Linux up to 6.12.",
      "no-response-fence": "The device restarts while earlier responses are on their way (deliberate defect).",
    } satisfies { readonly [name in ResetOrderName]: string }),
    sentence: "The steps of a function level reset.",
  },
  exitOrder: {
    id: "B10",
    values: choice({
      standard: "The exit clears the PASID entry, and nothing more.",
      "linux-vtd": "intel_mm_release() clears the PASID entry and waits for the devTLB without sleeping.",
      drains: "The exit drains the queue, which sleeps where sleeping is forbidden.",
    } satisfies { readonly [name in ExitOrderName]: string }),
    sentence: "What is done when the process of the owner exits, where nothing may sleep.",
  },
  unbindAfterExit: {
    id: "B11",
    values: choice({
      drains: "The unbind takes all steps, as if the process had not exited.",
      "linux-6.12.117": "intel_pasid_tear_down_entry() finds an entry that is not present, and only drains.",
      "linux-6.1.192": "intel_pasid_tear_down_entry() returns early, and intel_svm_unbind_mm() drains.",
      "returns-early": "The unbind finds an entry that is not present, and drains nothing.",
    } satisfies { readonly [name in UnbindOrderName]: string }),
    sentence: "What an unbind does after the process has exited.",
  },
  pendingAtRemoval: {
    id: "I-30",
    values: choice({
      "answer-and-free": "iopf_queue_remove_device() sends a response to each pending group, then frees it (6.12).",
      "free-only": "iopf_queue_remove_device() frees pending groups without a response.",
      "answer-only": "iopf_queue_remove_device() sends a response to each pending group and keeps the group.",
    } satisfies { readonly [name in RemovalRule]: string }),
    sentence: "What iopf_queue_remove_device() does with pending groups.",
  },
  answerLocks: { id: "B3", values: flag, sentence: "Whether an answer takes the lock of bind and unbind." },
  workChecksMm: { id: "I-42", values: flag, sentence: "Whether work finds out that the process has exited." },
  drainCompletion: {
    id: "D1",
    values: choice({
      each: "Each drain waits for a completion of its own.",
      shared: "All drains of one IOMMU wait for iommu->prq_complete.",
    }),
    sentence: "What a drain of the page request queue waits for.",
  },
  requestsCarry: {
    id: "iopf-core 2.1",
    values: choice({
      pasid: "Requests carry the PASID that is drained.",
      "no-pasid": "Requests carry no PASID: VT-d refuses them in 6.12, and its drain passes over them.",
    }),
    sentence: "Whether page requests carry the PASID that is drained.",
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
    sentence: "Stop, block, drain, flush, answer, free: in this order, even at a function level reset.",
    design: INTENDED,
  },
  /**
   * D1, D16, H10; the order of VT-d for the RID. Under its handle 6.12 reports only requests with PASID 0, which is
   * IOMMU_NO_PASID; those without PASID it refuses (requestsCarry=no-pasid), and 6.13 reports them.
   */
  "linux-6.12.117": {
    sentence: "VT-d of Linux 6.12.117 when the whole device is detached; a reset drains nothing.",
    design: { ...INTENDED, teardownOrder: "ring-before-wire", resetOrder: "no-drain", drainCompletion: "shared" },
  },
  /**
   * H10. iommu_sva_bind_device() of 6.12.117 refuses SVA on x86 (-EOPNOTSUPP; B44): there the order is that of other callers of
   * iommu_detach_device_pasid(). One completion for an IOMMU. iommu_sva_lock keeps SVA unbinds from each other, and nothing else: not the drain of
   * a RID, nor that of iommu_detach_device_pasid() by another caller, which holds only the mutex of its group and drains
   * through intel_iommu_remove_dev_pasid() (drainsExclude=false).
   */
  "linux-6.12.117-pasid": {
    sentence: "VT-d of Linux 6.12.117 when one PASID is unbound; a reset drains nothing.",
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
   * Page requests stay on: PRI is enabled from probe to release. Groups that user space has not answered are answered after the
   * drain, and nothing waits for these responses. A reset is that of 6.12.117 here: pci_dev_reset_iommu_prepare() of 7.3.4, which
   * sets the blocking domain for RID and PASIDs before a reset, is left out.
   */
  "linux-7.3.4": {
    sentence: "VT-d of Linux 7.3.4 when the whole device is detached from its last page table with a fault handler.",
    design: {
      ...INTENDED,
      handledBy: "user",
      teardownOrder: "linux-7.3",
      resetOrder: "no-drain",
      drainCompletion: "shared",
    },
  },
  "linux-7.3.4-pasid": {
    sentence: "VT-d of Linux 7.3.4 when one PASID is detached.",
    design: {
      ...INTENDED,
      handledBy: "user",
      teardownOrder: "linux-7.3-pasid",
      resetOrder: "no-drain",
      drainCompletion: "shared",
    },
  },
  /**
   * B3 fixed, H10. 6.1.192 refuses SVA on x86 as well (B44).
   * The core is that of 6.12, so charts name its functions: iopf_group_response() for iommu_page_response(),
   * iommu_sva_handle_iopf() for iopf_handle_group(). That is safe for these claims. Work of 6.1 looks up its domain when it
   * runs, and a group here holds its handle from the report on, which is longer. iommu_unregister_device_fault_handler()
   * returns -EBUSY while a group is pending; here none is pending when the parameters are removed, as the work was flushed.
   * The matching of a response by PRGI and PASID is in io-pgfault/6.1 and is not run here. One completion for an IOMMU, and pasid_mutex keeps its drains,
   * which are all of unbinds, from each other, except while one has dropped it for its flush. The order is that without
   * caching mode (teardownOrder=linux-6.1.192-caching-mode has the other).
   */
  "linux-6.1.192": {
    sentence:
      "The orders and locks of VT-d of Linux 6.1.192 with the IOPF core of 6.12: a response takes the lock of unbind.",
    design: {
      ...INTENDED,
      teardownOrder: "linux-6.1.192",
      exitOrder: "linux-vtd",
      unbindAfterExit: "linux-6.1.192",
      resetOrder: "no-drain",
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
