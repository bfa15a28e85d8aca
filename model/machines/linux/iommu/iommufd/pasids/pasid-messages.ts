/** What a thread says that attaches, replaces and detaches the HWPTs of PASIDs (pasid-thread.ts). */
import { linuxAt, messages } from "../../../../../said.ts";
import { mutexSays } from "../../../lib/mutex.ts";
import type { AttachHandle, Attachment } from "../../io-pgfault/6.12/attach-handles.ts";
import type { AutoAnswerSays } from "../fault/auto-answer.ts";
import { attachmentOf, handleOf, type PasidCall, type PasidStep } from "./pasid-plan.ts";

type By = { readonly by: string };

export type PasidThreadEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: "fault-mutex" }
  | { readonly type: "answers.gathers"; readonly queue: 0; readonly handle: AttachHandle }
  | AutoAnswerSays
  | ({ readonly type: "handle.inserts" | "handle.replaces" } & Attachment & By)
  | ({ readonly type: "handle.erases"; readonly pasid: number } & By)
  | ({ readonly type: "handle.frees" } & Attachment)
  | { readonly type: "iopf.enables" | "iopf.disables" }
  | { readonly type: "iopf.drains" | "entry.clears"; readonly pasid: number }
  | { readonly type: "entry.sets"; readonly pasid: number; readonly hwpt: number };

const IOMMU = "drivers/iommu/iommu.c";
export const DEVICE = "drivers/iommu/iommufd/device.c";
const EVENTQ = "drivers/iommu/iommufd/eventq.c";
const VTD = "drivers/iommu/intel/iommu.c";

export const pasidSays = messages<PasidThreadEmits>({
  ...mutexSays("fault->mutex"),
  "answers.gathers": {
    says: "moves the unread groups of the handle to a list of its own",
    origin: linuxAt("7.3.4", EVENTQ, "iommufd_auto_response_faults"),
  },
  "answers.takes-next": {
    says: "takes the next unanswered group",
    origin: linuxAt("7.3.4", EVENTQ, "iommufd_auto_response_faults"),
  },
  "group.responds": {
    says: "responds {code} to group {group}",
    origin: linuxAt("7.3.4", "drivers/iommu/io-pgfault.c", "iopf_group_response"),
  },
  "group.frees": {
    says: "frees group {group}",
    origin: linuxAt("7.3.4", "drivers/iommu/io-pgfault.c", "iopf_free_group"),
  },
  "handle.inserts": {
    says: "stores the attach handle of PASID {pasid}",
    origin: linuxAt("7.3.4", IOMMU, "iommu_attach_device_pasid"),
  },
  "handle.replaces": {
    says: "stores the new attach handle of PASID {pasid}",
    origin: linuxAt("7.3.4", IOMMU, "iommu_replace_device_pasid"),
  },
  "handle.erases": {
    says: "erases the attach handle of PASID {pasid}",
    origin: linuxAt("7.3.4", IOMMU, "iommu_detach_device_pasid"),
  },
  "handle.frees": {
    says: "frees an attach handle of PASID {pasid}",
    origin: linuxAt("7.3.4", DEVICE, "iommufd_hwpt_replace_device"),
  },
  "iopf.enables": {
    says: "enables page faults for an attachment",
    origin: linuxAt("7.3.4", VTD, "intel_iommu_enable_iopf"),
  },
  "iopf.disables": {
    says: "disables page faults for an attachment",
    origin: linuxAt("7.3.4", VTD, "intel_iommu_disable_iopf"),
  },
  "iopf.drains": {
    says: "drains the page requests of PASID {pasid}",
    origin: linuxAt("7.3.4", "drivers/iommu/intel/prq.c", "intel_iommu_drain_pasid_prq"),
  },
  "entry.clears": {
    says: "clears the entry of PASID {pasid}",
    origin: linuxAt("7.3.4", "drivers/iommu/intel/pasid.c", "intel_pasid_tear_down_entry"),
  },
  "entry.sets": {
    says: "sets the entry of PASID {pasid} to HWPT {hwpt}",
    origin: linuxAt("7.3.4", VTD, "intel_iommu_set_dev_pasid"),
  },
});

type Thread = PasidCall & { readonly name: string };

/** What a step says; "answer" is repeated by the thread, and "check" and "others" say nothing. */
export function messagesOf(thread: Thread, { do: does, hwpt }: PasidStep): readonly PasidThreadEmits[] {
  const { name: by, pasid, call } = thread;
  const attachment = () => attachmentOf(thread, pasid, hwpt!);
  switch (does) {
    case "enable":
      return [{ type: "iopf.enables" }];
    case "disable":
      return [{ type: "iopf.disables" }];
    case "clear":
      return [{ type: "entry.clears", pasid }];
    case "drain":
      return [{ type: "iopf.drains", pasid }];
    case "set":
      return [{ type: "entry.sets", pasid, hwpt: hwpt! }];
    case "store":
      return [{ type: call === "attach" ? "handle.inserts" : "handle.replaces", ...attachment(), by }];
    case "erase":
      return [{ type: "handle.erases", pasid, by }];
    case "free":
      return [{ type: "handle.frees", ...attachment() }];
    case "lock-queue":
      return [
        { type: "lock.acquires", owner: by, lock: "fault-mutex" },
        { type: "answers.gathers", queue: 0, handle: handleOf(thread, hwpt!) },
      ];
    case "unlock-queue":
      return [{ type: "lock.releases", owner: by, lock: "fault-mutex" }];
    case "check":
    case "others":
    case "answer":
      return [];
  }
}
