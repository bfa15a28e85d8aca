/** The questions that are answered by simulation, in the order of the page. */
import type { SimulatedQuestion } from "./lab.ts";
import { density } from "./density.ts";
import { growth } from "./growth.ts";
import { levels } from "./levels.ts";
import { load } from "./load.ts";
import { overflow } from "./overflow.ts";
import { policiesQuestion } from "./policies.ts";
import { rampUp } from "./ramp-up.ts";
import { replacement } from "./replacement.ts";
import { rfcTable } from "./rfc-table.ts";
import { workingSet } from "./working-set.ts";

export const simulatedQuestions: readonly SimulatedQuestion[] = [
  rfcTable,
  rampUp,
  workingSet,
  levels,
  load,
  growth,
  overflow,
  replacement,
  policiesQuestion,
  density,
];
