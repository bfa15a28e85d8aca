/** Messages of teardown-thread.ts, and what they say. */
import { linux, linux612, messages } from "../../../../../said.ts";
import { handleSays, type Domain } from "../../io-pgfault/6.12/attach-handles.ts";
import { groupSays, paramSays } from "../../io-pgfault/6.12/fault-param-messages.ts";
import type { AutoAnswerSays, ParamChanges } from "../../iommufd/fault/auto-answer.ts";

export type TeardownEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string }
  | { readonly type: "pri.disables" | "pri.enables" | "device.resets" }
  | { readonly type: "intake.opens"; readonly domain: number }
  | { readonly type: "intake.blocks" | "intake.drains" | "intake.awaits" | "intake.settles" }
  | { readonly type: "wire.fences" | "responses.fences" }
  | { readonly type: "param.flushes"; readonly device: 0; readonly queue: 0 }
  | ParamChanges
  | { readonly type: "handle.inserts" | "handle.frees"; readonly pasid: 0; readonly domain: Domain }
  | { readonly type: "handle.erases"; readonly pasid: 0 }
  | AutoAnswerSays
  | { readonly type: "process.exits" | "process.begins" };

const INTEL = "drivers/iommu/intel/";
const QI = linux(`${INTEL}dmar.c`, "qi_submit_sync");
const DRAIN = linux612(`${INTEL}prq.c`, "intel_iommu_drain_pasid_prq");

export const teardownSays = messages<TeardownEmits>({
  ...groupSays,
  ...paramSays,
  ...handleSays,
  "lock.acquires": { says: "takes {lock}", origin: linux("kernel/locking/mutex.c", "mutex_lock") },
  "lock.releases": { says: "drops {lock}", origin: linux("kernel/locking/mutex.c", "mutex_unlock") },
  "answers.takes-next": {
    says: "takes the next group out of fault queue {queue}",
    origin: linux612("drivers/iommu/iommufd/fault.c", "iommufd_auto_response_faults"),
  },
  "pri.disables": { says: "disables PRI in the device", origin: linux("drivers/pci/ats.c", "pci_disable_pri") },
  "pri.enables": { says: "enables PRI in the device", origin: linux("drivers/pci/ats.c", "pci_enable_pri") },
  "device.resets": { says: "resets the function", origin: linux("drivers/pci/pci.c", "pcie_flr") },
  "intake.opens": {
    says: "writes the entry of the device: domain {domain} translates",
    origin: linux612(`${INTEL}pasid.c`, "intel_pasid_setup_second_level"),
  },
  "intake.blocks": {
    says: "clears the Present bit of the entry and invalidates its caches",
    origin: linux(`${INTEL}pasid.c`, "intel_pasid_tear_down_entry"),
  },
  "intake.drains": { says: "begins to look for records of the device in the queue", origin: DRAIN },
  "intake.awaits": { says: "has waited for the queue", origin: DRAIN },
  "intake.settles": { says: "begins to wait until PRS.PRO is clear", origin: DRAIN },
  "wire.fences": { says: "invalidates the device TLB, which pushes requests on the wire", origin: QI },
  "responses.fences": { says: "waits until the responses have reached the device", origin: QI },
  "process.exits": { says: "ends the process of the owner", origin: linux("mm/mmap.c", "exit_mmap") },
  "process.begins": "starts the process of the next owner",
});
