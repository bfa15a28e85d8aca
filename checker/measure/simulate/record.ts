/** What a simulation says, as plain data: never a number without how it came about and what it rests on. */
import type { Json } from "../../json.ts";
import type { System } from "../../system.ts";
import type { Rates } from "../rates.ts";
import { GENERATOR } from "./draws.ts";
import { RESOLUTION } from "./histogram.ts";
import type { Length, Questions, Replication, SimulationOptions } from "./asked.ts";
import { fromZero, has, intervalOf, type Interval } from "./student.ts";

export const SIMULATION_SCHEMA = "faultline-simulation/1";

/** How steps race, in the words that a report prints. */
const POLICY = [
  "each activity (the steps of one component by one rule) has one clock",
  "a clock goes on while its activity stays possible, is stopped when it is not, and starts anew when it has happened",
  "steps without time come first, by weight; of clocks that ring at one time, that of the activity that was possible first",
];

export interface SimulationRecord {
  readonly schema: typeof SIMULATION_SCHEMA;
  readonly method: "simulate";
  readonly system: { readonly name: string; readonly parameters: Json };
  readonly rates: string;
  /** Costs that no source has: step, and why the number is assumed. */
  readonly assumptions: readonly { readonly step: string; readonly because: string }[];
  readonly how: {
    readonly seed: number;
    readonly generator: string;
    readonly policy: readonly string[];
    readonly replications: number;
    readonly done: number;
    readonly warmUp: SimulationOptions["warmUp"];
    readonly length: Length;
    readonly confidence: number;
    /** Relative: how much too high a percentile may be. */
    readonly percentiles: number;
  };
  readonly steps: number;
  /** Replications in which no step was possible any more before their end. */
  readonly stopped: number;
  readonly work: { readonly label: string; readonly perNs: Interval };
  /** How long the measured part of a replication was, in nanoseconds. */
  readonly ns: Interval;
  /** By how much the throughput of the second half was above that of the first, as a share; not where pieces of work are the length. */
  readonly drift?: Interval & { readonly isSteady: boolean };
  readonly counted: readonly {
    readonly label: string;
    readonly perNs: Interval;
    /** Absent where a replication finished no work. */
    readonly perWork?: Interval;
  }[];
  /** In nanoseconds; replications without any are left out. */
  readonly waits: readonly {
    readonly label: string;
    readonly count: number;
    readonly mean?: Interval;
    readonly p50?: Interval;
    /** Absent where a replication has fewer than `FEWEST_OF_99`. */
    readonly p99?: Interval;
    /** In the replication that has fewest of them, of those that have any. */
    readonly fewest: number;
    readonly most: number;
  }[];
  readonly levels: readonly {
    readonly label: string;
    readonly mean: Interval;
    readonly most: number;
    /** The share of the time at each value; left out where there are more than `MOST_SHARES` values. */
    readonly shares?: readonly { readonly value: number; readonly share: Interval }[];
  }[];
}

const MOST_SHARES = 64;

/** Of fewer, 99 % is the longest one, which is too short. */
export const FEWEST_OF_99 = 100;

