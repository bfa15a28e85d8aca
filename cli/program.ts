/** The commands and their options. Loads the engine only when a command needs it. */
import { Command, CommanderError, Option } from "commander";
import { RecordingError } from "../scenarios/recorded/conformance.ts";
import { probeDefinitions } from "../scenarios/recorded/trace/probes.ts";
import { recordingClasses } from "../scenarios/recorded/classes.ts";
import { conform } from "./commands/conform.ts";
import { conformTrace, TRACE_STATES } from "./commands/conform-trace.ts";
import { explain } from "./commands/explain.ts";
import { impact } from "./commands/impact.ts";
import { list } from "./commands/list.ts";
import { refine } from "./commands/refine.ts";
import { replay, save } from "./commands/replay.ts";
import { report } from "./commands/report.ts";
import { scenarios, type ScenariosOptions } from "./commands/scenarios.ts";
import { search, type Output } from "./commands/search.ts";
import { errorText, OutputError, printable, printableLines, UsageError } from "./errors.ts";
import { EXIT } from "./exit.ts";
import { help, helpText } from "./help.ts";
import { byteSize, MOST_SEED, oneOf, selectionOf, wholeNumber, type SelectionOptions } from "./options.ts";
import { expectEachOnce, namesIn, singleValued } from "./single.ts";
import { ENGINES, STOP_AT, type Engine } from "./ports.ts";
import type { Terminal } from "./terminal.ts";

interface ConformFlags {
  readonly write?: string;
  readonly class?: string;
  readonly json?: boolean;
  readonly trace?: boolean;
  readonly without?: string;
  readonly maxStates?: string;
  readonly steps?: boolean;
  readonly printProbes?: boolean;
}

type Loader = () => Promise<Engine>;

interface SearchOptions extends SelectionOptions {
  readonly out: string;
  readonly json?: boolean;
  readonly color: boolean;
  readonly steps?: boolean;
  readonly maxStates?: string;
  readonly maxMemory?: string;
  readonly symmetry?: boolean;
  readonly stopAt?: string;
  readonly engine?: string;
  readonly seed?: string;
  readonly runs?: string;
}

const OUT = "reports/out";
const RECORDING_CLASSES = recordingClasses.join(", ");
const each = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** The options that choose systems, and those that say where results go. */
const withSelection = (command: Command): Command =>
  command
    .argument("[system...]", "names of systems; none: the suite")
    .option("--hardware <name>", "only this hardware (see faultline list hardware)")
    .option("--design <name>", "only this design of the software under test (see faultline list designs)")
    .addOption(new Option("--host <name>", "the same as --design").hideHelp())
    .option("--bounds <name>", "small, default or deep")
    .option("--set <knob=value>", "set a knob; may be repeated", each)
    .option("--out <dir>", "directory for records, report and counterexamples", OUT)
    .option("--steps", "print violations as numbered lists of all steps, instead of charts")
    .option("--json", "one JSON object on stdout instead of the report")
    .option("--no-color", "no colours");

/** @throws UsageError for two forms of one output: one of them would be ignored. */
function expectOneForm({ steps, json }: { readonly steps?: boolean | undefined; readonly json?: boolean | undefined }) {
  if (steps && json) throw new UsageError("--steps and --json exclude each other.", "one of them");
}

const EXITS = `
Exit codes: 0 as expected (known violations included), 1 violated, never
witnessed, or a known violation is gone, 2 usage or bad input, 3 incomplete (a
bound was reached), 4 mistake of the model or of this tool, or output that
cannot be written, 130 interrupted, 143 terminated, 129 hung up.`;

