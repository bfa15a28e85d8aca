/** Counterexamples that are the same path: they have one chart. */
import type { RunRecord, StepRecord, TraceRecord } from "../checker/run-record.ts";
import type { Json } from "../checker/json.ts";
import { judged, type Judged } from "./standing.ts";

/** A broken claim with its counterexample. */
export interface Broken extends Judged {
  readonly trace: TraceRecord;
}

/** A counterexample, and what stands in front of its sentence: "VIOLATED ". */
export interface Marked {
  readonly trace: TraceRecord;
  readonly mark?: string;
}

/** Everything that one path of a run breaks; at least one. */
export type BrokenByPath = readonly [Broken, ...Broken[]];

/** What two counterexamples of a run have in common when one chart tells both. */
const pathOf = ({ steps, loop, minimality }: TraceRecord): string =>
  JSON.stringify([loop, minimality, steps.map(({ action }) => action)]);

/** Those of the claims that are violated, by run and path, in order. */
export function byPath(claims: readonly Judged[]): readonly BrokenByPath[] {
  const groups = new Map<RunRecord, Map<string, [Broken, ...Broken[]]>>();
  for (const claim of claims) {
    const { run, property } = claim;
    if (property.verdict.kind !== "violated") continue;
    const broken = { ...claim, trace: property.verdict.trace };
    const ofRun = groups.get(run) ?? new Map<string, [Broken, ...Broken[]]>();
    groups.set(run, ofRun);
    const key = pathOf(broken.trace);
    const group = ofRun.get(key);
    if (group) group.push(broken);
    else ofRun.set(key, [broken]);
  }
  return [...groups.values()].flatMap((ofRun) => [...ofRun.values()]);
}

/** The paths of the counterexamples of the runs, expected or not. */
export const pathsOf = (runs: readonly RunRecord[]): readonly BrokenByPath[] => byPath(judged(runs));

/**
 * Whether `check` writes a page for each claim of the path. Of what the suite expects there are hundreds, and
 * `report --format html` makes the page of one.
 */
export const hasPage = (path: BrokenByPath, expectKnown: boolean): boolean =>
  !expectKnown || path.some(({ standing }) => standing === "violated");

type Values = { readonly [name: string]: Json };

const isOther = (a: Json | undefined, b: Json | undefined): boolean =>
  a !== undefined && b !== undefined && JSON.stringify(a) !== JSON.stringify(b);

/** The values of both; a name that stands for something else in the second one says whose it is. */
function withValuesOf(steps: readonly StepRecord[], other: TraceRecord): readonly StepRecord[] {
  const names = new Set(other.steps.flatMap(({ values = {} }) => Object.keys(values)));
  const clashing = new Set(
    [...names].filter((name) => steps.some(({ values }, k) => isOther(values?.[name], other.steps[k]?.values?.[name]))),
  );
  const named = (values: Values): Values =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [
        clashing.has(name) ? `${name} of ${other.property.id}` : name,
        value,
      ]),
    );
  return steps.map((step, k) => ({ ...step, values: { ...step.values, ...named(other.steps[k]?.values ?? {}) } }));
}

/** The path of all these counterexamples, with everything that any of their properties reads and compares. */
export function together(first: TraceRecord, others: readonly TraceRecord[]): TraceRecord {
  return others.reduce<TraceRecord>(
    (trace, other) => ({
      ...trace,
      reads: [...new Set([...(trace.reads ?? []), ...(other.reads ?? [])])],
      steps: withValuesOf(trace.steps, other),
    }),
    first,
  );
}
