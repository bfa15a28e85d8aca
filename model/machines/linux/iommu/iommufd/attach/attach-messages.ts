/** The messages of a thread that attaches HWPTs (attach-thread.ts), and what they say. */
import type { Origin } from "../../../../../../checker/said.ts";
import { linux, linux612, linuxAt, messages, whereIs } from "../../../../../said.ts";
import type { IopfStep } from "../../../../device/faulting-device.ts";
import { mutexSays } from "../../../lib/mutex.ts";
import type { Step } from "./attach-plan.ts";
import type { Slot } from "../../../../../units.ts";

const DEVICE = "drivers/iommu/iommufd/device.c";
const IOMMU = "drivers/iommu/iommu.c";
const IOPF = "drivers/iommu/io-pgfault.c";
const PRIVATE = "drivers/iommu/iommufd/iommufd_private.h";
const VTD = "drivers/iommu/intel/iommu.c";

export type AttachThreadEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: "group-lock" }
  | { readonly type: "group.looks"; readonly by: string }
  | { readonly type: "hwpt.gets"; readonly hwpt: number; readonly by: string }
  | { readonly type: "hwpt.puts" | "reports.answers"; readonly hwpt: number }
  | {
      readonly type: "state.prepares" | "state.releases";
      readonly device: number;
      readonly slot: Slot;
      readonly hwpt: number;
    }
  | { readonly type: "iopf.joins" | "iopf.turns-on"; readonly device: number; readonly by: string }
  | {
      readonly type: IopfStep | "iopf.forgets" | "group.adds" | "group.removes" | "group.forgets";
      readonly device: number;
    }
  | { readonly type: "device.switches"; readonly device: number; readonly slot: Slot; readonly hwpt: number | null }
  | {
      readonly type: "group.stores";
      readonly slot: Slot;
      readonly hwpt: number | null;
      readonly device: number | null;
    };

/** A driver whose enable call sets a flag and no more is that of SMMUv3. */
const orSmmu = (vtd: Origin, smmu: string): Origin =>
  whereIs(vtd, "rules.enable", { "flag-only": linux612("drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c", smmu) });

export const attachSays = messages<AttachThreadEmits>({
  ...mutexSays("igroup->lock"),
  "group.looks": "reads the HWPT and the members of the group",
  "hwpt.gets": {
    says: "takes a reference to HWPT {hwpt}",
    origin: linux612(DEVICE, "iommufd_hw_pagetable_attach"),
  },
  "hwpt.puts": { says: "drops a reference to HWPT {hwpt}", origin: linux612(PRIVATE, "iommufd_hw_pagetable_put") },
  "reports.answers": {
    says: "answers the faults of HWPT {hwpt} with Invalid",
    origin: linux612("drivers/iommu/iommufd/fault.c", "iommufd_auto_response_faults"),
  },
  "state.prepares": {
    says: "makes the attachment of device {device} to HWPT {hwpt}",
    origin: orSmmu(linux612(VTD, "domain_attach_iommu"), "arm_smmu_attach_prepare"),
  },
  "state.releases": {
    says: "removes the attachment of device {device} to HWPT {hwpt}",
    origin: orSmmu(linux612(VTD, "domain_detach_iommu"), "arm_smmu_remove_master_domain"),
  },
  "iopf.joins": { says: "adds device {device} to the IOPF queue", origin: linux612(IOPF, "iopf_queue_add_device") },
  "iopf.turns-on": {
    says: "enables page faults of device {device}",
    origin: orSmmu(linux("drivers/pci/ats.c", "pci_enable_pri"), "arm_smmu_dev_enable_feature"),
  },
  "iopf.counts": {
    says: "increments iopf_refcount of device {device}",
    origin: linuxAt("6.16", VTD, "intel_iommu_enable_iopf"),
  },
  "iopf.uncounts": {
    says: "decrements iopf_refcount of device {device}",
    origin: linuxAt("6.16", VTD, "intel_iommu_disable_iopf"),
  },
  "iopf.forgets": {
    says: "frees iopf_enabled of device {device}",
    origin: linux612(DEVICE, "iommufd_device_unbind"),
  },
  "iopf.turns-off": {
    says: "disables page faults of device {device}",
    origin: orSmmu(linux("drivers/pci/ats.c", "pci_disable_pri"), "arm_smmu_dev_disable_feature"),
  },
  "iopf.leaves": {
    says: "removes device {device} from the IOPF queue",
    origin: linux612(IOPF, "iopf_queue_remove_device"),
  },
  "group.adds": {
    says: "adds device {device} to the device_list of the group",
    origin: linux612(DEVICE, "iommufd_hw_pagetable_attach"),
  },
  "group.removes": {
    says: "removes device {device} from the device_list of the group",
    origin: linux612(DEVICE, "iommufd_hw_pagetable_detach"),
  },
  "group.forgets": {
    says: "frees the iommufd object of device {device}",
    origin: linux612(DEVICE, "iommufd_device_unbind"),
  },
  "device.switches": {
    says: "switches the {slot} of device {device} to HWPT {hwpt}",
    origin: linux612(IOMMU, "__iommu_group_set_domain_internal"),
  },
  "group.stores": {
    says: "stores HWPT {hwpt} and the attach handle of the {slot}",
    origin: linux612(IOMMU, "iommu_replace_group_handle"),
  },
});

/** Messages of the steps that name only a device. */
const OF_DEVICE = {
  count: "iopf.counts",
  uncount: "iopf.uncounts",
  "turn-off": "iopf.turns-off",
  leave: "iopf.leaves",
  add: "group.adds",
  remove: "group.removes",
} as const;

/** What a step says, for the thread `name` and the slot that it attaches. */
export function messageOf(
  { slot, name }: { readonly slot: Slot; readonly name: string },
  { do: does, device, hwpt }: Step,
): AttachThreadEmits {
  switch (does) {
    case "get":
      return { type: "hwpt.gets", hwpt: hwpt!, by: name };
    case "put":
      return { type: "hwpt.puts", hwpt: hwpt! };
    case "answer":
      return { type: "reports.answers", hwpt: hwpt! };
    case "prepare":
      return { type: "state.prepares", device: device!, slot, hwpt: hwpt! };
    case "release":
      return { type: "state.releases", device: device!, slot, hwpt: hwpt! };
    case "switch":
      return { type: "device.switches", device: device!, slot, hwpt };
    case "store":
      return { type: "group.stores", slot, hwpt, device };
    case "join":
      return { type: "iopf.joins", device: device!, by: name };
    case "turn-on":
      return { type: "iopf.turns-on", device: device!, by: name };
    case "count":
    case "uncount":
    case "turn-off":
    case "leave":
    case "add":
    case "remove":
      return { type: OF_DEVICE[does], device: device! };
  }
}
