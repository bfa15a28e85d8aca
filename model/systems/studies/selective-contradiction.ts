/** Which choices of the focused model `selective` do not fit each other. */
import { mayBeHinted, pinsAllAtMap } from "./selective-choices.ts";
import type { SelectiveDesign, SelectiveSizes } from "./selective-design.ts";

/** Why these choices do not fit each other. */
export function selectiveContradiction(design: SelectiveDesign, sizes: SelectiveSizes): string | undefined {
  const inverse = design.pinScope === "faultable";
  const rules: readonly (readonly [boolean, string])[] = [
    [sizes.ringPages >= sizes.pages, "no page is left for buffers (pages)"],
    [sizes.ringPlaces - 1 + sizes.ringPages > sizes.pages, "rings lie beyond the last page (pages)"],
    [
      design.mediatorPlace === "mdev-wrapper" && design.registerPath === "also-mapped",
      "an mdev emulates its registers, and the guest has no other way to them (registerPath=trapped)",
    ],
    [inverse && sizes.unmaps, "reading A is modelled without DMA_UNMAP (unmaps=false)"],
    [inverse && sizes.rings > 1, "reading A is modelled with one ring only (rings=1)"],
    [
      inverse && mayBeHinted(design),
      "reading A pins everything at once, whatever a hint says (knowledge=table or feature-bit)",
    ],
    [design.pinCharges && design.pinApi === "pins-and-maps", "a lockdown charges as a fault does (pinCharges=false)"],
    [
      sizes.unmaps && pinsAllAtMap(design),
      "DMA_UNMAP is not modelled for a device that needs all of its memory (unmaps=false)",
    ],
  ];
  return rules.find(([broken]) => broken)?.[1];
}
