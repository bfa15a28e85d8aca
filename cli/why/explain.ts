/** The answer about one claim: what its violation rests on, or what makes it hold. */
import type { BreadthFirst } from "../../checker/explore/search/breadth-first.ts";
import { modelRecord } from "../../checker/explore/exhaustive.ts";
import { goals } from "../../checker/explore/future/can-always.ts";
import { LabelledGraph } from "../../checker/explore/future/live-graph.ts";
import { regionOf } from "../../checker/explore/future/live-region.ts";
import { PredicateError } from "../../checker/explore/claims/predicate.ts";
import { Interrupted, type Judging } from "../../checker/explore/search/pause.ts";
import { replay, traceOf } from "../../checker/explore/paths/trace.ts";
import { decisionsOn } from "../../checker/explore/why/why-decided.ts";
import type { Variation } from "../../checker/explore/why/why-varied.ts";
import { explainViolation } from "../../checker/explore/why/why-violation.ts";
import { isPromise, startWorld, World } from "../../checker/explore/why/why-world.ts";
import { canonical } from "../../checker/kernel/canon.ts";
import type { PropertyRecord, RunRecord, StepRecord, TraceRecord } from "../../checker/run-record.ts";
import type { Action } from "../../checker/system.ts";
import { parametersFor } from "../../properties/build.ts";
import type { ClaimBasisRecord, VariationRecord, ViolationRecord, WhyRecord } from "../../reports/why.ts";
import { judged, searched } from "../advance.ts";
import type { Watch, WhyLimits, WhySubject } from "../ports.ts";
import { systemClaiming } from "./subject.ts";
import { trialsFor } from "./trials.ts";

const known = (steps: number): { readonly known?: number } => (Number.isFinite(steps) ? { known: steps } : {});

const variationRecord = (variation: Variation): VariationRecord =>
  variation.kind === "impossible" ? { kind: "impossible", step: variation.step + 1 } : variation;

/** That no path is shorter is not so, or was not looked at. */
const withoutProof = (trace: TraceRecord): TraceRecord =>
  trace.minimality === "shortest" ? { ...trace, minimality: "unknown" } : trace;

/** Takes it on until it is done; between two slices an interrupt is seen. @throws Interrupted */
async function inSlices<T>(judging: Judging<T>, { search }: World, watch: Watch): Promise<T> {
  let step = judging.next();
  while (step.done !== true) {
    const { depth, waiting, store, bytes } = search;
    await watch.onProgress({ kind: "states", states: store.count, depth, queue: waiting, bytes });
    step = judging.next(watch.signal.aborted);
  }
  return step.value;
}

async function violationRecord(world: World, trace: TraceRecord, watch: Watch): Promise<ViolationRecord> {
  const { system } = world.search;
  const numbers = new Map(system.actions.map((action, number) => [canonical(action), number]));
  const taken = trace.steps.map(({ action }) => numbers.get(canonical(action))!);
  const path = { actions: taken, ...(trace.loop !== undefined && { loop: trace.loop }) };
  const explained = await inSlices(explainViolation(world, path), world, watch);
  const { shortest, hasEquals, steps, lanes, without, swapped, lastSafe, nearest } = explained;
  const actionsOf = (some: readonly number[]): readonly Action[] => some.map((action) => system.actions[action]!);
  const shortestOf = ({ shortest }: { readonly shortest?: number }) => (shortest === undefined ? {} : { shortest });
  const same = actionsOf(taken.slice(0, nearest?.after));
  const lastOf = (action: number): StepRecord => replay(system, [...same, ...actionsOf([action])]).steps.at(-1)!;
  return {
    trace: shortest === trace.steps.length ? { ...trace, minimality: "shortest" } : withoutProof(trace),
    ...(shortest !== undefined && { shortest }),
    ...known(world.known),
    hasEquals,
    steps: steps.map((needed, k) => ({ ...shortestOf(needed), without: variationRecord(without[k]!) })),
    lanes: lanes.map(({ lane, ...needed }) => ({ lane, ...shortestOf(needed) })),
    swapped: swapped.flatMap((outcome, k) => (outcome ? [{ step: k + 1, outcome: variationRecord(outcome) }] : [])),
    lastSafe,
    ...(nearest && {
      nearest: {
        after: nearest.after,
        // Only told: that it violates nothing is known of the graph.
        trace: traceOf(system, trace.model, [...same, ...actionsOf(nearest.actions)], trace.property, "unknown"),
        end: nearest.end,
        others: nearest.others.map(lastOf),
      },
    }),
  };
}

/** The shortest path to what the search found, as a trace; undefined where it found nothing. */
function traceFound(record: RunRecord, { claim }: WhySubject, { search }: World): TraceRecord | undefined {
  const verdict = record.properties.find(({ id }) => id === claim.id)?.verdict;
  if (verdict?.kind === "violated") return verdict.trace;
  if (verdict?.kind !== "witnessed") return undefined;
  const { state, instance } = search.judge.found.get(claim.id)!;
  return traceOf(search.system, record.model, search.pathTo(state), instance, "shortest");
}

