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

/** What each preset stands for, in one line. */
export const hardwareSentences: { readonly [name in HardwareName]: string } = {
  vtd: "Intel VT-d with the Linux driver, which clears overflow when the queue is drained and discards partial faults.",
  "smmu-pri": "Arm SMMUv3 with PRI: every slot of the queue is usable, and the credits of all devices fit into it.",
  "smmu-stall": "Arm SMMUv3 that stalls transactions that fault.",
  amd: "AMD IOMMU with the PPR log: no automatic response, no discard of partial faults, and interrupts can be lost.",
  riscv: "RISC-V IOMMU 1.0, whose overflow flag may be cleared at once.",
  "qemu-vtd": "VT-d as QEMU emulates it, without automatic responses.",
  "qemu-riscv": "RISC-V IOMMU as QEMU emulates it, without automatic responses.",
};
