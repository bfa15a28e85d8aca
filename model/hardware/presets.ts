/** Hardware by name. */
import { amd } from "./amd.ts";
import type { Hardware } from "./hardware.ts";
import { qemuRiscv, qemuVtd } from "./qemu.ts";
import { riscv } from "./riscv.ts";
import { smmuPri } from "./smmu-pri.ts";
import { smmuStall } from "./smmu-stall.ts";
import { vtd } from "./vtd.ts";

export const hardwarePresets = {
  vtd,
  "smmu-pri": smmuPri,
  "smmu-stall": smmuStall,
  amd,
  riscv,
  "qemu-vtd": qemuVtd,
  "qemu-riscv": qemuRiscv,
} as const satisfies { readonly [name: string]: Hardware };

export type HardwareName = keyof typeof hardwarePresets;
