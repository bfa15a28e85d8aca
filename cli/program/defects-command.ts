/** The command about bugs that the model can say. */
import type { Command } from "commander";
import type { DefectsOptions } from "../commands/defects.ts";
import { jobsOf } from "../jobs/with-jobs.ts";
import { JOBS, type Process } from "./common.ts";

type DefectsFlags = Partial<Omit<DefectsOptions, "jobs" | "worker">> & { readonly jobs?: string };

export function addDefects(root: Command, { load, terminal, finish, worker }: Process): void {
  root
    .command("defects")
    .description("try bugs that the model can say: they hold when off, and are found when on")
    .argument("[id...]", "names, commits, CVEs or sources (B12); one defect is told in full, with its chart; none: all")
    .option("--list", "list them, and search nothing")
    .option("--kernel <tree>", "only defects that this kernel has, such as 6.12.117")
    .option("--system <name>", "only defects of this system")
    .option("--fixed-in <release>", "only defects fixed in this release, or in this series of releases")
    .option("--kind <name>", "published, proposed, read or clause")
    .option("--random", "look for each by random walks, too")
    .option(...JOBS)
    .option("--write <folder>", "write defects.md to this folder, such as docs")
    .option("--json", "one JSON object on stdout")
    .action(async (ids: string[], { jobs: atOnce, list, random, json, ...others }: DefectsFlags) => {
      const { defects } = await import("../commands/defects.ts");
      const flags = { list: list === true, random: random === true, json: json === true };
      const jobs = jobsOf(atOnce, terminal);
      finish(await defects(await load(), terminal, ids, { ...others, ...flags, jobs, worker }));
    });
}
