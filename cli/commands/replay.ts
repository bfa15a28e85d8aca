/** `replay` and `save`: take the steps of a stored trace again; keep one as a regression. */
import { join } from "node:path";
import { nearest } from "../../checker/nearest.ts";
import { TRACE_SCHEMA, type TraceRecord } from "../../checker/run-record.ts";
import { chart } from "../../reports/chart.ts";
import { traceText } from "../../reports/trace-text.ts";
import { coloured } from "../colours.ts";
import { UsageError } from "../errors.ts";
import { EXIT } from "../exit.ts";
import { readDocument, type Document } from "../files.ts";
import type { Engine, Replayed } from "../ports.ts";
import type { Terminal } from "../terminal.ts";
import { writeNew } from "../write.ts";

const REPLAY_SCHEMA = "faultline-replay/1";

async function traceOf(document: Document, path: string): Promise<TraceRecord> {
  const { traceIn } = await import("../schemas.ts");
  return traceIn(document, path);
}

const isRegression = ({ schema }: Document): boolean => schema.startsWith("faultline-regression/");

async function expectSound(document: Document, path: string): Promise<void> {
  if (!isRegression(document)) return void (await traceOf(document, path));
  const { regressionIn } = await import("../schemas.ts");
  regressionIn(document, path);
}

/** A trace of a claim that something happens says that it did; every other is a counterexample. */
const saysViolated = (document: Document): boolean =>
  isRegression(document) ? document["expect"] === "violated" : document["kind"] !== "sometimes";

/** @throws UsageError when the file is no trace or regression, of no model of today, without a step, or a step cannot happen. */
async function replayed(engine: Engine, document: Document, path: string): Promise<Replayed> {
  await expectSound(document, path);
  const result = await engine.replay(document);
  const { trace, outcome } = result;
  if (outcome.kind === "unknown") {
    const { what, name, names } = outcome;
    throw new UsageError(
      `"${path}" is about a ${what} that is not known here: "${name}".`,
      `one of ${names.join(", ")}`,
      nearest(name, names),
    );
  }
  if (outcome.kind === "stale")
    throw new UsageError(`"${path}" is stale, it was written for another model, or changed: ${outcome.because}.`);
  if (outcome.kind === "impossible")
    throw new UsageError(
      `"${path}": step ${outcome.step} cannot happen: ${outcome.because}.`,
      `one of these steps: ${outcome.possible.join("; ") || "none is possible"}`,
    );
  // The initial state may be a violation by itself, but where it is none, nothing was replayed.
  if (trace.steps.length === 0 && outcome.kind === "holds" && saysViolated(document))
    throw new UsageError(
      `"${path}" says that ${trace.property.id} is violated, but has no steps.`,
      "at least one step",
    );
  return result;
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
  const { trace, outcome } = await replayed(engine, await readDocument(path), path);
  const expectation = "expectation" in outcome ? outcome.expectation : undefined;
  const asExpected = expectation === undefined ? outcome.kind !== "violated" : outcome.kind === expectation;
  const exit = asExpected ? EXIT.asExpected : EXIT.violated;
  const { id } = trace.property;
  const words = {
    violated: `${id} is violated`,
    holds: `${id} is not violated any more`,
    witnessed: `${id} is witnessed`,
  };
  const verdict = words[outcome.kind as keyof typeof words];
  const compared = expectation === undefined ? "" : asExpected ? ", as expected" : `; expected: ${expectation}`;
  if (options.json) terminal.out(`${JSON.stringify({ schema: REPLAY_SCHEMA, exit, outcome, trace })}\n`);
  else {
    const nothing = trace.steps.length === 0 && outcome.kind !== "violated";
    const text = nothing ? "No step was taken.\n" : options.steps ? traceText(trace) : chart(trace);
    terminal.out(options.colour ? coloured(text) : text);
    terminal.out(`\nReplayed ${trace.steps.length} steps: ${verdict}${compared}.\n`);
  }
  return exit;
}

/** Keeps a counterexample as a regression, after it was seen to happen; never over another one. */
export async function save(engine: Engine, terminal: Terminal, path: string, directory: string): Promise<number> {
  const document = await readDocument(path);
  if (document.schema !== TRACE_SCHEMA)
    throw new UsageError(`"${path}" (${document.schema}) cannot be saved.`, TRACE_SCHEMA);
  await traceOf(document, path);
  const { trace } = await replayed(engine, document, path);
  const { name, content } = await engine.save(trace);
  const goal = join(directory, name);
  const state = await writeNew(goal, content);
  terminal.out(state === "written" ? `Saved as ${goal}.\n` : `Was saved before as ${goal}.\n`);
  return EXIT.asExpected;
}
