/** A system by name with the catalogue: the one way in which commands and tests come by a system. */
import type { Json } from "../checker/json.ts";
import type { ReplacedRecord } from "../checker/run-record.ts";
import { claimsFor } from "../checker/explore/claims/claims.ts";
import { defineSystem, ModelError, type System, type SystemDefinition } from "../checker/system.ts";
import { hardwareKnobs } from "../model/hardware/knobs.ts";
import { hardwarePresets } from "../model/hardware/presets.ts";
import { hostKnobs } from "../model/hosts/host.ts";
import { hostPresets } from "../model/hosts/presets.ts";
import { expected, fits, type AnyKnobTable } from "../model/knobs.ts";
import { adjusted, type Adjusted } from "../model/systems/adjusted.ts";
import { boundsKnobs } from "../model/systems/bounds.ts";
import { pageFaultSystem } from "../model/systems/compose.ts";
import { parametersOf, type Configuration } from "../model/systems/configuration.ts";
import { usableSlots } from "../model/systems/credits.ts";
import type { AnyStudy } from "../model/systems/study.ts";
import { BASE_BOUNDS } from "../model/systems/systems.ts";
import { carrying } from "../model/workloads/carrying.ts";
import type { Workload } from "../model/workloads/workload.ts";
import { catalogue } from "./catalogue/index.ts";
import { roles } from "./catalogue/roles.ts";
import { ANY_HARDWARE, entryOf, knobTableOf, pick, studyOf, type Request } from "./named.ts";

export {
  allKnobs,
  ANY_HARDWARE,
  defaultsOf,
  knobsOf,
  knobTableOf,
  systemNames,
  unknownIn,
  type NamedKnob,
  type Request,
} from "./named.ts";

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
export const contradiction = (request: Request): string | undefined => misfitOf(request) ?? clashOf(request);

/** The same, whatever the size of each number is: a simulation is not bound to what a search can carry. */
export function clashOf(request: Request): string | undefined {
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
export const partsOf = (request: Request): Parts => partsWatched(request).parts;

/** Every knob of the system with the value that it is built with: its `parameters`, without the system. */
export function parametersFor(request: Request): Json {
  const study = studyOf(request.system);
  return study ? studyParameters(study, request) : parametersOf(configurationOf(request));
}

const studyParameters = (study: AnyStudy, request: Request): Json => {
  const { design, sizes } = designOf(study, request);
  return { study: study.name, host: design, bounds: sizes };
};

/** A record that remembers which of its fields were looked at. */
const watched = <T extends object>(record: T, read: Set<string>): T =>
  new Proxy(record, {
    get: (target, field) => {
      read.add(String(field));
      return Reflect.get(target, field) as unknown;
    },
  });

/** Which of the knobs set by hand nothing in a system has looked at so far: asked after a search, these make no difference. */
export interface Watched {
  readonly unread: () => readonly string[];
  readonly read: ReadonlySet<string>;
}

/** The parts, and what in them looks at knobs. */
export function partsWatched(request: Request): Watched & { readonly parts: Parts } {
  const read = new Set<string>();
  const study = studyOf(request.system);
  const parts = study
    ? studyParts(study, request, read)
    : pageFaultParts(request.system, configurationOf(request), read);
  return { parts, unread: () => Object.keys(request.set).filter((knob) => !read.has(knob)), read };
}

/** The system, and what in it looks at knobs. */
export function buildWatched(request: Request): Watched & { readonly system: System } {
  const { parts, ...looked } = partsWatched(request);
  return { system: claiming(parts), ...looked };
}

/**
 * The system as it is simulated, with any sizes: without claims, and without what only a search asks for. `workload`: what
 * the devices are given to do; by default whatever they may do. @throws ModelError for a workload that it cannot carry
 */
export function buildSimulated(request: Request, workload?: Workload): Watched & { readonly system: System } {
  const read = new Set<string>();
  const unread = (): readonly string[] => Object.keys(request.set).filter((knob) => !read.has(knob));
  const study = studyOf(request.system);
  const wiring = study
    ? studyParts(study, request, read)
    : carrying(watchedOf(configurationOf(request), read), workload);
  if (study && workload) throw new ModelError(`${request.system} has no work items of pages that a workload gives.`);
  const parameters = parametersFor(request);
  return { system: defineSystem({ ...wiring, name: request.system, parameters, properties: [] }), unread, read };
}

function pageFaultParts(name: string, configuration: Configuration, read: Set<string>): Parts {
  return { ...pageFaultSystem(name, watchedOf(configuration, read)), parameters: parametersOf(configuration) };
}

const watchedOf = ({ hardware, host, bounds }: Configuration, read: Set<string>): Configuration => ({
  hardware: watched(hardware, read),
  host: watched(host, read),
  bounds: watched(bounds, read),
});

function studyParts(study: AnyStudy, request: Request, read: Set<string>): Parts {
  const { design, sizes } = designOf(study, request);
  const parts = study.compose(watched(design, read), watched(sizes, read));
  return { ...parts, name: study.name, parameters: studyParameters(study, request) };
}

/** What the catalogue claims of a system of these parts. */
export const claimsOf = (parts: Parts) => claimsFor(parts, catalogue, roles);

const claiming = (parts: Parts): System => defineSystem({ ...parts, ...claimsOf(parts) });
