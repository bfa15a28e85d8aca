/** What is varied in a system: hardware, designs and knobs, each with its values; and the run of a combination of them. */
import type { Json } from "../../checker/json.ts";
import type { Factor } from "../../reports/sweep.ts";
import { UsageError } from "../errors.ts";
import { selectionOf } from "../options.ts";
import type { Engine, RunRequest, VariableKnob } from "../ports.ts";
import { newestRelease } from "../releases.ts";
import { expectEachOnce, namesIn } from "../single.ts";
import { product, type Values } from "./combinations.ts";

/** As commander gives them. */
export interface VaryOptions {
  readonly hardware?: string;
  readonly design?: string;
  readonly vary?: readonly string[];
}

interface Choice {
  readonly text: string;
  /** Absent: the knob is not set, so that each preset has its own value. */
  readonly value?: Json;
}

export interface Varied {
  readonly name: string;
  readonly kind: "hardware" | "design" | "knob";
  readonly choices: readonly Choice[];
  /** Whether the user named the values: one that nothing can be built with is a mistake then. */
  readonly isNamed: boolean;
}

const textOf = (value: Json): string => (Array.isArray(value) ? value.join(",") : String(value));

const choiceOf = (value: Json): Choice => ({ text: textOf(value), value });

export const factorOf = ({ name, choices }: Varied): Factor => ({ name, values: choices.map(({ text }) => text) });

const isAll = (texts: readonly string[]): boolean => texts.length === 1 && texts[0] === "all";

/** "releaseOrder=a,b" by name; "all" apart. Values that have commas are separated by semicolons. */
function wishesIn(texts: readonly string[]): { readonly all: boolean; readonly named: ReadonlyMap<string, string[]> } {
  const named = new Map<string, string[]>();
  for (const text of texts.filter((one) => one !== "all")) {
    const [, name, list] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
    if (name === undefined || list === undefined)
      throw new UsageError(`--vary cannot be "${text}".`, "knob=value,value, knob=all, or all");
    if (named.has(name)) throw new UsageError(`--vary names ${name} twice.`, "each knob once, with all its values");
    const parts = list.split(list.includes(";") ? ";" : ",");
    named.set(
      name,
      parts.map((value) => value.trim()),
    );
  }
  return { all: texts.includes("all"), named };
}

/**
 * What `all` stands for, of the knob as each preset has it: its value there, which is not set, and then the others. Where
 * presets differ in it, all values are set: each preset would miss its own, or have it twice.
 */
function everyValue(name: string, knobs: readonly VariableKnob[]): Varied {
  const values = [...new Map(knobs.flatMap((knob) => knob.values).map((value) => [textOf(value), value])).values()];
  const [own, ...others] = values;
  const isShared = knobs.every((knob) => textOf(knob.values[0]!) === textOf(own!));
  const text = knobs.length === 1 ? textOf(own!) : "preset";
  return {
    name,
    kind: "knob",
    choices: [isShared ? { text } : choiceOf(own!), ...others.map(choiceOf)],
    isNamed: false,
  };
}

/** The values of one `--vary`. */
function namedValues(engine: Engine, system: string, name: string, texts: readonly string[]): Varied {
  const values = texts.map((text) => selectionOf(engine, [system], { set: [`${name}=${text}`] }).set[name]!);
  expectEachOnce(`value of ${name}`, values.map(textOf));
  if (values.length === 1)
    throw new UsageError(`--vary ${name}=${textOf(values[0]!)} varies nothing.`, `two values, or --set ${name}`);
  return { name, kind: "knob", choices: values.map(choiceOf), isNamed: true };
}

/** @throws UsageError for a knob that the system does not look at */
function expectLookedAt(engine: Engine, system: string, option: string, name: string): void {
  // What no system has is told with the nearest names.
  if (!engine.knobs.some((knob) => knob.name === name)) selectionOf(engine, [system], { set: [`${name}=`] });
  if (engine.knobs.some((knob) => knob.name === name && knob.systems.includes(system))) return;
  throw new UsageError(
    `nothing in ${system} looks at ${name}, which ${option} names.`,
    `a knob of faultline list knobs ${system}`,
  );
}

/** The presets named, each as the system has it. */
function presets(engine: Engine, system: string, { hardware, design }: VaryOptions): readonly Varied[] {
  const own = engine.hosts.filter((host) => host.system === system);
  const hosts = own.length > 0 ? own : engine.hosts.filter((host) => host.system === "");
  const names = hosts.map(({ name }) => name);
  const hardwares = hardware === undefined ? [] : namesIn("--hardware", "hardware", hardware);
  const designs = design === undefined ? [] : namesIn("--design", "design", design);
  const known = {
    hardware: hardwares.map((name) => selectionOf(engine, [], { hardware: name }).hardware!),
    design: designs.map((name) => newestRelease(selectionOf(engine, [], { design: name }).host!, names) ?? name),
  };
  return (["hardware", "design"] as const).flatMap((kind) =>
    known[kind].length === 0 ? [] : [{ name: kind, kind, choices: known[kind].map(choiceOf), isNamed: true }],
  );
}

/** The request of a combination. Fixed settings come first. */
export function requestOf(base: RunRequest, varied: readonly Varied[], values: Values): RunRequest {
  const chosen = varied.map(({ name, kind, choices }, factor) => ({ name, kind, ...choices[values[factor]!]! }));
  const preset = (wanted: Varied["kind"]): string | undefined => chosen.find(({ kind }) => kind === wanted)?.text;
  const knobs = chosen.flatMap(({ name, kind, value }) =>
    kind === "knob" && value !== undefined ? [[name, value] as const] : [],
  );
  return {
    ...base,
    hardware: preset("hardware") ?? base.hardware,
    host: preset("design") ?? base.host,
    set: { ...base.set, ...Object.fromEntries(knobs) },
  };
}

/** What is varied in the system: presets first, then the knobs named, then all others. */
export function variedIn(engine: Engine, base: RunRequest, options: VaryOptions): readonly Varied[] {
  const { system, set } = base;
  const { all, named } = wishesIn(options.vary ?? []);
  for (const name of Object.keys(set)) {
    expectLookedAt(engine, system, "--set", name);
    if (named.has(name)) throw new UsageError(`--set and --vary both name ${name}.`, "one of them");
  }
  for (const name of named.keys()) expectLookedAt(engine, system, "--vary", name);
  const chosen = presets(engine, system, options);
  const each = [...product(chosen.map(({ choices }) => choices.length))].map((values) =>
    engine.variable(requestOf(base, chosen, values)),
  );
  const [variable = []] = each;
  const everyOf = (name: string): Varied =>
    everyValue(
      name,
      each.flatMap((knobs) => knobs.filter((knob) => knob.name === name)),
    );
  const knobs = [...named].map(([name, texts]): Varied => {
    const every = isAll(texts) ? variable.find((knob) => knob.name === name) : undefined;
    return every ? everyOf(name) : namedValues(engine, system, name, texts);
  });
  const others = variable
    .filter(({ name, values, isSize }) => all && !isSize && values.length > 1 && !named.has(name) && !(name in set))
    .map((knob) => everyOf(knob.name));
  return [...chosen, ...knobs, ...others];
}
