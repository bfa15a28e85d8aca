/** One knob at a time: each value of each knob that the system looks at, and whether the claim is violated with it. */
import { startExhaustive } from "../../checker/explore/exhaustive.ts";
import { isStop } from "../../checker/explore/search/stop.ts";
import type { Json } from "../../checker/json.ts";
import type { RunRecord } from "../../checker/run-record.ts";
import { ModelError } from "../../checker/system.ts";
import type { Values } from "../../model/knobs.ts";
import { contradiction, knobTableOf, parametersFor } from "../../properties/build.ts";
import { valuesOf } from "../../properties/one-knob.ts";
import type { TrialRecord, TrialsRecord } from "../../reports/why.ts";
import { judged, searched } from "../advance.ts";
import type { RunRequest, Watch, WhySubject } from "../ports.ts";
import { systemClaiming } from "./subject.ts";

/** Values of a range that are tried, from the least on. */
const MOST_VALUES = 9;

const isSame = (a: Json | undefined, b: Json | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Every knob of the system with the value that it is built with. */
const valuesNow = (request: RunRequest): { readonly [knob: string]: Json } =>
  Object.assign({}, ...Object.values(parametersFor(request) as { readonly [part: string]: Json }));

interface Trial {
  readonly knob: string;
  readonly value: Json;
  readonly means: string;
  readonly request: RunRequest;
}

const meaningOf = (values: Values, value: Json): string =>
  values.kind === "choice" ? (values.means[String(value)] ?? "") : "";

const isPartly = (values: Values): boolean =>
  values.kind === "members" || (values.kind === "integer" && values.to - values.from >= MOST_VALUES);

/** The request with each other value of each of the knobs, as they are declared. */
function trialsOf(request: RunRequest, read: ReadonlySet<string>) {
  const now = valuesNow(request);
  const built = JSON.stringify(parametersFor(request));
  const trials: Trial[] = [];
  const partly: string[] = [];
  let unbuildable = 0;
  for (const [knob, { values }] of Object.entries(knobTableOf(request.system))) {
    if (!read.has(knob)) continue;
    if (isPartly(values)) partly.push(knob);
    for (const value of valuesOf(values, MOST_VALUES)) {
      if (isSame(value, now[knob])) continue;
      const other = { ...request, set: { ...request.set, [knob]: value } };
      if (contradiction(other) !== undefined) unbuildable++;
      // A size that others leave no room for is cut down, and is no other system then.
      else if (JSON.stringify(parametersFor(other)) !== built)
        trials.push({ knob, value, means: meaningOf(values, value), request: other });
    }
  }
  return { trials, partly, unbuildable };
}

/** What the record says of the claim. */
function outcomeIn({ properties, leftOut = [], search }: RunRecord, id: string): TrialRecord["outcome"] {
  const verdict = properties.find((property) => property.id === id)?.verdict;
  if (!verdict || verdict.kind === "no-violation") {
    const because = leftOut.find(({ ids }) => ids.includes(id))?.because ?? "it is not judged";
    return { kind: "vacuous", because };
  }
  switch (verdict.kind) {
    case "violated":
      return { kind: "violated", steps: verdict.trace.steps.length };
    case "witnessed":
      return { kind: "witnessed", steps: verdict.depth };
    case "holds":
    case "never-witnessed":
      return { kind: verdict.kind };
    case "holds-within-bounds":
      return { kind: "undecided", because: verdict.bound };
    case "approximate":
      return { kind: "undecided", because: "the search was approximate" };
    case "unknown":
      return {
        kind: "undecided",
        because: isStop(verdict.because) ? (search.stoppedBy ?? verdict.because) : verdict.because,
      };
    default:
      return verdict satisfies never;
  }
}

async function tried({ request }: Trial, id: string, maxStates: number, watch: Watch): Promise<TrialRecord["outcome"]> {
  try {
    const { system, notClaimed } = systemClaiming(request, id);
    if (!system) return { kind: "not-claimed", because: notClaimed?.because ?? "the system does not make it" };
    const isExpected = (other: string): boolean => other !== id;
    const search = startExhaustive(system, { symmetry: true, stopAt: "first", isExpected, maxStates });
    await searched(search, watch);
    return outcomeIn(await judged(search, request, watch), id);
  } catch (error) {
    // Values that nobody chooses together may be a mistake of the model.
    if (!(error instanceof ModelError)) throw error;
    return { kind: "undecided", because: "a mistake of the model with this value" };
  }
}

/** `begins`: told before each search, with how many there are. */
export async function trialsFor(
  { request, claim }: WhySubject,
  read: ReadonlySet<string>,
  maxStates: number,
  watch: Watch,
  begins: (label: string) => void,
): Promise<TrialsRecord> {
  const { trials, partly, unbuildable } = trialsOf(request, read);
  const done: TrialRecord[] = [];
  for (const [k, trial] of trials.entries()) {
    if (watch.signal.aborted) break;
    const { knob, value, means } = trial;
    begins(`[${k + 1}/${trials.length}] ${knob}=${String(value)}`);
    const outcome = await tried(trial, claim.id, maxStates, watch);
    if (!watch.signal.aborted) done.push({ knob, value, means, outcome });
  }
  return { trials: done, unbuildable, partly, left: trials.length - done.length, maxStates };
}
