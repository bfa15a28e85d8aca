/** The commands that answer: scenarios, impact, list and explain. */
import type { Command } from "commander";
import type { ScenariosOptions } from "../commands/scenarios.ts";
import { jobsOf } from "../jobs/with-jobs.ts";
import { each, JOBS, type Process } from "./common.ts";

type ScenariosFlags = Partial<Omit<ScenariosOptions, "jobs" | "worker">> & { readonly jobs?: string };

interface ImpactFlags {
  readonly function?: readonly string[];
  readonly count?: boolean;
  readonly json?: boolean;
}

export function addScenarios(root: Command, { load, terminal, finish, worker }: Process): void {
  root
    .command("scenarios")
    .description("list questions and their answers, or search them again")
    .argument("[id...]", "names of scenarios to search again; none: list them")
    .option("--all", "search all questions again, or all that the options below choose")
    .option("--message <name>", "only questions of this message of the RFC thread: M1 to M19")
    .option("--subject <name>", "only questions of this subject: iommufd, teardown, ...")
    .option("--shipped", "only questions about defects in released kernels")
    .option("--search <words>", "only questions that have these words, in question or answer")
    .option(...JOBS)
    .option("--findings <folder>", "write the pages of answers to this folder, such as docs")
    .option("--compare <folder>", "compare the pages of this folder with those that would be written")
    .option("--json", "one JSON object on stdout")
    .action(async (ids: string[], options: ScenariosFlags) => {
      const { json, all, shipped, jobs: atOnce, ...others } = options;
      const flags = { json: json === true, all: all === true, shipped: shipped === true };
      const jobs = jobsOf(atOnce, terminal);
      const { scenarios } = await import("../commands/scenarios.ts");
      finish(await scenarios(await load(), terminal, ids, { ...others, ...flags, jobs, worker }));
    });
}

export function addImpact(root: Command, { terminal, finish }: Process): void {
  root
    .command("impact")
    .description("say what a kernel patch touches: machines, properties, known violations, and what to run")
    .argument("[file...]", "patches, mails or mailboxes; - is standard input")
    .option("--function <name>", "a kernel function that is to be changed; may be repeated", each)
    .option("--count", "count the states that the first commands search, and put the cheapest first")
    .option("--json", "one JSON object on stdout")
    .action(async (files: string[], options: ImpactFlags) => {
      const { impact } = await import("../commands/impact.ts");
      const { function: functions = [], count = false, json = false } = options;
      finish(await impact(terminal, files, { functions, count, json }));
    });
}

export function addList(root: Command, { load, terminal, finish }: Process): void {
  root
    .command("list")
    .description("list systems, designs, knobs, properties and other names; without a word: an overview")
    .argument("[what]", "systems, cuts, designs, hardware, bounds, knobs, families, properties, scenarios")
    .argument("[of]", "a system (knobs, designs, properties), a family or an id (properties)")
    .option("--json", "one JSON object on stdout")
    .action(async (what: string | undefined, system: string | undefined, options: { json?: boolean }) => {
      const { list } = await import("../commands/list.ts");
      finish(list(await load(), terminal, what, system, options.json === true));
    });
}

export function addExplain(root: Command, { load, terminal, finish }: Process): void {
  root
    .command("explain")
    .description("say what a word means: an id, a knob, a system, a step, a kernel function")
    .argument("<word...>", "UNM-3, LIV, ovfLastResponse=none, type1-unmap, vfio_unmap_unpin, K9, never witnessed ...")
    .option("--all", "everything, however long")
    .option("--json", "one JSON object on stdout")
    .action(async (words: string[], options: { all?: boolean; json?: boolean }) => {
      const { explain } = await import("../commands/explain.ts");
      finish(await explain(await load(), terminal, words, { json: options.json === true, all: options.all === true }));
    });
}
