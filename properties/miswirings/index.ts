/** Every deliberate defect that no knob names: in the wiring, and in the tables of machines. */
import { pageFaultCases } from "./cases-page-fault.ts";
import { studyCases } from "./cases-studies.ts";
import type { Miswiring } from "./miswiring.ts";
import { pageFaultMiswirings } from "./page-fault.ts";
import { studyMiswirings } from "./studies.ts";

export const miswirings: readonly Miswiring[] = [
  ...pageFaultMiswirings,
  ...pageFaultCases,
  ...studyMiswirings,
  ...studyCases,
];
