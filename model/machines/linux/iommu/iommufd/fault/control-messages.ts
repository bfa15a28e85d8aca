/** The state of the thread that attaches and destroys HWPTs (control-thread.ts), its messages, and what they say. */
import { linux612, messages } from "../../../../../said.ts";
import { handleSays, type Domain } from "../../io-pgfault/6.12/attach-handles.ts";
import { paramSays } from "../../io-pgfault/6.12/fault-param-messages.ts";
import { autoAnswerSays, type AutoAnswerSays, type ParamChanges } from "./auto-answer.ts";
import type { ControlStep, DetachOrder, ReplaceOrder } from "./control-orders.ts";

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
  readonly attached: number | null;
}

export interface ControlContext extends Omit<ControlInput, "attached"> {
  readonly attached: number | null;
  readonly op: "none" | "attach" | "replace" | "detach" | "destroy";
  readonly target: number | null;
  /** The fault object that is destroyed. */
  readonly queue: number | null;
  readonly left: readonly ControlStep[];
  /** A group that it has taken to answer it. */
  readonly group: number | null;
  readonly answered: boolean;
}

export type ControlEmits =
  | { readonly type: "intake.opens"; readonly domain: number }
  | { readonly type: "intake.blocks" | "intake.drains" | "intake.awaits" }
  | { readonly type: "handle.inserts" | "handle.replaces" | "handle.frees"; readonly pasid: 0; readonly domain: Domain }
  | { readonly type: "handle.erases"; readonly pasid: 0 }
  | ParamChanges
  | { readonly type: "queue.refs" | "queue.unrefs"; readonly queue: number }
  | { readonly type: "queue.claims" | "queue.destroys" | "queue.creates"; readonly queue: number }
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly queue: number }
  | AutoAnswerSays;

export const controlSays = messages<ControlEmits>({
  ...autoAnswerSays,
  ...paramSays,
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
  "queue.refs": {
    says: "takes a reference to fault queue {queue} for the HWPT",
    origin: linux612(HWPT, "iommufd_hwpt_alloc"),
  },
  "queue.unrefs": {
    says: "drops the reference of the HWPT to fault queue {queue}",
    origin: linux612(HWPT, "__iommufd_hwpt_destroy"),
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
});
