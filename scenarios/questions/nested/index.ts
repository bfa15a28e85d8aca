/** Nested translation: whose stage a fault is, who is answered, and what the guest may do wrong. */
import { nestedAnswerScenarios } from "./answers.ts";
import { nestedScenarios as stages } from "./stages.ts";

export const nestedScenarios = [...stages, ...nestedAnswerScenarios];
