/** The path of a file, taken again in the model of today: what it shows there, or why it is no path of it. */
import type { TraceRecord } from "../checker/run-record.ts";
import { regressionOf, replayPath, type Regression } from "../scenarios/regression.ts";
import type { Document } from "./document.ts";
import { short, someOf, UsageError } from "./errors.ts";
import type { Replayed } from "./ports.ts";
import { refused } from "./stored-model.ts";

export const isRegression = ({ schema }: Document): boolean => schema.startsWith("faultline-regression/");

export function takenAgain(file: Document): Replayed {
  const stored = file as unknown as TraceRecord;
  const regression = isRegression(file) ? (file as unknown as Regression) : regressionOf(stored);
  const { model, property, actions, minimality, loop } = regression;
  const empty = { ...stored, steps: [] };
  const refusal = refused(isRegression(file) ? model : stored.model);
  if (refusal) return { trace: empty, outcome: refusal };
  const result = replayPath(model, property, actions, minimality, loop);
  if (result.kind === "stale") return { trace: empty, outcome: result };
  if (result.kind === "unclaimed") {
    const what = `claim of ${model.system}`;
    return { trace: empty, outcome: { kind: "unknown", what, name: property.id, names: result.names } };
  }
  if (result.kind === "impossible") return { trace: result.trace, outcome: result };
  const { trace, verdict, because = "", spare } = result;
  const strange = strangeness(isRegression(file) ? {} : stored, trace, loop);
  if (strange !== undefined) return { trace: empty, outcome: { kind: "stale", because: strange } };
  // That no path is shorter, or no step too many, is what the file says: here only the path was looked at.
  const unproven = { ...trace, minimality: "unknown" } as const;
  if (verdict === "unknown") return { trace: unproven, outcome: { kind: "undecided", because } };
  const outcome = {
    kind: verdict,
    ...(spare > 0 && { spare }),
    ...(isRegression(file) && { expectation: regression.expect }),
  };
  return { trace: unproven, outcome };
}

/** What the file says of its claim that is not so. */
function strangeness(
  { kind }: Pick<TraceRecord, "kind">,
  { kind: now, property }: TraceRecord,
  loop: number | undefined,
): string | undefined {
  if (kind !== undefined && kind !== now) return `${property.id} is ${now ?? "a deadlock"} now, the file says ${kind}`;
  if (loop !== undefined && now !== "leadsTo") return `${property.id} is no leadsTo, whose runs alone have a loop`;
  return undefined;
}

/** A trace of a claim that something happens says that it did; every other is a counterexample. */
const saysViolated = (document: Document): boolean =>
  isRegression(document) ? document["expect"] === "violated" : document["kind"] !== "sometimes";

/** "a system that is not known", "bounds that are not known". */
function notKnown(what: string): string {
  if (what === "bounds") return "bounds that are not known";
  return what === "hardware" ? "hardware that is not known" : `a ${what} that is not known`;
}

/** @throws UsageError when the file is of no model of today, without a step, or when a step cannot happen. */
export function expectTaken(result: Replayed, document: Document, path: string): Replayed {
  const { trace, outcome } = result;
  if (outcome.kind === "unknown") {
    const { what, name, names } = outcome;
    throw new UsageError(`"${path}" is about ${notKnown(what)} here: "${short(name)}".`, ...someOf(what, name, names));
  }
  if (outcome.kind === "stale") throw new UsageError(`"${path}" does not fit the model of today: ${outcome.because}.`);
  if (outcome.kind === "impossible") {
    const { step, because, possible } = outcome;
    const [expected, near] = someOf("step", because, possible);
    throw new UsageError(
      `"${path}": step ${step} cannot happen: ${short(because)}.`,
      possible.length === 0 ? "the end there: no step is possible" : expected,
      near,
    );
  }
  // The initial state may be a violation by itself, but where it is none, nothing was replayed.
  if (trace.steps.length === 0 && outcome.kind === "holds" && saysViolated(document))
    throw new UsageError(
      `"${path}" says that ${trace.property.id} is violated, but has no steps.`,
      "at least one step",
    );
  return result;
}