/** `finish` receives the exit code of the command. */
export function program(load: Loader, terminal: Terminal, finish: (code: number) => void): Command {
  const colour = (wanted: boolean): boolean => wanted && terminal.colours && terminal.outIsTerminal;
  const outputOf = ({ out, json, color, steps }: SearchOptions): Output => {
    expectOneForm({ steps, json });
    return { out, json: json === true, steps: steps === true, colour: colour(color) };
  };
  const root = new Command("faultline")
    .description("Model, properties and model checker for I/O page faults in VFIO passthrough.")
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.err,
      // What it says of an argument is in one line; only its suggestion has a line of its own.
      outputError: (text, write) =>
        write(
          `${text
            .trimEnd()
            .split(/\n(?=\(Did you mean )/)
            .map(printable)
            .join("\n")}\n`,
        ),
    })
    .exitOverride()
    .showHelpAfterError("(faultline --help lists commands and options)")
    .addHelpText("after", EXITS);

  withSelection(root.command("check").description("search all reachable states of systems"))
    .option("--max-states <n>", "stop each search after so many states are kept")
    .option(
      "--max-memory <size>",
      "stop each search when its tables or its process take more: 500M, 2GiB (default: half of this machine's)",
    )
    .option("--no-symmetry", "search all states, also those that differ by an exchange of equals only")
    .option("--stop-at <when>", "first, each or never: what an unexpected violation ends")
    .option("--engine <name>", "reference: take each step on the compiled step table, to compare (default: trees)")
    .action(async (systems: string[], options: SearchOptions) => {
      const output = outputOf(options);
      const limits = {
        symmetry: options.symmetry !== false,
        ...(options.engine === undefined ? {} : { engine: oneOf("--engine", options.engine, ENGINES) }),
        ...(options.maxStates === undefined ? {} : { maxStates: wholeNumber("--max-states", options.maxStates, 1) }),
        maxMemory:
          options.maxMemory === undefined
            ? Math.floor(terminal.installed / 2)
            : byteSize("--max-memory", options.maxMemory),
      };
      const chosen = options.stopAt === undefined ? undefined : oneOf("--stop-at", options.stopAt, STOP_AT);
      const engine = await load();
      const selection = selectionOf(engine, systems, options);
      for (const warning of new Set(engine.runs(selection).map(engine.warning)))
        if (warning !== undefined) terminal.err(`faultline: ${warning}.\n`);
      finish(
        await search(engine, terminal, selection, output, "faultline-check/1", (run, watch) => {
          const stopAt = chosen ?? (systems.length === 1 && !engine.isOfSuite(run) ? "first" : "never");
          return engine.check(run, { ...limits, stopAt, compares: Object.keys(selection.set) }, watch);
        }),
      );
    });

  withSelection(root.command("random").description("walk systems at random, and shorten the path to a violation"))
    .option("--seed <n>", "where the random numbers begin", "1")
    .option("--runs <n>", "walks for each system", "1000")
    .action(async (systems: string[], options: SearchOptions) => {
      const output = outputOf(options);
      const limits = {
        seed: wholeNumber("--seed", options.seed ?? "1", 0, MOST_SEED),
        runs: wholeNumber("--runs", options.runs ?? "1000", 1),
      };
      const engine = await load();
      const selection = selectionOf(engine, systems, options);
      finish(
        await search(engine, terminal, selection, output, "faultline-random/1", (run, watch) =>
          engine.random(run, limits, watch),
        ),
      );
    });

  root
    .command("replay")
    .description("replay the steps of a counterexample or of a saved regression")
    .argument("<file>")
    .option("--steps", "a numbered list of all steps, instead of the chart")
    .option("--json", "one JSON object on stdout")
    .option("--no-color", "no colours")
    .action(async (file: string, options: { steps?: boolean; json?: boolean; color: boolean }) => {
      expectOneForm(options);
      const how = { steps: options.steps === true, json: options.json === true, colour: colour(options.color) };
      finish(await replay(await load(), terminal, file, how));
    });

  root
    .command("save")
    .description("keep a counterexample as a regression")
    .argument("<file>")
    .option("--to <dir>", "directory of the regressions", "scenarios/regressions")
    .action(async (file: string, options: { to: string }) =>
      finish(await save(await load(), terminal, file, options.to)),
    );

  root
    .command("scenarios")
    .description("list questions and their answers, or search them again")
    .argument("[id...]", "names of scenarios, searched again; none: a list")
    .option("--all", "search all again, or all that the options below choose")
    .option("--message <name>", "only questions of this message of the RFC thread: M1 to M19")
    .option("--subject <name>", "only questions of this subject: iommufd, teardown, ...")
    .option("--shipped", "only questions about defects in released kernels")
    .option("--search <words>", "only questions that have these words, in question or answer")
    .option("--findings <folder>", "write the pages of answers into this folder, such as docs")
    .option("--compare <folder>", "compare the pages of this folder with those that would be written")
    .option("--json", "one JSON object on stdout")
    .action(async (ids: string[], options: Partial<ScenariosOptions>) => {
      const { json, all, shipped, ...others } = options;
      const flags = { json: json === true, all: all === true, shipped: shipped === true };
      finish(await scenarios(await load(), terminal, ids, { ...others, ...flags }));
    });

  root
    .command("impact")
    .description("what a kernel patch touches: machines, properties, known violations, and what to run")
    .argument("[file...]", "patches, mails or mailboxes; - is standard input")
    .option("--function <name>", "a kernel function that is to be changed; may be repeated", each)
    .option("--json", "one JSON object on stdout")
    .action(async (files: string[], options: { function?: readonly string[]; json?: boolean }) =>
      finish(await impact(terminal, files, { functions: options.function ?? [], json: options.json === true })),
    );

  root
    .command("conform")
    .description("replay recordings of real code through the machines")
    .argument("[file...]", "recordings (.jsonl, .jsonl.gz), or traces; none: the recordings of the project")
    .option("--class <names>", `only sequences of these classes, separated by commas: ${RECORDING_CLASSES}`)
    .option("--write <dir>", "write conformance.md, which says what the project's recordings hold")
    .option("--trace", "the files are traces of a real machine: text of ftrace, trace-cmd report or perf script")
    .option("--without <names>", "with --trace: probes that were not set, separated by commas")
    .option("--max-states <n>", `with --trace: states explored for one line, at most (default: ${TRACE_STATES})`)
    .option("--steps", "with --trace: every step of the machines, also hidden ones")
    .option("--print-probes", "print the definitions of the probes that a trace needs")
    .option("--json", "one JSON object on stdout")
    .action(async (files: string[], options: ConformFlags) => {
      if (options.printProbes) {
        terminal.out(probeDefinitions.map((line) => `${line}\n`).join(""));
        finish(EXIT.asExpected);
        return;
      }
      expectEachOnce("file", files);
      if (options.trace) {
        if (files.length === 0) throw new UsageError("--trace without a file.", "the file of a trace");
        if (options.class !== undefined)
          throw new UsageError("--class is for recordings, and a trace has none.", "--trace or --class");
        if (options.write !== undefined)
          throw new UsageError("conformance.md is made of recordings.", "--trace or --write");
        const without = options.without === undefined ? [] : namesIn("--without", "probe", options.without);
        const states =
          options.maxStates === undefined ? TRACE_STATES : wholeNumber("--max-states", options.maxStates, 1);
        const told = { without, states, steps: options.steps === true, json: options.json === true };
        finish(conformTrace(await load(), terminal, files, told));
        return;
      }
      const classes = options.class === undefined ? [] : namesIn("--class", "class", options.class);
      const { write } = options;
      const chosen = { classes, json: options.json === true, ...(write !== undefined && { write }) };
      finish(await conform(await load(), terminal, files, chosen));
    });

  root
    .command("refine")
    .description("whether the stand-ins of focused models can do whatever the detailed machines can")
    .argument("[system...]", "focused models, or cuts by name; none: all")
    .option("--steps", "with every step of the detailed machines")
    .option("--json", "one JSON object on stdout")
    .action(async (names: string[], options: { steps?: boolean; json?: boolean }) => {
      expectOneForm(options);
      finish(await refine(terminal, names, { json: options.json === true, steps: options.steps === true }));
    });

  root
    .command("report")
    .description("print a stored run or counterexample again, in any format")
    .argument("<file>", "run.json or a counterexample")
    .option("--format <format>", "text, markdown, chart, steps (all steps, as a list) or json", "text")
    .option("--out <dir>", "where the counterexamples of the run are", OUT)
    .action(async (file: string, options: { format: string; out: string }) =>
      finish(await report(terminal, file, options.format, options.out)),
    );

  root
    .command("list")
    .description("systems, designs, knobs, properties and other names; without a word: an overview")
    .argument("[what]", "systems, cuts, designs, hardware, bounds, knobs, families, properties, scenarios")
    .argument("[of]", "a system (knobs, designs, properties), a family or an id (properties)")
    .option("--json", "one JSON object on stdout")
    .action(async (what: string | undefined, system: string | undefined, options: { json?: boolean }) =>
      finish(list(await load(), terminal, what, system, options.json === true)),
    );

  root
    .command("explain")
    .description("what a word means: an id, a knob, a system, a step, a kernel function")
    .argument("<word...>", "UNM-3, LIV, ovfLastResponse=none, type1-unmap, vfio_unmap_unpin, K9, never witnessed ...")
    .option("--all", "everything, however long")
    .option("--json", "one JSON object on stdout")
    .action(async (words: string[], options: { all?: boolean; json?: boolean }) =>
      finish(await explain(await load(), terminal, words, { json: options.json === true, all: options.all === true })),
    );

  for (const command of root.commands)
    command.helpGroup(help[command.name()]!.group).addHelpText("after", helpText(command.name()));
  return singleValued(root);
}

/** Runs the command line; gives the exit code and throws nothing. */
export async function run(args: readonly string[], load: Loader, terminal: Terminal): Promise<number> {
  let code: number = EXIT.asExpected;
  try {
    await program(load, terminal, (exit) => void (code = exit)).parseAsync([...args], { from: "user" });
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
