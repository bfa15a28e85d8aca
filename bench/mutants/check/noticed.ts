/**
 * What the project's own searches say of the machines of this process, one after the other until one notices something: the
 * suite at small bounds, the deliberate defects, the suite at default bounds, the beginnings of searches at deep bounds, what the
 * suite leaves out, what is refused, the questions.
 */
import { recordOf, startExhaustive } from "../../../checker/explore/exhaustive.ts";
import { shownCounts } from "../../../properties/gaps/counted.ts";
import { beginningsOf } from "../../../properties/beginnings.ts";
import { build, type Request } from "../../../properties/build.ts";
import { changes, countsOf, nameOfRun } from "../../../properties/counts.ts";
import { BEGINNINGS, countsOtherwise, DEFECTS, SHOWN } from "../../../properties/other-counts.ts";
import { departures } from "../../../properties/departures/index.ts";
import { smallPresets } from "../../../properties/one-knob.ts";
import { refusedOf } from "../../../properties/refused.ts";
import { suite } from "../../../properties/suite.ts";
import { COUNTS } from "../../../properties/suite/counts.ts";
import { REFUSED } from "../../../properties/suite/other-counts.ts";
import type { SuiteRun } from "../../../properties/suite/run.ts";
import { searchedFor } from "../../../properties/violations.ts";
import { standing, type Standing } from "../../../reports/standing.ts";
import { Answering } from "../../../scenarios/answer.ts";
import { scenarios } from "../../../scenarios/questions/index.ts";
import { TICK } from "../tick.ts";

export const JUDGES = ["small", "departures", "default", "beginnings", "shown", "refused", "questions"] as const;

/** Who notices, and what. `claim`: a verdict is another one; `count`: only the numbers of states, transitions or steps are. */
export interface Notice {
  readonly judge: (typeof JUDGES)[number];
  readonly how: "claim" | "count" | "throws" | "does not end";
  readonly where: string;
  readonly what: string;
}

/** Rounds of loops in machines for one run; without a mutant the longest has some 100,000. */
const MOST_ROUNDS = 5_000_000;
let rounds = 0;

export function countRounds(): void {
  Object.assign(globalThis, {
    [TICK]: () => {
      rounds += 1;
      if (rounds > MOST_ROUNDS) throw new Error(`more than ${MOST_ROUNDS} rounds of loops`);
    },
  });
}

/** A search that finds more states than these times those of the machine, and some, is broken off. */
const TIMES = 2;
const SOME = 20_000;

const UNEXPECTED: readonly Standing[] = ["violated", "unseen", "outdated"];

type Seen = Pick<Notice, "how" | "what">;

function seenIn(run: SuiteRun): Seen | undefined {
  const before = COUNTS[run.bounds]?.[nameOfRun(run)];
  const system = build(run);
  const search = startExhaustive(system, before && { maxStates: TIMES * before.states + SOME });
  const broken = system.properties.filter(({ id, kind }) => kind === "always" && run.known[id] === undefined);
  while (search.advance(1 << 12)) {
    const found = broken.find(({ id }) => search.judge.found.has(id));
    if (found && search.confirmed()) return { how: "claim", what: `${found.id} is violated` };
  }
  const record = recordOf(search, run, run.known);
  const unexpected = record.properties.find((property) => UNEXPECTED.includes(standing(property)));
  if (unexpected) return { how: "claim", what: `${unexpected.id}: ${unexpected.verdict.kind}` };
  if (!record.search.complete) return { how: "count", what: `more than ${record.search.states} states` };
  // A run that was not counted yet tells by its claims alone.
  const [first] = before ? changes(before, countsOf(record)) : [];
  return first === undefined ? undefined : { how: "count", what: first };
}

function attempted(judge: Notice["judge"], where: string, ask: () => Seen | undefined): Notice | undefined {
  rounds = 0;
  try {
    const seen = ask();
    return seen && { judge, where, ...seen };
  } catch (error) {
    const what = String(error instanceof Error ? error.message : error).split("\n")[0]!;
    return { judge, where, how: rounds > MOST_ROUNDS ? "does not end" : "throws", what };
  }
}

/** Whether a run has what was changed. */
export type IsMeant = (request: Request) => boolean;

