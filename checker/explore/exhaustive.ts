/** Exhaustive search of one system, and what it says about each property, as a record. */
import { fingerprint } from "../fingerprint.ts";
import type { Property } from "../property.ts";
import {
  RUN_SCHEMA,
  type ModelRecord,
  type PropertyRecord,
  type RunRecord,
  type TraceRecord,
  type Verdict,
} from "../run-record.ts";
import type { Action, System } from "../system.ts";
import { BreadthFirst } from "./search/breadth-first.ts";
import { resumed, type Written } from "./states/checkpoint.ts";
import { missedAtMost, PRINT_BITS } from "./states/compact-store.ts";
import { soonestStuck } from "./future/can-always.ts";
import { isExpected, leftOut, vacuousClaims } from "./claims/left-out.ts";
import { DEADLOCK, forbidsDeadlock } from "./claims/deadlock.ts";
import type { Limits } from "./search/limits.ts";
import { Liveness } from "./future/live.ts";
import { tooManyClasses } from "./future/live-graph.ts";
import { traceOfRun } from "./paths/live-verify.ts";
import { APPROXIMATE, isStop } from "./search/stop.ts";
import { finished, Interrupted, pause, type Judging } from "./search/pause.ts";
import { PredicateError } from "./claims/predicate.ts";
import { traceOf } from "./paths/trace.ts";

export const TOOL = "faultline 0.1.0";

/** How a system came about; the fingerprint is computed here. */
export type Origin = Omit<ModelRecord, "parameters" | "fingerprint">;

export const modelRecord = (system: System, origin: Origin): ModelRecord => ({
  ...origin,
  parameters: system.parameters,
  fingerprint: fingerprint(system),
});

/** Expected violations: id of the property to the reason. */
export type Known = { readonly [id: string]: string };

/** Up to a symmetry that the system declares, and with the graph where a claim needs it and states can be told apart. */
const withDefaults = (system: System, limits: Limits): Limits => ({
  keepGraph: system.properties.some(({ kind }) => kind === "canAlways" || kind === "leadsTo"),
  symmetry: system.symmetry !== undefined,
  ...limits,
  ...(limits.approximate && { keepGraph: false }),
});

/** Starts a search; advance it, then ask for the record. A system that declares a symmetry is searched up to it. */
export const startExhaustive = (system: System, limits: Limits = {}): BreadthFirst =>
  new BreadthFirst(system, withDefaults(system, limits));

/** Goes on with a search that was started. @throws Unlearnable when the system is another one */
export const resumeExhaustive = (system: System, limits: Limits, written: Written): BreadthFirst =>
  resumed(system, withDefaults(system, limits), written);

/** Searches to the end. */
export function exhaustive(system: System, origin: Origin, limits: Limits = {}, known: Known = {}): RunRecord {
  const search = startExhaustive(system, limits);
  while (search.advance(1 << 20));
  return recordOf(search, origin, known);
}

/** What the search, over or interrupted, says. */
export const recordOf = (search: BreadthFirst, origin: Origin, known: Known = {}): RunRecord =>
  finished(recordInSlices(search, origin, known));

/**
 * `recordOf` in slices. Where it shows only now that the system is less symmetric than it declares, it is first searched to
 * its end without symmetry.
 */
export function* recordInSlices(search: BreadthFirst, origin: Origin, known: Known = {}): Judging<RunRecord> {
  search.confirmed();
  try {
    return yield* recordAsIs(search, origin, known);
  } catch (error) {
    if (!search.doubts(error)) throw error;
    while (search.advance(1 << 16)) if ((yield undefined) === true) break;
    return yield* recordAsIs(search, origin, known);
  }
}

function* recordAsIs(search: BreadthFirst, origin: Origin, known: Known): Judging<RunRecord> {
  const { system, store } = search;
  const { approximate } = search.limits;
  const bits = approximate?.bits ?? PRINT_BITS;
  const model = modelRecord(system, origin);
  const bound = search.stoppedBy ?? (search.complete ? "" : "interrupted");
  const liveness = new Liveness(search);
  const unsound = search.symmetryAudit?.because;
  const occurs = (id: string): boolean => search.judge.found.has(id);
  const all: PropertyRecord[] = [];
  for (const property of system.properties)
    if (isExpected(property, system) || occurs(property.id))
      all.push(propertyRecord(property, yield* verdictOn(search, liveness, property, model, bound), known));
  const isOwing = (id: string): boolean => liveness.owing.has(id);
  const vacuous = bound === "" ? vacuousClaims(system.properties, occurs, isOwing) : [];
  const properties = all
    .map((record) => withoutWitness(record, all, occurs, bound))
    .filter(
      ({ id, verdict }) =>
        verdict.kind !== "holds" || known[id] !== undefined || !vacuous.some((claim) => claim.id === id),
    );
  const judged = new Set(properties.map(({ id }) => id));
  const left = leftOut(system, judged, vacuous);
  const path = search.deadlock < 0 ? [] : search.pathTo(search.deadlock);
  if (forbidsDeadlock(system))
    properties.push({
      ...DEADLOCK,
      kind: "deadlock",
      verdict:
        search.deadlock >= 0
          ? { kind: "violated", trace: traceOf(system, model, path, DEADLOCK, minimalityOf(search, path)) }
          : heldOr(search, bound),
      ...(known[DEADLOCK.id] !== undefined && { known: known[DEADLOCK.id]! }),
    });
  return {
    schema: RUN_SCHEMA,
    tool: TOOL,
    model,
    search: {
      kind: "exhaustive",
      complete: search.complete,
      states: store.count,
      ...(search.orbits && { orbits: search.represented }),
      ...(search.symmetryAudit && { symmetry: search.symmetryAudit }),
      transitions: search.transitions,
      ...(search.orbits && { orbitTransitions: search.representedTransitions }),
      depth: search.depth,
      ...(bound !== "" && { stoppedBy: bound }),
      ...(approximate && { approximate: { bits, missed: missedAtMost(store.count, bits) } }),
      bytes: search.tableBytes,
      machineCalls: search.core.machineCalls,
    },
    properties,
    ...(left.length > 0 && { leftOut: left }),
    ...(unsound !== undefined && {
      notes: [`What ${system.name} declares to be alike is not: ${unsound}. It was searched without symmetry.`],
    }),
  };
}

