/** What is expected of a system with rates: in the long run, after a time, and until something has happened. */
import type { ModelRecord } from "../run-record.ts";
import { ModelError } from "../system.ts";
import { chainInSlices, type Chain } from "./chain.ts";
import { checkCounted, countIn, type Counted } from "./counted.ts";
import { curvesOf } from "./curve.ts";
import {
  EXPECTED_SCHEMA,
  type Amount,
  type Asked,
  type CountRecord,
  type ExpectedRecord,
  type PassageAsked,
  type PassageRecord,
} from "./expected-record.ts";
import { instantOrder } from "./instant.ts";
import { checkLevel, levelsIn } from "./level.ts";
import { longRunOf, type LongRun } from "./long-run.ts";
import { passageOf, untilCounted } from "./passage.ts";
import type { Rates } from "./rates.ts";
import { assumedOf } from "./assumed.ts";
import { whole, type Slices } from "./slices.ts";
import type { Effort } from "./stationary.ts";
import type { StoredSteps } from "./stored-steps.ts";

/** @throws ModelError for what is asked of names that are none, and where nothing can be told */
export const expectedOf = (...of: Parameters<typeof expectedInSlices>): ExpectedRecord =>
  whole(expectedInSlices(...of));

/** The same in slices. @throws ModelError */
export function* expectedInSlices(
  steps: StoredSteps,
  rates: Rates,
  model: ModelRecord,
  asked: Asked,
  effort?: Effort,
): Slices<ExpectedRecord> {
  const { counts = [], work, levels = [], passages = [], at = [] } = asked;
  checkAsked(steps, asked);
  const chain = yield* chainInSlices(steps, rates);
  const nameOf = nameIn(chain);
  const instant = instantOrder(chain, nameOf);
  const longRun = yield* longRunOf(chain, effort);
  const all = [...(work ? [work] : []), ...counts];
  const byEdge = all.map((one) => countsOf(chain, one));
  const byState = levels.map((level) => levelsIn(steps.search, level, chain.states));
  const curves = at.length > 0 ? curvesOf(chain, at, byEdge, byState, nameOf) : undefined;
  const often = byEdge.map((of) => oftenOf(chain, longRun, of));
  const records = all.map(({ label }, k): CountRecord => {
    const curve = curves?.counts[k];
    return {
      label,
      perNs: often[k]!,
      ...(work && k > 0 && often[0]! > 0 && { perWork: often[k]! / often[0]! }),
      ...(curve && { curve: at.map((ns, j) => ({ ns, perNs: curve.often[j]!, until: curve.until[j]! })) }),
    };
  });
  const passageRecords: PassageRecord[] = [];
  for (const one of passages) passageRecords.push(yield* passageRecord(chain, longRun, one, effort));
  return {
    schema: EXPECTED_SCHEMA,
    method: "expected",
    model,
    rates,
    assumptions: [
      ...assumptionsOf(chain, rates, longRun),
      ...(work ? idleWords(chain, longRun, work, byEdge[0]!) : []),
    ],
    unused: rates.rules.filter((_, rule) => !chain.used.has(rule)).map(({ step }) => step),
    chain: {
      states: chain.count,
      lasting: chain.count - instant.length,
      transitions: chain.targets.length,
      searched: steps.graph.states,
    },
    solver: { method: "multi-level Gauss-Seidel", ...longRun.solved },
    ends: longRun.bottoms.map(({ states, probability }) => ({
      probability,
      states: states.length,
      stops: chain.holds[states[0]!] === Infinity,
    })),
    ...(work && { work: records[0]! }),
    counts: work ? records.slice(1) : records,
    levels: levels.map(({ label }, k) => {
      const curve = curves?.levels[k];
      return {
        label,
        mean: longRun.times.reduce((sum, time, state) => sum + time * byState[k]![state]!, 0),
        ...(curve && { curve: at.map((ns, j) => ({ ns, mean: curve.mean[j]!, soFar: curve.soFar[j]! })) }),
      };
    }),
    passages: passageRecords,
  };
}

function checkAsked({ search: { system } }: StoredSteps, asked: Asked): void {
  const { counts = [], work, levels = [], passages = [], at = [] } = asked;
  for (const one of [...counts, ...(work ? [work] : [])]) checkCounted(system, one);
  for (const level of levels) checkLevel(system, level);
  for (const { label, ends, begins, unless, times = 1, percentiles = [], by = [] } of passages) {
    for (const one of [ends, begins, unless]) if (one) checkCounted(system, one);
    if (!Number.isInteger(times) || times < 1)
      throw new ModelError(
        `The passage "${label}" ends after ${times} times; it must be a whole number of at least 1.`,
      );
    const wrong = percentiles.find((part) => !(part > 0 && part < 1));
    if (wrong !== undefined)
      throw new ModelError(`The passage "${label}" asks for the probability ${wrong}; it must be between 0 and 1.`);
    checkTimes(`The passage "${label}"`, by);
  }
  checkTimes("A curve", at);
}

