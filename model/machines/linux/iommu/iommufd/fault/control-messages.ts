/** The state of the thread that attaches and destroys HWPTs (control-thread.ts), its messages, and what they say. */
import { linux612, messages } from "../../../../../said.ts";
import { allocationSays, type AllocationFailure, type KernelWarning } from "../../../include/iommu.ts";
import { handleSays, type AttachHandle, type Attachment, type Domain } from "../../io-pgfault/6.12/attach-handles.ts";
import { paramSays } from "../../io-pgfault/6.12/fault-param-messages.ts";
import { autoAnswerSays, type AutoAnswerSays } from "./auto-answer.ts";
import type { ControlStep, DetachOrder, ReplaceOrder } from "./control-orders.ts";

const DEVICE = "drivers/iommu/iommufd/device.c";
const FAULT = "drivers/iommu/iommufd/fault.c";
const HWPT = "drivers/iommu/iommufd/hw_pagetable.c";
const IOMMU = "drivers/iommu/iommu.c";
const MAIN = "drivers/iommu/iommufd/main.c";

export interface ControlRules {
  readonly detach: DetachOrder;
  readonly replace: ReplaceOrder;
  /** Which queue is searched for groups of the old attach handle; B13 (replace searched the new queue). */
  readonly replaceAnswers: "old-queue" | "new-queue";
  /** Whether destroying the fault object answers groups that were read; B19 (it answered unread groups only). */
  readonly destroyAnswers: "all" | "delivered";
}

export interface ControlInput {
  readonly rules: ControlRules;
  /** By HWPT. */
  readonly domains: readonly Domain[];
  /** What device 0 is attached to at the beginning. */
  readonly attached: number | null;
  /** Default "control". */
  readonly name?: string;
  /** Default 0. */
  readonly iommuGroup?: number;
  /** Devices that are SR-IOV virtual functions; default none. */
  readonly virtualFunctions?: readonly number[];
  /** "objects": the system has the HWPTs, and an ioctl looks up the one that it names. Default "implied": it is there. */
  readonly hwpts?: "objects" | "implied";
  /** Whether kzalloc() may fail; it is a step of its own then. Default "succeed". */
  readonly allocations?: "succeed" | "may-fail";
}

export interface ControlContext extends Required<ControlInput> {
  /** Attached devices, in order of attachment: igroup->device_list. */
  readonly members: readonly number[];
  /** The device that the attach handle names. */
  readonly idev: number | null;
  /** idev->iopf_enabled: each device as often as it is counted, ascending. */
  readonly enabled: readonly number[];
  readonly op: "none" | "attach" | "replace" | "detach" | "destroy";
  /** The device of the ioctl. */
  readonly self: number;
  readonly target: number | null;
  /** The fault object that is destroyed. */
  readonly queue: number | null;
  readonly left: readonly ControlStep[];
  /** What the ioctl will return. */
  readonly result: number;
  /** A group that it has taken to answer it, and its device. */
  readonly group: number | null;
  readonly device: number;
  readonly answered: boolean;
}

export type ControlEvent =
  | { readonly type: "control.attaches" | "control.replaces"; readonly device: number; readonly hwpt: number }
  | { readonly type: "control.detaches"; readonly device: number }
  | { readonly type: "control.steps" }
  | { readonly type: "control.allocates"; readonly ok: boolean }
  | { readonly type: "control.destroys" | "control.creates"; readonly queue: number }
  | { readonly type: "answer.taken"; readonly group: number | null; readonly device: number }
  | { readonly type: "queue.claimed" | "param.added" | "handle.changed" | "hwpt.found"; readonly result: number }
  | { readonly type: "hwpt.got"; readonly ok: boolean }
  /** Whoever holds the device asks before the device leaves its IOMMU group. */
  | { readonly type: "device.unbinds"; readonly device: number };

