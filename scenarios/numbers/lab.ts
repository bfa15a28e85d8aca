/** What a question asks of simulations, and what it finds. */
import type { Figure } from "../../checker/measure/figure.ts";
import type { Level } from "../../checker/measure/level.ts";
import type { Timeline } from "../../checker/measure/simulate/timeline.ts";
import type { SimulationRecord } from "../../checker/measure/simulate/record.ts";
import type { CostName, GivenCosts } from "../../model/costs/costs.ts";
import type { Load } from "../../model/workloads/loaded.ts";

/** One simulation: DMA accesses are its pieces of work. */
export interface Run {
  readonly load: Load;
  /** Names of what is counted (model/costs/counts.ts), or steps. */
  readonly counts?: readonly string[];
  readonly levels?: readonly Level[];
  /** Whether the time of a DMA is measured, from its start to its end. */
  readonly waits?: boolean;
  /** Nanoseconds that count for nothing. */
  readonly warmUp?: number;
  /** DMA accesses that are measured. */
  readonly accesses: number;
  readonly replications?: number;
}

export interface TimelineRun {
  readonly load: Load;
  /** Where one part of the time ends and the next one begins, in ns. */
  readonly until: readonly number[];
  readonly replications?: number;
}

export interface Lab {
  /** Times in the place of those of the project, to see what rests on these. */
  readonly costs: GivenCosts;
  /** Only conclusions are wanted: fewer points and shorter runs will do. */
  readonly isRough: boolean;
  readonly simulate: (run: Run) => Promise<SimulationRecord>;
  /** DMA accesses in each part of the time. */
  readonly timeline: (run: TimelineRun) => Promise<Timeline>;
}

export interface Conclusion {
  readonly sentence: string;
  readonly holds: boolean;
}

export interface Finding {
  readonly table: { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };
  readonly figure: Figure;
  readonly conclusions: readonly Conclusion[];
  /** What was found besides, such as times that were fitted. */
  readonly notes?: readonly string[];
}

export interface SimulatedQuestion {
  /** As in `measure --question NAME`. */
  readonly name: string;
  readonly title: string;
  readonly question: string;
  /** Rows of the RFC thread that it answers, or a part of them. */
  readonly rows: readonly number[];
  /** What the numbers say; a test finds them again. */
  readonly answer: string;
  /** System, hardware, design and sizes. */
  readonly about: string;
  /** What the machines do not say, and the numbers rest on. */
  readonly assumptions: readonly string[];
  /** Assumed costs that are halved and doubled, to see which conclusions change. */
  readonly varied: readonly CostName[];
  readonly find: (lab: Lab) => Promise<Finding>;
}
