/** What is known of a run before it is made: the suite's expectations, and where else a violation is known from. */
import type { RunRecord, Verdict } from "../checker/run-record.ts";
import type { Json } from "../checker/json.ts";
import { boundsKnobs } from "../model/systems/bounds.ts";
import { studies } from "../model/systems/studies/index.ts";
import { defaultsOf, parametersFor } from "../properties/build.ts";
import type { Departure } from "../properties/departures/departure.ts";
import { studyBreakages } from "../properties/departures/index.ts";
import { pageFaultDepartures } from "../properties/departures/page-fault.ts";
import type { RunRequest } from "./ports.ts";
import { isOfSuite, isSame, kin, knownOf } from "./suite-runs.ts";

type Values = { readonly [knob: string]: Json };

const settings = (values: Values, knobs: readonly string[] = Object.keys(values)): string =>
  knobs.map((knob) => `${knob}=${String(values[knob])}`).join(", ");

/** Knobs that say how large the system is, and not which design it has. */
const sizeKnobs = ({ system }: RunRequest): ReadonlySet<string> =>
  new Set(Object.keys(studies.find(({ name }) => name === system)?.sizeKnobs ?? boundsKnobs));

/** A run of the same design in the suite that breaks the claim, and without which of the knobs that were set. */
function ofSuite(request: RunRequest, id: string): string | undefined {
  const sizes = sizeKnobs(request);
  const near = kin(request)
    .filter(({ set }) => Object.keys(set).every((knob) => sizes.has(knob) || isSame(set[knob], request.set[knob])))
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

const valuesOf = (request: RunRequest): Values =>
  Object.assign({}, ...Object.values(parametersFor(request) as { readonly [part: string]: Values }));

/** What a run was found to break and not to break: of two defects that would break a claim, the one that fits is the cause. */
interface Outcome {
  readonly broken: ReadonlySet<string>;
  readonly spared: ReadonlySet<string>;
}

const NOTHING: Outcome = { broken: new Set(), spared: new Set() };

/** How well the defect fits: claims that it is known to break and that are broken, less those that are not. */
const fit = ({ breaks }: Departure, { broken, spared }: Outcome): number =>
  breaks.filter((id) => broken.has(id)).length - breaks.filter((id) => spared.has(id)).length;

/** A deliberate defect that this run has, that the system has not by default, and that is known to break the claim. */
function ofDeparture(request: RunRequest, id: string, outcome: Outcome): string | undefined {
  const departures: readonly Departure[] = studyBreakages[request.system]?.departures ?? pageFaultDepartures;
  const breaking = departures
    .filter(({ breaks }) => breaks.includes(id))
    .toSorted((a, b) => fit(b, outcome) - fit(a, outcome));
  if (breaking.length === 0) return undefined;
  const values = valuesOf(request);
  const usual = valuesOf({ ...request, ...defaultsOf(request.system), set: {} });
  const has = (one: Values, when: Departure["when"]): boolean =>
    Object.entries(when).every(([knob, value]) => isSame(one[knob], value));
  const found = breaking.find(({ when }) => has(values, when) && !has(usual, when));
  return found && `known of ${settings(found.when)}: ${found.reason}`;
}

/** Where else a violation that is none of the suite's expectations is known from. */
const knownElsewhere = (request: RunRequest, id: string, outcome = NOTHING): string | undefined =>
  ofSuite(request, id) ?? ofDeparture(request, id, outcome);

/** Whether nothing was set and the suite does not make the run: then what is known of its design is expected of it. */
const isExcused = (request: RunRequest): boolean => Object.keys(request.set).length === 0 && !isOfSuite(request);

/** Whether a violation of the property is reported as known. */
export function expectedOf(request: RunRequest): (id: string) => boolean {
  const known = knownOf(request);
  const excused = isExcused(request);
  return remembered((id) => known[id] !== undefined || (excused && knownElsewhere(request, id) !== undefined));
}

/** Whether the suite lists the violation for the same design, with or without what was set: nothing new, and no end. */
export function listedOf(request: RunRequest): (id: string) => boolean {
  const isExpected = expectedOf(request);
  return remembered((id) => isExpected(id) || ofSuite(request, id) !== undefined);
}

/** The same, asked once for each id. */
function remembered(asked: (id: string) => boolean): (id: string) => boolean {
  const answers = new Map<string, boolean>();
  return (id) => {
    const answer = answers.get(id) ?? asked(id);
    answers.set(id, answer);
    return answer;
  };
}

/**
 * The record with, under each violation that is none of the suite's expectations, where else it is known from: a run of
 * the suite with other sizes, or a deliberate defect. If nothing is set and the suite does not run the preset, the
 * violation counts as known, because sizes do not change a design. A run of the suite has the suite's list alone.
 */
export function explained(record: RunRecord, request: RunRequest): RunRecord {
  const excused = isExcused(request);
  const having = (kind: Verdict["kind"]): ReadonlySet<string> =>
    new Set(record.properties.flatMap(({ id, verdict }) => (verdict.kind === kind ? [id] : [])));
  const outcome = { broken: having("violated"), spared: having("holds") };
  const properties = record.properties.map((property) => {
    if (property.verdict.kind !== "violated" || property.known !== undefined) return property;
    const note = knownElsewhere(request, property.id, outcome);
    if (note === undefined) return property;
    return excused ? { ...property, known: note } : { ...property, note };
  });
  return { ...record, properties };
}