export type ControlEmits =
  | KernelWarning
  | AllocationFailure
  | { readonly type: "intake.opens"; readonly domain: number }
  | { readonly type: "intake.blocks" | "intake.drains" | "intake.awaits" }
  | ({ readonly type: "handle.inserts" | "handle.replaces"; readonly by: string } & Attachment)
  | { readonly type: "handle.erases"; readonly pasid: 0; readonly by: string }
  | ({ readonly type: "handle.frees" } & Attachment)
  | { readonly type: "param.adds"; readonly device: number; readonly queue: 0; readonly memory?: "none" }
  | { readonly type: "param.removes"; readonly device: number; readonly queue: 0 }
  /** Page faults of the device stay as they are. */
  | { readonly type: "iopf.counted"; readonly device: number; readonly turns: "on" | "off" }
  | { readonly type: "queue.refs" | "queue.unrefs"; readonly queue: number }
  | { readonly type: "hwpt.gets" | "hwpt.looks-up"; readonly hwpt: number; readonly by: string }
  | { readonly type: "hwpt.puts"; readonly hwpt: number }
  | { readonly type: "queue.claims"; readonly queue: number; readonly by: string }
  | { readonly type: "queue.destroys" | "queue.creates"; readonly queue: number }
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly queue: number }
  | { readonly type: "answers.gathers"; readonly queue: number; readonly handle: AttachHandle }
  | AutoAnswerSays
  /** `result`: 0 or a negative number of errno.h; null: the function returns nothing. */
  | { readonly type: "control.returns"; readonly by: string; readonly result: number | null };

export const controlSays = messages<ControlEmits>({
  ...autoAnswerSays,
  ...paramSays,
  "kernel.warns": {
    says: "trips WARN_ON(): page faults of device {device} were not enabled",
    origin: linux612(FAULT, "iommufd_fault_iopf_disable"),
  },
  "allocation.fails": { says: allocationSays, origin: linux612(DEVICE, "iommufd_hwpt_attach_device") },
  "intake.opens": {
    says: "switches the device to domain {domain}",
    origin: linux612(IOMMU, "__iommu_group_set_domain_internal"),
  },
  "intake.blocks": {
    says: "takes the device out of its domain",
    origin: linux612(IOMMU, "__iommu_group_set_domain_internal"),
  },
  "intake.drains": {
    says: "begins to drain the page requests of the device",
    origin: linux612("drivers/iommu/intel/prq.c", "intel_iommu_drain_pasid_prq"),
  },
  "intake.awaits": {
    says: "waits until the page requests are drained",
    origin: linux612("drivers/iommu/intel/prq.c", "intel_iommu_drain_pasid_prq"),
  },
  ...handleSays,
  "iopf.counted": {
    says: "counts that page faults of device {device} turn {turns}, and leaves them as they are",
    origin: linux612(FAULT, "iommufd_fault_iopf_enable", "iommufd_fault_iopf_disable"),
  },
  "queue.refs": {
    says: "takes a reference to fault queue {queue} for the HWPT",
    origin: linux612(HWPT, "iommufd_hwpt_alloc"),
  },
  "queue.unrefs": {
    says: "drops the reference of the HWPT to fault queue {queue}",
    origin: linux612(HWPT, "__iommufd_hwpt_destroy"),
  },
  "hwpt.gets": { says: "takes a reference to HWPT {hwpt}", origin: linux612(MAIN, "iommufd_get_object") },
  "hwpt.looks-up": { says: "looks up HWPT {hwpt}", origin: linux612(MAIN, "iommufd_get_object") },
  "hwpt.puts": {
    says: "drops a reference to HWPT {hwpt}",
    origin: linux612("drivers/iommu/iommufd/iommufd_private.h", "iommufd_hw_pagetable_put"),
  },
  "queue.claims": {
    says: "removes fault queue {queue} from the table of IDs",
    origin: linux612(MAIN, "iommufd_object_remove"),
  },
  "queue.destroys": { says: "frees fault queue {queue}", origin: linux612(FAULT, "iommufd_fault_destroy") },
  "queue.creates": { says: "makes fault queue {queue}", origin: linux612(FAULT, "iommufd_fault_alloc") },
  "lock.acquires": {
    says: "takes the mutex of queue {queue}",
    origin: linux612(FAULT, "iommufd_auto_response_faults"),
  },
  "lock.releases": {
    says: "drops the mutex of queue {queue}",
    origin: linux612(FAULT, "iommufd_auto_response_faults"),
  },
  "answers.gathers": {
    says: "moves the unread groups of its attach handle to a list of its own",
    origin: linux612(FAULT, "iommufd_auto_response_faults"),
  },
  "control.returns": { says: "returns {result}", origin: linux612(DEVICE, "iommufd_device_do_replace") },
});
