/** A system by name with the catalogue: the one way in which commands and tests come by a system. */
import { nearest } from "../checker/nearest.ts";
import type { Json } from "../checker/json.ts";
import type { ReplacedRecord } from "../checker/run-record.ts";
import { claimsFor } from "../checker/explore/claims.ts";
import { defineSystem, type System, type SystemDefinition } from "../checker/system.ts";
import { hardwareKnobs } from "../model/hardware/knobs.ts";
import { hardwarePresets } from "../model/hardware/presets.ts";
import { hostKnobs } from "../model/hosts/host.ts";
import { hostPresets } from "../model/hosts/presets.ts";
import { expected, fits, type AnyKnobTable, type Knob } from "../model/knobs.ts";
import { adjusted, type Adjusted } from "../model/systems/adjusted.ts";
import { boundsKnobs } from "../model/systems/bounds.ts";
import { pageFaultSystem } from "../model/systems/compose.ts";
import { parametersOf, type Configuration } from "../model/systems/configuration.ts";
import { usableSlots } from "../model/systems/credits.ts";
import { neverLookedAt } from "../model/systems/looked-at.ts";
import { studies } from "../model/systems/studies/index.ts";
import type { AnyStudy } from "../model/systems/study.ts";
import { BASE_BOUNDS, systems, type SystemEntry } from "../model/systems/systems.ts";
import { catalogue } from "./catalogue/index.ts";
import { roles } from "./catalogue/roles.ts";

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

