/** One point of a measurement: a system is searched whole, and its graph is asked. */
import { modelRecord } from "../../checker/explore/exhaustive.ts";
import { boundsInSlices, type BoundRecord } from "../../checker/measure/bounds.ts";
import type { Counted } from "../../checker/measure/counted.ts";
import { expectedInSlices } from "../../checker/measure/expected.ts";
import type { ExpectedRecord } from "../../checker/measure/expected-record.ts";
import type { Rates } from "../../checker/measure/rates.ts";
import type { Slices } from "../../checker/measure/slices.ts";
import { startMeasured, StoredSteps } from "../../checker/measure/stored-steps.ts";
import { ModelError, type System } from "../../checker/system.ts";
import { countedAs, countNames, namedCounts, namedPieces, signsIn } from "../../model/costs/counts.ts";
import { costsIn, ratesOf, workload } from "../../model/costs/rates.ts";
import { buildWatched } from "../../properties/build.ts";
import type { MeasuredCount } from "../../reports/measure.ts";
import { advance } from "../advance.ts";
import { someOf, unknownName, UsageError } from "../errors.ts";
import type { Measured, MeasureAsked, RunRequest, Watch } from "../ports.ts";
import { faultTime, type FaultTime } from "./fault-time.ts";

/** States expanded between two reports of progress. */
const STATES = 20_000;

/** @throws UsageError for what nothing in the system is */
export function counted(system: System, name: string): Counted {
  const found = countedAs(system, name);
  if (found) return found;
  const known = namedCounts.some((one) => one.name === name);
  if (!known) throw unknownName("count", name, countNames(system));
  throw new UsageError(`nothing in ${system.name} counts as ${name}.`, ...someOf("count", name, countNames(system)));
}

interface Piece {
  readonly begins?: Counted;
  readonly finished: Counted;
}

/** A piece by its name, or from one of what is counted to the next. */
export function pieceOf(system: System, name: string): Piece {
  const piece = namedPieces.find((one) => one.name === name);
  if (!piece) {
    if (countedAs(system, name)) return { finished: counted(system, name) };
    throw unknownName("piece of work", name, [...namedPieces.map((one) => one.name), ...countNames(system)]);
  }
  const { begins, finished } = piece;
  return {
    ...(begins !== undefined && { begins: counted(system, begins) }),
    finished: counted(system, finished),
  };
}

/** What is counted when nothing is named: all that has a name here. */
export const allCounts = (system: System): readonly string[] =>
  namedCounts.map(({ name }) => name).filter((name) => countedAs(system, name));

/** What does not go together with the system is a mistake of who asked. */
export function asked<T>({ name }: System, ask: () => T, expected = ""): T {
  try {
    return ask();
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    throw new UsageError(`${name} cannot be measured so: ${error.message.split("\n")[0]}`, expected);
  }
}

/** @throws UsageError that names the steps without a time */
export const timesOf = (system: System, given: MeasureAsked["costs"]): Rates =>
  asked(
    system,
    () => ratesOf(system, given),
    "a system whose steps have times (model/costs/rates.ts), or --method bounds",
  );

/** What numbers of these names count in the system, and what they leave out. */
export const countWords = (system: System, names: readonly string[]): readonly string[] => {
  const told = namedCounts.filter(({ name }) => names.includes(name));
  const signs = told.map((count) => [count.name, new Set(signsIn(system, count).map(({ is }) => is))] as const);
  return [...signs.map(([name, of]) => `What counts here as ${name}: ${[...of].join("; ")}.`), ...withoutWords(names)];
};

const withoutWords = (names: readonly string[]): readonly string[] => {
  const left = namedCounts.filter(({ name, without }) => without !== undefined && names.includes(name));
  const [first] = left;
  return first ? [`Of ${left.map(({ name }) => name).join(" and ")} are ${first.without}.`] : [];
};

/** Undefined: it was interrupted. */
async function solved<T>(system: System, slices: Slices<T>, watch: Watch): Promise<T | undefined> {
  let share = 1;
  while (!watch.signal.aborted) {
    const slice = asked(system, () => slices.next());
    if (slice.done === true) return slice.value;
    // Another part has begun, and its time is its own.
    if (slice.value.share < share) watch.onBegin?.();
    share = slice.value.share;
    await watch.onProgress({ kind: "solving", ...slice.value });
  }
  return undefined;
}

