/** Who controls the page requests of a device, and whose response it is. */
import { interfaceScenarios } from "./interface.ts";
import { requestFieldScenarios } from "./fields.ts";
import { responseScenarios } from "./responses.ts";

export const priControlScenarios = [...responseScenarios, ...interfaceScenarios, ...requestFieldScenarios];
