/** The command line: commands with their options, errors and exit codes. What a command needs is loaded when it runs. */
import { Command, CommanderError } from "commander";
import { RecordingError } from "../scenarios/recorded/conformance.ts";
import { errorText, masked, OutputError, printable, printableLines, UsageError } from "./errors.ts";
import { EXIT } from "./exit.ts";
import { asWide, help, helpText } from "./help.ts";
import { addExplain, addImpact, addList, addScenarios } from "./program/ask-commands.ts";
import { addAutomaton } from "./program/automaton-command.ts";
import { addDefects } from "./program/defects-command.ts";
import { addCompletion } from "./program/completion-command.ts";
import type { Process, Started } from "./program/common.ts";
import { addCoverage } from "./program/coverage-command.ts";
import { addExplore } from "./program/explore-command.ts";
import { addConform, addRefineAndReport, addReplayAndSave } from "./program/keep-commands.ts";
import { addMeasure } from "./program/measure-commands.ts";
import { addSearchCommands, addWhy } from "./program/search-commands.ts";
import { addMerge, addSweep } from "./program/sweep-commands.ts";
import { addWorker } from "./program/work-commands.ts";
import { singleValued } from "./single.ts";
import type { Terminal } from "./terminal.ts";

const EXITS = `
Exit codes: 0 as expected (known violations included), 1 violated, never
witnessed, or a known violation is gone, 2 usage or bad input, 3 incomplete (a
bound was reached), 4 mistake of the model or of this tool, or output that
cannot be written, 130 interrupted, 143 terminated, 129 hung up.`;

/** Characters in a line of help where nobody says how many there are. */
const HELP_WIDTH = 80;

/** In the order in which `--help` shows them. */
const adding: readonly ((root: Command, process: Process) => void)[] = [
  addSearchCommands,
  addSweep,
  addMerge,
  addWhy,
  addMeasure,
  addReplayAndSave,
  addExplore,
  addScenarios,
  addDefects,
  addImpact,
  addCoverage,
  addConform,
  addRefineAndReport,
  addList,
  addExplain,
  addAutomaton,
  addWorker,
  addCompletion,
];

/** `finish` receives the exit code of the command. */
export function program(
  load: Process["load"],
  terminal: Terminal,
  finish: Process["finish"],
  started: Started,
): Command {
  const root = new Command("faultline")
    .description("Model, properties and model checker for I/O page faults in VFIO passthrough.")
    .version(started.version, "--version", "the version, with the commit and the hash of the sources that run")
    .configureOutput({
      writeOut: terminal.say,
      writeErr: terminal.err,
      getOutHelpWidth: () => terminal.columns ?? HELP_WIDTH,
      getErrHelpWidth: () => terminal.columns ?? HELP_WIDTH,
      // What it says of an argument is in one line; only its suggestion has a line of its own.
      outputError: (text, write) =>
        write(
          `${text
            .trimEnd()
            .split(/\n(?=\(Did you mean )/)
            .map((line) => printable(masked(line)))
            .join("\n")}\n`,
        ),
    })
    .exitOverride()
    .showHelpAfterError("(faultline --help lists commands and options)")
    .addHelpText("after", asWide(EXITS, terminal.columns));
  for (const add of adding) add(root, { ...started, load, terminal, finish });
  for (const command of root.commands)
    command.helpGroup(help[command.name()]!.group).addHelpText("after", helpText(command.name(), terminal.columns));
  return singleValued(root);
}

/** Runs the command line; gives the exit code and throws nothing. */
export async function run(
  args: readonly string[],
  load: Process["load"],
  terminal: Terminal,
  started: Started = { version: "" },
): Promise<number> {
  let code: number = EXIT.asExpected;
  try {
    await program(load, terminal, (exit) => void (code = exit), started).parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.asExpected : EXIT.usage;
    if (error instanceof UsageError) terminal.err(errorText(error));
    else if (error instanceof RecordingError) terminal.err(`faultline: ${printable(error.message)}\n`);
    else if (error instanceof OutputError) {
      terminal.err(`faultline: ${printable(error.message)}\n`);
      return EXIT.internal;
    } else {
      const modelError = error instanceof Error && error.name === "ModelError";
      terminal.err(
        printableLines(
          modelError
            ? `faultline: mistake of the model: ${error.message}\n`
            : `faultline: internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
        ),
      );
      return EXIT.internal;
    }
    return EXIT.usage;
  }
}