/** Undefined: it was interrupted. `unread` are knobs and costs that nothing has looked at. */
export async function measured(
  request: RunRequest,
  { method, counts, piece, costs, maxStates }: MeasureAsked,
  watch: Watch,
): Promise<Measured | undefined> {
  const { system, unread } = buildWatched(request);
  const work = pieceOf(system, piece);
  const all = (counts.length > 0 ? counts : allCounts(system)).map((name) => counted(system, name));
  const labels = [work.begins, work.finished, ...all].flatMap((one) => (one ? [one.label] : []));
  const left = countWords(system, labels);
  const rates = method === "expected" ? timesOf(system, costs) : undefined;
  const search = startMeasured(system, maxStates);
  await advance(
    () => search.advance(STATES),
    () => {
      const { depth, waiting, store, bytes } = search;
      return watch.onProgress({ kind: "states", states: store.count, depth, queue: waiting, bytes });
    },
    watch,
  );
  if (watch.signal.aborted && !search.complete) return undefined;
  if (!search.complete)
    throw new UsageError(
      `${system.name} has more than ${maxStates} states, and numbers need all of them.`,
      "smaller sizes (--set), or a larger --max-states",
    );
  const steps = await solved(system, StoredSteps.of(search), watch);
  if (!steps) return undefined;
  const model = modelRecord(system, request);
  const about = { model, states: steps.graph.states, transitions: steps.graph.transitions };
  if (!rates) {
    const record = await solved(system, boundsInSlices(steps, model, { counts: all, ...work }), watch);
    if (!record) return undefined;
    const told = record.counts.map(({ label, least, most }): MeasuredCount => ({
      name: label,
      least: least.count,
      most: most.count,
      ...circleOf(most),
    }));
    return { point: { ...about, assumptions: [...record.assumptions, ...left], counts: told }, unread: unread() };
  }
  const faults = countedAs(system, "faults");
  const responses = countedAs(system, "responses");
  const questions = { work: work.finished, counts: [...all, ...(faults ? [faults] : [])] };
  const expected = await solved(system, expectedInSlices(steps, rates, model, questions), watch);
  if (!expected) return undefined;
  const comes = faults !== undefined && expected.counts.at(-1)!.perNs > 0;
  const waits =
    comes && responses ? await solved(system, faultTime(steps, rates, model, faults, responses), watch) : NO_TIME;
  if (!waits) return undefined;
  return {
    point: {
      ...about,
      assumptions: [
        workload,
        ...expected.assumptions,
        ...pieceWords(piece, work, expected.work!.perNs),
        ...left,
        ...waits.assumptions,
      ],
      perSecond: perSecond(expected.work!.perNs),
      residual: expected.solver.residual,
      ...(waits.fault && { fault: waits.fault }),
      counts: all.map((_, k) => expectedCount(expected, k)),
    },
    unread: [...unread(), ...unusedCosts(system, costs)],
  };
}

export const unusedCosts = (system: System, given: MeasureAsked["costs"]): readonly string[] => {
  const taken = costsIn(system);
  return Object.keys(given)
    .filter((name) => !taken.has(name))
    .map((name) => `the cost ${name}`);
};

const perSecond = (perNs: number): number => perNs * 1e9;

const NO_TIME: FaultTime = { assumptions: [] };

/** Of a piece that begins somewhere: what is outside of all pieces has no place in bounds, and has one here. */
export const allWords = (name: string, begins: Counted | undefined): readonly string[] =>
  begins === undefined
    ? []
    : [`A number per ${name} is of all steps, also those while there is none; bounds count from its begin to its end.`];

const pieceWords = (name: string, { begins, finished }: Piece, perNs: number): readonly string[] => [
  ...allWords(name, begins),
  ...(perNs > 0
    ? []
    : [`In the long run nothing is "${finished.label}" any more, so there are no numbers per ${name}.`]),
];

function expectedCount({ counts }: ExpectedRecord, k: number): MeasuredCount {
  const { label, perNs, perWork } = counts[k]!;
  return { name: label, ...(perWork !== undefined && { perPiece: perWork }), perSecond: perSecond(perNs) };
}

const circleOf = ({ count, trace }: BoundRecord): Pick<MeasuredCount, "circle"> =>
  count === "infinite" ? { circle: trace } : {};
