/** One plain sentence above a chart: what goes wrong, from what the steps and states of the trace say. */
import type { StepRecord, TraceRecord } from "../checker/run-record.ts";
import { comparedAtEnd } from "./compared.ts";
import { cycleOf, cycleWords, listed, violatedAfter } from "./evaluation.ts";
import { leftIn, roundOf } from "./matters.ts";
import { ascii, brief, isOwned, isRecord } from "./phrases.ts";
import { actorOf, isFunction, laneText, sentencesOf, type Sentences } from "./spoken.ts";

/** Steps that are named before the last one, and rounds or waiting components that are told. */
const MOST = 2;
const MOST_OF_ROUND = 4;
const MOST_WAITING = 4;

const inStep = (text: string, step: number, besides: readonly string[] = []): string =>
  `${text} (${[`step ${step + 1}`, ...besides].join("; ")})`;

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
  const named = [...before.slice(-MOST), last];
  const told = named.map((step, k) => {
    const words = clause(steps[step]!, steps[named[k - 1] ?? -1]);
    return inStep(words, step, step === last ? besides(steps[last]!) : []);
  });
  const end = told.at(-1)!;
  return told.length === 1 ? end : `${told.slice(0, -1).join(", then ")}, and then ${end}`;
}

/** What the step changes in others, in their words: not of what names an owner, which the step has just told. */
function besides({ changes, ...step }: StepRecord): readonly string[] {
  const actor = actorOf({ changes, ...step });
  return changes.flatMap(({ component, before, after }) =>
    component === actor || after.says === undefined || before.state === after.state || isOwned(after.context)
      ? []
      : [`${ascii(component)}: ${ascii(after.says)}`],
  );
}

/** "owner" and "b-unmap1": what the context of a component names after the last step. */
function ownersOf({ steps, components }: TraceRecord, name: string): readonly (readonly [string, string])[] {
  const changes = steps.flatMap((step) => step.changes.filter(({ component }) => component === name));
  const context = changes.at(-1)?.after.context;
  return Object.entries(isRecord(context) ? context : {}).flatMap(([field, value]) =>
    typeof value === "string" && value !== name && components.includes(value) ? [[ascii(field), value] as const] : [],
  );
}

/** A lock or a channel as the legend of the lanes says it, "iommu->lock"; else its name. */
const laneName = ({ lanes }: TraceRecord, name: string): string => ascii(laneText(name, lanes) ?? name);

/** Who waits for whom, and what those do that are waited for, where anybody waits for what somebody owns. */
function waiting(trace: TraceRecord): readonly string[] {
  const { blocked = [], components } = trace;
  const waits = blocked.flatMap(({ component, by, says }) => {
    const owners = ownersOf(trace, by);
    if (owners.length === 0 && components.includes(by)) return [];
    const where = says && isFunction(says.by) ? ` in ${ascii(says.by)}` : "";
    const whose = owners.map(([field, owner]) => `${field}: ${ascii(owner)}`).join(", ");
    return [
      {
        component,
        owners: owners.map(([, owner]) => owner),
        text: `${ascii(component)} waits${where} for ${laneName(trace, by)} ${whose === "" ? "(full)" : `(${whose})`}`,
      },
    ];
  });
  const told = waits.slice(0, MOST_WAITING);
  const owners = new Set(told.flatMap((it) => it.owners));
  const others = [...owners].filter((name) => !waits.some(({ component }) => component === name));
  const doing = statesAtEnd(trace);
  return [...told.map(({ text }) => text), ...others.flatMap((name) => doing.get(name) ?? [])];
}

/** What components do after the last step, "reporter: holds dev->iommu->lock", those that ever changed. */
function statesAtEnd({ steps }: TraceRecord): ReadonlyMap<string, string> {
  const said = new Map<string, string>();
  for (const { changes } of steps)
    for (const { component, before, after } of changes) {
      if (after.says !== undefined) said.set(component, `${ascii(component)}: ${ascii(after.says)}`);
      else if (before.state !== after.state) said.set(component, `${ascii(component)} is "${ascii(after.state)}"`);
    }
  return said;
}

