/** Runs that show what a patch may break: which runs of the suite have a machine, and how many states a run searches. */
import { startExhaustive } from "../../checker/explore/exhaustive.ts";
import { defineSystem } from "../../checker/system.ts";
import { partsOf, type Request } from "../../properties/build.ts";
import type { SuiteRun } from "../../properties/suite/run.ts";
import type { MachineEntry, NameIndex } from "../../scenarios/names/index-of-names.ts";
import { machinesIn, type MachineFile } from "../../scenarios/names/machines.ts";

/** States that are searched at most to learn how much a command costs. */
export const COUNTED = 2000;

export interface RunWith {
  readonly run: SuiteRun;
  readonly machines: readonly MachineEntry[];
}

/** The runs of the suite at small bounds that have at least one of the machines, each with those it has. */
export function runsWith(
  index: NameIndex,
  machines: readonly MachineEntry[],
  files: readonly MachineFile[],
): readonly RunWith[] {
  const systems = new Set(machines.flatMap(({ uses }) => uses.map(({ system }) => system)));
  return index.runs
    .filter(({ run }) => systems.has(run.system))
    .map(({ run, parts }) => ({ run, machines: machinesIn(parts, files, machines) }))
    .filter((one) => one.machines.length > 0);
}

/** Undefined: more than COUNTED. States do not depend on what is judged of them, and counting alone is a few times faster. */
export function statesOf(request: Request): number | undefined {
  const system = defineSystem({ ...partsOf(request), properties: [] });
  const search = startExhaustive(system, { maxStates: COUNTED });
  while (search.advance(COUNTED));
  return search.complete ? search.store.count : undefined;
}
