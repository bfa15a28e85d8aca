/** VFIO_IOMMU_UNMAP_DMA of type1 that calls drivers: two locks in a circle, and the bugs of the same loop. */
import { circleScenarios } from "./circle.ts";
import { loopScenarios } from "./loop.ts";

export const type1UnmapScenarios = [...circleScenarios, ...loopScenarios];
