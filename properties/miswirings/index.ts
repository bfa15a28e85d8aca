/** Every deliberate defect in the wiring. */
import type { Miswiring } from "./miswiring.ts";
import { pageFaultMiswirings } from "./page-fault.ts";
import { studyMiswirings } from "./studies.ts";

export const miswirings: readonly Miswiring[] = [...pageFaultMiswirings, ...studyMiswirings];
