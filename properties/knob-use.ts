/** Which values of knobs some runs are built with, and why the suite need not set the others. */
import type { Json } from "../checker/json.ts";
import { allKnobs, parametersFor, type Request } from "./build.ts";
import { departures } from "./departures/index.ts";
import { knobExcuses } from "./gaps/knob-values.ts";
import { valuesOf } from "./one-knob.ts";

export interface KnobUse {
  readonly knob: string;
  /** Systems that look at it. */
  readonly systems: readonly string[];
  /** In how many runs it has each value: all values of flags and choices; of numbers, those that occur. */
  readonly values: readonly { readonly value: Json; readonly runs: number }[];
}

type Fields = { readonly [knob: string]: Json };

const textOf = (value: Json): string => JSON.stringify(value);

/** The knobs of the run with the values that it is built with. */
function builtWith(run: Request): Fields {
  const parts = Object.values(parametersFor(run) as Fields);
  const records = parts.filter((part): part is Fields => typeof part === "object" && part !== null);
  return Object.assign({}, ...records) as Fields;
}

export function knobUse(runs: readonly Request[]): readonly KnobUse[] {
  const built = runs.map((run) => ({ system: run.system, values: builtWith(run) }));
  return allKnobs.map(({ name, systems, values }) => {
    const seen = new Map<string, { readonly value: Json; readonly runs: number }>();
    const add = (value: Json, runs: number): void =>
      void seen.set(textOf(value), { value, runs: (seen.get(textOf(value))?.runs ?? 0) + runs });
    if (values.kind === "flag" || values.kind === "choice") for (const value of valuesOf(values)) add(value, 0);
    for (const { system, values: has } of built)
      if (systems.includes(system) && has[name] !== undefined) add(has[name], 1);
    return { knob: name, systems, values: [...seen.values()] };
  });
}

export interface KnobGap {
  readonly knob: string;
  readonly value: Json;
  readonly systems: readonly string[];
  /** Undefined: it needs one in properties/gaps/knob-values.ts. */
  readonly reason?: string;
}

/** The value of a knob of these systems, which are told apart where they mean different things by one name. */
const reasonOf = (knob: string, value: Json, systems: readonly string[]): string | undefined => {
  if (systems.length === 0) return "no system looks at the knob";
  const isDefect = departures.some(
    ({ when, shown }) =>
      Object.hasOwn(when, knob) && textOf(when[knob]!) === textOf(value) && systems.includes(shown.system),
  );
  if (isDefect) return "only a deliberate defect has it";
  return knobExcuses.find(({ values }) => values[knob]?.some((one) => textOf(one) === textOf(value)))?.reason;
};

/** Values of flags and choices that no run is built with. */
export const knobGaps = (uses: readonly KnobUse[]): readonly KnobGap[] =>
  uses.flatMap(({ knob, systems, values }) =>
    values
      .filter(({ runs }) => runs === 0)
      .map(({ value }) => {
        const reason = reasonOf(knob, value, systems);
        return { knob, value, systems, ...(reason !== undefined && { reason }) };
      }),
  );
