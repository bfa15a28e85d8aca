/** The command that draws components for the kernel's runtime verification tools. */
import type { Command } from "commander";
import { wholeNumber, type SelectionOptions } from "../options.ts";
import { each, type Process } from "./common.ts";

const MOST_STATES = "1000000";

export function addAutomaton(root: Command, { load, terminal, finish }: Process): void {
  root
    .command("automaton")
    .description("give a component of a system as an automaton in DOT, for the kernel's runtime verification tools")
    .argument("<system>", "name of a system")
    .argument("[component]", "a component of it; none: list them, and which are deterministic")
    .option("--design <name>", "only this design of the software under test")
    .option("--hardware <name>", "only this hardware (see faultline list hardware)")
    .option("--bounds <name>", "small, default or deep", "small")
    .option("--set <knob=value>", "set a knob; may be repeated", each)
    .option("--max-states <n>", "refuse systems with more states", MOST_STATES)
    .action(async (system: string, component: string | undefined, flags: SelectionOptions & { maxStates: string }) => {
      const { maxStates, ...chosen } = flags;
      const { automaton } = await import("../commands/automaton.ts");
      const most = wholeNumber("--max-states", maxStates, 1);
      finish(await automaton(await load(), terminal, system, component, { ...chosen, maxStates: most }));
    });
}
