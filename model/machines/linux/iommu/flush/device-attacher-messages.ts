/** What a device attacher says, and the functions that its steps stand for. */
import { atWill, linux612, linuxAt, messages, proposal, whereIs, type Origin } from "../../../../said.ts";
import type { RequesterEvent } from "../../../device/requester.ts";
import type { Listed } from "./invalidation-list.ts";

export type DeviceAttacherEmits =
  | { readonly type: "list.adds"; readonly one: Listed }
  | { readonly type: "list.removes"; readonly name: string; readonly counted: boolean }
  | { readonly type: "iotlb.is-flushed"; readonly tags: readonly number[]; readonly own: false }
  | Exclude<
      RequesterEvent,
      { readonly type: "requester.reads-entry" | "requester.translates" | "requester.hangs" | "page.found" }
    >;

const SMMU = "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c";
const VTD = "drivers/iommu/intel/iommu.c";
const AMD = "drivers/iommu/amd/iommu.c";
const CORE = "drivers/iommu/iommu.c";
/** A step of an attach in SMMUv3; VT-d and AMD have theirs in one function. */
const inAttach = (smmu: Origin): Origin =>
  whereIs(smmu, "rules.attachOrder", {
    "listed-last": linux612(VTD, "dmar_domain_attach_device"),
    "ats-first": linuxAt("7.3.4", AMD, "attach_device"),
  });
const inDetach = (smmu: Origin): Origin =>
  whereIs(smmu, "rules.detachOrder", {
    "unlisted-first": linux612(VTD, "device_block_translation"),
    "atc-kept": linuxAt("7.3.4", AMD, "detach_device"),
  });
export const ATTACH = inAttach(linux612(SMMU, "arm_smmu_attach_prepare", "arm_smmu_attach_commit"));
export const DETACH = inDetach(linux612(SMMU, "arm_smmu_attach_commit"));
const STE = inAttach(linux612(SMMU, "arm_smmu_install_ste_for_dev"));
export const PREPARE = linuxAt("7.3.4", CORE, "pci_dev_reset_iommu_prepare");
export const DONE = linuxAt("7.3.4", CORE, "pci_dev_reset_iommu_done");
export const QUARANTINE = proposal(
  "Quarantine device upon ATC invalidation timeout, v2 to v4: a broken device is blocked",
);

export const deviceAttacherSays = messages<DeviceAttacherEmits>({
  "list.adds": { says: "puts it among those that an unmap tells", origin: ATTACH },
  "list.removes": { says: "takes it off the list", origin: DETACH },
  "entry.is-written": { says: "writes the entry of {on}", origin: STE },
  "copy.is-flushed": { says: "invalidates the copy of the entry of {on}", origin: STE },
  "iotlb.is-flushed": {
    says: "invalidates the IOTLB by its tag",
    origin: inDetach(linuxAt("7.3.4", SMMU, "arm_smmu_install_old_domain_invs")),
  },
  "atc.is-flushed": {
    says: "invalidates the ATC of {on}, and waits",
    origin: inAttach(linux612(SMMU, "arm_smmu_atc_inv_master")),
  },
  "ats.turns-on": { says: "enables ATS in {on}", origin: inAttach(linux612(SMMU, "arm_smmu_enable_ats")) },
  "ats.turns-off": { says: "disables ATS in {on}", origin: ATTACH },
  "ats.is-blocked": { says: "turns ATS of {on} off after the time-out", origin: QUARANTINE },
  "device.is-reset": { says: "resets {on}", origin: atWill("a reset of the device") },
});
