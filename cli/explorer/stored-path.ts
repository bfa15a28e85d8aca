/** A counterexample or a regression, as a path of the system that it names. */
import { canonical } from "../../checker/kernel/canon.ts";
import type { TraceRecord } from "../../checker/run-record.ts";
import type { System } from "../../checker/system.ts";
import type { Request } from "../../properties/build.ts";
import type { Regression } from "../../scenarios/regression.ts";
import type { Document } from "../document.ts";
import { FORMS } from "../forms.ts";
import { regressionIn, traceIn } from "../schemas.ts";
import { expectTaken, isRegression, takenAgain } from "../taken-again.ts";
import type { Path } from "./link.ts";

export interface StoredPath {
  readonly request: Request;
  /** Of the system that is built for the request. */
  readonly path: (system: System) => Path;
  /** What it is about. */
  readonly sentence: string;
}

/** @throws UsageError when the file is none of these, or its path cannot be taken in the model of today */
export function storedPath(document: Document, name: string): StoredPath {
  const stored: Pick<TraceRecord | Regression, "model" | "loop"> = isRegression(document)
    ? regressionIn(document, name)
    : traceIn(document, name, FORMS.replay);
  const { trace } = expectTaken(takenAgain(document), document, name);
  const { system, hardware, host, bounds, set } = stored.model;
  return {
    request: { system, hardware, host, bounds, set },
    sentence: `${name}: ${trace.property.id}, ${trace.property.statement}`,
    path: ({ actions }) => {
      const numbers = new Map(actions.map((action, number) => [canonical(action), number]));
      return {
        steps: trace.steps.map(({ action }) => numbers.get(canonical(action))!),
        watch: trace.property.id,
        ...(stored.loop !== undefined && { loop: stored.loop }),
      };
    },
  };
}
