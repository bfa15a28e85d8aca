/** Questions about page requests, their queue and its overflow. */
import { overflowScenarios } from "./overflow.ts";
import { responseScenarios } from "./responses.ts";

export const pageRequestScenarios = [...overflowScenarios, ...responseScenarios];
