/** Every question, in the order in which they are told. */
import type { Scenario } from "../scenario.ts";

export const scenarios: readonly Scenario[] = [];
