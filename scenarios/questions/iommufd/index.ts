/** The fault queue of iommufd: the path of a fault to user space. */
import { readScenarios } from "./read.ts";
import { recordedQueueScenarios } from "./recorded.ts";
import { replaceScenarios } from "./replace.ts";
import { userSpaceScenarios } from "./user-space.ts";

export const iommufdScenarios = [
  ...replaceScenarios,
  ...readScenarios,
  ...userSpaceScenarios,
  ...recordedQueueScenarios,
];
