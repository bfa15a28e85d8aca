/** What a simulation is built from, and one replication of it: the work of a thread. */
import { meanOf } from "../../checker/measure/cost.ts";
import type { Questions, Replication } from "../../checker/measure/simulate/asked.ts";
import { streamOf } from "../../checker/measure/simulate/draws.ts";
import type { Engine } from "../../checker/measure/simulate/engine.ts";
import { engineFor, Replicating } from "../../checker/measure/simulate/replicating.ts";
import { checkSimulation } from "../../checker/measure/simulate/simulation.ts";
import type { Rates } from "../../checker/measure/rates.ts";
import { ModelError, type System } from "../../checker/system.ts";
import { levelsIn, spansIn } from "../../model/costs/waits.ts";
import { choicesOf } from "../../model/workloads/workload.ts";
import { buildSimulated, clashOf } from "../../properties/build.ts";
import { advance } from "../advance.ts";
import { UsageError } from "../errors.ts";
import type { RunRequest, SimulationAsked, Spread, Watch } from "../ports.ts";
import { allCounts, asked as askedOf, counted, pieceOf, timesOf } from "./measured.ts";

/** Steps between two looks at an interrupt. */
const SLICE = 2_000;

export interface Prepared {
  readonly system: System;
  readonly rates: Rates;
  readonly questions: Questions;
  /** Names of what is counted. */
  readonly names: readonly string[];
  readonly unread: readonly string[];
}

const MORE = "more --events or --time, a shorter --warm-up, or a choice with which steps stay possible";

/** Roles of the slots of devices, which begin the work. */
const SLOTS = ["prg-slot", "stall-slot"];

interface Last {
  readonly key: string;
  readonly prepared: Prepared;
  /** Of replications that are not under way. */
  readonly engines: Engine[];
}

/** The replications of one point come one after the other: its system, and an engine for it, are made once in each thread. */
let last: Last | undefined;

function lastFor(request: RunRequest, asked: SimulationAsked): Last {
  const key = JSON.stringify([request, asked]);
  if (last?.key !== key) last = { key, prepared: built(request, asked), engines: [] };
  return last;
}

/** @throws UsageError for what cannot be simulated */
export const prepared = (request: RunRequest, asked: SimulationAsked): Prepared => lastFor(request, asked).prepared;

function built(request: RunRequest, asked: SimulationAsked): Prepared {
  const sized = { ...request, set: { ...request.set, ...asked.sizes } };
  const clash = clashOf(sized);
  if (clash !== undefined) throw new UsageError(`${request.system} cannot be simulated so: ${clash}.`);
  const { workload } = asked;
  const { system, unread } = refusing(request, () => buildSimulated(sized, workload));
  const rates = spreadAs(asked.spread, timesOf(system, asked.costs));
  const role = SLOTS.find((one) => Object.values(system.components).some((component) => component.role === one));
  const choices =
    workload && role !== undefined ? refusing(request, () => choicesOf(workload, pagesOf(system), role)) : [];
  const names = asked.counts.length > 0 ? asked.counts : allCounts(system);
  const questions: Questions = {
    work: pieceOf(system, asked.piece).finished,
    counted: names.map((name) => counted(system, name)),
    spans: spansIn(system),
    levels: levelsIn(system),
  };
  const rated = { ...rates, choices };
  askedOf(system, () => checkSimulation(system, rated, questions, asked.options));
  return { system, rates: rated, questions, names, unread: unread() };
}

/** The same means, all times spread around them in the same way. */
const spreadAs = (distribution: Spread, { rules, ...rates }: Rates): Rates => ({
  ...rates,
  rules: rules.map((rule) => {
    const { timing } = rule;
    if (timing.kind !== "timed") return rule;
    const { unit, basis } = timing.cost;
    return { ...rule, timing: { ...timing, cost: { distribution, mean: meanOf(timing.cost), unit, basis } } };
  }),
});

/** Of a page fault system. */
const pagesOf = ({ parameters }: System): number =>
  (parameters as { readonly bounds: { readonly pages: number } }).bounds.pages;

function refusing<T>({ system }: RunRequest, build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    throw new UsageError(`${system} cannot be simulated so: ${error.message.split("\n")[0]}`);
  }
}

/** The replication of this number, from 0; undefined: it was interrupted. */
export async function replicated(
  request: RunRequest,
  asked: SimulationAsked,
  number: number,
  watch: Watch,
): Promise<Replication | undefined> {
  const { prepared: point, engines } = lastFor(request, asked);
  const { system, rates, questions } = point;
  const draws = streamOf(asked.options.seed, number);
  const engine = engines.pop() ?? engineFor(system, rates, questions);
  const running = new Replicating(engine, questions, asked.options, draws);
  let isOver = false;
  await advance(
    () => !(isOver = running.advance(SLICE)),
    () => watch.onProgress({ kind: "events", events: running.engine.steps, share: running.share }),
    watch,
  );
  engines.push(engine);
  return isOver ? askedOf(system, () => running.result(), MORE) : undefined;
}
