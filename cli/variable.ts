/** What can be varied in a run: its knobs, with the values worth trying. */
import type { Json } from "../checker/json.ts";
import { boundsKnobs } from "../model/systems/bounds.ts";
import { knobsOf, knobTableOf, parametersFor } from "../properties/build.ts";
import { studyOf } from "../properties/named.ts";
import { valuesOf } from "../properties/one-knob.ts";
import type { RunRequest, VariableKnob } from "./ports.ts";

/** Of a range, what is next to the value of the run: more would be sizes and no choices. */
const near = (value: number, from: number, to: number): readonly number[] =>
  [value - 1, value + 1].filter((one) => one >= from && one <= to);

/** Every knob that the system looks at, with at least two values. */
export function variableKnobs(run: RunRequest): readonly VariableKnob[] {
  const sizes = new Set(Object.keys(studyOf(run.system)?.sizeKnobs ?? boundsKnobs));
  const parameters = parametersFor(run) as { readonly [part: string]: { readonly [knob: string]: Json } };
  const has: { readonly [knob: string]: Json } = Object.assign({}, ...Object.values(parameters));
  const table = knobTableOf(run.system);
  return knobsOf(run.system).map((name) => {
    const { values } = table[name]!;
    const own = has[name]!;
    const others = values.kind === "integer" ? near(Number(own), values.from, values.to) : valuesOf(values);
    const different = others.filter((value) => JSON.stringify(value) !== JSON.stringify(own));
    return { name, values: [own, ...different], isSize: sizes.has(name) };
  });
}
