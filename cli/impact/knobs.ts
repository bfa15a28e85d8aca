/** Knobs of the machines that a patch touches, and what sets one of them: questions, and deliberate defects. */
import type { Departure } from "../../properties/departures/departure.ts";
import { allKnobs } from "../../properties/build.ts";
import { boundsKnobs } from "../../model/systems/bounds.ts";
import { studies } from "../../model/systems/studies/index.ts";
import type { MachineEntry } from "../../scenarios/names/index-of-names.ts";
import type { MachineFile } from "../../scenarios/names/machines.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import type { ImpactRecord } from "../../reports/impact.ts";
import type { TurnedKnobs } from "./turned.ts";

/** How large a system is, and no choice of a design. */
const sizeKnobs = new Set(
  [boundsKnobs, ...studies.map((study) => study.sizeKnobs)].flatMap((table) => Object.keys(table)),
);

const systemsOf = (machines: readonly MachineEntry[]): readonly string[] => [
  ...new Set(machines.flatMap(({ uses }) => uses.map(({ system }) => system))),
];

/** By system, the knobs that are about touched functions: the file of a machine reads them, they turn its rules, or they name one. */
export type TouchedKnobs = ReadonlyMap<string, ReadonlySet<string>>;

const readsKnob = (text: string, knob: string): boolean =>
  new RegExp(`\\b(?:rules|design|hardware)\\.${knob}\\b|\\breadonly ${knob}\\??:|[{,] ${knob}[ ,}]`).test(text);

/** Of systems with one of the machines in them. `named`: knobs whose sentence names a function. */
export function touchedKnobs(
  machines: readonly MachineEntry[],
  files: readonly MachineFile[],
  named: readonly string[],
  turned: TurnedKnobs,
): TouchedKnobs {
  const found = new Map<string, Set<string>>();
  for (const machine of machines) {
    const text = files.find(({ path }) => path === machine.file)?.text ?? "";
    const own = new Set(systemsOf([machine]));
    for (const { name, systems } of allKnobs) {
      const having = systems.filter((one) => own.has(one));
      if (having.length === 0 || sizeKnobs.has(name)) continue;
      if (named.includes(name) || turned.get(machine)?.has(name) || readsKnob(text, name))
        for (const system of having) found.set(system, (found.get(system) ?? new Set()).add(name));
    }
  }
  return found;
}

/** Those that are touched, and those of other systems whose sentence names a function; after these, what turns rules. */
export function knobRecords(
  named: ReadonlyMap<string, readonly string[]>,
  touched: TouchedKnobs,
  turned: TurnedKnobs,
  close: (system: string) => number,
): ImpactRecord["knobs"] {
  const turning = new Set([...turned.values()].flatMap((knobs) => [...knobs]));
  const isTouched = (knob: string, system: string): boolean => touched.get(system)?.has(knob) ?? false;
  const nearest = (systems: readonly string[]): number => Math.max(0, ...systems.map(close));
  return allKnobs
    .map(({ name, sentence, systems }) => ({
      name,
      sentence,
      systems: named.has(name) ? systems : systems.filter((system) => isTouched(name, system)),
      names: named.get(name) ?? [],
    }))
    .filter(({ systems }) => systems.length > 0)
    .sort(
      (a, b) =>
        b.names.length - a.names.length ||
        Number(turning.has(b.name)) - Number(turning.has(a.name)) ||
        nearest(b.systems) - nearest(a.systems),
    );
}

const setBy = (touched: TouchedKnobs, system: string, set: object): readonly string[] =>
  Object.keys(set).filter((knob) => touched.get(system)?.has(knob) ?? false);

/** The touched knobs that runs of the question set. */
export const setByScenario = (touched: TouchedKnobs, { runs }: Scenario): readonly string[] => [
  ...new Set(runs.flatMap(({ request }) => setBy(touched, request.system, request.set))),
];

/** The touched knobs that the defect sets. */
export const setByDefect = (touched: TouchedKnobs, { when, shown }: Departure): readonly string[] =>
  setBy(touched, shown.system, when);