const pick = <T>(what: string, name: string, from: { readonly [name: string]: T }): T => {
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

const studyOf = (name: string): AnyStudy | undefined =>
  Object.hasOwn(studiesByName, name) ? studiesByName[name] : undefined;
/** @throws UnknownName with the names of focused models too, though none of them comes here. */
function entryOf(name: string): SystemEntry {
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

/** The knobs of the table that are set. */
const chosen = (table: AnyKnobTable, set: Request["set"]): { [knob: string]: Json } =>
  Object.fromEntries(Object.entries(set).filter(([name]) => Object.hasOwn(table, name)));

function configurationOf(request: Request): Configuration {
  const entry = entryOf(request.system);
  const preset = pick("hardware", request.hardware, hardwarePresets);
  const setOfHardware = chosen(hardwareKnobs, request.set);
  const hardware = { ...preset, ...entry.fit?.({ ...preset, ...setOfHardware }), ...setOfHardware };
  const host = { ...pick("design", request.host, hostPresets), ...entry.host, ...chosen(hostKnobs, request.set) };
  const bounds = {
    name: request.bounds,
    ...BASE_BOUNDS,
    ...pick("bounds", request.bounds, entry.bounds),
    ...chosen(boundsKnobs, request.set),
  };
  return { hardware, host, bounds };
}

/**
 * Everything that was chosen and is not what the system is built with: values of a preset in whose place the system puts
 * its own, and sizes set by hand that others leave no room for.
 */
export function replacedBy(request: Request): readonly ReplacedRecord[] {
  const study = studyOf(request.system);
  if (study) {
    const { design, sizes } = designOf(study, request);
    return cutDown(study.adjusted?.(design, sizes) ?? [], request);
  }
  const { needs = "" } = entryOf(request.system);
  const built = configurationOf(request);
  const parts = [
    [`hardware ${request.hardware}`, pick("hardware", request.hardware, hardwarePresets), built.hardware],
    [`design ${request.host}`, pick("design", request.host, hostPresets), built.host],
  ] as const;
  const replaced = parts.flatMap(([of, preset, has]) =>
    Object.entries(has)
      .map(([knob, to]) => ({ knob, from: (preset as unknown as Request["set"])[knob]!, to: to as Json }))
      .filter(({ knob, from, to }) => !Object.hasOwn(request.set, knob) && from !== to)
      .map((one) => ({ ...one, of, because: needs })),
  );
  return [...replaced, ...cutDown(adjusted(built), request)];
}

const cutDown = (all: readonly Adjusted[], { set }: Request): readonly ReplacedRecord[] =>
  all.filter(({ knob }) => Object.hasOwn(set, knob)).map((one) => ({ ...one, of: "--set" }));

const designOf = (study: AnyStudy, { host, bounds, set }: Request) => ({
  design: { name: host, ...pick("design", host, study.hosts).design, ...chosen(study.knobs, set) },
  sizes: { name: bounds, ...pick("bounds", bounds, study.bounds), ...chosen(study.sizeKnobs, set) },
});

/** Which value is none that the knob may have in this system. */
function misfitOf({ system, set }: Request): string | undefined {
  const table = knobTableOf(system);
  const found = Object.entries(set).find(
    ([name, value]) => Object.hasOwn(table, name) && !fits(table[name]!.values, value),
  );
  return found && `${found[0]} takes ${expected(table[found[0]]!.values)}, and was given ${JSON.stringify(found[1])}`;
}

/** Why the choices do not fit each other or the system, or undefined. */
export function contradiction(request: Request): string | undefined {
  const misfit = misfitOf(request);
  if (misfit !== undefined) return misfit;
  const study = studyOf(request.system);
  if (study) return studyContradiction(study, request);
  const { transport, memory } = entryOf(request.system);
  if (!Object.hasOwn(hostPresets, request.host))
    return `there is no design ${request.host} in it; it has ${Object.keys(hostPresets).join(", ")}`;
  const { hardware, host } = configurationOf(request);
  const stalls = hardware.stallSlots > 0;
  const notified = host.notifier !== "none";
  const rules: readonly (readonly [boolean, string])[] = [
    [transport === "stall" && !stalls, "it is about stalled transactions, and this hardware has no stallSlots"],
    [transport === "pri" && stalls, "it is about page requests, and this hardware stalls instead (stallSlots)"],
    [memory === "pinned" && notified, "it is about pins, and this host has none (notifier)"],
    [memory === "notified" && !notified, "it is about MMU notifiers, and this host has none (notifier=none)"],
    [stalls && hardware.evtqEntries === 0, "stalls need an event queue (evtqEntries of at least 1)"],
    [stalls && hardware.ats !== "off", "devices with ATS do not stall (ats=off)"],
    [!stalls && usableSlots(hardware) < 1, "the page request queue has no usable slot (pqEntries)"],
    [!stalls && hardware.creditsPerDev < 1, "devices have no credit for a page request (creditsPerDev)"],
    [!stalls && hardware.ats === "off", "page requests need ATS (ats=full)"],
    [
      notified !== (host.releaseOrder === "nothing-pinned"),
      "releaseOrder=nothing-pinned belongs to hosts with a notifier, and only to them",
    ],
  ];
  return rules.find(([broken]) => broken)?.[1];
}

function studyContradiction(study: AnyStudy, request: Request): string | undefined {
  if (request.hardware !== ANY_HARDWARE) return "it is cut out above the hardware, and takes no --hardware";
  if (!Object.hasOwn(study.hosts, request.host))
    return `there is no design ${request.host} in it; it has ${Object.keys(study.hosts).join(", ")}`;
  const { design, sizes } = designOf(study, request);
  return study.contradiction?.(design, sizes);
}

export const build = (request: Request): System => buildWatched(request).system;

/** A system without what is claimed of it. */
export type Parts = Omit<SystemDefinition, "properties">;

/** The parts alone, neither claimed of nor checked, for who asks which machines are in it: a quarter of the time of `build`. */
export function partsOf(request: Request): Parts {
  const study = studyOf(request.system);
  return study ? studyParts(study, request) : pageFaultParts(request.system, configurationOf(request));
}

/** A record that remembers which of its fields were looked at. */
const watched = <T extends object>(record: T, read: Set<string>): T =>
  new Proxy(record, {
    get: (target, field) => {
      read.add(String(field));
      return Reflect.get(target, field) as unknown;
    },
  });

/**
 * The system, and which of the knobs set by hand nothing in it has looked at so far: asked after a search, these make no
 * difference to it.
 */
export function buildWatched(request: Request): {
  readonly system: System;
  readonly unread: () => readonly string[];
  readonly read: ReadonlySet<string>;
} {
  const read = new Set<string>();
  const unread = () => Object.keys(request.set).filter((knob) => !read.has(knob));
  const study = studyOf(request.system);
  if (study) return { system: claiming(studyParts(study, request, read)), unread, read };
  return { system: claiming(pageFaultParts(request.system, configurationOf(request), read)), unread, read };
}

function pageFaultParts(name: string, configuration: Configuration, read = new Set<string>()): Parts {
  const seen = {
    hardware: watched(configuration.hardware, read),
    host: watched(configuration.host, read),
    bounds: watched(configuration.bounds, read),
  };
  return { ...pageFaultSystem(name, seen), parameters: parametersOf(configuration) };
}

function studyParts(study: AnyStudy, request: Request, read = new Set<string>()): Parts {
  const { design, sizes } = designOf(study, request);
  const parameters = { study: study.name, host: design, bounds: sizes } as unknown as Json;
  return { ...study.compose(watched(design, read), watched(sizes, read)), name: study.name, parameters };
}

/** What the catalogue claims of a system of these parts. */
export const claimsOf = (parts: Parts) => claimsFor(parts, catalogue, roles);

const claiming = (parts: Parts): System => defineSystem({ ...parts, ...claimsOf(parts) });
