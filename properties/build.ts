/** A system by name with the catalogue: the one way in which commands and tests come by a system. */
import { nearest } from "../checker/nearest.ts";
import type { Json } from "../checker/json.ts";
import type { System } from "../checker/system.ts";
import { hardwareKnobs } from "../model/hardware/knobs.ts";
import { hardwarePresets } from "../model/hardware/presets.ts";
import { hostKnobs } from "../model/hosts/host.ts";
import { hostPresets } from "../model/hosts/presets.ts";
import type { AnyKnobTable } from "../model/knobs.ts";
import { boundsKnobs } from "../model/systems/bounds.ts";
import { pageFaultSystem } from "../model/systems/compose.ts";
import { parametersOf, type Configuration } from "../model/systems/configuration.ts";
import { usableSlots } from "../model/systems/credits.ts";
import { BASE_BOUNDS, systems, type SystemEntry } from "../model/systems/systems.ts";
import { catalogue } from "./catalogue/index.ts";

/** Which system, and every difference from its defaults. */
export interface Request {
  readonly system: string;
  readonly hardware: string;
  readonly host: string;
  readonly bounds: string;
  readonly set: { readonly [knob: string]: Json };
}

/** All knobs, of hardware, host and bounds. */
export const allKnobs: AnyKnobTable = { ...hardwareKnobs, ...hostKnobs, ...boundsKnobs };

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

export const entryOf = (name: string): SystemEntry =>
  pick("system", name, Object.fromEntries(systems.map((entry) => [entry.name, entry])));

/** The knobs of the table that are set. */
const chosen = (table: AnyKnobTable, set: Request["set"]): { [knob: string]: Json } =>
  Object.fromEntries(Object.entries(set).filter(([name]) => Object.hasOwn(table, name)));

function configurationOf(request: Request): Configuration {
  const entry = entryOf(request.system);
  const preset = pick("hardware", request.hardware, hardwarePresets);
  const hardware = { ...preset, ...entry.fit?.(preset), ...chosen(hardwareKnobs, request.set) };
  const host = { ...pick("host", request.host, hostPresets), ...entry.host, ...chosen(hostKnobs, request.set) };
  const bounds = {
    name: request.bounds,
    ...BASE_BOUNDS,
    ...pick("bounds", request.bounds, entry.bounds),
    ...chosen(boundsKnobs, request.set),
  };
  return { hardware, host, bounds };
}

/** Why the choices do not fit each other or the system, or undefined. */
export function contradiction(request: Request): string | undefined {
  const { transport, memory } = entryOf(request.system);
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
    [!stalls && usableSlots(hardware) < 1, "the page-request queue has no usable slot (pqEntries)"],
    [!stalls && hardware.creditsPerDev < 1, "devices have no credit for a page request (creditsPerDev)"],
    [!stalls && hardware.ats === "off", "page requests need ATS (ats=full)"],
    [
      notified !== (host.releaseOrder === "nothing-pinned"),
      "releaseOrder=nothing-pinned belongs to hosts with a notifier, and only to them",
    ],
  ];
  return rules.find(([broken]) => broken)?.[1];
}

export const build = (request: Request): System => buildWatched(request).system;

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
export function buildWatched(request: Request): { readonly system: System; readonly unread: () => readonly string[] } {
  const configuration = configurationOf(request);
  const read = new Set<string>();
  const seen = {
    hardware: watched(configuration.hardware, read),
    host: watched(configuration.host, read),
    bounds: watched(configuration.bounds, read),
  };
  const system = pageFaultSystem(request.system, seen, catalogue);
  return {
    system: { ...system, parameters: parametersOf(configuration) },
    unread: () => Object.keys(request.set).filter((knob) => !read.has(knob)),
  };
}
