/** Runs that show what a patch may break: which runs of the suite have a machine, and how many states a run searches. */
import { startExhaustive } from "../../checker/explore/exhaustive.ts";
import { build, type Request } from "../../properties/build.ts";
import { suite } from "../../properties/suite.ts";
import type { SuiteRun } from "../../properties/suite/run.ts";
import { machinesOf, type MachineEntry, type MachineFile } from "../../scenarios/names/machines.ts";

/** States that are searched at most to learn how much a command costs: a fraction of a second. */
export const COUNTED = 20_000;

export interface RunWith {
  readonly run: SuiteRun;
  readonly machines: readonly MachineEntry[];
}

const keyOf = ({ file = "", id }: MachineEntry): string => `${file} ${id}`;

/** The runs of the suite at small bounds that have at least one of the machines, each with those it has. */
export function runsWith(machines: readonly MachineEntry[], files: readonly MachineFile[]): readonly RunWith[] {
  const wanted = new Map(machines.map((machine) => [keyOf(machine), machine]));
  const systems = new Set(machines.flatMap(({ uses }) => uses.map(({ system }) => system)));
  return suite("small")
    .filter(({ system }) => systems.has(system))
    .map((run) => ({
      run,
      machines: machinesOf([build(run)], files).flatMap((one) => wanted.get(keyOf(one)) ?? []),
    }))
    .filter((one) => one.machines.length > 0);
}

/** Counts the states of runs, each run once. */
export class Sizes {
  private readonly known = new Map<string, number | undefined>();

  /** Undefined: more than COUNTED. */
  statesOf(request: Request): number | undefined {
    const { system, hardware, host, bounds, set } = request;
    const key = JSON.stringify([system, hardware, host, bounds, set]);
    if (!this.known.has(key)) {
      // States do not depend on what is judged of them, and counting alone is a few times faster.
      const search = startExhaustive({ ...build(request), properties: [] }, { maxStates: COUNTED });
      while (search.advance(COUNTED));
      this.known.set(key, search.complete ? search.store.count : undefined);
    }
    return this.known.get(key);
  }
}
