/**
 * Which steps of a trace matter for its claim, decided from the trace alone:
 *
 *   - the last step, and the steps that change what the property compares;
 *   - steps that touch what the property reads: by acting, by a message to or from it, by a change of it;
 *   - where a run gets stuck (a deadlock, a goal out of reach, a promise that never comes): the step in which each
 *     component came into the state that it is left in;
 *   - going backwards from those, the earlier steps of whoever took one of them, and the steps that sent what one of them
 *     takes. This is repeated as long as the chart stays short.
 *
 * All other steps may be folded, and in a long chart also those that repeat others. The claim is about what the property reads: a step that matters less may still be needed
 * for the path to be possible.
 */
import type { StepRecord, TraceRecord } from "../checker/run-record.ts";
import { flightsOf } from "./flights.ts";
import { stepText, takenBefore } from "./fold.ts";
import { actorOf } from "./spoken.ts";

/** A trace of so many steps is told whole. */
const SHORT = 12;
/** The causes of the steps that matter are told as long as there are no more than so many steps in all. */
const ENOUGH = 16;
/** Fewer steps than this take no more lines than the line that folds them. */
const LEAST = 3;

/** Everything that a step touches: components and channels. */
function touched({ action, transfers, changes }: StepRecord): ReadonlySet<string> {
  return new Set([
    action.kind === "event" ? action.component : action.channel,
    ...transfers.flatMap(({ from, to }) => [from, to]),
    ...changes.map(({ component }) => component),
  ]);
}

/** Whether the trace ends where something can never be, or nothing has to happen any more. */
const isStuck = ({ kind, property, loop, steps }: TraceRecord): boolean =>
  property.id === "DEADLOCK" || kind === "canAlways" || (kind === "leadsTo" && loop === steps.length);

/** By component that is not left in the state that the trace finds it in: the step (from 0) that brought it there. */
export function leftIn({ steps }: Pick<TraceRecord, "steps">): ReadonlyMap<string, number> {
  const first = new Map<string, string>();
  const last = new Map<string, { readonly step: number; readonly state: string }>();
  for (const [step, { changes }] of steps.entries())
    for (const { component, before, after } of changes) {
      if (!first.has(component)) first.set(component, before.state);
      if (before.state !== after.state) last.set(component, { step, state: after.state });
    }
  return new Map(
    [...last].flatMap(([name, { step, state }]) => (state === first.get(name) ? [] : [[name, step] as const])),
  );
}

const touchesReads = ({ reads = [] }: TraceRecord, step: StepRecord): boolean => {
  const names = touched(step);
  return reads.some((name) => names.has(name));
};

/** What the claim itself is about. */
function claimed(trace: TraceRecord): readonly boolean[] {
  const stuck = new Set(isStuck(trace) ? leftIn(trace).values() : []);
  const { steps } = trace;
  return steps.map((step, k) => {
    const before = steps[k - 1]?.values;
    const compares = before !== undefined && JSON.stringify(before) !== JSON.stringify(step.values);
    return k === steps.length - 1 || compares || stuck.has(k) || touchesReads(trace, step);
  });
}

/** Those that matter, and the steps that are their causes one remove away. */
function withCauses(steps: TraceRecord["steps"], matters: readonly boolean[]): readonly boolean[] {
  const { origins } = flightsOf({ steps });
  const until = new Map<string, number>();
  const sent = new Set<unknown>();
  steps.forEach((step, k) => {
    if (!matters[k]) return;
    const actor = actorOf(step);
    if (actor !== undefined) until.set(actor, k);
    for (const transfer of step.transfers) if (origins.has(transfer)) sent.add(origins.get(transfer));
  });
  return steps.map((step, k) => {
    const actor = actorOf(step);
    const goesOn = actor !== undefined && (until.get(actor) ?? -1) > k;
    return matters[k]! || goesOn || step.transfers.some((transfer) => sent.has(transfer));
  });
}

const number = (flags: readonly boolean[]): number => flags.filter(Boolean).length;

/** With their causes, and the causes of those, as long as there are at most so many. */
function withAllCauses(steps: TraceRecord["steps"], flags: readonly boolean[], most: number): readonly boolean[] {
  let matters = flags;
  for (;;) {
    const more = withCauses(steps, matters);
    if (number(more) > most || number(more) === number(matters)) return matters;
    matters = more;
  }
}

/** Step by step, whether it matters. The traces are the same path. */
function mattering(traces: readonly TraceRecord[]): readonly boolean[] {
  const [{ steps }] = traces as readonly [TraceRecord];
  if (steps.length <= SHORT) return steps.map(() => true);
  const each = traces.map(claimed);
  return withAllCauses(
    steps,
    steps.map((_, k) => each.some((flags) => flags[k])),
    ENOUGH,
  );
}

/** The steps of a round (from 0) that matter most, with their causes as long as there are at most so many. */
export function roundOf(trace: TraceRecord, most: number): readonly StepRecord[] {
  const round = trace.steps.slice(trace.loop);
  const flags = claimed({ ...trace, steps: round, loop: 0 });
  const matters = withAllCauses(round, [...flags.slice(0, -1), touchesReads(trace, round.at(-1)!)], most);
  const found = round.filter((_, k) => matters[k]);
  return found.length > 1 ? found : round;
}

/** Steps that are told one by one, or folded: from one to another, counted from 0. */
export type Row = { readonly step: number } | { readonly from: number; readonly to: number };

/** Of a path with more steps than this that matter, those that were told before are folded too. */
const LONG = 30;
/** A repetition that is folded has at least so many steps. */
const REPEATED = 6;

/** Blocks of steps, from one to before another, that are the same as others before; none of a cycle, nor the last step. */
function repetitions({ steps, loop }: TraceRecord): readonly (readonly [from: number, end: number])[] {
  const blocks: (readonly [number, number])[] = [];
  const texts = steps.map(stepText);
  const end = Math.min(loop ?? Infinity, steps.length - 1);
  for (let from = REPEATED; from < end;) {
    let length = 0;
    while (from + length < end && takenBefore(texts, from, length + 1) !== undefined) length++;
    if (length >= REPEATED) blocks.push([from, from + length]);
    from += length >= REPEATED ? length : 1;
  }
  return blocks;
}

/** The rows of a chart, in order. What is folded into one lies on one side of the beginning of a cycle. */
export function rowsOf(traces: readonly TraceRecord[]): readonly Row[] {
  const [trace] = traces as readonly [TraceRecord];
  const matters = [...mattering(traces)];
  const repeated = number(matters) > LONG ? repetitions(trace) : [];
  for (const [from, end] of repeated) matters.fill(false, from, end);
  const borders = new Set([...repeated.flat(), trace.loop]);
  const rows: Row[] = [];
  for (let from = 0; from < matters.length;) {
    let end = from;
    while (end < matters.length && !matters[end] && (end === from || !borders.has(end))) end++;
    if (end - from >= LEAST) rows.push({ from, to: end - 1 });
    else for (let step = from; step < Math.max(end, from + 1); step++) rows.push({ step });
    from = Math.max(end, from + 1);
  }
  return rows;
}
