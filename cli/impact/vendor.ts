/** Whose IOMMU driver a kernel file belongs to, and whose a run is about. */
import type { Request } from "../../properties/build.ts";

export type Vendor = "intel" | "amd" | "arm" | "riscv";

const BY_HARDWARE: readonly (readonly [RegExp, Vendor])[] = [
  [/^vtd$/, "intel"],
  [/^amd$/, "amd"],
  [/^smmu-/, "arm"],
  [/^riscv$/, "riscv"],
];

/** "drivers/iommu/intel/prq.c" is Intel's; the IOPF core is nobody's. */
export const vendorOfFile = (file: string): Vendor | undefined =>
  /^drivers\/iommu\/(intel|amd|arm|riscv)\//.exec(file)?.[1] as Vendor | undefined;

/** By the end of a design's name ("linux-6.12.117-amd"), and by the hardware. */
function vendorOfRun({ host, hardware }: Request): Vendor | undefined {
  if (host.endsWith("-amd")) return "amd";
  if (/-smmu(?:v3)?$/.test(host)) return "arm";
  return BY_HARDWARE.find(([name]) => name.test(hardware))?.[1];
}

/** 0 for a run of one of these vendors, 1 for one of no vendor, 2 for one of others; without vendors, nobody's run is first. */
export function foreignness(run: Request, vendors: readonly Vendor[]): number {
  const own = vendorOfRun(run);
  if (own === undefined) return 1;
  return vendors.includes(own) ? 0 : 2;
}
