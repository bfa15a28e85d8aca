/** The command that measures. */
import type { Command } from "commander";
import { costs, isCostName, type GivenCosts } from "../../model/costs/costs.ts";
import { METHODS } from "../../reports/measure.ts";
import { unknownName, UsageError } from "../errors.ts";
import { oneOf, wholeNumber, type SelectionOptions } from "../options.ts";
import { jobsOf } from "../jobs/with-jobs.ts";
import { simulationOptionsOf, workloadOf, type SimulationFlags } from "../measure/simulation-options.ts";
import { SPREADS, type SimulationAsked } from "../ports.ts";
import { each, type Process } from "./common.ts";

/** With their transitions they take about 1 GB. */
const MOST_STATES = "3000000";

interface MeasureFlags extends SelectionOptions, SimulationFlags {
  readonly sweep?: string;
  readonly count?: readonly string[];
  readonly method: string;
  readonly per?: string;
  readonly cost?: readonly string[];
  readonly maxStates: string;
  readonly write?: string;
  readonly question?: string;
  readonly json?: boolean;
  readonly workload?: string;
  readonly itemPages?: string;
  readonly spread?: string;
  readonly jobs?: string;
  readonly csv?: boolean;
  readonly svg?: boolean;
}

/** Options that only a simulation has, as a user writes them. */
const OF_SIMULATIONS = {
  seed: "--seed",
  replications: "--replications",
  events: "--events",
  time: "--time",
  warmUp: "--warm-up",
  workload: "--workload",
  itemPages: "--item-pages",
  spread: "--spread",
  jobs: "--jobs",
} as const;

/** @throws UsageError for an option that would be ignored */
function expectNoSimulation(flags: MeasureFlags, method: string): void {
  for (const [name, option] of Object.entries(OF_SIMULATIONS))
    if (flags[name as keyof typeof OF_SIMULATIONS] !== undefined)
      throw new UsageError(`${option} has no effect on ${method}.`, "--method simulate");
}

/** What is asked of a simulation. */
function askedIn(flags: MeasureFlags, costs: GivenCosts): Omit<SimulationAsked, "sizes"> {
  const { workload, itemPages, spread, count = [], per = "access" } = flags;
  if (itemPages !== undefined && workload === undefined)
    throw new UsageError("--item-pages is about pieces of a workload.", "--workload, such as --workload random");
  const pages = wholeNumber("--item-pages", itemPages ?? "1", 1);
  return {
    counts: count,
    piece: per,
    costs,
    workload: workload === undefined ? undefined : workloadOf(workload, pages),
    spread: spread === undefined ? "exponential" : oneOf("--spread", spread, SPREADS),
    options: simulationOptionsOf(flags),
  };
}

const FORMS = ["json", "csv", "svg"] as const;

/** @throws UsageError for two forms at once */
function formOf(flags: Pick<MeasureFlags, (typeof FORMS)[number]>): "text" | (typeof FORMS)[number] {
  const asked = FORMS.filter((form) => flags[form] === true);
  if (asked.length > 1)
    throw new UsageError(`${asked.map((form) => `--${form}`).join(" and ")} exclude each other.`, "one of them");
  return asked[0] ?? "text";
}

/** "access=500": a time in ns. */
function costsIn(texts: readonly string[]): GivenCosts {
  const given: { [name: string]: number } = {};
  for (const text of texts) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined) throw new UsageError(`--cost cannot be "${text}".`, "name=ns");
    if (!isCostName(name)) throw unknownName("cost", name, Object.keys(costs));
    if (Object.hasOwn(given, name)) throw new UsageError(`--cost gives ${name} two values.`, "each cost once");
    const ns = /^\d+(\.\d+)?$/.test(value) ? Number(value) : NaN;
    if (!(Number.isFinite(ns) && ns > 0))
      throw new UsageError(
        `the cost of ${name} cannot be "${value}".`,
        "a number of ns above 0, in digits, such as 250 or 0.5",
      );
    given[name] = ns;
  }
  return given;
}

