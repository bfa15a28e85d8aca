/**
 * A regression: a path that once broke a property, kept as its actions with the model it belongs to. The actions are
 * kept and not the seed, because a seed means nothing once the generator changes.
 */
import { fingerprint } from "../checker/fingerprint.ts";
import { narrate, StepError, traceOf } from "../checker/explore/paths/trace.ts";
import { claimedOf, verifyPath, type Verified } from "../checker/explore/paths/verify.ts";
import { hashText } from "../checker/fingerprint.ts";
import { modelRecord } from "../checker/explore/exhaustive.ts";
import type { TraceRecord } from "../checker/run-record.ts";
import type { Action } from "../checker/system.ts";
import { build, type Request } from "../properties/build.ts";

export const REGRESSION_SCHEMA = "faultline-regression/1";

export interface Regression {
  readonly schema: typeof REGRESSION_SCHEMA;
  readonly model: Request & { readonly fingerprint: string };
  readonly property: TraceRecord["property"];
  /** What the path must still show. */
  readonly expect: "violated" | "holds" | "witnessed";
  readonly minimality: TraceRecord["minimality"];
  /** Where the cycle of a run without an end begins, see TraceRecord. */
  readonly loop?: number;
  readonly actions: readonly Action[];
}

/** What is kept of a counterexample. */
export function regressionOf({ model, property, steps, minimality, loop }: TraceRecord): Regression {
  const { parameters: _, ...request } = model;
  return {
    schema: REGRESSION_SCHEMA,
    model: request,
    property,
    expect: "violated",
    minimality,
    ...(loop !== undefined && { loop }),
    actions: steps.map(({ action }) => action),
  };
}

/** "RSP-9-1a2b3c4d.json": the same path of the same model has the same name. */
export const regressionName = ({ property, model, actions }: Regression): string =>
  `${property.id}-${hashText(JSON.stringify([model.system, model.set, model.hardware, model.host, actions])).slice(0, 8)}.json`;

/** One action a line, so that a difference reads well. */
export function regressionText(regression: Regression): string {
  const { actions, ...rest } = regression;
  const head = JSON.stringify(rest, null, 2).replace(/\n}$/, "");
  return `${head},\n  "actions": [\n${actions.map((action) => `    ${JSON.stringify(action)}`).join(",\n")}\n  ]\n}\n`;
}

export type RegressionOutcome =
  | { readonly kind: "stale"; readonly because: string }
  /** The system makes no such claim; `names`: the ids of those that it makes. */
  | { readonly kind: "unclaimed"; readonly names: readonly string[] }
  | {
      readonly kind: "impossible";
      readonly step: number;
      readonly because: string;
      readonly possible: readonly string[];
      readonly trace: TraceRecord;
    }
  | ({ readonly kind: "told" } & Verified);

/** Takes the path again in today's model. */
export function replayPath(
  request: Request & { readonly fingerprint: string },
  property: Regression["property"],
  actions: readonly Action[],
  minimality: TraceRecord["minimality"],
  loop?: number,
): RegressionOutcome {
  const system = build(request);
  const now = fingerprint(system);
  if (now !== request.fingerprint)
    return {
      kind: "stale",
      because: `the model's fingerprint is ${now} now, the file was written for ${request.fingerprint}`,
    };
  const names = claimedOf(system);
  if (!names.includes(property.id)) return { kind: "unclaimed", names };
  const { fingerprint: _, ...origin } = request;
  const model = modelRecord(system, origin);
  try {
    return { kind: "told", ...verifyPath(system, model, actions, property, minimality, loop) };
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    return {
      kind: "impossible",
      step: error.step + 1,
      because: `"${narrate(error.action)}" cannot happen there: ${error.because}`,
      possible: error.possible.map(narrate),
      trace: traceOf(system, model, actions.slice(0, error.step), property, "unknown"),
    };
  }
}
