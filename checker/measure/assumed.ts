/** What rates assume where no source says it, in sentences. */
import type { Rates } from "./rates.ts";

export const assumedOf = ({ rules }: Rates): readonly string[] => [
  ...rules.flatMap(({ step, timing }) =>
    timing.kind === "timed" && "assumed" in timing.cost.basis
      ? [`The time of "${step}" is assumed: ${timing.cost.basis.assumed}.`]
      : [],
  ),
  ...rules.flatMap(({ step, timing }) =>
    timing.kind === "never" ? [`"${step}" never happens: ${timing.because}.`] : [],
  ),
];
