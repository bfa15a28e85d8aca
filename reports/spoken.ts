/** What a step says in the words of the real system: its own, or those of the message that says best what it does. */
import type { Message } from "../checker/json.ts";
import type { SaidRecord, StepRecord, TraceRecord, TransferRecord } from "../checker/run-record.ts";
import { verbOf } from "./abbreviate.ts";
import { flightsOf } from "./flights.ts";
import { ascii } from "./phrases.ts";

/** Who takes the step: the component of the event, or the one that takes the message. */
export function actorOf({ action, transfers }: StepRecord): string | undefined {
  if (action.kind === "event") return action.component;
  const [first] = transfers;
  return first?.from === action.channel ? first.to : undefined;
}

/** Whether a name is that of a function: a clause, or who acts as it likes, is told by the lane. */
export const isFunction = (by: string): boolean => by.endsWith("()");

/** "vfio_unmap_unpin(): unpins page 0"; without the name where it was just told, or is no function. */
export const phrase = ({ text, by }: SaidRecord, last?: string): string =>
  isFunction(by) && by !== last ? `${ascii(by)}: ${ascii(text)}` : ascii(text);

/** What the property reads: whom a message goes to, or the channel it is put into. */
const isAbout = ({ to }: TransferRecord, reads: ReadonlySet<string>): boolean => reads.has(to);

/** The messages of a step that speak: first those of what the property reads, then those of the one who takes the step. */
export function spokenMessages(step: StepRecord, reads: ReadonlySet<string>): readonly TransferRecord[] {
  const actor = actorOf(step);
  const changed = new Set(step.changes.map(({ component }) => component));
  const rank = (it: TransferRecord): number =>
    isAbout(it, reads) ? 0 : it.from !== actor ? 3 : changed.has(it.to) || it.how === "lost" ? 1 : 2;
  return step.transfers.filter(({ says }) => says).sort((a, b) => rank(a) - rank(b));
}

/** How the steps of one trace are told in a sentence. */
export interface Sentences {
  /**
   * "vfio_unmap_unpin() unpins page 0", "device 0 requests page 0", "slot0.0 requests page 0"; without the subject where the
   * same component took the step told before, and has the same.
   */
  readonly clause: (step: StepRecord, before?: StepRecord) => string;
  /** The same, with the component in place of what it is. */
  readonly short: (step: StepRecord) => string;
}

/** The event of a machine whose steps are data: what it does says more. */
export const GENERIC = "steps";

/** Whether the event itself says nothing: that a step is taken, or a message. */
export const isBareStep = ({ action }: StepRecord): boolean =>
  action.kind === "deliver" || verbOf(action.event.type) === GENERIC;

/** "requests page 0"; of a step that only says that it is one, what it emits. */
function does(event: Message, emitted?: Message): string {
  const verb = verbOf(event.type);
  if (verb === GENERIC && emitted) return does(emitted);
  const { page } = event;
  return `${verb.replaceAll("-", " ")}${typeof page === "number" ? ` page ${page}` : ""}`;
}

export function sentencesOf(trace: TraceRecord): Sentences {
  const reads = new Set(trace.reads);
  const sent = sentWords(trace);
  const said = (step: StepRecord): SaidRecord | undefined => {
    if (step.says ? !step.says.listed : !isBareStep(step)) return step.says;
    return spokenMessages(step, reads).find(({ from }) => from === actorOf(step))?.says ?? step.says;
  };
  const partsOf = (step: StepRecord, lanes: TraceRecord["lanes"]): readonly [who: string, does: string] => {
    const actor = actorOf(step);
    const words = said(step);
    const who = actor === undefined ? "" : subject(actor, lanes);
    if (words) return [isFunction(words.by) ? ascii(words.by) : who, ascii(words.text)];
    const { action, transfers } = step;
    const [first] = transfers;
    if (action.kind === "event") return [who, does(action.event, first?.message)];
    if (!first) return ["a message", `is taken from ${ascii(action.channel)}`];
    const before = sent.get(first);
    return [who, `takes ${before ? `"${ascii(before.text)}"` : does(first.message)} from its queue`];
  };
  const clause = (step: StepRecord, before?: StepRecord): string => {
    const [who, what] = partsOf(step, trace.lanes);
    const isSame = before && actorOf(before) === actorOf(step) && partsOf(before, trace.lanes)[0] === who;
    return isSame ? what : `${who} ${what}`;
  };
  const short = (step: StepRecord): string => partsOf(step, {}).join(" ");
  return { clause, short };
}

/** Longer descriptions make no subject of a sentence. */
const LONGEST_SUBJECT = 50;

/** What the lane is said to be, without its name in front; undefined where nothing is said of it. */
export function laneText(component: string, lanes: TraceRecord["lanes"]): string | undefined {
  const lane = lanes && Object.hasOwn(lanes, component) ? lanes[component] : undefined;
  if (lane === undefined || lane === "") return undefined;
  const name = `${component}: `;
  return ascii(lane.startsWith(name) ? lane.slice(name.length) : lane);
}

/**
 * What a lane is, up to a semicolon, as the subject of a sentence. A description with a comma in it is closed by one: "device
 * 0, page request group 0, requests page 0". Of lanes that are said to be the same, the name tells which is meant.
 */
function subject(component: string, lanes: TraceRecord["lanes"]): string {
  const textOf = (name: string): string => laneText(name, lanes)?.split(";")[0] ?? "";
  const text = textOf(component);
  const isShared = Object.keys(lanes ?? {}).some((name) => name !== component && textOf(name) === text);
  if (text === "" || text.length > LONGEST_SUBJECT || isShared) return ascii(component);
  return text.includes(",") ? `${text},` : text;
}

/** For what a channel delivers: what its sender said when it was put there. */
export function sentWords(trace: TraceRecord): ReadonlyMap<TransferRecord, SaidRecord> {
  const words = new Map<TransferRecord, SaidRecord>();
  for (const [delivered, sent] of flightsOf(trace).origins) if (sent.says) words.set(delivered, sent.says);
  return words;
}
