/** The questions that are answered by simulation, in the order of the page. */
import type { SimulatedQuestion } from "./lab.ts";
import { rfcTable } from "./rfc-table.ts";

export const simulatedQuestions: readonly SimulatedQuestion[] = [rfcTable];
