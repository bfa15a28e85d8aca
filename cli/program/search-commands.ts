/** The commands that search: check and random. */
import { Option, type Command } from "commander";
import type { Output } from "../commands/search.ts";
import { byteSize, MOST_SEED, oneOf, selectionOf, wholeNumber, type SelectionOptions } from "../options.ts";
import { queueingOf } from "../jobs/queue/queueing.ts";
import { jobsOf, withJobs } from "../jobs/with-jobs.ts";
import { UsageError } from "../errors.ts";
import { ENGINES, STOP_AT, type CheckpointRequest, type Engine } from "../ports.ts";
import { partOf, shardOf } from "../shard.ts";
import { KNOB_STATES, WHY_STATES, whyLimits } from "../why-limits.ts";
import { each, expectOneForm, inColour, JOBS, OUT, QUEUE, SHARD, type Process } from "./common.ts";

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
  readonly approximate?: boolean;
  readonly checkpoint?: string;
  readonly resume?: string;
  readonly checkpointEvery?: string;
  readonly seed?: string;
  readonly jobs?: string;
  readonly queue?: string;
  readonly shard?: string;
  readonly runs?: string;
}

/** The options that choose a run of a system. */
const withChoices = (command: Command): Command =>
  command
    .option("--hardware <name>", "only this hardware (see faultline list hardware)")
    .option("--design <name>", "only this design of the software under test (see faultline list designs)")
    .addOption(new Option("--host <name>", "the same as --design").hideHelp())
    .option("--bounds <name>", "small, default or deep")
    .option("--set <knob=value>", "set a knob; may be repeated", each);

/** The options that choose systems, and those that say where results go. */
const withSelection = (command: Command): Command =>
  withChoices(command.argument("[system...]", "names of systems; without one, the whole suite"))
    .option("--out <dir>", "directory for records, report and counterexamples", OUT)
    .option(...JOBS)
    .option(...QUEUE)
    .option("--steps", "print violations as numbered lists of all steps, instead of charts")
    .option("--json", "one JSON object on stdout instead of the report")
    .option("--no-color", "no colours");

/** Days between two checkpoints are a mistake. */
const MOST_SECONDS = 86_400;

/** @throws UsageError for options of which one would be ignored */
function checkpointOf(
  { checkpoint, resume, checkpointEvery, approximate = false, queue }: SearchOptions,
  tool: string,
): CheckpointRequest | undefined {
  const directory = resume ?? checkpoint;
  if (resume !== undefined && checkpoint !== undefined)
    throw new UsageError(
      "--checkpoint and --resume exclude each other.",
      "--resume, which keeps its checkpoint up to date",
    );
  if (directory !== undefined && approximate)
    throw new UsageError("--approximate keeps no states, of which a checkpoint consists.", "one of the two options");
  if (directory !== undefined && queue !== undefined)
    throw new UsageError(
      "A checkpoint is kept on this machine, and --queue searches on others.",
      "one of the two options",
    );
  if (directory === undefined) {
    if (checkpointEvery === undefined) return undefined;
    throw new UsageError("--checkpoint-every has no effect without --checkpoint or --resume.", "one of them");
  }
  const seconds = wholeNumber("--checkpoint-every", checkpointEvery ?? "60", 0, MOST_SECONDS);
  return { directory, isResumed: resume !== undefined, seconds, tool };
}