function checkTimes(of: string, times: readonly number[]): void {
  const wrong = times.find((time) => !(Number.isFinite(time) && time >= 0));
  if (wrong !== undefined) throw new ModelError(`${of} is asked for at ${wrong} ns; a time is at least 0 ns.`);
}

/** The name of the step that a transition is; of a copy, that of the original. */
const nameIn =
  ({ steps, edges }: Chain) =>
  (edge: number): string =>
    steps.occurrences[steps.of[edges[edge % edges.length]!]!]!.step;

function countsOf({ steps, edges }: Chain, counted: Counted): Float64Array {
  const values = steps.occurrences.map((occurrence) => countIn(counted, occurrence));
  return Float64Array.from(edges, (edge) => values[steps.of[edge]!]!);
}

/** What rounding may leave of a probability. */
const ROUNDING = 1e-9;

/** JSON has no number for it. */
const amount = (value: number): Amount => (value === Infinity ? "infinite" : value);

function* passageRecord(chain: Chain, longRun: LongRun, asked: PassageAsked, effort?: Effort): Slices<PassageRecord> {
  const { label, ends, begins, unless, times = 1, percentiles = [], by = [] } = asked;
  const start = begins ? startsOf(chain, longRun, countsOf(chain, begins), label) : new Map([[0, 1]]);
  const rows = untilCounted(chain, countsOf(chain, ends), times, unless && countsOf(chain, unless));
  const found = yield* passageOf(rows, start, { percentiles, by }, nameIn(chain), effort);
  return {
    label,
    mean: amount(found.mean),
    reached: found.reached,
    percentiles: percentiles.map((probability, k) => ({ probability, ns: amount(found.percentiles[k]!) })),
    by: by.map((ns, k) => ({ ns, probability: found.by[k]! })),
    solver: { method: "multi-level Gauss-Seidel", ...found.solved },
  };
}

/** How often what is counted comes in the long run, per ns. */
function oftenOf({ count, offsets, values }: Chain, { leaves }: LongRun, byEdge: Float64Array): number {
  let sum = 0;
  for (let state = 0; state < count; state++)
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++)
      if (byEdge[edge] !== 0) sum += leaves[state]! * values[edge]! * byEdge[edge]!;
  return sum;
}

/** How probably it ends where no work is finished any more, though it is elsewhere: what is per piece of work is of both. */
function idleWords(chain: Chain, { bottoms }: LongRun, { label }: Counted, byEdge: Float64Array): readonly string[] {
  const { offsets, values } = chain;
  const works = ({ states }: LongRun["bottoms"][number]): boolean =>
    states.some((state) => {
      for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++)
        if (byEdge[edge] !== 0 && values[edge]! > 0) return true;
      return false;
    });
  const idle = bottoms.filter((bottom) => !works(bottom)).reduce((sum, { probability }) => sum + probability, 0);
  if (idle === 0 || idle > 1 - ROUNDING) return [];
  return [
    `With probability ${Number(idle.toPrecision(4))} there are no more ${label} in the long run; a number per piece of work has on top what goes on without them.`,
  ];
}

/** Where the chain is after a step that is counted, in the long run. */
function startsOf(chain: Chain, { leaves }: LongRun, byEdge: Float64Array, label: string): ReadonlyMap<number, number> {
  const { count, offsets, targets, values } = chain;
  const starts = new Map<number, number>();
  let sum = 0;
  for (let state = 0; state < count; state++)
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) {
      const part = leaves[state]! * values[edge]! * byEdge[edge]!;
      if (part === 0) continue;
      starts.set(targets[edge]!, (starts.get(targets[edge]!) ?? 0) + part);
      sum += part;
    }
  if (sum === 0) throw new ModelError(`What begins the passage "${label}" does not come in the long run.`);
  return new Map([...starts].map(([state, part]) => [state, part / sum]));
}

function assumptionsOf({ holds }: Chain, rates: Rates, { bottoms }: LongRun): readonly string[] {
  const { rules, choices = [] } = rates;
  const stopped = bottoms
    .filter(({ states }) => holds[states[0]!] === Infinity)
    .reduce((sum, { probability }) => sum + probability, 0);
  return [
    "All times are exponential and independent of each other.",
    ...(rules.some(({ timing }) => timing.kind === "immediate")
      ? ["Steps that take no time come first; of several, each comes in proportion to its weight."]
      : []),
    ...(choices.length > 0 ? [`Choices follow the weights of ${choices.length} rules of the workload.`] : []),
    ...(bottoms.length > 1
      ? [`It stays in one of ${bottoms.length} sets of states; long-run numbers are their average.`]
      : []),
    ...(stopped > 0
      ? [`With probability ${Number(stopped.toPrecision(4))} it comes to a stop, after which no step follows.`]
      : []),
    ...assumedOf(rates),
  ];
}
