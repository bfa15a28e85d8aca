/** The options of a simulation, from text to values. */
import type { Length, SimulationOptions } from "../../checker/measure/simulate/asked.ts";
import type { Workload } from "../../model/workloads/workload.ts";
import { unknownName, UsageError } from "../errors.ts";
import { MOST_SEED, wholeNumber } from "../options.ts";

const PICKS = ["random", "hot-set", "zipf", "sequential", "ring"] as const;

const FORMS =
  "random, sequential, ring, hot-set:PIECES:SHARE such as hot-set:32:0.9, or zipf:EXPONENT such as zipf:1.1";

/** "0.9"; undefined: no number in digits. */
const decimal = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;

/** "hot-set:32:0.9", in pieces of so many pages. @throws UsageError */
export function workloadOf(text: string, itemPages: number): Workload {
  const [pick = "", ...numbers] = text.split(":");
  const [first, second] = numbers.map((number) => decimal(number));
  const refuse = (): never => {
    throw new UsageError(`--workload cannot be "${text}".`, FORMS);
  };
  const named = PICKS.find((name) => name === pick);
  switch (named) {
    case "random":
    case "sequential":
    case "ring":
      return numbers.length === 0 ? { pick: named, itemPages } : refuse();
    case "hot-set":
      if (first === undefined || second === undefined || numbers.length !== 2) return refuse();
      return { pick: "hot-set", itemPages, hot: first, share: second };
    case "zipf":
      if (first === undefined || numbers.length !== 1) return refuse();
      return { pick: "zipf", itemPages, exponent: first };
    case undefined:
      throw unknownName("workload", pick, PICKS);
  }
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ["ns", 1],
  ["us", 1e3],
  ["ms", 1e6],
  ["s", 1e9],
]);

/** "5ms" in ns; undefined: no time. */
function nanoseconds(text: string): number | undefined {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)(ns|us|ms|s)$/.exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * UNITS.get(unit)!;
}

function timeOf(option: string, text: string): number {
  const ns = nanoseconds(text);
  if (ns !== undefined && ns > 0) return ns;
  throw new UsageError(`${option} cannot be "${text}".`, "a time above 0 with its unit, such as 500us, 5ms or 2s");
}

/** As commander gives them; undefined: not given. */
export interface SimulationFlags {
  readonly seed?: string;
  readonly replications?: string;
  readonly events?: string;
  readonly time?: string;
  readonly warmUp?: string;
}

const EVENTS = 20_000;
const MOST_EVENTS = 1e9;
const CONFIDENCE = 0.99;
/** Of the length, where no warm-up is given. */
const WARM_UP = 10;

/** A tenth before what is measured, if nothing is said. */
function warmUpOf(text: string | undefined, length: Length): SimulationOptions["warmUp"] {
  if (text === undefined)
    return "ns" in length ? length.ns / WARM_UP : { steps: Math.ceil((Object.values(length)[0] as number) / WARM_UP) };
  const ns = nanoseconds(text);
  if (ns !== undefined) return ns;
  if (/^\d+$/.test(text)) return { steps: wholeNumber("--warm-up", text, 0, MOST_EVENTS) };
  throw new UsageError(`--warm-up cannot be "${text}".`, "a number of events, or a time with its unit, such as 5ms");
}

/** @throws UsageError */
export function simulationOptionsOf(flags: SimulationFlags): SimulationOptions {
  const { seed = "1", replications = "10", events, time } = flags;
  if (events !== undefined && time !== undefined)
    throw new UsageError("--events and --time are both the length of a replication.", "one of them");
  const length: Length =
    time === undefined
      ? { steps: wholeNumber("--events", events ?? String(EVENTS), 1, MOST_EVENTS) }
      : { ns: timeOf("--time", time) };
  return {
    seed: wholeNumber("--seed", seed, 0, MOST_SEED),
    replications: wholeNumber("--replications", replications, 2, 10_000),
    length,
    warmUp: warmUpOf(flags.warmUp, length),
    confidence: CONFIDENCE,
  };
}
