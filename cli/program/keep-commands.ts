/** The commands that read what was kept, or compare: replay, save, conform, refine and report. */
import type { Command } from "commander";
import { recordingClasses } from "../../scenarios/recorded/classes.ts";
import { UsageError } from "../errors.ts";
import { EXIT } from "../exit.ts";
import { wholeNumber } from "../options.ts";
import { expectEachOnce, namesIn } from "../single.ts";
import { TRACE_STATES } from "../trace-states.ts";
import { expectOneForm, inColour, OUT, type Process } from "./common.ts";

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

const RECORDING_CLASSES = recordingClasses.join(", ");

export function addReplayAndSave(root: Command, { load, terminal, finish }: Process): void {
  root
    .command("replay")
    .description("replay the steps of a counterexample or of a saved regression")
    .argument("<file>", "a counterexample that check or random wrote, or a saved regression")
    .option("--steps", "a numbered list of all steps, instead of the chart")
    .option("--json", "one JSON object on stdout")
    .option("--no-color", "no colours")
    .action(async (file: string, options: { steps?: boolean; json?: boolean; color: boolean }) => {
      expectOneForm(options);
      const colour = inColour(terminal, options.color);
      const { replay } = await import("../commands/replay.ts");
      const how = { steps: options.steps === true, json: options.json === true, colour };
      finish(await replay(await load(), terminal, file, how));
    });

  root
    .command("save")
    .description("keep a counterexample as a regression")
    .argument("<file>", "a counterexample that check or random wrote")
    .option("--to <dir>", "directory of the regressions", "scenarios/regressions")
    .action(async (file: string, options: { to: string }) => {
      const { save } = await import("../commands/replay.ts");
      finish(await save(await load(), terminal, file, options.to));
    });
}

async function traces(process: Process, files: readonly string[], options: ConformFlags): Promise<number> {
  if (files.length === 0) throw new UsageError("--trace without a file.", "the file of a trace");
  if (options.class !== undefined)
    throw new UsageError("--class is for recordings, and a trace has none.", "--trace or --class");
  if (options.write !== undefined) throw new UsageError("conformance.md is made of recordings.", "--trace or --write");
  const without = options.without === undefined ? [] : namesIn("--without", "probe", options.without);
  const states = options.maxStates === undefined ? TRACE_STATES : wholeNumber("--max-states", options.maxStates, 1);
  const told = { without, states, steps: options.steps === true, json: options.json === true };
  const { conformTrace } = await import("../commands/conform-trace.ts");
  return conformTrace(await process.load(), process.terminal, files, told);
}

async function recordings(process: Process, files: readonly string[], options: ConformFlags): Promise<number> {
  const classes = options.class === undefined ? [] : namesIn("--class", "class", options.class);
  const { write } = options;
  const chosen = { classes, json: options.json === true, ...(write !== undefined && { write }) };
  const { conform } = await import("../commands/conform.ts");
  return conform(await process.load(), process.terminal, files, chosen);
}

export function addConform(root: Command, process: Process): void {
  root
    .command("conform")
    .description("replay recordings of real code through the machines")
    .argument("[file...]", "recordings (.jsonl, .jsonl.gz), or traces; none: the recordings of the project")
    .option("--class <names>", `only sequences of these classes, separated by commas: ${RECORDING_CLASSES}`)
    .option("--write <dir>", "write conformance.md, which says what the project's recordings cover")
    .option("--trace", "the files are traces of a real machine: text of ftrace, trace-cmd report or perf script")
    .option("--without <names>", "with --trace: probes that were not set, separated by commas")
    .option("--max-states <n>", `with --trace: states explored for one line, at most (default: ${TRACE_STATES})`)
    .option("--steps", "with --trace: print every step of the machines, hidden ones included")
    .option("--print-probes", "print the definitions of the probes that a trace needs")
    .option("--json", "one JSON object on stdout")
    .action(async (files: string[], options: ConformFlags) => {
      if (options.printProbes) {
        const { probeDefinitions } = await import("../../scenarios/recorded/trace/probes.ts");
        process.terminal.out(probeDefinitions.map((line) => `${line}\n`).join(""));
        process.finish(EXIT.asExpected);
        return;
      }
      expectEachOnce("file", files);
      process.finish(await (options.trace ? traces(process, files, options) : recordings(process, files, options)));
    });
}

export function addRefineAndReport(root: Command, { terminal, finish }: Process): void {
  root
    .command("refine")
    .description("check whether the stand-ins of focused models can do all that the detailed machines can")
    .argument("[system...]", "focused models, or cuts by name; none: all")
    .option("--steps", "print every step of the detailed machines")
    .option("--json", "one JSON object on stdout")
    .action(async (names: string[], options: { steps?: boolean; json?: boolean }) => {
      expectOneForm(options);
      const { refine } = await import("../commands/refine.ts");
      finish(await refine(terminal, names, { json: options.json === true, steps: options.steps === true }));
    });

  root
    .command("report")
    .description("print a stored run or counterexample again, in any format")
    .argument("<file>", "run.json or a counterexample")
    .option(
      "--format <format>",
      "text, markdown, chart, steps (all steps, as a list) or json; html (one page); for other programs: ktap, junit, github, summary, sarif, mermaid or itf",
      "text",
    )
    .option("--out <dir>", "where the counterexamples of the run are", OUT)
    .action(async (file: string, options: { format: string; out: string }) => {
      const { report } = await import("../commands/report.ts");
      finish(await report(terminal, file, options.format, options.out));
    });
}
