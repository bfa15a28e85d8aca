/** A path as the page shows it: the chart, what the watched property says, and the steps that can follow. */
import { replay, traceOf } from "../../checker/explore/paths/trace.ts";
import { verifyPath } from "../../checker/explore/paths/verify.ts";
import { DEADLOCK } from "../../checker/explore/claims/deadlock.ts";
import { askHolds, PredicateError } from "../../checker/explore/claims/predicate.ts";
import { sourceOfState } from "../../checker/explore/claims/source.ts";
import type { Instance } from "../../checker/explore/claims/instances.ts";
import type { StepRecord, TraceRecord } from "../../checker/run-record.ts";
import { take, type GlobalState } from "../../checker/simulation.ts";
import { endWords, evaluationLines } from "../../reports/evaluation.ts";
import { gist } from "../../reports/gist.ts";
import { rowsOf } from "../../reports/matters.ts";
import { lanesOf } from "../../reports/page/lane-states.ts";
import { stepsOf } from "../../reports/page/steps.ts";
import { actionWords, ascii } from "../../reports/phrases.ts";
import { actorOf, sentencesOf } from "../../reports/spoken.ts";
import { tag } from "../../reports/page/html.ts";
import { claimName } from "../../reports/words.ts";
import type { Path, PathView, StepView } from "../protocol.ts";
import type { Session } from "./session.ts";

/** What a path is about that nobody watches. */
export const BY_HAND = { id: "path", statement: "Steps that were taken by hand." };
/** States that are searched behind a path, to say whether it leads where something can never be reached. */
const AHEAD = 20_000;

/** The instance whose values are shown: one that is violated on the path, or false at its end. */
function instanceFor({ instances }: Session, id: string, states: readonly GlobalState[]): Instance | undefined {
  const all = instances.filter(({ property }) => property.id === id);
  const isFalse = (instance: Instance, state: GlobalState): boolean => {
    try {
      return !askHolds(instance, sourceOfState(state));
    } catch (error) {
      if (error instanceof PredicateError) return false;
      throw error;
    }
  };
  return all.find((one) => states.some((state) => isFalse(one, state))) ?? all[0];
}

/** A step that is false where nothing shows that it stays so is told without a verdict. */
const undecided = (steps: readonly StepRecord[]): readonly StepRecord[] => steps.map(({ holds: _, ...step }) => step);

interface Watched {
  readonly trace: TraceRecord;
  /** Whether the end of the path shows a violation or a witness: a trace without a step does not say so itself. */
  readonly isShown: boolean;
}

/** The path as the property sees it that is watched. */
function watchedOn(session: Session, { steps, watch, loop }: Path): Watched {
  const { system, model } = session;
  const actions = session.actionsOf(steps);
  const states = session.statesOf(steps);
  const isShown = session.judgedOn(steps).some((one) => one.id === watch && one.at === steps.length);
  const isStuck = watch === DEADLOCK.id && isShown;
  const bare = traceOf(system, model, actions, isStuck ? DEADLOCK : BY_HAND, "unknown");
  const property = system.properties.find((one) => one.id === watch);
  const instance = property && instanceFor(session, watch, states);
  if (!property || !instance) return { trace: bare, isShown: isStuck };
  const { id, name, statement, kind } = property;
  // A kept file has no more of a property.
  const claim = { id, ...(name !== undefined && { name }), statement };
  const about = { ...bare, property: claim, kind, reads: instance.slots };
  if (kind === "always" || kind === "sometimes")
    return { trace: { ...about, steps: replay(system, actions, instance).steps }, isShown };
  const { trace, verdict } = verifyPath(system, model, actions, property, "unknown", loop, AHEAD);
  if (verdict === "violated" && trace.steps.length === steps.length) return { trace, isShown: true };
  return { trace: { ...about, steps: undecided(replay(system, actions, instance).steps) }, isShown: false };
}

/** The trace of the path for the property that is watched. */
export const traceFor = (session: Session, path: Path): TraceRecord => watchedOn(session, path).trace;

/** What the watched property says of the initial state. */
function initially({ trace: { property, kind }, isShown }: Watched): string {
  const words = {
    always: isShown ? "is violated" : "is not violated",
    sometimes: isShown ? "is witnessed" : "is not witnessed",
    // A way out, and what comes in the end, are for the search of all states.
    canAlways: isShown ? "is violated" : "was not evaluated",
    leadsTo: isShown ? "is violated" : "was not evaluated",
  };
  return `${ascii(claimName(property))} ${words[kind ?? "always"]} in the initial state: ${ascii(property.statement)}`;
}

/** "a lock waits for ..." of what cannot go on at the end of the trace. */
const blockedWords = ({ blocked = [] }: TraceRecord): readonly string[] =>
  blocked.map(
    ({ component, by, says }) => `${component} waits for ${by}${says === undefined ? "" : `, and then ${says.text}`}`,
  );

/** The steps that can be taken in the state behind the trace, in words. */
function possibleSteps({ system }: Session, trace: TraceRecord, state: GlobalState): readonly StepView[] {
  return system.actions.flatMap((action, number): readonly StepView[] => {
    const taken = take(system, state, action, true);
    if (!taken.taken) return [];
    const step: StepRecord = {
      action,
      ...(taken.says && { says: taken.says }),
      transfers: taken.transfers,
      changes: [],
    };
    const sentences = sentencesOf({ ...trace, steps: [...trace.steps, step] });
    return [{ action: number, words: sentences.short(step), event: actionWords(action) }];
  });
}

/** Each step for itself, where nobody watches what would matter. */
const unfolded = ({ steps }: TraceRecord) => steps.map((_, step) => ({ step }));

export function pathView(session: Session, { at, ...path }: Path & { readonly at: number }): PathView {
  const watched = watchedOn(session, path);
  const { trace } = watched;
  const isBegun = trace.steps.length > 0;
  const state = session.statesOf(path.steps)[at]!;
  const before =
    at === path.steps.length
      ? trace
      : traceOf(session.system, session.model, session.actionsOf(path.steps.slice(0, at)), BY_HAND, "unknown");
  const rows = trace.property.id === BY_HAND.id ? unfolded(trace) : rowsOf([trace]);
  const isBroken = isBegun ? endWords([trace]).length > 0 : watched.isShown;
  const sentence = isBroken ? gist([trace]) : undefined;
  const said = isBegun ? evaluationLines(trace).slice(0, 1) : [initially(watched)];
  const evaluated = trace.property.id === BY_HAND.id ? [] : said;
  return {
    chart: isBegun ? tag("div", {}, stepsOf(trace, lanesOf(trace), rows)).markup : "",
    sentences: [...evaluated, ...(sentence === undefined ? [] : [`In short: ${sentence}.`])],
    possible: possibleSteps(session, before, state),
    blocked: blockedWords(before),
    judged: session.judgedOn(path.steps),
    actors: trace.steps.map((step) => actorOf(step) ?? ""),
  };
}
