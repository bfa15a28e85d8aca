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
  vtd: "Intel VT-d with the Linux driver: batched head, overflow cleared when drained, partial faults discarded.",
  "smmu-pri": "Arm SMMUv3 with PRI: every slot usable, credits of all devices fit into the queue.",
  "smmu-stall": "Arm SMMUv3 that stalls faulting transactions.",
  amd: "AMD with the PPR log: no automatic answer, no discard, an interrupt that can be lost.",
  riscv: "RISC-V IOMMU 1.0: overflow may be cleared at once.",
  "qemu-vtd": "VT-d as QEMU emulates it: no automatic answer.",
  "qemu-riscv": "RISC-V IOMMU as QEMU emulates it: no automatic answer.",
};
