/** What is known of a run before it is made: the suite's expectations, and where else a violation is known from. */
import type { RunRecord } from "../checker/run-record.ts";
import type { Json } from "../checker/json.ts";
import { build } from "../properties/build.ts";
import type { Departure } from "../properties/departures/departure.ts";
import { studyBreakages } from "../properties/departures/index.ts";
import { pageFaultDepartures } from "../properties/departures/page-fault.ts";
import { suite } from "../properties/suite.ts";
import type { SuiteRun } from "../properties/suite/run.ts";
import type { RunRequest } from "./ports.ts";

type Values = { readonly [knob: string]: Json };

const isSame = (a: Json | undefined, b: Json | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);

const parameters = (request: RunRequest): Json => build(request).parameters;

const settings = (values: Values, knobs: readonly string[] = Object.keys(values)): string =>
  knobs.map((knob) => `${knob}=${String(values[knob])}`).join(", ");

/** The suite's runs of the same system, hardware and host, at the same bounds. */
const kin = ({ system, hardware, host, bounds }: RunRequest): readonly SuiteRun[] =>
  suite(bounds).filter((one) => one.system === system && one.hardware === hardware && one.host === host);

/**
 * Violations that are expected, each with its reason: those of the suite's run with the same values of all knobs, in
 * whatever way it was selected. None for a run that the suite does not make.
 */
export const knownOf = (request: RunRequest): { readonly [property: string]: string } =>
  kin(request).find((one) => isSame(parameters(one), parameters(request)))?.known ?? {};

/** A run of the same preset in the suite that breaks the claim, and without which of the knobs that were set. */
function ofSuite(request: RunRequest, id: string): string | undefined {
  const near = kin(request)
    .filter(({ known }) => known[id] !== undefined)
    .map((run) => ({
      run,
      without: Object.keys(request.set).filter((knob) => !isSame(run.set[knob], request.set[knob])),
      others: Object.keys(run.set).filter((knob) => !isSame(run.set[knob], request.set[knob])),
    }))
    .sort((a, b) => a.others.length - b.others.length || b.without.length - a.without.length);
  const [nearest] = near;
  if (!nearest) return undefined;
  const { run, without, others } = nearest;
  const having = others.length > 0 ? `, with ${settings(run.set, others)}` : "";
  if (without.length === 0) return `${run.known[id]} (in the suite${having})`;
  return `violated without ${without.map((knob) => `--set ${knob}`).join(", ")} too${having}: ${run.known[id]}`;
}

/** A departure that this run has, and that is known to break the claim. */
function ofDeparture(request: RunRequest, id: string): string | undefined {
  const departures: readonly Departure[] = studyBreakages[request.system]?.departures ?? pageFaultDepartures;
  const values: Values = Object.assign(
    {},
    ...Object.values(parameters(request) as { readonly [part: string]: Values }),
  );
  const found = departures.find(
    ({ when, breaks }) =>
      breaks.includes(id) && Object.entries(when).every(([knob, value]) => isSame(values[knob], value)),
  );
  return found && `known of ${settings(found.when)}: ${found.reason}`;
}

/**
 * The record with, under each violation that is none of the suite's expectations, where else it is known from: a run of
 * the suite with other sizes, or a departure. Of a bare preset it is known then, for a host is its design and not its
 * sizes; where a knob was set it is a note.
 */
export const explained = (record: RunRecord, request: RunRequest): RunRecord => ({
  ...record,
  properties: record.properties.map((property) => {
    if (property.verdict.kind !== "violated" || property.known !== undefined) return property;
    const note = ofSuite(request, property.id) ?? ofDeparture(request, property.id);
    if (note === undefined) return property;
    return Object.keys(request.set).length === 0 ? { ...property, known: note } : { ...property, note };
  }),
});
