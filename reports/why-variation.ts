/** What becomes of a path that is varied, in a clause. */
import { ascii } from "./phrases.ts";
import type { VariationRecord, WhyRecord } from "./why.ts";

export function variationWords(variation: VariationRecord, { kind, property }: Pick<WhyRecord, "kind" | "property">) {
  const does = `${kind === "sometimes" ? "show" : "violate"} ${ascii(property.id)}`;
  switch (variation.kind) {
    case "impossible":
      return `step ${variation.step} is not possible`;
    case "avoids":
      return `the other steps do not ${does}`;
    case "no-run":
      return ascii(variation.because);
    case "violates":
      return `the other steps ${does} as well`;
    case "unknown":
      return "what follows was not searched";
  }
}
