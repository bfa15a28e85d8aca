/** Messages of teardown-thread.ts, and what they say. */
import type { Origin } from "../../../../../../checker/said.ts";
import { atWill, linux, linux61, linux612, linuxAt, messages, whereIs } from "../../../../../said.ts";
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
  | { readonly type: "mm.exits"; readonly mm: number }
  | { readonly type: "mm.begin" };

const INTEL = "drivers/iommu/intel/";
const QI = linux(`${INTEL}dmar.c`, "qi_submit_sync");
const SVM = `${INTEL}svm.c`;
const IOMMU = "drivers/iommu/iommu.c";

/** By the order of the detach: 6.1 and a PASID of 6.12 end an SVA bind, or a PASID that a driver attached; 7.3 has its own. */
const inOrder = (origin: Origin, in61: Origin, byPasid: Origin, in73: Origin = origin): Origin =>
  whereIs(origin, "rules.detach", {
    "linux-6.1.192": in61,
    "linux-6.1.192-caching-mode": in61,
    "linux-6.12.117-pasid": byPasid,
    "linux-7.3": in73,
    "linux-7.3-pasid": in73,
  });
const linux73 = (file: string, ...functions: readonly string[]): Origin => linuxAt("7.3.4", file, ...functions);

const DRAIN_612 = linux612(`${INTEL}prq.c`, "intel_iommu_drain_pasid_prq");
const DRAIN_73 = linux73(`${INTEL}prq.c`, "intel_iommu_drain_pasid_prq");
const DRAIN = inOrder(DRAIN_612, linux61(SVM, "intel_svm_drain_prq"), DRAIN_612, DRAIN_73);
const UNBIND_61 = linux61(SVM, "intel_svm_unbind_mm");
/** The function that ends the page faults of the device. */
export const DETACH = inOrder(
  linux612("drivers/iommu/iommufd/device.c", "iommufd_hwpt_detach_device"),
  linux61(IOMMU, "iommu_sva_unbind_device"),
  linux612(IOMMU, "iommu_detach_device_pasid"),
  linux73("drivers/iommu/iommufd/device.c", "iommufd_hwpt_detach_device"),
);
const FREES = inOrder(
  linux612("drivers/iommu/iommufd/device.c", "iommufd_hwpt_detach_device"),
  UNBIND_61,
  linux612("drivers/iommu/iommu-sva.c", "iommu_sva_unbind_device"),
  linux73("drivers/iommu/iommufd/device.c", "iommufd_hwpt_detach_device"),
);
const ERASES = inOrder(
  linux612(IOMMU, "iommu_detach_group_handle"),
  linux61(SVM, "pasid_private_remove"),
  linux612(IOMMU, "iommu_detach_device_pasid"),
  linux73(IOMMU, "iommu_detach_group_handle", "iommu_detach_device_pasid"),
);
const driver = atWill("the driver of the device");
const STOPS = inOrder(linux("drivers/pci/ats.c", "pci_disable_pri"), driver, driver);
const STARTS = inOrder(linux("drivers/pci/ats.c", "pci_enable_pri"), driver, driver);
const OPENS = inOrder(
  linux612(`${INTEL}pasid.c`, "intel_pasid_setup_second_level"),
  linux61(`${INTEL}pasid.c`, "intel_pasid_setup_first_level"),
  linux612(`${INTEL}pasid.c`, "intel_pasid_setup_first_level"),
);

export const teardownSays = messages<TeardownEmits>({
  ...groupSays,
  ...paramSays,
  ...handleSays,
  "handle.erases": { says: handleSays["handle.erases"].says, origin: ERASES },
  "handle.frees": { says: handleSays["handle.frees"], origin: FREES },
  "lock.acquires": { says: "takes {lock}", origin: linux("kernel/locking/mutex.c", "mutex_lock") },
  "lock.releases": { says: "drops {lock}", origin: linux("kernel/locking/mutex.c", "mutex_unlock") },
  "answers.takes-next": {
    says: "takes the next group out of fault queue {queue}",
    origin: linux612("drivers/iommu/iommufd/fault.c", "iommufd_auto_response_faults"),
  },
  "pri.disables": { says: "stops page requests of the device", origin: STOPS },
  "pri.enables": { says: "lets the device send page requests", origin: STARTS },
  "device.resets": { says: "resets the function", origin: linux("drivers/pci/pci.c", "pcie_flr") },
  "intake.opens": {
    says: "writes the entry of the device: domain {domain} translates",
    origin: OPENS,
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
  "mm.exits": { says: "ends the process of the owner", origin: linux("mm/mmap.c", "exit_mmap") },
  "mm.begin": "starts the processes of the next owners",
});