export function addSearchCommands(
  root: Command,
  { load, terminal, finish, worker, identity, tool = "faultline" }: Process,
): void {
  const outputOf = ({ out, json, color, steps, queue }: SearchOptions): Omit<Output, "jobs"> => {
    expectOneForm({ steps, json });
    const colour = inColour(terminal, color);
    return { out, json: json === true, steps: steps === true, colour, queued: queue !== undefined };
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
    .option("--approximate", "keep a hash of each state and not the state: takes less memory, and may miss states")
    .option("--checkpoint <dir>", "keep there, now and then and at an early end, from where --resume can go on")
    .option("--resume <dir>", "go on from the checkpoint in the directory, and keep it up to date")
    .option("--checkpoint-every <seconds>", "seconds between two checkpoints, at least (default: 60)")
    .option(...SHARD)
    .action(async (systems: string[], options: SearchOptions) => {
      const output = outputOf(options);
      const checkpoint = checkpointOf(options, tool);
      const asked = options.maxMemory === undefined ? undefined : byteSize("--max-memory", options.maxMemory);
      const limits = {
        symmetry: options.symmetry !== false,
        ...(options.approximate && { approximate: true }),
        ...(options.maxStates === undefined ? {} : { maxStates: wholeNumber("--max-states", options.maxStates, 1) }),
        ...(options.engine === undefined ? {} : { engine: oneOf("--engine", options.engine, ENGINES) }),
        maxMemory: asked ?? Math.floor(terminal.installed / 2),
      };
      const chosen = options.stopAt === undefined ? undefined : oneOf("--stop-at", options.stopAt, STOP_AT);
      const jobs = jobsOf(options.jobs, terminal);
      const queueing = queueingOf(options, identity, terminal, asked);
      const { maxMemory: _, ...lasting } = limits;
      const shard = options.shard && { ...shardOf(options.shard), how: { tool, stopAt: chosen ?? "", ...lasting } };
      const loaded = await load();
      const selection = selectionOf(loaded, systems, options);
      const runs = partOf(loaded.runs(selection), shard || undefined);
      if (checkpoint && runs.length !== 1)
        throw new UsageError(
          `a checkpoint is of one search, and these are ${runs.length}.`,
          "one system for --checkpoint or --resume",
        );
      for (const warning of new Set(runs.map(loaded.warning)))
        if (warning !== undefined) terminal.err(`faultline: ${warning}.\n`);
      const { search } = await import("../commands/search.ts");
      const work = (engine: Engine, atOnce: number): Promise<number> =>
        search(
          engine,
          terminal,
          selection,
          { ...output, jobs: atOnce, ...(shard && { shard }) },
          "faultline-check/1",
          (run, watch) => {
            const stopAt = chosen ?? (systems.length === 1 && !engine.isOfSuite(run) ? "first" : "never");
            const maxMemory = Math.floor(limits.maxMemory / atOnce);
            const shared = { ...limits, maxMemory, maxProcess: limits.maxMemory, ...(checkpoint && { checkpoint }) };
            return engine.check(run, { ...shared, stopAt, compares: Object.keys(selection.set) }, watch);
          },
        );
      finish(await withJobs(loaded, jobs, runs.length, worker, work, queueing));
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
      const queueing = queueingOf(options, identity, terminal);
      const loaded = await load();
      const selection = selectionOf(loaded, systems, options);
      const { search } = await import("../commands/search.ts");
      const work = (engine: Engine, atOnce: number): Promise<number> =>
        search(engine, terminal, selection, { ...output, jobs: atOnce }, "faultline-random/1", (run, watch) =>
          engine.random(run, limits, watch),
        );
      finish(await withJobs(loaded, jobs, loaded.runs(selection).length, worker, work, queueing));
    });
}

interface WhyFlags extends SelectionOptions {
  readonly claim?: string;
  readonly maxStates?: string;
  readonly maxMemory?: string;
  readonly knobs: boolean;
  readonly json?: boolean;
}

export function addWhy(root: Command, { load, terminal, finish }: Process): void {
  const command = root
    .command("why")
    .description("say what a violation rests on, or what makes a claim hold: steps, order, knobs")
    .argument("<what>", "a counterexample, a saved regression, run.json, or a system by name")
    .option("--claim <id>", "with a system or run.json: the claim that is asked about");
  withChoices(command)
    .option(
      "--max-states <n>",
      `stop each search after so many states (default: ${WHY_STATES}, and ${KNOB_STATES} for each value of a knob)`,
    )
    .option("--max-memory <size>", "stop the first search when its tables take more (default: half of this machine's)")
    .option("--no-knobs", "try no other values of knobs")
    .option("--json", "one JSON object on stdout")
    .action(async (what: string, { maxStates, maxMemory, knobs, json, ...options }: WhyFlags) => {
      const states = maxStates === undefined ? undefined : wholeNumber("--max-states", maxStates, 1);
      const usual = whyLimits(terminal);
      const limits = {
        maxStates: states ?? usual.maxStates,
        maxMemory: maxMemory === undefined ? usual.maxMemory : byteSize("--max-memory", maxMemory),
        knobStates: knobs ? (states ?? usual.knobStates) : 0,
      };
      const { why } = await import("../commands/why.ts");
      finish(await why(await load(), terminal, what, { ...options, json: json === true, limits }));
    });
}
