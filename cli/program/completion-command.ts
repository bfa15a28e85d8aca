/** The command that completes all others: what it offers is read off them, and off the names that the engine has. */
import type { Command } from "commander";
import { SHELLS, type Completable } from "../commands/completion.ts";
import { oneOf } from "../options.ts";
import { ENGINES, STOP_AT, type Engine, type Named } from "../ports.ts";
import type { Process } from "./common.ts";

const namesOf = (list: readonly Named[]): readonly string[] => [...new Set(list.map(({ name }) => name))];

/** By option: the values that are names. Other values are files, or anything. */
const valuesOf = (engine: Engine, formats: readonly string[]): { readonly [flag: string]: readonly string[] } => ({
  "--hardware": namesOf(engine.hardware),
  "--design": namesOf(engine.hosts),
  "--bounds": namesOf(engine.bounds),
  "--stop-at": STOP_AT,
  "--engine": ENGINES,
  "--claim": engine.properties.map(({ id }) => id),
  "--class": engine.recordingClasses,
  "--format": formats,
});

/** By command: the words that may stand in it. Those of other commands are files. */
function wordsOf(engine: Engine): { readonly [command: string]: readonly string[] } {
  const systems = namesOf(engine.systems);
  return {
    check: systems,
    random: systems,
    sweep: systems,
    refine: systems,
    explore: systems,
    list: ["systems", "cuts", "designs", "hardware", "bounds", "knobs", "families", "properties", "scenarios"],
    scenarios: namesOf(engine.scenarios),
    defects: engine.defects.map(({ id }) => id),
    explain: [...systems, ...engine.properties.map(({ id }) => id), ...engine.knobs.map(({ name }) => name)],
    automaton: systems,
    completion: SHELLS,
  };
}

/** The commands of the program, and what can follow each. */
function completables(root: Command, engine: Engine, formats: readonly string[]): readonly Completable[] {
  const [values, words] = [valuesOf(engine, formats), wordsOf(engine)];
  return root.commands.map((command) => ({
    command: command.name(),
    does: command.description(),
    options: command.options.flatMap(({ long, description, hidden, required }) =>
      typeof long !== "string" || hidden
        ? []
        : [{ flag: long, does: description, ...(required && { takes: values[long] ?? [] }) }],
    ),
    words: words[command.name()] ?? [],
  }));
}

export function addCompletion(root: Command, { load, terminal, finish }: Process): void {
  root
    .command("completion")
    .description("print a script that completes commands, options and names in a shell")
    .argument("<shell>", "bash, zsh or fish")
    .action(async (name: string) => {
      const shell = oneOf("the shell", name, SHELLS);
      const { completionScript } = await import("../commands/completion.ts");
      const { formatNames } = await import("../commands/report.ts");
      terminal.out(completionScript(shell, completables(root, await load(), formatNames)));
      finish(0);
    });
}
