/** Context, events and messages of sva-bonds.ts, and what the messages say. */
import type { Message } from "../../../../../checker/json.ts";
import { linux612, messages } from "../../../../said.ts";
import { allocationSays, type AllocationFailure } from "../../include/iommu.ts";
import { handleSays, type Domain } from "../io-pgfault/6.12/attach-handles.ts";

export type SvaBondsRules = {
  /** CONFIG_X86, where 6.12.117 refuses a bind: B44. */
  readonly x86: boolean;
  /** Whether the last unbind takes the attach handle off the PASID; false: a deliberate defect. */
  readonly erases: boolean;
};

/** An SVA domain on iommu_mm->sva_domains. */
export type SvaDomain = {
  /** The lowest number that no other domain of the mm has. */
  readonly id: number;
  /** Bonds that use it. */
  readonly users: number;
};

/** mm->iommu_mm. */
export type MmData = {
  readonly mm: number;
  readonly pasid: number;
  /** The newest first. Each holds a reference to the mm. */
  readonly domains: readonly SvaDomain[];
  /** The process has exited; the PASID is freed with the last reference to the mm. */
  readonly exited: boolean;
};

/** struct iommu_sva: the bond of an IOMMU group and an mm. */
export type Bond = {
  readonly iommuGroup: number;
  readonly mm: number;
  readonly pasid: number;
  readonly domain: number;
  readonly users: number;
};

/** The call that holds iommu_sva_lock. */
export type BondCall = {
  readonly device: number;
  readonly mm: number;
  readonly pasid: number;
  /** Domains of the mm that a bind tries next. */
  readonly left: readonly number[];
  /** The domain that a bind attaches. */
  readonly domain: number | null;
};

export type SvaBondsInput = {
  /** dev->iommu_group of each device. */
  readonly groups: readonly number[];
  /** dev->iommu->max_pasids, of each device. */
  readonly maxPasids: number;
  readonly rules?: Partial<SvaBondsRules>;
};

export type SvaBondsContext = {
  readonly groups: readonly number[];
  readonly maxPasids: number;
  readonly rules: SvaBondsRules;
  /** By mm. */
  readonly mms: readonly MmData[];
  /** By IOMMU group, then by PASID. */
  readonly bonds: readonly Bond[];
  readonly call: BondCall | null;
  /** A bind took a reference to a bond that was freed. Never cleared. */
  readonly useAfterFree: boolean;
};

type OfCall = { readonly device: number; readonly mm: number };
type OfPasid = { readonly iommuGroup: number; readonly pasid: number };

export type SvaBondsEvent =
  | ({ readonly type: "sva.binds" | "sva.unbinds" } & OfCall)
  | { readonly type: "mm.exits"; readonly mm: number }
  | { readonly type: "bonds.allocates" | "bonds.attaches"; readonly ok: boolean }
  | { readonly type: "bonds.sets-pasid" | "bonds.removes-pasid" | "bonds.erases" | "bonds.frees" }
  | { readonly type: "bond.found"; readonly result: number; readonly mm: number | null }
  | { readonly type: "handle.changed"; readonly result: number };

export type SvaBondsEmits =
  | AllocationFailure
  /** To the attach handles of the IOMMU group. */
  | ({ readonly type: "bond.looks-up" } & OfPasid)
  | ({ readonly type: "handle.inserts"; readonly domain: Domain; readonly by: "bonds" } & OfPasid)
  | ({ readonly type: "handle.erases"; readonly by: "bonds" } & OfPasid)
  | ({ readonly type: "handle.frees"; readonly domain: Domain } & OfPasid)
  /** ops->set_dev_pasid() and ops->remove_dev_pasid(), for each device of the group. */
  | { readonly type: "driver.sets-pasid" | "driver.removes-pasid"; readonly device: number; readonly pasid: number }
  | ({ readonly type: "sva.bound"; readonly result: number; readonly pasid: number | null } & OfCall)
  /** iommu_sva_unbind_device() is a void function. */
  | ({ readonly type: "sva.unbound"; readonly result: null } & OfCall);

/** Its own steps; `allocations` says whether kzalloc() and xa_insert() may fail. */
export const svaBondsSteps = (allocations: "succeed" | "may-fail"): readonly Message[] => [
  ...["bonds.allocates", "bonds.attaches"].flatMap((type) => [
    { type, ok: true },
    ...(allocations === "may-fail" ? [{ type, ok: false }] : []),
  ]),
  { type: "bonds.sets-pasid" },
  { type: "bonds.removes-pasid" },
  { type: "bonds.erases" },
  { type: "bonds.frees" },
];

export const SVA = "drivers/iommu/iommu-sva.c";
export const IOMMU = "drivers/iommu/iommu.c";
export const inUnbind = linux612(SVA, "iommu_sva_unbind_device");

export const svaBondsSays = messages<SvaBondsEmits>({
  "allocation.fails": allocationSays,
  "bond.looks-up": {
    says: "looks for a bond at PASID {pasid}",
    origin: linux612(IOMMU, "iommu_attach_handle_get"),
  },
  "handle.inserts": { says: handleSays["handle.inserts"].says, origin: linux612(IOMMU, "iommu_attach_device_pasid") },
  "handle.erases": { says: handleSays["handle.erases"].says, origin: linux612(IOMMU, "iommu_detach_device_pasid") },
  "handle.frees": { says: handleSays["handle.frees"], origin: inUnbind },
  "driver.sets-pasid": {
    says: "sets PASID {pasid} of device {device}",
    origin: linux612(IOMMU, "__iommu_set_group_pasid"),
  },
  "driver.removes-pasid": {
    says: "removes PASID {pasid} of device {device}",
    origin: linux612(IOMMU, "__iommu_remove_group_pasid"),
  },
  "sva.bound": { says: "returns {result}", origin: linux612(SVA, "iommu_sva_bind_device") },
  "sva.unbound": { says: "returns", origin: inUnbind },
});
