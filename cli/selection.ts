/** Which runs a selection stands for, and which system a knob, a design or a hardware preset belongs to. */
import type { Json } from "../checker/json.ts";
import { hostPresets } from "../model/hosts/presets.ts";
import { studies } from "../model/systems/studies/index.ts";
import { systems } from "../model/systems/systems.ts";
import {
  allKnobs,
  ANY_HARDWARE,
  build,
  contradiction,
  defaultsOf,
  parametersFor,
  systemNames,
} from "../properties/build.ts";
import { smallPresets } from "../properties/one-knob.ts";
import { suite } from "../properties/suite.ts";
import { UsageError } from "./errors.ts";
import { newestRelease } from "./releases.ts";
import { choices, type LeftOut, type NamedKnob, type RunRequest, type Selection } from "./ports.ts";

/** Every knob, with the systems that look at it. */
export const namedKnobs: readonly NamedKnob[] = allKnobs;

/** The systems that look at a knob of this name, whatever values it has in each. */
export const systemsWith = (knob: string): readonly string[] =>
  namedKnobs.filter(({ name }) => name === knob).flatMap(({ systems: having }) => having);

/** The values that the knobs of a system have with its default design and hardware, at default bounds. */
export function knobDefaults(system: string): { readonly [knob: string]: Json } {
  const request: RunRequest = { system, ...defaultsOf(system), bounds: "default", set: {} };
  return Object.assign({}, ...Object.values(parametersFor(request) as { readonly [part: string]: Json }));
}

/** Ids of the properties that the suite judges in the system, in some run at small or default bounds. */
export function claimedIn(system: string): readonly string[] {
  const runs = [...suite("small"), ...suite("default"), ...smallPresets()].filter((run) => run.system === system);
  return [...new Set(runs.flatMap((run) => build(run).properties.map(({ id }) => id)))];
}

/** Whether the system is meant for this hardware and design, and has these knobs. Named alone, it may be run on others. */
function isMeantFor({ system, hardware, host, set }: RunRequest): boolean {
  const entry = systems.find(({ name }) => name === system);
  const study = studies.find(({ name }) => name === system);
  const fits = entry
    ? entry.hardware.some((name) => name === hardware) && entry.hosts.some((name) => name === host)
    : study !== undefined && hardware === ANY_HARDWARE && Object.hasOwn(study.hosts, host);
  return fits && Object.keys(set).every((knob) => systemsWith(knob).includes(system));
}

const hostsOf = (system: string): readonly string[] =>
  Object.keys(studies.find(({ name }) => name === system)?.hosts ?? hostPresets);

/** A run for each of the systems. */
function requestsFor(systemsNamed: readonly string[], { hardware, host, bounds = "default", set }: Selection) {
  return systemsNamed.map((system) => ({
    system,
    hardware: hardware ?? defaultsOf(system).hardware,
    host: host === undefined ? defaultsOf(system).host : (newestRelease(host, hostsOf(system)) ?? host),
    bounds,
    set,
  }));
}

/** Systems that are meant for the choices, and cannot be built with them: a selection by choices leaves them out. */
export function leftOutOf(selection: Selection): readonly LeftOut[] {
  if (selection.systems.length > 0 || choices(selection) === "") return [];
  return requestsFor(systemNames, selection)
    .filter(isMeantFor)
    .flatMap((request) => {
      const because = contradiction(request);
      return because === undefined ? [] : [{ system: request.system, because }];
    });
}

/** "group-open cannot be built with design rfc-v1: ...", by what was given. */
const unbuildable = (system: string, selection: Selection, because = ""): UsageError =>
  new UsageError(
    `${system} cannot be built with ${choices(selection) || `bounds ${selection.bounds ?? "default"}`}: ${because}.`,
  );

/** The runs of a selection. @throws UsageError when what was chosen does not go together. */
export function runsOf(selection: Selection): readonly RunRequest[] {
  const { systems: named, bounds = "default" } = selection;
  if (named.length === 0 && choices(selection) === "") return suite(bounds).map(({ known: _, ...request }) => request);
  const requests = requestsFor(named.length > 0 ? [...new Set(named)] : systemNames, selection);
  if (named.length > 0) {
    for (const request of requests) {
      const because = contradiction(request);
      if (because !== undefined) throw unbuildable(request.system, selection, because);
    }
    return requests;
  }
  // Without a system named: those that are meant for these choices.
  const meant = requests.filter(isMeantFor);
  const fitting = meant.filter((request) => contradiction(request) === undefined);
  if (meant.length === 0)
    throw new UsageError(
      `no system is meant for ${choices(selection)}.`,
      "choices that go together (see faultline list knobs, list designs), or a system by name",
    );
  if (fitting.length === 0) throw unbuildable(meant[0]!.system, selection, contradiction(meant[0]!));
  return fitting;
}

/** Whether the suite runs the system with this design at bounds that are at least as large. */
function isOfSuite({ system, host, bounds }: RunRequest): boolean {
  const larger = BOUNDS.slice(BOUNDS.indexOf(bounds));
  return larger.some((name) =>
    suite(name).some((run) => run.system === system && run.host === host && larger.includes(run.bounds)),
  );
}

/** From small to large. */
const BOUNDS: readonly string[] = ["small", "default", "deep"];

/** A warning for a system that is run with a design or hardware that its sizes were not chosen for. */
export function warningOf(request: RunRequest): string | undefined {
  const { system, host, bounds } = request;
  const entry = systems.find(({ name }) => name === system);
  if (entry && !isMeantFor({ ...request, set: {} })) {
    const { hardware: meant, hosts } = entry;
    return (
      `the sizes of ${system} fit other designs and hardware, so this search may be very large.\n` +
      `  Sized for ${hosts.join(", ")} on ${meant.join(", ")}. --max-states ends a search early`
    );
  }
  if (isOfSuite(request)) return undefined;
  return (
    `the suite has no run of ${system} with design ${host} at bounds ${bounds}.\n` +
    "  Its search may be very large. --max-states ends a search early"
  );
}
