/** What the model answers: the runs of scenarios, searched, and compared with what is expected of them. */
import type { BreadthFirst } from "../checker/explore/search/breadth-first.ts";
import { DEADLOCK } from "../checker/explore/claims/deadlock.ts";
import { recordOf, startExhaustive } from "../checker/explore/exhaustive.ts";
import { traceOf } from "../checker/explore/paths/trace.ts";
import type { RunRecord, TraceRecord, Verdict } from "../checker/run-record.ts";
import type { System } from "../checker/system.ts";
import { build, contradiction, type Request } from "../properties/build.ts";
import { catalogue } from "../properties/catalogue/index.ts";
import { claimedOf, only } from "../properties/violations.ts";
import { costsOf, type Cost } from "./look-ups.ts";
import type { ExpectedVerdict, Scenario } from "./scenario.ts";

interface Searched {
  readonly record: RunRecord;
  /** To what was to be witnessed. */
  readonly paths: ReadonlyMap<string, TraceRecord>;
}

export interface Compared {
  readonly property: string;
  /** Two to five words that name it, where it has a name. */
  readonly name?: string;
  /** What it claims, as one sentence. */
  readonly statement: string;
  readonly expected: string;
  /** Absent: the system does not claim this. */
  readonly found?: Verdict;
  readonly asExpected: boolean;
}

/** A scenario with what its runs said. */
export interface Answer extends Omit<Scenario, "runs" | "chart" | "countsTo"> {
  readonly runs: readonly {
    readonly label: string;
    readonly record: RunRecord;
    readonly compared: readonly Compared[];
    /** What the path to what was to be counted costs. */
    readonly costs?: readonly Cost[];
  }[];
  readonly chart?: TraceRecord;
  /** The label of the run that the chart is of. */
  readonly chartOf?: string;
  readonly asExpected: boolean;
}

/** Searches each system once, for all that the scenarios ask of it. */
export class Answering {
  private readonly asked = new Map<string, Map<string, ExpectedVerdict>>();
  private readonly records = new Map<string, Searched>();

  constructor(scenarios: readonly Scenario[]) {
    for (const { runs } of scenarios)
      for (const { request, expect } of runs) {
        const expected = this.asked.get(key(request)) ?? new Map<string, ExpectedVerdict>();
        for (const [id, verdict] of Object.entries(expect)) expected.set(id, verdict);
        this.asked.set(key(request), expected);
      }
  }

  answer({ runs, chart, countsTo, ...scenario }: Scenario): Answer {
    const answered = runs.map(({ label, request, expect }, at) => {
      const searched = this.searched(request);
      const { record } = searched;
      const counted = countsTo === undefined ? undefined : pathIn(searched, countsTo[at]!);
      return { label, record, compared: compare(record, expect), ...(counted && { costs: costsOf(counted) }) };
    });
    const trace = chart && pathIn(this.searched(runs[chart.run]!.request), chart.property);
    return {
      ...scenario,
      runs: answered,
      ...(chart && trace && { chart: trace, chartOf: runs[chart.run]!.label }),
      asExpected:
        answered.every(({ compared }) => compared.every(({ asExpected }) => asExpected)) &&
        (chart === undefined || trace !== undefined) &&
        (countsTo === undefined || answered.every(({ costs }) => costs !== undefined)),
    };
  }

  private searched(request: Request): Searched {
    const known = this.records.get(key(request));
    if (known) return known;
    const expected = this.asked.get(key(request))!;
    const running = search(request, expected);
    const record = recordOf(running, request);
    const witnessed = [...expected].filter(([, verdict]) => verdict === "witnessed").map(([id]) => id);
    const paths = new Map(witnessed.flatMap((id) => witnessPath(running, record, id)));
    const result = { record, paths };
    this.records.set(key(request), result);
    return result;
  }
}

/** The scenarios' ids, divided so that no search serves two parts: by first scenario, and in the given order within. */
export function partsOf(scenarios: readonly Scenario[]): readonly (readonly string[])[] {
  /** By search: the places of the scenarios that it serves, or that share another one with these. */
  const partOf = new Map<string, readonly number[]>();
  const searches = scenarios.map(({ runs }) => runs.map(({ request }) => key(request)));
  const parts = new Set<readonly number[]>();
  for (const [place, keys] of searches.entries()) {
    const joined = new Set(keys.flatMap((one) => (partOf.has(one) ? [partOf.get(one)!] : [])));
    const part = [...joined].flat().concat(place);
    for (const old of joined) parts.delete(old);
    parts.add(part);
    for (const member of part) for (const one of searches[member]!) partOf.set(one, part);
  }
  const inOrder = [...parts].map((part) => part.toSorted((a, b) => a - b)).sort((a, b) => a[0]! - b[0]!);
  return inOrder.map((part) => part.map((place) => scenarios[place]!.id));
}

const key = ({ system, hardware, host, bounds, set }: Request): string =>
  JSON.stringify([system, hardware, host, bounds, set]);

/** Most states of one run; a model that is wrong on purpose may be without bounds. */
const MOST_STATES = 1_000_000;

function search(request: Request, expected: ReadonlyMap<string, ExpectedVerdict>): BreadthFirst {
  const because = contradiction(request);
  if (because !== undefined) throw new Error(`A scenario asks for what cannot be built: ${because}.`);
  const whole = build(request);
  const claimed = claimedOf(whole);
  // What is not claimed there is not answered: without its witness a sentence may say nothing.
  const system = only(
    whole,
    [...expected.keys()].filter((id) => claimed.has(id)),
  );
  const running = startExhaustive(system, { maxStates: MOST_STATES });
  const found = (id: string): boolean => (id === "DEADLOCK" ? running.deadlock >= 0 : running.judge.found.has(id));
  // Where one path answers each question, the search ends with the last of them.
  const enough = !needsEnd(system, expected);
  while (running.advance(1 << 12)) if (enough && [...expected.keys()].every(found) && running.confirmed()) break;
  return running;
}

const needsEnd = (system: System, expected: ReadonlyMap<string, ExpectedVerdict>): boolean =>
  [...expected.values()].some((verdict) => verdict === "holds" || verdict === "never-witnessed") ||
  system.properties.some(({ kind }) => kind === "canAlways" || kind === "leadsTo");

const compare = (record: RunRecord, expect: { readonly [property: string]: string }): readonly Compared[] =>
  Object.entries(expect).map(([property, expected]) => {
    const found = record.properties.find(({ id }) => id === property)?.verdict;
    return { property, ...claimOf(property), expected, ...(found && { found }), asExpected: found?.kind === expected };
  });

const claims = new Map(catalogue.map((property) => [property.id, property]));

function claimOf(id: string): Pick<Compared, "name" | "statement"> {
  const { name, statement = DEADLOCK.statement } = claims.get(id) ?? {};
  return { ...(name !== undefined && { name }), statement };
}

/** A counterexample, or the path to a witness. */
function pathIn({ record, paths }: Searched, property: string): TraceRecord | undefined {
  const verdict = record.properties.find(({ id }) => id === property)?.verdict;
  return verdict?.kind === "violated" ? verdict.trace : paths.get(property);
}

/** The shortest path to the first state that satisfies the `sometimes`. */
function witnessPath(
  running: BreadthFirst,
  { model }: RunRecord,
  id: string,
): readonly (readonly [string, TraceRecord])[] {
  const finding = running.judge.found.get(id);
  if (!finding) return [];
  const instance = running.claimAt(finding.state, finding.instance);
  return [[id, traceOf(running.system, model, running.pathTo(finding.state), instance, "shortest")]];
}
