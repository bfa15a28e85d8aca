/** The command that says what the suite leaves out: coverage. */
import type { Command } from "commander";
import type { Process } from "./common.ts";

export function addCoverage(root: Command, { terminal, finish }: Process): void {
  root
    .command("coverage")
    .description("say which rules, states, messages and knob values the suite makes use of, and what it leaves out")
    .argument("[system...]", "only the runs of these systems; none: the whole suite")
    .option("--bounds <name>", "sizes of the suite: small or default", "default")
    .option("--json", "one JSON object on stdout")
    .action(async (systems: string[], options: { bounds: string; json?: boolean }) => {
      const { coverage } = await import("../commands/coverage.ts");
      finish(await coverage(terminal, systems, { bounds: options.bounds, json: options.json === true }));
    });
}