/** A claim that is broken says more than a number that is another one: a number alone is told when no claim is broken. */
function* inSuite(judge: "small" | "default", isMeant: IsMeant): Generator<Notice> {
  const runs = suite(judge)
    .filter(isMeant)
    .toSorted((a, b) => statesOf(a) - statesOf(b));
  for (const run of runs) {
    const notice = attempted(judge, nameOfRun(run), () => seenIn(run));
    if (notice) yield notice;
  }
}

const statesOf = (run: SuiteRun): number => COUNTS[run.bounds]?.[nameOfRun(run)]?.states ?? 0;

function* ofDepartures(isMeant: IsMeant): Generator<Notice> {
  for (const { shown, breaks } of departures) {
    if (!isMeant(shown)) continue;
    const notice = attempted("departures", nameOfRun(shown), () => {
      const record = searchedFor(build(shown), shown, breaks);
      const isViolated = (id: string): boolean =>
        record.properties.some((one) => one.id === id && one.verdict.kind === "violated");
      const lost = breaks.find((id) => !isViolated(id));
      if (lost !== undefined) return { how: "claim", what: `${lost} is no longer violated` };
      const change = countsOtherwise(DEFECTS, nameOfRun(shown), countsOf(record));
      return change === undefined ? undefined : { how: "count", what: change };
    });
    if (notice) yield notice;
  }
}

/** The systems that have what was changed. */
const systemsOf = (isMeant: IsMeant): readonly string[] => [
  ...new Set(
    smallPresets()
      .filter(isMeant)
      .map(({ system }) => system),
  ),
];

function* ofBeginnings(isMeant: IsMeant): Generator<Notice> {
  for (const system of systemsOf(isMeant)) {
    const notice = attempted("beginnings", system, () => {
      const [change] = Object.entries(beginningsOf(system)).flatMap(
        ([name, counts]) => countsOtherwise(BEGINNINGS, name, counts) ?? [],
      );
      return change === undefined ? undefined : { how: "count", what: change };
    });
    if (notice) yield notice;
  }
}

function* ofShown(isMeant: IsMeant): Generator<Notice> {
  const notice = attempted("shown", "what the suite leaves out", () => {
    const [change] = Object.entries(shownCounts(isMeant)).flatMap(
      ([name, counts]) => countsOtherwise(SHOWN, name, counts) ?? [],
    );
    return change === undefined ? undefined : { how: "count", what: change };
  });
  if (notice) yield notice;
}

function* ofRefused(isMeant: IsMeant): Generator<Notice> {
  for (const system of systemsOf(isMeant)) {
    const notice = attempted("refused", system, () => {
      const [{ refused, replaced }, before] = [refusedOf(system), REFUSED[system]];
      if (before?.refused === refused && before.replaced === replaced) return undefined;
      return { how: "count", what: `${refused} settings are refused, and ${replaced} values replaced` };
    });
    if (notice) yield notice;
  }
}

const OTHERS = {
  departures: ofDepartures,
  beginnings: ofBeginnings,
  shown: ofShown,
  refused: ofRefused,
  questions: ofQuestions,
} as const;

function* ofQuestions(isMeant: IsMeant): Generator<Notice> {
  const asked = scenarios.filter(({ runs }) => runs.some(({ request }) => isMeant(request)));
  const answering = new Answering(asked);
  for (const scenario of asked) {
    const notice = attempted("questions", scenario.id, () =>
      answering.answer(scenario).asExpected ? undefined : { how: "claim", what: "has another answer" },
    );
    if (notice) yield notice;
  }
}

/** Everything that is noticed in the runs that have what was changed, one judge after the other. */
export function* noticesWhere(isMeant: IsMeant, judges: readonly Notice["judge"][] = JUDGES): Generator<Notice> {
  for (const judge of judges)
    if (judge === "small" || judge === "default") yield* inSuite(judge, isMeant);
    else yield* OTHERS[judge](isMeant);
}

/** The first that notices by a claim; else the first that counts otherwise. */
export function noticedWhere(isMeant: IsMeant, judges: readonly Notice["judge"][] = JUDGES): Notice | null {
  let counted: Notice | undefined;
  for (const judge of judges) {
    for (const notice of noticesWhere(isMeant, [judge])) {
      if (notice.how !== "count") return notice;
      counted ??= notice;
    }
    // Other numbers are enough to notice it; asking on would only say by which claim as well.
    if (counted) return counted;
  }
  return null;
}

/** `systems`: those that contain what was changed. */
export const noticedIn = (systems: readonly string[], judges?: readonly Notice["judge"][]): Notice | null =>
  noticedWhere(({ system }) => systems.includes(system), judges);
