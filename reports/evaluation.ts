/** Why a trace is a counterexample: the sentence, and what the predicate compared. Evaluated by the engine, shown here. */
import type { Json } from "../checker/json.ts";
import type { TraceRecord } from "../checker/run-record.ts";
import { comparedAtEnd } from "./compared.ts";
import { ascii, brief } from "./phrases.ts";
import { claimName, counted } from "./words.ts";

/**
 * The step (from 1, 0 for the initial state) after which the property is violated; undefined when it is not, when the
 * file does not say, and for a `sometimes`, which is witnessed or not. A
 * counterexample ends where it is one; the engine evaluates no predicate for a deadlock, nor in the initial state.
 */
export function violatedAfter({ steps, property, kind }: TraceRecord): number | undefined {
  if (kind === "sometimes") return undefined;
  const last = steps.at(-1);
  if (last === undefined) return 0;
  return last.holds === false || (last.holds === undefined && property.id === "DEADLOCK") ? steps.length : undefined;
}

/** Of a run without an end: how many steps come before its cycle, and how many are in it. */
export function cycleOf({
  steps,
  loop,
}: TraceRecord): { readonly before: number; readonly length: number } | undefined {
  return loop === undefined ? undefined : { before: loop, length: steps.length - loop };
}

/** "steps 13 to 20". */
export function cycleWords({ before, length }: { readonly before: number; readonly length: number }): string {
  return length === 1 ? `step ${before + 1}` : `steps ${before + 1} to ${before + length}`;
}

/** "5 steps, no shorter one exists". */
export function lengthWords(trace: TraceRecord): string {
  const { steps, minimality } = trace;
  const cycle = cycleOf(trace);
  if (cycle)
    return `${counted(cycle.before, "step")}, then ${cycle.length === 0 ? "no step that fairness requires" : `${counted(cycle.length, "step")} again and again`}`;
  const said = {
    shortest: ", no shorter path exists",
    "one-minimal": ", none can be left out",
    unknown: "",
  };
  return counted(steps.length, "step") + said[minimality];
}

/** "A", "A and B", "A, B and C". */
export const listed = (texts: readonly string[]): string =>
  texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)!}`;

/** What is true from the last step on, of counterexamples that are one path; those of which the same is true together. */
export function endWords(traces: readonly TraceRecord[]): readonly string[] {
  const groups = new Map<string, { readonly ids: string[]; readonly words: (ids: string, one: boolean) => string }>();
  for (const trace of traces) {
    if (violatedAfter(trace) === undefined) continue;
    const words = endOf(trace);
    const group = groups.get(words("", true)) ?? { ids: [], words };
    groups.set(words("", true), group);
    group.ids.push(ascii(trace.property.id));
  }
  return [...groups.values()].map(({ ids, words }) => words(listed(ids), ids.length === 1));
}

function endOf(trace: TraceRecord): (ids: string, one: boolean) => string {
  const cycle = cycleOf(trace);
  if (cycle?.length === 0)
    return (ids, one) =>
      `from here on fairness requires no step; what ${ids} ${one ? "promises" : "promise"} may never come`;
  if (cycle) return () => `as before step ${cycle.before + 1}: ${cycleWords(cycle)} again, and so on for ever`;
  if (trace.kind === "canAlways")
    return (ids, one) => `from here on, what ${ids} ${one ? "asks" : "ask"} for can never be reached`;
  if (trace.property.id === "DEADLOCK") return () => "no step is possible here";
  return (ids, one) => `${ids} ${one ? "is" : "are"} violated here`;
}

/** What is said of a trace that is no violation; `holds` as it is after the last step. */
function unbroken({ steps, kind }: TraceRecord): string {
  const holds = steps.at(-1)?.holds;
  if (holds === undefined) return "was not evaluated";
  if (kind !== undefined && kind !== "sometimes") return "is not violated";
  return holds ? "is witnessed" : "is not witnessed";
}

/** An owner or a holder that is none is nobody. */
const noneOf = (name: string): string => (/owner|holder|held by/.test(name) ? "nobody" : "none");

/** A part of the claim after the last step; `since`: the step (from 1) from which on it is so, undefined: from the first. */
interface PartAtEnd {
  readonly name: string;
  readonly holds: boolean;
  readonly since: number | undefined;
}

/** Of what the claim is given, or of its parts, in their order. */
const partsAtEnd = ({ steps }: TraceRecord, of: "given" | "parts"): readonly PartAtEnd[] =>
  Object.entries(steps.at(-1)?.[of] ?? {}).map(([name, holds]) => {
    const before = steps.findLastIndex((step) => step[of]?.[name] !== undefined && step[of][name] !== holds);
    return { name, holds, since: before < 0 ? undefined : before + 2 };
  });

const partLines = (trace: TraceRecord): readonly string[] =>
  (["given", "parts"] as const).flatMap((of) =>
    partsAtEnd(trace, of).map(({ name, holds, since }) => {
      const mark = of === "given" ? "given" : holds ? "true " : "FALSE";
      return `  ${mark}  ${ascii(name)}${since === undefined ? "" : ` (since step ${since})`}`;
    }),
  );

/** The last lines of every telling: which sentence, whether it is broken, and by which values. */
export function evaluationLines(trace: TraceRecord, show: (value: Json) => string = brief): readonly string[] {
  const { statement } = trace.property;
  const claim = ascii(claimName(trace.property));
  const at = violatedAfter(trace);
  const end = trace.steps.length;
  if (at === undefined) {
    const then = end === 0 ? "in the initial state" : `after step ${end}`;
    return [`${claim} ${unbroken(trace)} ${then}: ${ascii(statement)}`];
  }
  const values = comparedAtEnd(trace, show);
  const width = Math.max(0, ...values.map(({ name }) => name.length));
  const cycle = cycleOf(trace);
  const where = at === 0 ? "in the initial state" : `after step ${at}`;
  const how = cycle && cycle.length > 0 ? `by ${cycleWords(cycle)} for ever` : where;
  return [
    `${claim} is violated ${how}: ${ascii(statement)}`,
    ...partLines(trace),
    ...values.map(({ name, value, says, since }) => {
      const shown = value === null ? noneOf(name) : show(value);
      const left = `  ${name.padEnd(width)} = ${shown}${says === undefined ? "" : `: ${ascii(says)}`}`;
      return since === undefined ? left : `${left} (set at step ${since})`;
    }),
  ];
}
