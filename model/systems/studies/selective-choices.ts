/** What follows from the choices of the focused model `selective`: what is pinned, and which rings are locked down. */
import type { FaultTolerance } from "../../machines/device/ring-queue.ts";
import type { SelectiveDesign } from "./selective-design.ts";

/** What software takes the device for when the guest starts. */
function believed(design: SelectiveDesign): FaultTolerance {
  const { knowledge, tableEntry, beforeHint, faultTolerance } = design;
  switch (knowledge) {
    case "feature-bit":
      return "all";
    case "pf-hint":
      return beforeHint === "static" ? "none" : "all";
    case "table":
      return tableEntry === "right" ? faultTolerance : tableEntry === "missing" ? "none" : "all";
    default:
      return knowledge satisfies never;
  }
}

/** How the device is treated for what it is believed to be (row 48). */
const treated = (design: SelectiveDesign, tolerance: FaultTolerance): FaultTolerance =>
  tolerance === "some" && !design.selectivePhase ? "none" : tolerance;

/** Whether DMA_MAP pins and maps everything at once. */
export const pinsAllAtMap = (design: SelectiveDesign): boolean =>
  treated(design, believed(design)) === "none" || design.pinScope === "faultable";

/** Whether a hint may come, and whether it ends that. */
export const mayBeHinted = ({ knowledge }: SelectiveDesign): boolean => knowledge === "pf-hint";
export const hintUnpins = (design: SelectiveDesign): boolean =>
  mayBeHinted(design) && pinsAllAtMap(design) && treated(design, design.faultTolerance) !== "none";

/** Whether rings are locked down from the start; a device of which everything is pinned may need it after a hint. */
export const locksRings = (design: SelectiveDesign): boolean =>
  design.mediatorPlace !== "none" && treated(design, believed(design)) !== "all";
