/**
 * In which function of each IOMMU driver a step of its page request thread lies. The machines of this folder stand for all of
 * them; `driver` in their rules says whose functions their steps name.
 *
 * "smmu" is arm_smmu_priq_thread(), which denies each group: a report to the IOPF core is of unmerged patches. "none" is
 * hardware whose page request queue no listed kernel reads (RISC-V).
 */
import type { Origin } from "../../../../../checker/said.ts";
import { linux, linux612, unmerged, whereIs } from "../../../../said.ts";

/** Default: VT-d. */
export type PageRequestDriver = "amd" | "smmu" | "none";

/**
 * How often one run of the thread reads the tail. prq_event_thread() and AMD's amd_iommu_poll_ppr_log() of 6.12 read it once.
 * arm_smmu_priq_thread() reads it again until the queue is empty; hardware without a driver is taken to be read like that.
 * AMD's loop of 6.1, iommu_poll_ppr_log(), reads it again too, and has no part here: it does not report to the IOPF core.
 */
export const tailReads = (driver?: PageRequestDriver): "once" | "until-empty" =>
  driver === "smmu" || driver === "none" ? "until-empty" : "once";

const INTEL = "drivers/iommu/intel/prq.c";
const PPR = "drivers/iommu/amd/ppr.c";
const SMMU = "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c";

const amd = (name: string): Origin => linux612(PPR, name);
const priq = linux(SMMU, "arm_smmu_priq_thread");
const vtd = linux612(INTEL, "prq_event_thread");
const inDrivers = (origin: Origin, drivers: { readonly [driver in PageRequestDriver]: Origin }): Origin =>
  whereIs(origin, "rules.driver", drivers);
const inThread = (amdOrigin: Origin): Origin => inDrivers(vtd, { amd: amdOrigin, smmu: priq, none: unmerged });

/** Reads a record of the queue, and writes the head register. */
export const READS = inThread(amd("amd_iommu_poll_ppr_log"));
/** Clears the interrupt, and reads the status register. */
export const LOOKS = inThread(linux612("drivers/iommu/amd/iommu.c", "amd_iommu_handle_irq"));
export const RESTARTS = inThread(amd("amd_iommu_restart_ppr_log"));
export const REPORTS = inDrivers(linux612(INTEL, "intel_prq_report"), {
  amd: amd("iommu_call_iopf_notifier"),
  smmu: unmerged,
  none: unmerged,
});