/**
 * In how many states a promise is about something, counted once for each instance. What is paid where it would begin to be
 * owed is not owed, and neither is anything behind a state that a run of which the claim is made must not come to.
 */
function premiseOf({ search, instances, kind }: World): { readonly states: number; readonly of: number } {
  const graph = kind === "leadsTo" ? new LabelledGraph(search) : undefined;
  const states = instances.map((instance) =>
    graph ? regionOf(graph, instance).states.length : goals(search, instance).reduce((sum, is) => sum + is, 0),
  );
  return { states: states.reduce((sum, own) => sum + own, 0), of: instances.length * search.store.count };
}

/** Witness, deciding fields and verdict of a claim that was not seen violated. */
function basisOf(record: RunRecord, world: World, { claim, kind }: WhySubject): ClaimBasisRecord {
  const verdictOf = (id: string | undefined): PropertyRecord | undefined =>
    record.properties.find((one) => one.id === id);
  const verdict = verdictOf(claim.id)?.verdict;
  const left = record.leftOut?.find(({ ids }) => ids.includes(claim.id));
  const witness = verdictOf(world.instances[0]?.property.witness ?? left?.witness);
  const isState = kind === "always" || kind === "sometimes";
  return {
    verdict:
      verdict && verdict.kind !== "violated"
        ? verdict
        : { kind: "vacuous", because: left?.because ?? "it is not judged" },
    instances: world.instances.length,
    ...(witness && {
      witness: {
        id: witness.id,
        ...(witness.name !== undefined && { name: witness.name }),
        statement: witness.statement,
        verdict: witness.verdict,
      },
    }),
    ...(isPromise(kind) && { premise: premiseOf(world) }),
    ...(isState ? decisionsOn(world.search, world.instances) : { decided: [], constant: [] }),
  };
}

async function saidOf(
  record: RunRecord,
  world: World,
  subject: WhySubject,
  watch: Watch,
): Promise<Pick<WhyRecord, "violation" | "claim" | "undecided">> {
  const trace = subject.trace ?? traceFound(record, subject, world);
  if (!trace) return { claim: basisOf(record, world, subject) };
  try {
    return { violation: await violationRecord(world, trace, watch) };
  } catch (error) {
    if (error instanceof Interrupted) return { undecided: "it was interrupted" };
    throw error;
  }
}

/** What the search knows of the claim, or why it knows nothing. */
function worldOf(search: BreadthFirst, { claim, kind, trace }: WhySubject): World | string {
  const because = search.stoppedBy ?? "an interrupt";
  if (isPromise(kind) && !search.complete)
    return `the search was ended by ${because}, and a claim of this kind needs all states`;
  try {
    const world = new World(search, claim.id);
    const length = trace?.steps.length ?? 0;
    return world.known < length
      ? `the search was ended by ${because}, when it had all runs of ${world.known} steps and not those of ${length}`
      : world;
  } catch (error) {
    if (error instanceof PredicateError) return error.message;
    throw error;
  }
}

/** `begins`: told before each search. */
export async function explainClaim(
  subject: WhySubject,
  { knobStates, maxStates, maxMemory }: WhyLimits,
  watch: Watch,
  begins: (label: string) => void,
): Promise<WhyRecord> {
  const { request, claim, kind } = subject;
  const { system, notClaimed, read } = systemClaiming(request, claim.id);
  const about = { property: claim, kind };
  const trials = async (seen: ReadonlySet<string>) =>
    knobStates > 0 ? { knobs: await trialsFor(subject, seen, knobStates, watch, begins) } : {};
  if (!system) {
    const because = notClaimed?.because ?? "the system does not make it";
    const claimBasis = { verdict: { kind: "not-claimed" as const, because }, instances: 0, decided: [], constant: [] };
    const model = { ...request, parameters: parametersFor(request), fingerprint: "" };
    const search = { complete: false, states: 0, transitions: 0 };
    return { model, ...about, search, claim: claimBasis, ...(await trials(read)) };
  }
  begins(request.system);
  const search = startWorld(system, { maxStates, maxBytes: maxMemory });
  await searched(search, watch, undefined, maxMemory);
  const record = await judged(search, request, watch);
  const model = modelRecord(system, request);
  const { complete, states, transitions, stoppedBy } = record.search;
  const world = worldOf(search, subject);
  return {
    model,
    ...about,
    search: { complete, states, transitions, ...(stoppedBy !== undefined && { stoppedBy }) },
    ...(typeof world === "string" ? { undecided: world } : await saidOf(record, world, subject, watch)),
    ...(await trials(read)),
  };
}
