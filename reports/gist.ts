/** One plain sentence above a chart: what goes wrong, from what the steps and states of the trace say. */
import type { TraceRecord } from "../checker/run-record.ts";
import { comparedAtEnd } from "./compared.ts";
import { cycleOf, cycleWords, listed, violatedAfter } from "./evaluation.ts";
import { leftIn, roundOf } from "./matters.ts";
import { ascii, brief } from "./phrases.ts";
import { sentencesOf, type Sentences } from "./spoken.ts";

/** Steps that are named before the last one, and rounds or waiting components that are told. */
const MOST = 2;
const MOST_OF_ROUND = 4;
const MOST_WAITING = 4;

const inStep = (text: string, step: number): string => `${text} (step ${step + 1})`;

/** Before the last step: those in which what the property reads came into the state that it is in. */
function changedLast({ steps, reads = [] }: TraceRecord): readonly number[] {
  const found = new Map<string, number>();
  for (const [k, { changes }] of steps.slice(0, -1).entries())
    for (const { component, before, after } of changes)
      if (reads.includes(component) && before.state !== after.state) found.set(component, k);
  return [...new Set(found.values())].sort((a, b) => a - b);
}

/** The last step, and those before it that set what the property compares as it is in the end. */
function causes(trace: TraceRecord, { clause }: Sentences): string {
  const { steps } = trace;
  const last = steps.length - 1;
  const setBy = new Set(comparedAtEnd(trace, brief).flatMap(({ since }) => (since === undefined ? [] : [since - 1])));
  const earlier = [...setBy].filter((step) => step < last).sort((a, b) => a - b);
  const before = earlier.length > 0 ? earlier : changedLast(trace);
  const told = [...before.slice(-MOST), last].map((step) => inStep(clause(steps[step]!), step));
  return told.length === 1 ? told[0]! : `${told.slice(0, -1).join(", then ")}, and then ${told.at(-1)!}`;
}

/** What the components do that are left in another state than they began in: first those that wait. */
function leftOver(trace: TraceRecord): readonly string[] {
  const { steps, reads = [] } = trace;
  const actors = new Set(steps.flatMap(({ action }) => (action.kind === "event" ? [action.component] : [])));
  const said = new Map<string, { readonly state: string; readonly says?: string | undefined }>();
  for (const { changes } of steps)
    for (const { component, after } of changes) {
      const { state, says = said.get(component)?.says } = after;
      said.set(component, { state, says });
    }
  const rank = (name: string): number => {
    const waits = /\bwait(s|ing|ed)?\b/.test(said.get(name)?.says ?? said.get(name)!.state) ? 0 : 2;
    return waits + (reads.includes(name) ? 0 : 1);
  };
  const left = [...leftIn(trace).keys()];
  const threads = left.filter((name) => actors.has(name));
  return (threads.length > 0 ? threads : left.filter((name) => reads.includes(name)))
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, MOST_WAITING)
    .map((name) => {
      const { state, says } = said.get(name)!;
      return says === undefined ? `${ascii(name)} is "${ascii(state)}"` : `${ascii(name)}: ${ascii(says)}`;
    });
}

const colon = (texts: readonly string[]): string => (texts.length === 0 ? "" : `: ${texts.join("; ")}`);

/** What happens again and again: the steps of the round that matter, each sentence once. */
function round(trace: TraceRecord, { clause }: Sentences): string {
  const sentences = [...new Set(roundOf(trace, 2 * MOST_OF_ROUND).map(clause))];
  const last = sentences.length - 1;
  const kept = Array.from({ length: MOST_OF_ROUND }, (_, k) => Math.round((k * last) / (MOST_OF_ROUND - 1)));
  const told = last < MOST_OF_ROUND ? sentences : kept.map((k) => sentences[k]!);
  return told.join(", then ");
}

/** The sentence of counterexamples or witnesses that are one path; undefined where the trace says nothing of them. */
export function gist(traces: readonly [TraceRecord, ...TraceRecord[]]): string | undefined {
  const [trace] = traces;
  const { steps, kind, property } = trace;
  const what = listed(traces.map((one) => ascii(one.property.id)));
  const s = traces.length === 1 ? "s" : "";
  const last = steps.length - 1;
  const isSeen = kind === "sometimes" && steps.at(-1)?.holds === true;
  if (!isSeen && violatedAfter(trace) === undefined) return undefined;
  if (last < 0) return `the initial state violates ${what}`;
  const sentences = sentencesOf(trace);
  if (isSeen) return `this is seen when ${inStep(sentences.clause(steps[last]!), last)}`;
  const cycle = cycleOf(trace);
  if (cycle && cycle.length > 0)
    return `${cycleWords(cycle)} repeat for ever: ${round(trace, sentences)}; what ${what} promise${s} never comes`;
  const end = inStep(sentences.clause(steps[last]!), last);
  if (cycle) return `after ${end}, what ${what} promise${s} need not come any more${colon(leftOver(trace))}`;
  if (property.id === "DEADLOCK") return `after ${end}, no step is possible any more${colon(leftOver(trace))}`;
  if (kind === "canAlways")
    return `after ${end}, no sequence of steps leads to what ${what} ask${s} for${colon(leftOver(trace))}`;
  return `${causes(trace, sentences)}: this violates ${what}`;
}
