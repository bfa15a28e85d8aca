/** The commands that search: check and random. */
import { Option, type Command } from "commander";
import type { Output } from "../commands/search.ts";
import { byteSize, MOST_SEED, oneOf, selectionOf, wholeNumber, type SelectionOptions } from "../options.ts";
import { jobsOf, withJobs } from "../jobs/with-jobs.ts";
import { ENGINES, STOP_AT } from "../ports.ts";
import { partOf, shardOf } from "../shard.ts";
import { each, expectOneForm, inColour, JOBS, OUT, SHARD, type Process } from "./common.ts";

interface SearchOptions extends SelectionOptions {
  readonly out: string;
  readonly json?: boolean;
  readonly color: boolean;
  readonly steps?: boolean;
  readonly maxStates?: string;
  readonly maxMemory?: string;
  readonly symmetry?: boolean;
  readonly engine?: string;
  readonly stopAt?: string;
  readonly seed?: string;
  readonly jobs?: string;
  readonly shard?: string;
  readonly runs?: string;
}

/** The options that choose systems, and those that say where results go. */
const withSelection = (command: Command): Command =>
  command
    .argument("[system...]", "names of systems; without one, the whole suite")
    .option("--hardware <name>", "only this hardware (see faultline list hardware)")
    .option("--design <name>", "only this design of the software under test (see faultline list designs)")
    .addOption(new Option("--host <name>", "the same as --design").hideHelp())
    .option("--bounds <name>", "small, default or deep")
    .option("--set <knob=value>", "set a knob; may be repeated", each)
    .option("--out <dir>", "directory for records, report and counterexamples", OUT)
    .option(...JOBS)
    .option("--steps", "print violations as numbered lists of all steps, instead of charts")
    .option("--json", "one JSON object on stdout instead of the report")
    .option("--no-color", "no colours");

export function addSearchCommands(root: Command, { load, terminal, finish, worker, tool = "" }: Process): void {
  const outputOf = ({ out, json, color, steps }: SearchOptions): Omit<Output, "jobs"> => {
    expectOneForm({ steps, json });
    return { out, json: json === true, steps: steps === true, colour: inColour(terminal, color) };
  };

  withSelection(root.command("check").description("search all reachable states of systems"))
    .option("--max-states <n>", "stop each search after so many states are kept")
    .option(
      "--max-memory <size>",
      "stop each search when its tables or its process take more; shared by the jobs: 500M, 2GiB (default: half of this machine's)",
    )
    .option("--no-symmetry", "store every state, even those that differ only in which page, slot or device is which")
    .option("--stop-at <when>", "first, each or never: when an unexpected violation ends the search")
    .option("--engine <name>", "reference: take each step on the compiled step table, to compare (default: trees)")
    .option(...SHARD)
    .action(async (systems: string[], options: SearchOptions) => {
      const output = outputOf(options);
      const limits = {
        symmetry: options.symmetry !== false,
        ...(options.maxStates === undefined ? {} : { maxStates: wholeNumber("--max-states", options.maxStates, 1) }),
        ...(options.engine === undefined ? {} : { engine: oneOf("--engine", options.engine, ENGINES) }),
        maxMemory:
          options.maxMemory === undefined
            ? Math.floor(terminal.installed / 2)
            : byteSize("--max-memory", options.maxMemory),
      };
      const chosen = options.stopAt === undefined ? undefined : oneOf("--stop-at", options.stopAt, STOP_AT);
      const jobs = jobsOf(options.jobs, terminal);
      const { maxMemory: _, ...lasting } = limits;
      const shard = options.shard && { ...shardOf(options.shard), how: { tool, stopAt: chosen ?? "", ...lasting } };
      const loaded = await load();
      const selection = selectionOf(loaded, systems, options);
      const runs = partOf(loaded.runs(selection), shard || undefined);
      for (const warning of new Set(runs.map(loaded.warning)))
        if (warning !== undefined) terminal.err(`faultline: ${warning}.\n`);
      const { search } = await import("../commands/search.ts");
      finish(
        await withJobs(loaded, jobs, runs.length, worker, (engine, atOnce) =>
          search(
            engine,
            terminal,
            selection,
            { ...output, jobs: atOnce, ...(shard && { shard }) },
            "faultline-check/1",
            (run, watch) => {
              const stopAt = chosen ?? (systems.length === 1 && !engine.isOfSuite(run) ? "first" : "never");
              const maxMemory = Math.floor(limits.maxMemory / atOnce);
              const shared = { ...limits, maxMemory, maxProcess: limits.maxMemory };
              return engine.check(run, { ...shared, stopAt, compares: Object.keys(selection.set) }, watch);
            },
          ),
        ),
      );
    });

  withSelection(root.command("random").description("walk systems at random, and shorten the path to a violation"))
    .option("--seed <n>", "seed of the random numbers", "1")
    .option("--runs <n>", "walks for each system", "1000")
    .action(async (systems: string[], options: SearchOptions) => {
      const output = outputOf(options);
      const limits = {
        seed: wholeNumber("--seed", options.seed ?? "1", 0, MOST_SEED),
        runs: wholeNumber("--runs", options.runs ?? "1000", 1),
      };
      const jobs = jobsOf(options.jobs, terminal);
      const loaded = await load();
      const selection = selectionOf(loaded, systems, options);
      const { search } = await import("../commands/search.ts");
      finish(
        await withJobs(loaded, jobs, loaded.runs(selection).length, worker, (engine, atOnce) =>
          search(engine, terminal, selection, { ...output, jobs: atOnce }, "faultline-random/1", (run, watch) =>
            engine.random(run, limits, watch),
          ),
        ),
      );
    });
}
