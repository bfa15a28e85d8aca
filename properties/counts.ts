/**
 * What a run counts. A rule of a machine that changes and breaks no claim still changes these numbers, so that it is seen:
 * suite/counts.ts has those of the suite, which `check` compares, and those of the deliberate defects, which tests compare.
 */
import type { RunRecord } from "../checker/run-record.ts";
import { build, type Request } from "./build.ts";
import { COUNTS } from "./suite/counts.ts";
import type { Counts, KnownCount } from "./suite/run.ts";

type Run = Pick<Request, "system" | "hardware" | "host" | "set">;

/** What a run is called in suite/counts.ts, as the command line takes it. */
export const nameOfRun = ({ system, hardware, host, set }: Run): string =>
  [
    system,
    ...(hardware === "any" ? [] : [`--hardware ${hardware}`]),
    `--design ${host}`,
    ...Object.entries(set).map(([knob, value]) => `--set ${knob}=${String(value)}`),
  ].join(" ");

export function countsOf({ search, properties }: RunRecord): Counts {
  const known = properties.flatMap(({ id, verdict }) => {
    if (verdict.kind !== "violated") return [];
    const { steps, loop } = verdict.trace;
    return [[id, { steps: steps.length, ...(loop !== undefined && { cycle: steps.length - loop }) }] as const];
  });
  return {
    states: search.orbits ?? search.states,
    transitions: search.orbitTransitions ?? search.transitions,
    depth: search.depth,
    known: Object.fromEntries(known),
  };
}

const ending = ({ cycle }: KnownCount): string =>
  cycle === undefined ? "" : cycle === 0 ? " and then nothing more" : ` with the last ${cycle} for ever`;

const inWords = (one: KnownCount | undefined): string =>
  one === undefined ? "none" : `${one.steps} steps${ending(one)}`;

/** "states 258 -> 262", "PIN-1: 12 steps -> none". */
export function changes(before: Counts, after: Counts): readonly string[] {
  const numbers = (["states", "transitions", "depth"] as const).map((name) => ({
    from: String(before[name]),
    to: String(after[name]),
    words: (from: string, to: string) => `${name} ${from} -> ${to}`,
  }));
  const ids = [...new Set([...Object.keys(before.known), ...Object.keys(after.known)])].sort();
  const paths = ids.map((id) => ({
    from: inWords(before.known[id]),
    to: inWords(after.known[id]),
    words: (from: string, to: string) => `${id}: ${from} -> ${to}`,
  }));
  return [...numbers, ...paths].flatMap(({ from, to, words }) => (from === to ? [] : [words(from, to)]));
}

/**
 * The run whose paths these counts may be compared with: a run without an end is taken from the states that were searched,
 * and is no shortest one. Without the symmetry that its system declares, it may be another one of the same model.
 */
function comparable(before: Counts, after: Counts, { model, search }: RunRecord): Counts {
  const isOther = (): boolean => search.orbits === undefined && build(model).symmetry !== undefined;
  const had = (one: KnownCount, then: KnownCount | undefined): KnownCount =>
    one.cycle !== undefined && then?.cycle !== undefined && isOther() ? then : one;
  const known = Object.entries(after.known).map(([id, one]) => [id, had(one, before.known[id])] as const);
  return { ...after, known: Object.fromEntries(known) };
}

/** How a run of the whole suite differs from its pinned counts; undefined: it does not, or there are none to compare. */
export function changed(run: RunRecord, pinned = COUNTS): string | undefined {
  const { bounds } = run.model;
  const ofBounds = pinned[bounds];
  if (!ofBounds || run.search.kind !== "exhaustive" || !run.search.complete) return undefined;
  const name = nameOfRun(run.model);
  const before = ofBounds[name];
  if (!before) return `${name}: not counted before`;
  const after = countsOf(run);
  const found = changes(before, after).length === 0 ? [] : changes(before, comparable(before, after, run));
  return found.length === 0 ? undefined : `${name}: ${found.join(", ")}`;
}

/** How many states the suite counts in the run; 0 where it has no such run. */
export const pinnedStates = (run: Run & { readonly bounds: string }): number =>
  COUNTS[run.bounds]?.[nameOfRun(run)]?.states ?? 0;
