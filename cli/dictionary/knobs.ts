/** Knobs, and each of their values. */
import { hardwarePresets } from "../../model/hardware/presets.ts";
import { hostPresets } from "../../model/hosts/presets.ts";
import { expected, type Values } from "../../model/knobs.ts";
import { studies } from "../../model/systems/studies/index.ts";
import { allKnobs, defaultsOf, type NamedKnob, type Request } from "../../properties/build.ts";
import { departures } from "../../properties/departures/index.ts";
import type { Json } from "../../checker/json.ts";
import { valuesOf } from "../../properties/one-knob.ts";
import type { Fact, NameIndex } from "../../scenarios/names/index-of-names.ts";
import { scenarios } from "../../scenarios/questions/index.ts";
import { asks, checks, details, sourceWords, unique, type Entry, type Meaning } from "./meaning.ts";

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const told = (value: unknown): string => (Array.isArray(value) ? value.join(",") : String(value));

/** What one value of the knob means; those of flags and numbers need no word. */
function valueWords(values: Values, value: string): string | undefined {
  if (values.kind !== "choice") return undefined;
  return values.means[value];
}

/** Designs and hardware that have a value of the knob, as "value: names". */
function presetsOf({ name, systems }: NamedKnob): readonly (readonly [preset: string, value: unknown])[] {
  const own = studies.filter(
    (study) => systems.includes(study.name) && (name in study.knobs || name in study.sizeKnobs),
  );
  const ofStudies = own.flatMap((study) =>
    Object.entries(study.hosts).flatMap(([host, { design }]): [string, unknown][] =>
      name in design ? [[host, (design as { [knob: string]: unknown })[name]]] : [],
    ),
  );
  const isOfPageFaults = systems.some((system) => !studies.some((study) => study.name === system));
  const presets = [...Object.entries(hardwarePresets), ...Object.entries(hostPresets)].flatMap(
    ([preset, record]): [string, unknown][] =>
      name in record ? [[preset, (record as unknown as { [knob: string]: unknown })[name]]] : [],
  );
  return [...(isOfPageFaults || systems.length === 0 ? presets : []), ...ofStudies];
}

/** "none: known to break RSP-8 ...". */
const defectsOf = ({ name, systems }: NamedKnob, value?: unknown) =>
  departures.filter(
    ({ when, shown }) =>
      Object.hasOwn(when, name) && systems.includes(shown.system) && (value === undefined || isSame(when[name], value)),
  );

const questionsOf = ({ name, systems }: NamedKnob, value?: unknown) =>
  scenarios.filter(({ runs }) =>
    runs.some(
      ({ request: { set, system } }) =>
        systems.includes(system) && Object.hasOwn(set, name) && (value === undefined || isSame(set[name], value)),
    ),
  );

const settings = (when: { readonly [knob: string]: Json }): string =>
  Object.entries(when)
    .map(([knob, value]) => `${knob}=${told(value)}`)
    .join(" ");

/** Runs that set the knob: those that show what a value breaks, those of questions, then the first system with it. */
export function runsWith(knob: NamedKnob, value?: Json): readonly Request[] {
  const values = value === undefined ? valuesOf(knob.values).toReversed() : [value];
  const plain = knob.systems.flatMap((system) =>
    values.map((one) => ({ system, ...defaultsOf(system), bounds: "small", set: { [knob.name]: one } })),
  );
  const asked = questionsOf(knob, value).flatMap(({ runs }) =>
    runs.flatMap(({ request }) =>
      Object.hasOwn(request.set, knob.name) &&
      knob.systems.includes(request.system) &&
      (value === undefined || isSame(request.set[knob.name], value))
        ? [request]
        : [],
    ),
  );
  return [...defectsOf(knob, value).map(({ shown }) => shown), ...asked, ...plain];
}

/** "K9 (what answers a last request lost by overflow)": a source is followed by what it says. */
function knobSource(id: string, facts: readonly Fact[]): string {
  if (id === "bound") return "A size of the search: real systems have more of it.";
  if (id === "ghost") return "A size of the search, of what the model remembers and no real system has.";
  return sourceWords(id, facts);
}

function valueLines({ values }: NamedKnob): readonly string[] {
  if (values.kind !== "choice") return [expected(values)];
  return values.of.map((value) => `${value}: ${values.means[value]!}`);
}

function grouped(presets: readonly (readonly [string, unknown])[]): readonly string[] {
  const values = unique(presets.map(([, value]) => told(value)));
  return values.map(
    (value) => `${value}: ${unique(presets.flatMap(([name, has]) => (told(has) === value ? [name] : []))).join(", ")}`,
  );
}

function knobMeaning(knob: NamedKnob, { facts }: NameIndex): Meaning {
  const { name, id, sentence, systems } = knob;
  return {
    kind: "knob",
    name,
    means: sentence,
    source: knobSource(id, facts),
    details: details(
      ["Values", valueLines(knob)],
      ["Read by", [systems.length === 0 ? "no system yet" : systems.join(", ")]],
      ["Set by", grouped(presetsOf(knob))],
      [
        "Known to break",
        unique(defectsOf(knob).map(({ when, breaks, reason }) => `${settings(when)}: ${breaks.join(", ")}: ${reason}`)),
      ],
      ["Questions", questionsOf(knob).map((one) => `${one.id}: ${one.question}`)],
    ),
    commands: [
      ...systems.slice(0, 1).map((system) => `npx faultline list knobs ${system}`),
      ...(systems.length === 0 ? ["npx faultline list knobs"] : []),
      ...checks(runsWith(knob)).slice(0, 1),
    ],
  };
}

/** One value of the knob; `value` is one that it may have. */
export function valueMeaning(knob: NamedKnob, value: Json, { facts }: NameIndex): Meaning {
  const { name, id, sentence, values, systems } = knob;
  const words = valueWords(values, told(value));
  const presets = presetsOf(knob).flatMap(([preset, has]) => (isSame(has, value) ? [preset] : []));
  const defects = defectsOf(knob, value);
  const questions = questionsOf(knob, value);
  return {
    kind: "value",
    name: `${name}=${told(value)}`,
    means: words ?? `${sentence} Here: ${told(value)}.`,
    source: knobSource(id, facts),
    details: details(
      ["The knob", words === undefined ? [] : [sentence]],
      ["Read by", [systems.length === 0 ? "no system yet" : systems.join(", ")]],
      ["Set by", presets.length === 0 ? [] : [unique(presets).join(", ")]],
      [
        "Known to break",
        unique(defects.map(({ when, breaks, reason }) => `${breaks.join(", ")} (${settings(when)}): ${reason}`)),
      ],
      ["Questions", questions.map((one) => `${one.id}: ${one.question}`)],
    ),
    commands: [
      ...checks(runsWith(knob, value)).slice(0, 1),
      ...questions.slice(0, 1).map((one) => asks(one.id)),
      ...(systems.length === 0 ? ["npx faultline list knobs"] : []),
    ],
  };
}

export const knobEntries = (index: NameIndex): readonly Entry[] =>
  allKnobs.map((knob): Entry => ({ kind: "knob", names: [knob.name], tell: () => knobMeaning(knob, index) }));