/** What those do that are not in the state that they began in: first those that cannot go on, and of these those that wait. */
function leftOver(trace: TraceRecord): readonly string[] {
  const { steps, reads = [], goesOn = [] } = trace;
  const doing = statesAtEnd(trace);
  const actors = new Set(steps.flatMap(({ action }) => (action.kind === "event" ? [action.component] : [])));
  const canGoOn = (name: string): boolean => goesOn.includes(name);
  const rank = (name: string): number => {
    const waits = /\bwait(s|ing|ed)?\b/.test(doing.get(name) ?? "") ? 0 : 2;
    return waits + (reads.includes(name) ? 0 : 1);
  };
  const left = [...leftIn(trace).keys()];
  const threads = left.filter((name) => actors.has(name));
  return (threads.length > 0 ? threads : left.filter((name) => reads.includes(name)))
    .sort((a, b) => Number(canGoOn(a)) - Number(canGoOn(b)) || rank(a) - rank(b))
    .slice(0, MOST_WAITING)
    .flatMap((name) => {
      const said = doing.get(name);
      const shown = ascii(name);
      return said === undefined ? [] : canGoOn(name) ? `${shown} (can go on)${said.slice(shown.length)}` : said;
    });
}

/** Why nobody can go on. */
function stuck(trace: TraceRecord): string {
  const waits = waiting(trace);
  const texts = waits.length > 0 ? waits : leftOver(trace);
  return texts.length === 0 ? "" : `: ${texts.join("; ")}`;
}

/** What happens again and again: the steps of the round that matter, each sentence once. */
function round(trace: TraceRecord, { clause }: Sentences): string {
  const sentences = [...new Set(roundOf(trace, 2 * MOST_OF_ROUND).map((step) => clause(step)))];
  const last = sentences.length - 1;
  const kept = Array.from({ length: MOST_OF_ROUND }, (_, k) => Math.round((k * last) / (MOST_OF_ROUND - 1)));
  const told = last < MOST_OF_ROUND ? sentences : kept.map((k) => sentences[k]!);
  return told.join(", then ");
}

type End = "always" | "deadlock" | "canAlways" | "leadsTo";

/** As what a path that ends is a counterexample: no claim is said to promise or ask for what one of another kind does. */
function endOf({ kind, loop, property }: TraceRecord): End {
  if (loop !== undefined) return "leadsTo";
  if (property.id === "DEADLOCK") return "deadlock";
  return kind === "canAlways" ? "canAlways" : "always";
}

/** What is true at the end of the path, in this order. */
const ENDS: readonly (readonly [End, (ids: string, s: string) => string])[] = [
  ["always", (ids) => `this violates ${ids}`],
  ["deadlock", () => "no step is possible any more"],
  ["canAlways", (ids, s) => `no sequence of steps leads to what ${ids} ask${s} for`],
  ["leadsTo", (ids, s) => `what ${ids} promise${s} need not come any more`],
];

/** The sentence of counterexamples or witnesses that are one path; undefined where the trace says nothing of them. */
export function gist(traces: readonly [TraceRecord, ...TraceRecord[]]): string | undefined {
  const [trace] = traces;
  const { steps, kind } = trace;
  const namesOf = (some: readonly TraceRecord[]): readonly [ids: string, s: string] => [
    listed(some.map((one) => ascii(one.property.id))),
    some.length === 1 ? "s" : "",
  ];
  const last = steps.length - 1;
  const isSeen = kind === "sometimes" && steps.at(-1)?.holds === true;
  if (!isSeen && violatedAfter(trace) === undefined) return undefined;
  if (last < 0) return `the initial state violates ${namesOf(traces)[0]}`;
  const sentences = sentencesOf(trace);
  if (isSeen) return `this is seen when ${inStep(sentences.clause(steps[last]!), last)}`;
  const cycle = cycleOf(trace);
  if (cycle && cycle.length > 0) {
    const [ids, s] = namesOf(traces);
    return `${cycleWords(cycle)} repeat for ever: ${round(trace, sentences)}; what ${ids} promise${s} never comes`;
  }
  const ends = ENDS.flatMap(([end, words]) => {
    const some = traces.filter((one) => endOf(one) === end);
    return some.length === 0 ? [] : [words(...namesOf(some))];
  });
  const now = traces.find((one) => endOf(one) === "always");
  const stays = traces.find((one) => endOf(one) !== "always");
  const because = stays ? stuck(stays) : "";
  const told = `${ends.join(", and ")}${because}`;
  // Where nobody waits, the steps that set what is compared say more than the last one.
  if (now || because === "") return `${causes(now ?? trace, sentences)}: ${told}`;
  return `after ${inStep(sentences.clause(steps[last]!), last)}, ${told}`;
}