export function recordOf(
  system: System,
  rates: Rates,
  questions: Questions,
  options: SimulationOptions,
  done: readonly Replication[],
): SimulationRecord {
  const { work, counted = [], spans = [], levels = [] } = questions;
  const over = (value: (one: Replication) => number, of: readonly Replication[] = done): Interval =>
    fromZero(intervalOf(of.map(value), options.confidence));
  return {
    schema: SIMULATION_SCHEMA,
    method: "simulate",
    system: { name: system.name, parameters: system.parameters },
    rates: rates.name,
    assumptions: assumptionsOf(rates),
    how: { ...options, generator: GENERATOR, policy: POLICY, done: done.length, percentiles: RESOLUTION },
    steps: done.reduce((sum, { steps }) => sum + steps, 0),
    stopped: done.filter(({ stopped }) => stopped).length,
    work: {
      label: work.label,
      perNs: oftenOf(
        done,
        (one) => one.work,
        ({ ns }) => ns,
        options.confidence,
      ),
    },
    ns: over(({ ns }) => ns),
    ...(!("pieces" in options.length) && { drift: driftOf(done, options.confidence) }),
    counted: counted.map(({ label }, at) => ({
      label,
      perNs: oftenOf(
        done,
        ({ counts }) => counts[at]!,
        ({ ns }) => ns,
        options.confidence,
      ),
      ...(done.every((one) => one.work > 0) && {
        perWork: oftenOf(
          done,
          ({ counts }) => counts[at]!,
          (one) => one.work,
          options.confidence,
        ),
      }),
    })),
    waits: spans.map(({ label }, at) => {
      const having = done.filter(({ waits }) => waits[at]!.count > 0);
      return {
        label,
        count: having.reduce((sum, { waits }) => sum + waits[at]!.count, 0),
        fewest: having.length === 0 ? 0 : Math.min(...having.map(({ waits }) => waits[at]!.count)),
        ...(having.length > 0 && {
          mean: over(({ waits }) => waits[at]!.mean, having),
          p50: over(({ waits }) => waits[at]!.p50, having),
          ...(having.every(({ waits }) => waits[at]!.count >= FEWEST_OF_99) && {
            p99: over(({ waits }) => waits[at]!.p99, having),
          }),
        }),
        most: having.reduce((most, { waits }) => Math.max(most, waits[at]!.most), 0),
      };
    }),
    levels: levels.map(({ label }, at) =>
      levelOf(
        label,
        done.map((one) => one.levels[at]!),
        options.confidence,
      ),
    ),
  };
}

/** Of what was never seen it is known how rare it must be: a Poisson process would have shown one of them. */
function oftenOf(
  done: readonly Replication[],
  count: (one: Replication) => number,
  per: (one: Replication) => number,
  confidence: number,
): Interval {
  if (done.some((one) => count(one) > 0))
    return fromZero(
      intervalOf(
        done.map((one) => count(one) / per(one)),
        confidence,
      ),
    );
  const all = done.reduce((sum, one) => sum + per(one), 0);
  return { mean: 0, low: 0, high: -Math.log(1 - confidence) / all, of: done.length };
}

type Shares = Replication["levels"][number];

function levelOf(label: string, of: readonly Shares[], confidence: number): SimulationRecord["levels"][number] {
  const values = [...new Set(of.flatMap((shares) => shares.map(([value]) => value)))].sort((a, b) => a - b);
  const shareOf = (shares: Shares, wanted: number): number => shares.find(([value]) => value === wanted)?.[1] ?? 0;
  return {
    label,
    mean: fromZero(
      intervalOf(
        of.map((shares) => shares.reduce((sum, [value, share]) => sum + value * share, 0)),
        confidence,
      ),
    ),
    most: values.at(-1) ?? 0,
    ...(values.length <= MOST_SHARES && {
      shares: values.map((value) => ({
        value,
        share: fromZero(
          intervalOf(
            of.map((shares) => shareOf(shares, value)),
            confidence,
          ),
        ),
      })),
    }),
  };
}

/** Steady as far as the replications can tell: the interval has 0 in it. Both halves by their time, for steps are no time. */
function driftOf(done: readonly Replication[], confidence: number): NonNullable<SimulationRecord["drift"]> {
  const often = (work: number, ns: number): number => (ns > 0 ? work / ns : 0);
  const drift = intervalOf(
    done.map(({ work, ns, firstHalf }) =>
      work === 0
        ? 0
        : (often(work - firstHalf.work, ns - firstHalf.ns) - often(firstHalf.work, firstHalf.ns)) / often(work, ns),
    ),
    confidence,
  );
  return { ...drift, isSteady: has(drift, 0) };
}

const assumptionsOf = ({ rules }: Rates): SimulationRecord["assumptions"] =>
  rules.flatMap(({ step, timing }) =>
    timing.kind === "timed" && "assumed" in timing.cost.basis ? [{ step, because: timing.cost.basis.assumed }] : [],
  );
