/**
 * The steps of attaching, replacing and detaching the HWPT of a PASID of a device, as lists. A deliberate defect that leaves
 * a step out or swaps two is another list.
 *
 * Models  Linux 7.3.4, drivers/iommu/iommufd/device.c and iommu.c, and the drivers' part: intel_iommu_set_dev_pasid() and
 *         blocking_domain_set_dev_pasid() of VT-d, arm_smmu_set_pasid() and arm_smmu_blocking_set_dev_pasid() of SMMUv3
 *         (iommufd facts, J74, J75, J77, J91, J93).
 *         linux/iommu/iommufd/fault/control-orders.ts has the lists of requests without PASID.
 */
import { ANSWER } from "../fault/auto-answer.ts";

export type PasidStepName =
  | (typeof ANSWER)[number]
  /** The driver counts an attachment with page faults, or uncounts it. */
  | "enable"
  | "disable"
  /** Everything that can fail, before anything that the device can see. */
  | "check"
  /** The other devices of the group are switched, one of which can fail. */
  | "others"
  | "clear"
  | "drain"
  | "set"
  | "store"
  | "erase"
  | "free";

export const PASID_ATTACH_ORDERS = {
  standard: ["enable", "check", "store", "set"],
  /** iommu_attach_device_pasid(): the handle is stored when nothing can fail any more (J77). */
  "linux-7.3.4": ["enable", "set", "others", "store"],
  /** B27, before 5e9f822c9c68: the handle is stored before the driver has switched. */
  "store-first": ["enable", "store", "set", "others"],
} as const satisfies { readonly [name: string]: readonly PasidStepName[] };

export const PASID_REPLACE_ORDERS = {
  standard: ["enable", "check", "clear", "drain", "store", "set", ...ANSWER, "free", "disable"],
  /** The entry is cleared and drained inside set_dev_pasid(), after page faults were disabled for the old HWPT. */
  "linux-7.3.4-vtd": ["enable", "disable", "clear", "drain", "set", "others", "store", ...ANSWER, "free"],
  /** arm_smmu_write_cd_entry() replaces the entry in one step; nothing drains the event queue (D14). */
  "linux-7.3.4-smmuv3": ["enable", "set", "disable", "others", "store", ...ANSWER, "free"],
  /** The device uses the new HWPT while its handle is the old one (B27). */
  "set-first": ["enable", "check", "clear", "drain", "set", "store", ...ANSWER, "free", "disable"],
  /** Requests under the old HWPT find the new handle (B27). */
  "store-first": ["enable", "check", "store", "clear", "drain", "set", ...ANSWER, "free", "disable"],
  /** Requests under the old HWPT are not waited for (B9). */
  "no-drain": ["enable", "check", "clear", "store", "set", ...ANSWER, "free", "disable"],
  /** Page faults are disabled before the old HWPT was drained (B8). */
  "disable-first": ["enable", "disable", "check", "clear", "drain", "store", "set", ...ANSWER, "free"],
  /** Groups name a freed handle (I12). */
  "free-first": ["enable", "check", "clear", "drain", "store", "set", "free", ...ANSWER, "disable"],
  /** Nobody frees the handle. */
  "no-free": ["enable", "check", "clear", "drain", "store", "set", ...ANSWER, "disable"],
} as const satisfies { readonly [name: string]: readonly PasidStepName[] };

export const PASID_DETACH_ORDERS = {
  standard: ["clear", "drain", "erase", ...ANSWER, "free", "disable"],
  /** blocking_domain_set_dev_pasid() disables page faults after it has drained (J93). */
  "linux-7.3.4-vtd": ["clear", "drain", "disable", "erase", ...ANSWER, "free"],
  /** arm_smmu_blocking_set_dev_pasid() drains nothing (D14). */
  "linux-7.3.4-smmuv3": ["clear", "disable", "erase", ...ANSWER, "free"],
  "no-drain": ["clear", "erase", ...ANSWER, "free", "disable"],
  /** What user space has not answered stays unanswered (L1). */
  "no-answer": ["clear", "drain", "erase", "free", "disable"],
  "free-first": ["clear", "drain", "erase", "free", ...ANSWER, "disable"],
} as const satisfies { readonly [name: string]: readonly PasidStepName[] };

export interface PasidRules {
  readonly attach: keyof typeof PASID_ATTACH_ORDERS;
  readonly replace: keyof typeof PASID_REPLACE_ORDERS;
  readonly detach: keyof typeof PASID_DETACH_ORDERS;
  /**
   * How a replace counts page faults: for the new HWPT before the old one (J91); the old one first; the old one stays counted
   * (CVE-2026-90242, where VT-d did so for requests without PASID); the new one is never counted.
   */
  readonly counts: "new-first" | "old-first" | "kept" | "never-new";
  /** The faults that a replace or a detach answers: those of the old handle (J76), of the new one, or of the whole queue. */
  readonly answers: "old-handle" | "new-handle" | "whole-queue";
  /** What a replace that fails as it sets the entry leaves: it cannot fail there, or the PASID stays blocked (7.3.4, VT-d). */
  readonly failedSet: "never" | "blocks";
  /** Whether a failed call frees the handle that it has allocated. */
  readonly failedHandle: "freed" | "kept";
}
