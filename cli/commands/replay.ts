/** `replay` and `save`: take the steps of a stored trace again; keep one as a regression. */
import { join } from "node:path";
import { TRACE_SCHEMA, type TraceRecord } from "../../checker/run-record.ts";
import { chart } from "../../reports/chart.ts";
import { fitted } from "../../reports/lines.ts";
import { traceText } from "../../reports/trace-text.ts";
import { counted } from "../../reports/words.ts";
import { coloured } from "../colours.ts";
import type { Document } from "../document.ts";
import { errorText, printable, printableLines, UsageError } from "../errors.ts";
import { EXIT } from "../exit.ts";
import { readDocument } from "../files.ts";
import { FORMS } from "../forms.ts";
import type { Engine, Replayed, ReplayOutcome } from "../ports.ts";
import { expectTaken, isRegression } from "../taken-again.ts";
import type { Terminal } from "../terminal.ts";
import { writeNew } from "../write.ts";

const REPLAY_SCHEMA = "faultline-replay/1";

type Told = Extract<ReplayOutcome, { readonly kind: "violated" | "holds" | "witnessed" }>;

async function expectSound(document: Document, path: string, forms: string): Promise<void> {
  const { regressionIn, traceIn } = await import("../schemas.ts");
  if (isRegression(document)) regressionIn(document, path);
  else traceIn(document, path, forms);
}

/** @throws UsageError when the file is no trace or regression, of no model of today, without a step, or a step cannot happen. */
export async function replayed(
  engine: Engine,
  document: Document,
  path: string,
  forms: string = FORMS.replay,
): Promise<Replayed> {
  await expectSound(document, path, forms);
  return expectTaken(await engine.replay(document), document, path);
}

export interface ReplayOptions {
  /** The numbered list instead of the chart. */
  readonly steps: boolean;
  readonly json: boolean;
  readonly colour: boolean;
}

export async function replay(
  engine: Engine,
  terminal: Terminal,
  path: string,
  options: ReplayOptions,
): Promise<number> {
  const { trace, outcome } = await replayed(engine, await readDocument(path, FORMS.replay), path);
  const [exit, verdict] = verdictOf(trace, outcome);
  if (options.json) terminal.out(`${JSON.stringify({ schema: REPLAY_SCHEMA, exit, outcome, trace })}\n`);
  else {
    const nothing = trace.steps.length === 0 && outcome.kind !== "violated";
    const text = nothing ? "No step was taken.\n" : options.steps ? traceText(trace) : chart(trace, terminal.columns);
    const plain = fitted(printableLines(text), terminal.columns);
    terminal.out(options.colour ? coloured(plain) : plain);
    terminal.say(`\nReplayed ${counted(trace.steps.length, "step")}: ${printable(verdict)}.\n`);
  }
  return exit;
}

/** The exit code, and what is said of a path whose steps all could be taken. */
function verdictOf({ property: { id }, kind }: TraceRecord, outcome: ReplayOutcome): readonly [number, string] {
  if (outcome.kind === "undecided")
    return [EXIT.incomplete, `the path alone does not decide ${id}: ${outcome.because}`];
  const words = {
    violated: `${id} is violated`,
    holds: `${id} is ${kind === "sometimes" ? "not witnessed" : "not violated"} on this path`,
    witnessed: `${id} is witnessed`,
  };
  const { expectation, spare = 0 } = outcome as Told;
  const isMissed = outcome.kind === "holds" && kind === "sometimes";
  const asExpected =
    expectation === undefined ? outcome.kind !== "violated" && !isMissed : outcome.kind === expectation;
  const compared = expectation === undefined ? "" : asExpected ? ", as expected" : `; expected: ${expectation}`;
  const more = spare > 0 ? `; not needed for that: the last ${counted(spare, "step")} of the file` : "";
  return [asExpected ? EXIT.asExpected : EXIT.violated, words[outcome.kind as keyof typeof words] + compared + more];
}

/** What a path shows, in words. */
export const pathWords = (trace: TraceRecord, outcome: ReplayOutcome): string => verdictOf(trace, outcome)[1];

/** Keeps a counterexample as a regression, after it was seen to violate its property; never over another one. */
export async function save(engine: Engine, terminal: Terminal, path: string, directory: string): Promise<number> {
  const document = await readDocument(path, FORMS.save);
  if (document.schema !== TRACE_SCHEMA)
    throw new UsageError(`"${path}" (${document.schema}) is no counterexample, so it cannot be saved.`, FORMS.save);
  const { traceIn } = await import("../schemas.ts");
  const stored = traceIn(document, path);
  const { trace, outcome } = await replayed(engine, document, path);
  const [, verdict] = verdictOf(trace, outcome);
  if (outcome.kind !== "violated") {
    const error = new UsageError(`"${path}" is not saved: replayed, ${verdict}.`, "a path that violates its property");
    if (outcome.kind !== "undecided") throw error;
    terminal.err(errorText(error));
    return EXIT.incomplete;
  }
  const isWhole = (outcome.spare ?? 0) === 0;
  const { name, content } = await engine.save(isWhole ? { ...trace, minimality: stored.minimality } : trace);
  const goal = join(directory, name);
  const state = await writeNew(goal, content);
  if (!isWhole) terminal.err(`faultline: ${printable(`"${path}": ${verdict}`)}.\n`);
  terminal.say(state === "written" ? `Saved as ${printable(goal)}.\n` : `Already saved as ${printable(goal)}.\n`);
  return EXIT.asExpected;
}
