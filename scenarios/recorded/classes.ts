/** The classes of recorded sequences that are replayed, by which they can be chosen. */
import { classes61, classes612, classes73 } from "./linux/classes.ts";

/** Of sequences that name none: those of the RISC-V IOMMU reference models. */
export const UNNAMED_CLASS = "riscv-iommu";

export const recordingClasses: readonly string[] = [
  ...new Set([UNNAMED_CLASS, ...classes612, ...classes61, ...classes73]),
];