/** A path is a shortest one unless a shorter one could lead through a state that was missed, or behind which nothing was searched. */
function minimalityOf({ stop, store, limits }: BreadthFirst, path: readonly Action[]): TraceRecord["minimality"] {
  if (limits.approximate) return "unknown";
  const isExact = stop.firstEnd < 0 || path.length <= store.stepsTo(stop.firstEnd).length;
  return isExact ? "shortest" : "unknown";
}

const UNBROKEN: readonly Verdict["kind"][] = ["holds", "holds-within-bounds", "approximate"];

/** A claim that was not violated holds of nothing as long as its witness was not seen. */
function withoutWitness(
  record: PropertyRecord,
  all: readonly PropertyRecord[],
  occurs: (id: string) => boolean,
  bound: string,
): PropertyRecord {
  const { verdict, witness } = record;
  if (witness === undefined || occurs(witness)) return record;
  if (!UNBROKEN.includes(verdict.kind)) return record;
  const isUnknown = all.some(({ id, verdict: { kind } }) => id === witness && kind === "unknown");
  if (bound !== "") {
    const when = endsItself(bound) ? `: ${bound}` : ` before ${bound}`;
    return { ...record, verdict: { kind: "unknown", because: `its witness ${witness} was not seen${when}` } };
  }
  return isUnknown ? { ...record, verdict: { kind: "unknown", because: `its witness ${witness} is unknown` } } : record;
}

function heldOr({ limits }: BreadthFirst, bound: string): Verdict {
  if (limits.approximate) return { kind: "approximate" };
  return bound === "" ? { kind: "holds" } : { kind: "holds-within-bounds", bound };
}

/** Whether it was no bound and no interrupt: the reason says it all. */
const endsItself = (bound: string): boolean => isStop(bound) || bound === APPROXIMATE;

const unseenBefore = (bound: string): Verdict => ({
  kind: "unknown",
  because: endsItself(bound) ? bound : `not seen before ${bound}`,
});

const needsAll = (bound: string): Verdict => ({
  kind: "unknown",
  because: endsItself(bound)
    ? bound
    : `needs the complete graph, but ${bound === "interrupted" ? "the search was interrupted" : `the bound was ${bound}`}`,
});

export function propertyRecord(
  property: Pick<PropertyRecord, "id" | "name" | "kind" | "statement" | "source" | "witness">,
  verdict: Verdict,
  known: Known,
): PropertyRecord {
  const { id, name, kind, statement, source, witness } = property;
  const about = {
    id,
    ...(name !== undefined && { name }),
    kind,
    statement,
    source,
    ...(witness !== undefined && { witness }),
  };
  return { ...about, verdict, ...(known[id] !== undefined && { known: known[id] }) };
}

/** A predicate that fails, or an interrupt, ends its own property as unknown, and no other. */
function* verdictOn(...about: Parameters<typeof askedOf>): Judging<Verdict> {
  try {
    return yield* askedOf(...about);
  } catch (error) {
    if (error instanceof PredicateError || error instanceof Interrupted)
      return { kind: "unknown", because: error.message };
    throw error;
  }
}

function* askedOf(
  search: BreadthFirst,
  liveness: Liveness,
  property: Property,
  model: ModelRecord,
  bound: string,
): Judging<Verdict> {
  const { system } = search;
  const finding = search.judge.found.get(property.id);
  const failure = search.judge.failed.get(property.id);
  if (!finding && failure !== undefined) return { kind: "unknown", because: failure };
  switch (property.kind) {
    case "always": {
      if (!finding) return heldOr(search, bound);
      const path = search.pathTo(finding.state);
      const instance = search.claimAt(finding.state, finding.instance);
      return { kind: "violated", trace: traceOf(system, model, path, instance, minimalityOf(search, path)) };
    }
    case "sometimes": {
      if (!finding) return bound === "" ? { kind: "never-witnessed" } : unseenBefore(bound);
      return { kind: "witnessed", depth: search.pathTo(finding.state).length };
    }
    case "canAlways": {
      if (bound !== "") return needsAll(bound);
      const broken = yield* soonestStuck(search, property);
      if (!broken) return { kind: "holds" };
      const path = search.pathTo(broken.state);
      const instance = search.claimAt(broken.state, broken.instance);
      return { kind: "violated", trace: traceOf(system, model, path, instance, "shortest") };
    }
    case "leadsTo": {
      if (bound !== "") return needsAll(bound);
      const tooMany = tooManyClasses(system);
      if (tooMany !== undefined) return { kind: "unknown", because: tooMany };
      for (const instance of search.judge.instances) {
        if (instance.property !== property) continue;
        yield* pause();
        const run = liveness.brokenBy(instance);
        if (run) return { kind: "violated", trace: traceOfRun(system, model, run, instance) };
      }
      return { kind: "holds" };
    }
    default:
      return property.kind satisfies never;
  }
}
