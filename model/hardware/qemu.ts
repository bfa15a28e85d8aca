/** Emulated IOMMUs, where they leave the specification they emulate (H28). Marks as in the presets they start from. */
import type { Hardware } from "./hardware.ts";
import { riscv } from "./riscv.ts";
import { vtd } from "./vtd.ts";

/** hw/i386/intel_iommu.c. */
export const qemuVtd = {
  ...vtd,
  name: "qemu-vtd",
  ovfLastResponse: "none", // V -ENOSPC to the caller, no response to the endpoint
  stopMarker: "treatedAsRequest", // R not recognised
  implicitInvOnPR: false, // V first stage only; not to be relied on
  negCaching: true, // V caching mode is how shadow tables follow
} as const satisfies Hardware;

/** hw/riscv/riscv-iommu.c: page requests come from ordinary DMA that faults. */
export const qemuRiscv = {
  ...riscv,
  name: "qemu-riscv",
  ovfLastResponse: "none", // V silent drop
  offLastResponse: "none", // V no page response is ever sent
  cfgErrResponse: "none", // V the same
  priOffResponse: "none", // V the same
  memFaultResponse: "none", // V the same
  stopMarker: "treatedAsRequest", // R not recognised
} as const satisfies Hardware;
