/** Why a trace is a counterexample: the sentence, and what the predicate compared. Evaluated by the engine, shown here. */
import type { Json } from "../checker/json.ts";
import type { StepRecord, TraceRecord } from "../checker/run-record.ts";
import { ascii, brief } from "./phrases.ts";
import { counted } from "./words.ts";

/**
 * The step (from 1, 0 for the initial state) after which the property is violated; undefined for a witness. A
 * counterexample ends where it is one; the engine evaluates no predicate for a deadlock, nor in the initial state.
 */
export function violatedAfter({ steps, property }: TraceRecord): number | undefined {
  const last = steps.at(-1);
  if (last === undefined) return 0;
  return last.holds === false || (last.holds === undefined && property.id === "DEADLOCK") ? steps.length : undefined;
}

interface Evaluated {
  readonly name: string;
  readonly value: Json;
  /** The step (from 1) that gave it this value; undefined: it had it after step 1 already, or nothing was recorded. */
  readonly since: number | undefined;
}

/** What the predicate compared after step `at` (from 1), each value with the step that brought it about. */
function evaluated(steps: readonly StepRecord[], at: number): readonly Evaluated[] {
  return Object.entries(steps[at - 1]?.values ?? {}).map(([name, value]) => {
    const words = brief(value);
    let since: number | undefined;
    for (let k = at - 1; k >= 1; k--) {
      const earlier = steps[k - 1]?.values?.[name];
      if (earlier === undefined) break;
      if (brief(earlier) !== words) {
        since = k + 1;
        break;
      }
    }
    return { name: ascii(name), value, since };
  });
}

/** "5 steps, no shorter one exists". */
export function lengthWords({ steps, minimality }: TraceRecord): string {
  const said = {
    shortest: ", no shorter path exists",
    "one-minimal": ", none can be left out",
    unknown: "",
  };
  return counted(steps.length, "step") + said[minimality];
}

/** The last lines of every telling: which sentence, whether it is broken, and by which values. */
export function evaluationLines(trace: TraceRecord): readonly string[] {
  const { id, statement } = trace.property;
  const at = violatedAfter(trace);
  const end = trace.steps.length;
  if (at === undefined) return [`${ascii(id)} is witnessed after step ${end}: ${ascii(statement)}`];
  const values = evaluated(trace.steps, at);
  const width = Math.max(0, ...values.map(({ name }) => name.length));
  return [
    `${ascii(id)} is violated ${at === 0 ? "in the initial state" : `after step ${at}`}: ${ascii(statement)}`,
    ...values.map(({ name, value, since }) => {
      const left = `  ${name.padEnd(width)} = ${brief(value)}`;
      return since === undefined ? left : `${left} (since step ${since})`;
    }),
  ];
}
