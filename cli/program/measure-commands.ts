/** The command that measures. */
import type { Command } from "commander";
import { costs, isCostName, type GivenCosts } from "../../model/costs/costs.ts";
import { METHODS } from "../../reports/measure.ts";
import { unknownName, UsageError } from "../errors.ts";
import { oneOf, wholeNumber, type SelectionOptions } from "../options.ts";
import { each, type Process } from "./common.ts";

/** With their transitions they take about 1 GB. */
const MOST_STATES = "3000000";

interface MeasureFlags extends SelectionOptions {
  readonly sweep?: string;
  readonly count?: readonly string[];
  readonly method: string;
  readonly per?: string;
  readonly cost?: readonly string[];
  readonly maxStates: string;
  readonly write?: string;
  readonly question?: string;
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly svg?: boolean;
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

export function addMeasure(root: Command, { load, terminal, finish }: Process): void {
  root
    .command("measure")
    .description("count what a fault or an access takes: over all runs, or on average with a time for each step")
    .argument("[system]", "name of a system")
    .option("--method <name>", "bounds: least and most over all runs; expected: average of a Markov chain", "bounds")
    .option("--count <name>", "what is counted: a name below, a message, or a step; may be repeated", each)
    .option("--per <name>", "a piece of work: fault, access, or what else can be counted")
    .option("--sweep <knob=values>", "measure with each value of a knob, with commas between them")
    .option("--design <names>", "designs of the software under test, with commas between the names")
    .option("--hardware <name>", "only this hardware (see faultline list hardware)")
    .option("--bounds <name>", "small, default or deep", "small")
    .option("--set <knob=value>", "set a knob; may be repeated", each)
    .option("--cost <name=ns>", "a time in the place of that of the project, for expected; may be repeated", each)
    .option("--max-states <n>", "refuse systems with more states", MOST_STATES)
    .option("--write <folder>", "write numbers.md to this folder: the questions of the RFC that have numbers")
    .option("--question <name>", "answer one question of that page again, by simulation")
    .option("--json", "one JSON object on stdout")
    .option("--csv", "comma-separated values on stdout")
    .option("--svg", "a drawing on stdout: of a question, or of a sweep over numbers")
    .action(async (system: string | undefined, flags: MeasureFlags) => {
      const { count = [], cost = [], maxStates, write, question: asked, json: _, csv: __, svg: ___, ...chosen } = flags;
      const form = formOf(flags);
      const most = wholeNumber("--max-states", maxStates, 1);
      const method = oneOf("--method", flags.method, METHODS);
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
