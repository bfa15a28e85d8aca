/** What the driver of a table entry (entry-driver.ts) says, and where its steps are from. */
import type { Origin } from "../../../../../../checker/said.ts";
import { clause, linux, linux612, messages, whereIs } from "../../../../../said.ts";
import type { FirstWord, SecondWord } from "../../../../iommu/table-entry.ts";
import type { CacheTag } from "./paging-domain.ts";

export type EntryDriverEmits =
  | { readonly type: "table.takes" | "table.drops" | "entry.invalidates"; readonly table: number }
  | { readonly type: "ats.turns-on" | "ats.turns-off" | "entry.clears-present" | "drain.submits" }
  | { readonly type: "tag.assigns" | "tag.unassigns"; readonly table: number; readonly tag: CacheTag }
  | { readonly type: "entry.writes-first"; readonly word: FirstWord }
  | { readonly type: "entry.writes-second"; readonly word: SecondWord };

const INTEL = "drivers/iommu/intel/";
const CACHE = `${INTEL}cache.c`;
const PASID = `${INTEL}pasid.c`;
const orSmmu = (vtd: Origin, smmu: string): Origin =>
  whereIs(vtd, "owner", { smmuv3: linux612("drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c", smmu) });
export const ATTACH = orSmmu(
  whereIs(linux612(`${INTEL}iommu.c`, "intel_iommu_attach_device"), "path", {
    pasid: linux612(`${INTEL}iommu.c`, "intel_iommu_set_dev_pasid"),
    nested: linux612(`${INTEL}nested.c`, "intel_nested_attach_dev"),
  }),
  "arm_smmu_attach_dev",
);
export const DETACH = orSmmu(
  whereIs(linux612(`${INTEL}iommu.c`, "device_block_translation"), "path", {
    pasid: linux612(`${INTEL}iommu.c`, "intel_iommu_remove_dev_pasid"),
  }),
  "arm_smmu_attach_dev_blocked",
);
const ENTRY = whereIs(clause("vtd", "scalable-mode PASID table entry"), "owner", {
  smmuv3: clause("smmu", "stream table entry"),
});

export const entryDriverSays = messages<EntryDriverEmits>({
  "table.takes": {
    says: "takes a reference to page table {table}",
    origin: linux612("drivers/iommu/iommufd/device.c", "iommufd_hw_pagetable_attach"),
  },
  "table.drops": {
    says: "puts the reference to page table {table}",
    origin: linux612("drivers/iommu/iommufd/iommufd_private.h", "iommufd_hw_pagetable_put"),
  },
  "entry.invalidates": {
    says: "invalidates copies of the entry, and the IOTLB of page table {table}",
    origin: orSmmu(linux(PASID, "pasid_cache_invalidation_with_pasid"), "arm_smmu_ste_writer_sync_entry"),
  },
  "ats.turns-on": {
    says: "enables ATS in the device",
    origin: orSmmu(linux612(`${INTEL}iommu.c`, "iommu_enable_pci_caps"), "arm_smmu_enable_ats"),
  },
  "ats.turns-off": {
    says: "disables ATS in the device",
    origin: orSmmu(linux612(`${INTEL}iommu.c`, "iommu_disable_pci_caps"), "arm_smmu_attach_commit"),
  },
  "entry.clears-present": {
    says: "clears the Present bit of the entry",
    origin: orSmmu(linux612(`${INTEL}pasid.h`, "pasid_clear_present"), "arm_smmu_write_entry"),
  },
  "drain.submits": {
    says: "submits the drain, with a device TLB invalidation",
    origin: linux612(`${INTEL}prq.c`, "intel_iommu_drain_pasid_prq"),
  },
  "tag.assigns": {
    says: "assigns the {tag} tag of page table {table}",
    origin: orSmmu(linux612(CACHE, "cache_tag_assign"), "arm_smmu_attach_prepare"),
  },
  "tag.unassigns": {
    says: "removes the {tag} tag of page table {table}",
    origin: orSmmu(linux612(CACHE, "cache_tag_unassign"), "arm_smmu_remove_master_domain"),
  },
  "entry.writes-first": {
    says: "writes the first word of the entry, with Present {word.present?set:clear}",
    origin: ENTRY,
  },
  "entry.writes-second": { says: "writes the second word of the entry", origin: ENTRY },
});
