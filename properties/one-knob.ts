/** Every way to set one knob of a preset: what `--set` can do to the suite's systems, one value at a time. */
import type { Json } from "../checker/json.ts";
import type { Values } from "../model/knobs.ts";
import { contradiction, knobTableOf, parametersFor, partsWatched, type Request } from "./build.ts";
import { suite } from "./suite.ts";

/** Integers are tried from their least value on, so many of them. */
const MOST_INTEGERS = 6;

/** Values to try: all of a choice, the least of a range (at most `most`), and the members one by one. */
export function valuesOf(values: Values, most = MOST_INTEGERS): readonly Json[] {
  switch (values.kind) {
    case "flag":
      return [false, true];
    case "choice":
      return values.of;
    case "integer":
      return Array.from({ length: Math.min(most, values.to - values.from + 1) }, (_, k) => values.from + k);
    case "members":
      return ["all", [], [0]];
  }
}

let presets: readonly Request[] | undefined;

/** The presets of the suite at small bounds, each once and without the knobs that the suite sets. */
export const smallPresets = (): readonly Request[] => (presets ??= presetsOfSuite());

function presetsOfSuite(): readonly Request[] {
  const all = suite("small").map(({ system, hardware, host, bounds }) => ({
    system,
    hardware,
    host,
    bounds,
    set: {},
  }));
  const distinct = new Map(all.map((preset) => [JSON.stringify(preset), preset]));
  return [...distinct.values()].filter((preset) => contradiction(preset) === undefined);
}

const known = new Map<string, readonly Request[]>();

/**
 * The preset with one knob set, for each knob and value that contradicts nothing, changes something, and is looked at when
 * the system is built. Each value is tried by building the parts of the system, so what was found is remembered.
 */
export function withOneKnob(preset: Request): readonly Request[] {
  const key = JSON.stringify(preset);
  const found = known.get(key) ?? eachKnob(preset);
  known.set(key, found);
  return found;
}

function eachKnob(preset: Request): readonly Request[] {
  const unchanged = JSON.stringify(parametersFor(preset));
  return Object.entries(knobTableOf(preset.system)).flatMap(([knob, { values }]) =>
    valuesOf(values)
      .map((value) => ({ ...preset, set: { [knob]: value } }))
      .filter((request) => {
        if (contradiction(request) !== undefined) return false;
        return JSON.stringify(parametersFor(request)) !== unchanged && partsWatched(request).unread().length === 0;
      }),
  );
}
