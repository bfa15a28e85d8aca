/** The life of page faults in a container of the RFC: enabling, attaching, detaching, and its handlers. */
import { rfcScenarios as enabling } from "./enable.ts";
import { rfcLateScenarios } from "./handlers.ts";

export const rfcScenarios = [...enabling, ...rfcLateScenarios];
