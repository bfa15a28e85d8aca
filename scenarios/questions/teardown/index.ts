/** The end of page faults: detach, reset and exit with faults outstanding. */
import { drainScenarios } from "./drains.ts";
import { endScenarios } from "./ends.ts";
import { twoDrainsScenarios } from "./two-drains.ts";

export const teardownScenarios = [...drainScenarios, ...endScenarios, ...twoDrainsScenarios];
