/** What need not be used at the bounds at which the suite is covered, and the runs there. */
import { claimExcuses, claimExcusesOfSmall } from "../../properties/gaps/claims.ts";
import { excuses, excusesOfSmall } from "../../properties/gaps/index.ts";
import { suite } from "../../properties/suite.ts";
import type { SuiteRun } from "../../properties/suite/run.ts";
import { unknownName } from "../errors.ts";
import type { Excused } from "./coverage-of.ts";

const EXCUSED: { readonly [bounds: string]: Excused } = {
  small: { rules: excusesOfSmall, claims: claimExcusesOfSmall, others: suite("default") },
  default: { rules: excuses, claims: claimExcuses, others: suite("small") },
};

export interface Chosen {
  readonly runs: readonly SuiteRun[];
  readonly excused: Excused;
  readonly whole: boolean;
}

/** The runs of the suite of these systems, or all. @throws UsageError */
export function chosenRuns(bounds: string, systems: readonly string[]): Chosen {
  const excused = Object.hasOwn(EXCUSED, bounds) ? EXCUSED[bounds] : undefined;
  if (!excused) throw unknownName("bounds", bounds, Object.keys(EXCUSED));
  const runs = suite(bounds);
  const names = [...new Set(runs.map(({ system }) => system))];
  const unknown = systems.find((name) => !names.includes(name));
  if (unknown !== undefined) throw unknownName("system", unknown, names);
  return {
    runs: runs.filter(({ system }) => systems.length === 0 || systems.includes(system)),
    excused,
    whole: systems.length === 0,
  };
}
