/** How far `why` searches where nobody says it. */
import type { WhyLimits } from "./ports.ts";
import type { Terminal } from "./terminal.ts";

/** States of a search, and of one for each value of a knob. */
export const WHY_STATES = 1_000_000;
export const KNOB_STATES = 100_000;

export const whyLimits = ({ installed }: Terminal): WhyLimits => ({
  maxStates: WHY_STATES,
  maxMemory: Math.floor(installed / 2),
  knobStates: KNOB_STATES,
});
