/** What a page fault system is known to break: random configurations may have such knobs, and are then excused. */
import type { Known } from "../../checker/explore/exhaustive.ts";
import type { Parameters } from "../catalogue/parameters.ts";
import type { Settings } from "./departure.ts";
import { pageFaultDepartures } from "./page-fault.ts";

/** The knobs of all three records, as one. */
const flat = ({ hardware, host, bounds }: Parameters): Settings => ({ ...hardware, ...host, ...bounds });

/** What a system with these parameters is known to break, and why. */
export function knownToBreak(parameters: Parameters): Known {
  const knobs = flat(parameters);
  const met = pageFaultDepartures.filter(({ when }) =>
    Object.entries(when).every(([knob, value]) => knobs[knob] === value),
  );
  return Object.fromEntries(met.flatMap(({ breaks, reason }) => breaks.map((id) => [id, reason])));
}
