/** The names of a request: systems, hardware, designs, bounds and knobs, and what each system has of them. */
import { nearest } from "../checker/nearest.ts";
import type { Json } from "../checker/json.ts";
import { hardwareKnobs } from "../model/hardware/knobs.ts";
import { hardwarePresets } from "../model/hardware/presets.ts";
import { hostKnobs } from "../model/hosts/host.ts";
import { hostPresets } from "../model/hosts/presets.ts";
import type { AnyKnobTable, Knob } from "../model/knobs.ts";
import { boundsKnobs } from "../model/systems/bounds.ts";
import { neverLookedAt } from "../model/systems/looked-at.ts";
import { studies } from "../model/systems/studies/index.ts";
import type { AnyStudy } from "../model/systems/study.ts";
import { systems, type SystemEntry } from "../model/systems/systems.ts";

/** Which system, and every difference from its defaults. */
export interface Request {
  readonly system: string;
  /** A preset; for a focused model, which looks at none, ANY_HARDWARE. */
  readonly hardware: string;
  readonly host: string;
  readonly bounds: string;
  readonly set: { readonly [knob: string]: Json };
}

export const ANY_HARDWARE = "any";

const pageFaultKnobs: AnyKnobTable = { ...hardwareKnobs, ...hostKnobs, ...boundsKnobs };

/** The knobs of one system as it defines them: another system may have one of the same name with other values. */
export function knobTableOf(system: string): AnyKnobTable {
  const study = studyOf(system);
  return study ? { ...study.knobs, ...study.sizeKnobs } : pageFaultKnobs;
}

const isSame = (one: Knob, other: Knob): boolean => JSON.stringify(one) === JSON.stringify(other);

/** A knob under its name, as the systems that look at it define it. */
export interface NamedKnob extends Knob {
  readonly name: string;
  /** Those that have it. */
  readonly systems: readonly string[];
}

class UnknownName extends Error {
  override name = "UnknownName";
}

/** @throws UnknownName with the nearest names. */
export const pick = <T>(what: string, name: string, from: { readonly [name: string]: T }): T => {
  const found = Object.hasOwn(from, name) ? from[name] : undefined;
  if (found !== undefined) return found;
  const near = nearest(name, Object.keys(from));
  throw new UnknownName(
    `There is no ${what} "${name}". ${near.length > 0 ? `Nearest: ${near.join(", ")}.` : `Known: ${Object.keys(from).join(", ")}.`}`,
  );
};

const byName = <T extends { readonly name: string }>(list: readonly T[]): { readonly [name: string]: T } =>
  Object.fromEntries(list.map((entry) => [entry.name, entry]));

const entries = byName(systems);
const studiesByName = byName(studies);

export const systemNames: readonly string[] = [...Object.keys(entries), ...Object.keys(studiesByName)];

/** The knobs that the system looks at, with some hardware, design or bounds, or with some value of another knob. */
export function knobsOf(system: string): readonly string[] {
  const names = Object.keys(knobTableOf(system));
  if (studyOf(system)) return names;
  const never = neverLookedAt(entryOf(system));
  return names.filter((knob) => !never.has(knob));
}

export const studyOf = (name: string): AnyStudy | undefined =>
  Object.hasOwn(studiesByName, name) ? studiesByName[name] : undefined;
/** @throws UnknownName with the names of focused models too, though none of them comes here. */
export function entryOf(name: string): SystemEntry {
  if (!systemNames.includes(name)) pick("system", name, { ...entries, ...studiesByName });
  return pick("system", name, entries);
}

/** A part of a request that names nothing: which part, and what it could name. */
export interface UnknownPart {
  readonly what: "system" | "hardware" | "design" | "bounds" | "knob";
  readonly name: string;
  readonly names: readonly string[];
}

/** All knobs: of hardware, design and bounds, and of the focused models. A name is there once for each of its definitions. */
export const allKnobs: readonly NamedKnob[] = namedKnobs();

function namedKnobs(): readonly NamedKnob[] {
  const having = systemNames.map((system) => ({ system, table: knobTableOf(system), looksAt: knobsOf(system) }));
  const defined = new Map<string, Knob[]>();
  for (const [name, knob] of [pageFaultKnobs, ...having.map(({ table }) => table)].flatMap((one) =>
    Object.entries(one),
  )) {
    const others = defined.get(name) ?? [];
    if (!others.some((other) => isSame(other, knob))) defined.set(name, [...others, knob]);
  }
  const owners = (name: string, knob: Knob): readonly string[] =>
    having
      .filter(({ table, looksAt }) => looksAt.includes(name) && isSame(table[name]!, knob))
      .map(({ system }) => system);
  return [...defined].flatMap(([name, knobs]) => knobs.map((knob) => ({ name, ...knob, systems: owners(name, knob) })));
}

/** The first part of a request from outside, such as a file, that names nothing here. */
export function unknownIn({ system, hardware, host, bounds, set }: Request): UnknownPart | undefined {
  const study = studyOf(system);
  const parts: readonly (() => UnknownPart)[] = [
    () => ({ what: "system", name: system, names: systemNames }),
    () => ({ what: "hardware", name: hardware, names: study ? [ANY_HARDWARE] : Object.keys(hardwarePresets) }),
    () => ({ what: "design", name: host, names: Object.keys(study?.hosts ?? hostPresets) }),
    () => ({ what: "bounds", name: bounds, names: Object.keys(study?.bounds ?? entryOf(system).bounds) }),
    ...Object.keys(set).map((name) => () => ({
      what: "knob" as const,
      name,
      names: allKnobs.map((knob) => knob.name),
    })),
  ];
  // One after the other: an unknown system has no bounds.
  for (const part of parts) {
    const found = part();
    if (!found.names.includes(found.name)) return found;
  }
  return undefined;
}

/** Hardware and design of the system when none is named. */
export function defaultsOf(system: string): { readonly hardware: string; readonly host: string } {
  const study = studyOf(system);
  if (study) return { hardware: ANY_HARDWARE, host: Object.keys(study.hosts)[0]! };
  const { hardware, hosts } = entryOf(system);
  return { hardware: hardware[0]!, host: hosts[0]! };
}
