/** The commands about many runs: sweep and merge. */
import type { Command } from "commander";
import type { Form } from "../commands/sweep.ts";
import { UsageError } from "../errors.ts";
import { queueingOf } from "../jobs/queue/queueing.ts";
import { jobsOf } from "../jobs/with-jobs.ts";
import { byteSize, wholeNumber } from "../options.ts";
import { shardOf } from "../shard.ts";
import { each, JOBS, OUT, QUEUE, SHARD, type Process } from "./common.ts";

/** A defect may leave a search without an end, and nobody waits beside each run of a sweep. */
const MOST_STATES = "1000000";

interface SweepFlags {
  readonly hardware?: string;
  readonly design?: string;
  readonly bounds?: string;
  readonly set?: readonly string[];
  readonly vary?: readonly string[];
  readonly pairs?: boolean;
  readonly eachPair?: boolean;
  readonly maxStates: string;
  readonly maxMemory?: string;
  readonly shard?: string;
  readonly jobs?: string;
  readonly queue?: string;
  readonly out: string;
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly write?: string;
}

const formOf = ({ json, csv }: Pick<SweepFlags, "json" | "csv">): Form => {
  if (json && csv) throw new UsageError("--json and --csv exclude each other.", "one of them");
  return json ? "json" : csv ? "csv" : "text";
};

export function addSweep(root: Command, { load, terminal, finish, worker, identity, tool = "" }: Process): void {
  root
    .command("sweep")
    .description("run every combination of some settings, and say which are safe and what breaks each property")
    .argument("[system...]", "names of systems")
    .option("--vary <knob=values>", "values of a knob with commas between them, or all; may be repeated", each)
    .option("--pairs", "so few combinations that each pair of values is in one, instead of all")
    .option("--each-pair", "the base with each two values changed, and nothing else, instead of all")
    .option("--hardware <names>", "hardware to vary, with commas between the names")
    .option("--design <names>", "designs to vary, with commas between the names")
    .option("--bounds <name>", "small, default or deep")
    .option("--set <knob=value>", "set a knob in all runs; may be repeated", each)
    .option("--max-states <n>", "stop each search after so many states are kept", MOST_STATES)
    .option("--max-memory <size>", "stop each search when its tables or its process take more; shared by the jobs")
    .option(...SHARD)
    .option(...JOBS)
    .option(...QUEUE)
    .option("--out <dir>", "directory for sweep.json, and for results that are taken up again", OUT)
    .option("--write <folder>", "write design-space.md to this folder: sweeps over the questions of the RFC")
    .option("--json", "one JSON object on stdout")
    .option("--csv", "comma-separated values on stdout, a row for each run")
    .action(async (systems: string[], flags: SweepFlags) => {
      const {
        jobs: atOnce,
        maxStates,
        maxMemory,
        shard,
        json: _json,
        csv: _csv,
        queue: _queue,
        write,
        ...choices
      } = flags;
      const asked = maxMemory === undefined ? undefined : byteSize("--max-memory", maxMemory);
      const options = {
        ...choices,
        form: formOf(flags),
        tool,
        maxStates: wholeNumber("--max-states", maxStates, 1),
        maxMemory: asked ?? Math.floor(terminal.installed / 2),
        ...(shard !== undefined && { shard: shardOf(shard) }),
        jobs: jobsOf(atOnce, terminal),
        worker,
        queueing: queueingOf(flags, identity, terminal, asked),
      };
      if (write !== undefined) {
        if (systems.length > 0 || choices.vary || shard !== undefined || options.queueing || options.form !== "text")
          throw new UsageError("design-space.md is made of sweeps of its own.", "--write alone, or with --jobs");
        const { writeDesignSpace } = await import("../commands/design-space.ts");
        finish(await writeDesignSpace(await load(), terminal, write, options));
        return;
      }
      const { sweep } = await import("../commands/sweep.ts");
      finish(await sweep(await load(), terminal, systems, options));
    });
}

export function addMerge(root: Command, { load, terminal, finish }: Process): void {
  root
    .command("merge")
    .description("put the results of all shards of a check or a sweep together")
    .argument("<file...>", "run.json or sweep.json of each shard")
    .option("--out <dir>", "directory for what the whole run would have written", OUT)
    .option("--json", "one JSON object on stdout")
    .option("--csv", "of a sweep: comma-separated values on stdout")
    .action(async (files: string[], flags: { out: string; json?: boolean; csv?: boolean }) => {
      const { merge } = await import("../commands/merge.ts");
      finish(await merge(await load(), terminal, files, flags.out, formOf(flags)));
    });
}
