/** Runs that show what a patch may break: which runs of the suite have a machine. */
import type { SuiteRun } from "../../properties/suite/run.ts";
import type { MachineEntry, NameIndex } from "../../scenarios/names/index-of-names.ts";
import { machinesIn, type MachineFile } from "../../scenarios/names/machines.ts";

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
