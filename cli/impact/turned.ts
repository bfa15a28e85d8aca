/** Which knobs turn the rules of a machine: a study may translate its knobs into rules that have other names. */
import type { Json } from "../../checker/json.ts";
import { contradiction, knobTableOf, partsOf, type Request } from "../../properties/build.ts";
import { valuesOf } from "../../properties/one-knob.ts";
import { machinesIn, type MachineEntry, type MachineFile } from "../../scenarios/names/machines.ts";
import type { RunWith } from "./runs.ts";

/** Integers of a range that are tried. */
const INTEGERS = 2;

/** What each component with the machine is made with: its rules, and what else the system says to it. */
function inputsOf(
  request: Request,
  machines: readonly MachineEntry[],
  files: readonly MachineFile[],
): ReadonlyMap<string, { readonly machine: MachineEntry; readonly input: string }> {
  return new Map(
    Object.entries(partsOf(request).components).flatMap(([name, component]) => {
      const [machine] = machinesIn({ components: { [name]: component } }, files, machines);
      return machine ? [[name, { machine, input: JSON.stringify(component.input ?? null) }] as const] : [];
    }),
  );
}

/** By machine, the knobs of which a value gives some component with it another input. */
export type TurnedKnobs = ReadonlyMap<MachineEntry, ReadonlySet<string>>;

/** Each machine is looked at in the closest of the runs that have it. */
export function turnedKnobs(
  machines: readonly MachineEntry[],
  runs: readonly RunWith[],
  files: readonly MachineFile[],
  close: (system: string) => number,
): TurnedKnobs {
  const looked = runs.toSorted((a, b) => close(b.run.system) - close(a.run.system));
  const chosen = new Map<RunWith, MachineEntry[]>();
  for (const machine of machines) {
    const run = looked.find((one) => one.machines.includes(machine));
    if (run) chosen.set(run, [...(chosen.get(run) ?? []), machine]);
  }
  const turned = new Map<MachineEntry, Set<string>>();
  for (const [{ run }, own] of chosen) {
    const plain = inputsOf(run, own, files);
    const turns = (knob: string, value: Json): void => {
      const request = { ...run, set: { ...run.set, [knob]: value } };
      if (contradiction(request) !== undefined) return;
      for (const [name, { machine, input }] of inputsOf(request, own, files)) {
        const before = plain.get(name);
        if (before !== undefined && before.input !== input)
          turned.set(machine, (turned.get(machine) ?? new Set()).add(knob));
      }
    };
    for (const [knob, { values }] of Object.entries(knobTableOf(run.system)))
      for (const value of valuesOf(values, INTEGERS)) turns(knob, value);
  }
  return turned;
}
