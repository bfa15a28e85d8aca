/** `conform`: replay recordings of real code through the machines, and tell where they differ. */
import { table } from "../../reports/table.ts";
import { count, counted } from "../../reports/words.ts";
import { printable, unknownName, UsageError } from "../errors.ts";
import { EXIT, interruptedBy } from "../exit.ts";
import type { Conformance, Engine } from "../ports.ts";
import { StatusLine } from "../progress.ts";
import type { Terminal } from "../terminal.ts";
import { expectFolder, writeAll } from "../write.ts";

const CONFORM_SCHEMA = "faultline-conformance/1";

/** Differences that are told in full; the others are counted. */
const TOLD = 5;

export interface ConformOptions {
  readonly classes: readonly string[];
  readonly json: boolean;
  /** The folder in which conformance.md is written. */
  readonly write?: string;
}

/** Without an operation that was replayed, and an event that was compared, there is no verdict: nothing is equal. */
const saysNothing = ({ replayed, compared, differences }: Conformance): boolean =>
  differences.length === 0 && (replayed === 0 || compared === 0);

/** How much was compared, what differs, what was left out and why. */
function conformanceText(result: Conformance, interrupted: boolean, columns: number | undefined): string {
  const { adapters, sequences, replayed, operations, compared, differences, outOfScope, ofHarness } = result;
  const equal = saysNothing(result)
    ? `nothing was ${replayed === 0 ? "replayed" : "compared"} before the interrupt`
    : interrupted
      ? "no difference until the interrupt"
      : "all equal";
  const of = replayed < sequences ? ` of ${count(sequences)}` : "";
  const looked = `${count(replayed)}${of} ${sequences === 1 ? "sequence" : "sequences"} replayed, ${counted(operations, "operation")}, ${counted(compared, "event")} compared`;
  const told = differences
    .slice(0, TOLD)
    .flatMap(({ file, line, index, operation, expected, got, before }) => [
      "",
      `DIFFERENT ${printable(file)}, line ${line}, operation ${index}:`,
      ...(["operation", "recorded", "machines", "before"] as const).map(
        (name, k) => `  ${name.padEnd(9)}  ${printable(JSON.stringify([operation, expected, got, before][k]))}`,
      ),
    ]);
  const more = differences.length - TOLD;
  return [
    `${looked} with ${adapters.join(", ") || "no adapter"}: ${differences.length === 0 ? equal : counted(differences.length, "difference")}.`,
    ...told,
    ...(more > 0 ? ["", `... and ${counted(more, "more difference")}.`] : []),
    ...counts("Out of scope:", "REASON", outOfScope, columns),
    ...counts("Events of the test harness, not compared:", "EVENT", ofHarness, columns),
    "",
  ].join("\n");
}

const counts = (
  heading: string,
  title: string,
  of: { readonly [name: string]: number },
  columns: number | undefined,
): readonly string[] =>
  Object.keys(of).length === 0
    ? []
    : [
        "",
        heading,
        table(
          [{ title: "TIMES", align: "right" }, { title }],
          Object.entries(of).map(([name, times]) => [count(times), name]),
          columns,
        ),
      ];

export async function conform(
  engine: Engine,
  terminal: Terminal,
  files: readonly string[],
  options: ConformOptions,
): Promise<number> {
  for (const name of options.classes)
    if (!engine.recordingClasses.includes(name))
      throw unknownName("class of recordings", name, engine.recordingClasses);
  if (options.write !== undefined) {
    if (files.length > 0 || options.classes.length > 0)
      throw new UsageError(
        "conformance.md is made of all recordings.",
        "no files and no --class together with --write",
      );
    await expectFolder(options.write);
  }
  const status = new StatusLine(terminal);
  status.start("conform");
  let result: Conformance;
  let page: string | undefined;
  try {
    if (options.write === undefined) result = await engine.conform(files, options.classes, status.watch);
    else ({ result, page } = await engine.conformanceOfAll(status.watch));
  } finally {
    status.clear();
  }
  const interrupted = terminal.signal.aborted;
  if (saysNothing(result) && !interrupted)
    throw new UsageError(
      result.replayed > 0
        ? `nothing was compared: the recording says nothing about the ${counted(result.replayed, "sequence")} replayed.`
        : `nothing was replayed: no recorded sequence of ${count(result.sequences)} is in scope.`,
      `sequences of ${options.classes.join(", ") || "a known class"}`,
    );
  if (options.write !== undefined && page !== undefined)
    await writeAll(options.write, new Map([["conformance.md", page]]));
  const exit = interrupted
    ? interruptedBy(terminal.signal)
    : result.differences.length > 0
      ? EXIT.violated
      : EXIT.asExpected;
  if (options.json) terminal.out(`${JSON.stringify({ schema: CONFORM_SCHEMA, exit, ...result })}\n`);
  else terminal.say(conformanceText(result, interrupted, terminal.columns));
  if (interrupted) terminal.err(`faultline: interrupted; ${counted(result.left, "recorded sequence")} not replayed.\n`);
  return exit;
}
