/** What the replications of a simulation come to, as a report says it. */
import { modelRecord } from "../../checker/explore/exhaustive.ts";
import { assumedOf } from "../../checker/measure/assumed.ts";
import type { Length, Replication, SimulationOptions } from "../../checker/measure/simulate/asked.ts";
import { FEWEST_OF_99, recordOf, type SimulationRecord } from "../../checker/measure/simulate/record.ts";
import type { Interval } from "../../checker/measure/simulate/student.ts";
import type { Workload } from "../../model/workloads/workload.ts";
import type { SimulatedNumber } from "../../reports/simulated.ts";
import { count } from "../../reports/words.ts";
import type { RunRequest, Simulated, SimulationAsked } from "../ports.ts";
import { allWords, countWords, pieceOf, unusedCosts } from "./measured.ts";
import { prepared } from "./simulating.ts";

const perSecond = (perNs: Interval): Interval => ({
  ...perNs,
  mean: perNs.mean * 1e9,
  low: perNs.low === null ? null : perNs.low * 1e9,
  high: perNs.high === null ? null : perNs.high * 1e9,
});

/** `missing`: why there is no interval. */
const number = (
  name: string,
  unit: SimulatedNumber["unit"],
  interval: Interval | undefined,
  missing = "",
): SimulatedNumber =>
  interval ? { name, unit, ...interval } : { name, unit, mean: null, missing, low: null, high: null, of: 0 };

/** The value itself: of the longest time nobody knows how far it lies from the truth. */
const plain = (name: string, unit: SimulatedNumber["unit"], mean: number, of: number): SimulatedNumber => ({
  name,
  unit,
  mean,
  low: null,
  high: null,
  of,
});

/** Flat, in the order in which they are read. */
function numbersOf({ work, counted, waits, levels, how }: SimulationRecord, piece: string): readonly SimulatedNumber[] {
  return [
    number(`${piece}: finished`, "per second", perSecond(work.perNs)),
    ...counted.flatMap(({ label, perNs, perWork }) => [
      number(`${label} per ${piece}`, "", perWork, `a replication has no ${piece}`),
      number(label, "per second", perSecond(perNs)),
    ]),
    ...waits.flatMap(({ label, mean, p50, p99, most, count: seen }) =>
      seen === 0
        ? [number(`time of ${label}`, "ns", undefined, "none seen")]
        : [
            number(`time of ${label}: mean`, "ns", mean),
            number(`time of ${label}: half of all take less`, "ns", p50),
            number(`time of ${label}: 99 % take less`, "ns", p99, "too few"),
            plain(`time of ${label}: longest seen`, "ns", most, how.done),
          ],
    ),
    ...levels.flatMap(({ label, mean, most }) => [
      number(`${label}: average`, "", mean),
      plain(`${label}: most seen`, "", most, how.done),
    ]),
  ];
}

const TIMES = [
  ["s", 1e9],
  ["ms", 1e6],
  ["us", 1e3],
  ["ns", 1],
] as const;

/** "5 ms", "100 ns": in the largest unit of which it is at least one. */
function timeWords(ns: number): string {
  const [unit, by] = TIMES.find(([, one]) => ns >= one) ?? TIMES[3];
  return `${Number((ns / by).toPrecision(6))} ${unit}`;
}

function lengthWords(length: Length): string {
  if ("ns" in length) return timeWords(length.ns);
  return "steps" in length ? `${count(length.steps)} events` : `${count(length.pieces)} pieces of work`;
}

const warmUpWords = (warmUp: SimulationOptions["warmUp"]): string =>
  typeof warmUp === "number" ? timeWords(warmUp) : lengthWords(warmUp);

function pickWords(workload: Workload): string {
  switch (workload.pick) {
    case "random":
      return "any piece is as likely as every other one";
    case "hot-set":
      return `the first ${count(workload.hot)} pieces get ${Number((100 * workload.share).toPrecision(4))} % of the work`;
    case "zipf":
      return `the n-th piece comes as often as 1 / n^${workload.exponent}`;
    case "sequential":
      return "one comes after the other, through all pages and again from the first";
    case "ring":
      return "one comes after the other, through a ring of descriptors; it begins with the page of its descriptor, 256 of which are in a page";
  }
}

function workloadWords({ workload }: SimulationAsked): string {
  if (!workload) return "A device begins the next piece of work as soon as it can, any one with the same probability.";
  const of = workload.itemPages === 1 ? "one page" : `${workload.itemPages} neighbouring pages`;
  return `A device begins the next piece of work as soon as it can; a piece is ${of}, and ${pickWords(workload)}.`;
}

/** Of so few, 99 % is a little too low: of 1,000 exponential times by about 1 %. */
const FEW_OF_99 = 1_000;

function fewWords({ label, count: seen, fewest }: SimulationRecord["waits"][number]): readonly string[] {
  if (seen === 0 || fewest >= FEW_OF_99) return [];
  const has = `A replication has only ${count(fewest)} of "time of ${label}"`;
  return [
    fewest < FEWEST_OF_99
      ? `${has}: for 99 % it needs ${FEWEST_OF_99}, with more --events or --time.`
      : `${has}: the 99 % comes out too low.`,
  ];
}

function assumptionsOf(
  { how, drift, stopped, waits }: SimulationRecord,
  { spread }: SimulationAsked,
): readonly string[] {
  const changed = drift && !drift.isSteady;
  return [
    spread === "fixed" ? "All times are fixed: each is its mean." : "All times are exponential and independent.",
    ...how.policy.map((sentence) => `${sentence.slice(0, 1).toUpperCase()}${sentence.slice(1)}.`),
    `Random numbers: ${how.generator}.`,
    `A percentile is at most ${Number((100 * how.percentiles).toPrecision(2))} % above that of the times seen; the longest seen is a value of this run, without an interval.`,
    ...(changed
      ? [
          `The second half has another throughput than the first: the warm-up is too short, or nothing settles. Chance alone says so in ${Number((100 * (1 - how.confidence)).toPrecision(2))} % of all runs.`,
        ]
      : []),
    ...waits.flatMap(fewWords),
    ...(stopped > 0 ? [`In ${stopped} of ${how.done} replications no step was possible any more before the end.`] : []),
  ];
}

/** Of the replications that are done, at least one. `replications` are in their order. */
export function simulated(
  request: RunRequest,
  asked: SimulationAsked,
  replications: readonly Replication[],
): Simulated {
  const { system, rates, questions, names, unread } = prepared(request, asked);
  const record = recordOf(system, rates, questions, asked.options, replications);
  const { how, steps } = record;
  const labels = [questions.work.label, ...names];
  return {
    point: {
      model: modelRecord(system, { ...request, set: { ...request.set, ...asked.sizes } }),
      how: {
        seed: how.seed,
        replications: how.replications,
        done: how.done,
        length: lengthWords(how.length),
        warmUp: warmUpWords(how.warmUp),
        confidence: how.confidence,
        events: steps,
      },
      numbers: numbersOf(record, asked.piece),
      assumptions: [
        workloadWords(asked),
        ...allWords(asked.piece, pieceOf(system, asked.piece).begins),
        ...assumptionsOf(record, asked),
        ...assumedOf(rates),
        ...countWords(system, labels),
      ],
    },
    unread: [...unread, ...unusedCosts(system, asked.costs)],
  };
}