export function addMeasure(root: Command, { load, terminal, finish, worker }: Process): void {
  root
    .command("measure")
    .description("count what a fault or an access takes: over all runs, or on average with a time for each step")
    .argument("[system]", "name of a system")
    .option(
      "--method <name>",
      "bounds: least and most over all runs; expected: average of a Markov chain; simulate: discrete events",
      "bounds",
    )
    .option("--count <name>", "what is counted: a name below, a message, or a step; may be repeated", each)
    .option("--per <name>", "a piece of work: fault, access, or what else can be counted")
    .option("--sweep <knob=values>", "measure with each value of a knob, with commas between them")
    .option("--design <names>", "designs of the software under test, with commas between the names")
    .option("--hardware <name>", "only this hardware (see faultline list hardware)")
    .option("--bounds <name>", "small, default or deep", "small")
    .option("--set <knob=value>", "set a knob; may be repeated", each)
    .option("--cost <name=ns>", "a time in the place of that of the project; not for bounds; may be repeated", each)
    .option("--max-states <n>", "refuse systems with more states", MOST_STATES)
    .option(
      "--workload <name>",
      "simulate: random, sequential, ring, hot-set:PIECES:SHARE or zipf:EXPONENT; default: whatever a device may do",
    )
    .option("--item-pages <n>", "simulate: pages of a piece of work (default: 1)")
    .option("--spread <name>", "simulate: exponential or fixed times around their means (default: exponential)")
    .option("--seed <n>", "simulate: the same seed gives the same bytes (default: 1)")
    .option("--replications <n>", "simulate: independent runs (default: 10)")
    .option("--events <n>", "simulate: events of each replication (default: 20000)")
    .option("--time <time>", "simulate: time of each replication in the place of events, such as 5ms")
    .option("--warm-up <n>", "simulate: events, or a time, that are cut off before (default: a tenth)")
    .option("--jobs <n>", "simulate: how many replications are made at once (default: one for each core)")
    .option("--write <folder>", "write numbers.md to this folder: the questions of the RFC that have numbers")
    .option("--question <name>", "answer one question of that page again, by simulation")
    .option("--json", "one JSON object on stdout")
    .option("--csv", "comma-separated values on stdout")
    .option("--svg", "a drawing on stdout: of a question, or of a sweep over numbers")
    .action(async (system: string | undefined, flags: MeasureFlags) => {
      const { count = [], cost = [], maxStates, write, question: asked, json: _, csv: __, svg: ___, ...chosen } = flags;
      const form = formOf(flags);
      const method = oneOf("--method", flags.method, [...METHODS, "simulate"] as const);
      if (method === "simulate") {
        if (write !== undefined) throw new UsageError("numbers.md has measurements of its own.", "--write alone");
        if (asked !== undefined)
          throw new UsageError("questions of numbers.md say by themselves how they are measured.", "--question alone");
        if (system === undefined) throw new UsageError("measure needs a system.", "a name of faultline list systems");
        if (form === "svg")
          throw new UsageError("--svg is for bounds, expected and questions.", "--json, --csv, or another method");
        const { simulate } = await import("../commands/simulate.ts");
        const simulation = askedIn(flags, costsIn(cost));
        const jobs = jobsOf(flags.jobs, terminal);
        finish(
          await simulate(await load(), terminal, system, {
            ...flags,
            asked: simulation,
            jobs,
            worker,
            form,
          }),
        );
        return;
      }
      expectNoSimulation(flags, flags.method);
      const most = wholeNumber("--max-states", maxStates, 1);
      const given = costsIn(cost);
      if (method === "bounds" && cost.length > 0)
        throw new UsageError("--cost has no effect on bounds, which know no times.", "--method expected");
      if (write !== undefined) {
        const { sweep, per, design, hardware, set } = chosen;
        const own = [system, sweep, per, design, hardware, set, ...count, ...cost];
        if (own.some((choice) => choice !== undefined) || form !== "text" || asked !== undefined)
          throw new UsageError("numbers.md has measurements of its own.", "--write alone");
        const { writeNumbers } = await import("../commands/numbers.ts");
        finish(await writeNumbers(await load(), terminal, write));
        return;
      }
      if (asked !== undefined) {
        const { sweep, per, design, hardware, set } = chosen;
        const own = [system, sweep, per, design, hardware, set, ...count, ...cost];
        if (own.some((choice) => choice !== undefined))
          throw new UsageError("a question has sizes and times of its own.", "--question with --json, --csv or --svg");
        const { question } = await import("../commands/question.ts");
        finish(await question(await load(), terminal, asked, form));
        return;
      }
      if (system === undefined) throw new UsageError("measure needs a system.", "a name of faultline list systems");
      const { measure } = await import("../commands/measure.ts");
      const options = { ...chosen, method, counts: count, costs: given, maxStates: most, form };
      finish(await measure(await load(), terminal, system, options));
    });
}
