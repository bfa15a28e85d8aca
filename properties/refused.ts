/**
 * How many settings of a system are refused, and how many values are replaced. No search asks which values do not fit each
 * other, so that these numbers are pinned (suite/other-counts.ts): a rule that is dropped or turned around changes them.
 */
import type { Json } from "../checker/json.ts";
import { contradiction, knobTableOf, replacedBy, type Request } from "./build.ts";
import { smallPresets, valuesOf } from "./one-knob.ts";

/** Integers of a range that are set. */
const MOST_INTEGERS = 4;

type Setting = readonly [knob: string, value: Json];

const settingsOf = (system: string): readonly Setting[] =>
  Object.entries(knobTableOf(system)).flatMap(([knob, { values }]) =>
    valuesOf(values, MOST_INTEGERS).map((value): Setting => [knob, value]),
  );

/** The preset with each two knobs set, each to each of its values. */
function* pairs(preset: Request): Generator<Request> {
  const all = settingsOf(preset.system);
  for (const [at, one] of all.entries())
    for (const other of all.slice(at + 1))
      if (one[0] !== other[0]) yield { ...preset, set: Object.fromEntries([one, other]) };
}

export interface Refused {
  readonly refused: number;
  readonly replaced: number;
}

/** Of all presets of the system at small bounds, with each two knobs set. */
export function refusedOf(system: string): Refused {
  let [refused, replaced] = [0, 0];
  for (const preset of smallPresets().filter((one) => one.system === system))
    for (const request of pairs(preset))
      if (contradiction(request) !== undefined) refused++;
      else replaced += replacedBy(request).length;
  return { refused, replaced };
}
