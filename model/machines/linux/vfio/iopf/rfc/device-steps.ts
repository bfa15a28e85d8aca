/**
 * The steps that enabling, disabling, attaching and detaching consist of, as messages; a list gives their order. A short
 * critical section under dev->iommu->lock (P) or iopf_group_list_lock (G) is one step, which waits for the lock.
 *
 * Models  dev_enable_iopf(), dev_disable_iopf() and the lookup node of RFC v3 patch 5 (VFIO facts 1.0, 1.2): first the
 *         feature, then the handler (row 45: FEAT_IOPF, then the registration), then the lookup node.
 */
import { linux, linux61, rfc } from "../../../../../said.ts";

/** `takes-away`: disables what is there, also what SVA has enabled, as an unwind by counter does (D-28). */
export type DeviceStep =
  | "inserts"
  | "publishes"
  | "fills"
  | "removes"
  | "enables-feature"
  | "disables-feature"
  | "registers"
  | "unregisters"
  | "readies"
  | "unreadies"
  | "takes-away";

type Lock = { readonly type: "lock.acquires" | "lock.releases"; readonly lock: string; readonly owner: string };

export type DeviceMessage =
  | Lock
  | {
      readonly type: "tree.inserts" | "tree.publishes" | "tree.fills" | "tree.removes";
      readonly device: number;
    }
  | { readonly type: "device.enables-feature" | "device.registers"; readonly device: number; readonly by: string }
  | {
      readonly type: "device.unregisters" | "device.disables-feature";
      readonly device: number;
      readonly own: boolean;
    }
  | { readonly type: "container.readies" | "container.unreadies" | "container.leaves"; readonly device: number };

export const acquires = (lock: string, owner: string): Lock => ({ type: "lock.acquires", lock, owner });
export const releases = (lock: string, owner: string): Lock => ({ type: "lock.releases", lock, owner });

const under = (lock: string, owner: string, messages: readonly DeviceMessage[]): readonly DeviceMessage[] => [
  acquires(lock, owner),
  ...messages,
  releases(lock, owner),
];

/** The messages of one step on one device, by the thread `by`. */
export function performing(
  step: DeviceStep | "locks" | "leaves" | "unlocks",
  device: number,
  by: string,
): readonly DeviceMessage[] {
  switch (step) {
    case "locks":
      return [acquires("L", by)];
    case "unlocks":
      return [releases("L", by)];
    case "leaves":
      return [{ type: "container.leaves", device }];
    case "inserts":
    case "publishes":
    case "fills":
    case "removes":
      return under("G", by, [{ type: `tree.${step}`, device }]);
    case "enables-feature":
      return [{ type: "device.enables-feature", device, by }];
    case "disables-feature":
      return [{ type: "device.disables-feature", device, own: true }];
    case "registers":
      return under(`P${device}`, by, [{ type: "device.registers", device, by }]);
    case "unregisters":
      return under(`P${device}`, by, [{ type: "device.unregisters", device, own: true }]);
    case "readies":
    case "unreadies":
      return [{ type: `container.${step}`, device }];
    case "takes-away":
      return [
        ...under(`P${device}`, by, [{ type: "device.unregisters", device, own: false }]),
        { type: "device.disables-feature", device, own: false },
        { type: "container.unreadies", device },
      ];
    default:
      return step satisfies never;
  }
}

const IOMMU = "drivers/iommu/iommu.c";
const LINKS = rfc("v3 patch 5", "vfio_link_iopf_group");

/** What the messages say. */
export const deviceStepSays = {
  "lock.acquires": "takes {lock}",
  "lock.releases": "drops {lock}",
  "tree.inserts": { says: "inserts the node of device {device} into iopf_group_list", origin: LINKS },
  "tree.publishes": { says: "inserts the node of device {device} without its container", origin: LINKS },
  "tree.fills": { says: "sets the container in the node of device {device}", origin: LINKS },
  "tree.removes": {
    says: "removes the node of device {device} and frees it",
    origin: rfc("v3 patch 5", "vfio_unlink_iopf_group"),
  },
  "device.enables-feature": {
    says: "enables IOMMU_DEV_FEAT_IOPF for device {device}",
    origin: linux(IOMMU, "iommu_dev_enable_feature"),
  },
  "device.disables-feature": {
    says: "disables IOMMU_DEV_FEAT_IOPF for device {device}",
    origin: linux(IOMMU, "iommu_dev_disable_feature"),
  },
  "device.registers": {
    says: "registers the fault handler for device {device}",
    origin: linux61(IOMMU, "iommu_register_device_fault_handler"),
  },
  "device.unregisters": {
    says: "unregisters the fault handler of device {device}",
    origin: linux61(IOMMU, "iommu_unregister_device_fault_handler"),
  },
  "container.readies": {
    says: "counts device {device} as enabled",
    origin: rfc("v3 patch 5", "dev_enable_iopf"),
  },
  "container.unreadies": {
    says: "counts device {device} as disabled",
    origin: rfc("v3 patch 5", "dev_disable_iopf"),
  },
  "container.leaves": {
    says: "takes the group of device {device} out of the container",
    origin: linux("drivers/vfio/vfio_iommu_type1.c", "vfio_iommu_type1_detach_group"),
  },
} as const;
