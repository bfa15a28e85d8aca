/** `why`: what the violation of a counterexample rests on, or what makes a claim hold. */
import { existsSync } from "node:fs";
import { DEADLOCK } from "../../checker/explore/claims/deadlock.ts";
import type { RunRecord } from "../../checker/run-record.ts";
import { whyText } from "../../reports/why-text.ts";
import { WHY_SCHEMA, type WhyRecord } from "../../reports/why.ts";
import { printableLines, someOf, unknownName, UsageError } from "../errors.ts";
import { EXIT, interruptedBy } from "../exit.ts";
import type { Document } from "../document.ts";
import { readDocument } from "../files.ts";
import { FORMS } from "../forms.ts";
import { selectionOf, type SelectionOptions } from "../options.ts";
import type { Engine, RunRequest, WhyLimits, WhySubject } from "../ports.ts";
import { StatusLine } from "../progress.ts";
import { refused } from "../stored-model.ts";
import type { Terminal } from "../terminal.ts";
import { pathWords, replayed } from "./replay.ts";

export interface WhyOptions extends SelectionOptions {
  /** Id or name of a claim. */
  readonly claim?: string;
  readonly json: boolean;
  readonly limits: WhyLimits;
}

/** The claim with this id or name. @throws UsageError for one that there is not */
function claimOf({ properties }: Engine, word: string): Pick<WhySubject, "claim" | "kind"> {
  if (word === DEADLOCK.id) return { claim: { id: DEADLOCK.id, statement: DEADLOCK.statement }, kind: "deadlock" };
  const found = properties.find(({ id, name }) => id === word || name === word);
  if (!found)
    throw unknownName("property", word, [DEADLOCK.id, ...properties.flatMap(({ id, name = id }) => [id, name])]);
  const { id, name, statement, kind } = found;
  return { claim: { id, ...(name !== undefined && { name }), statement }, kind: kind as WhySubject["kind"] };
}

const CHOICES = ["hardware", "design", "host", "bounds", "set"] as const;

/** A system by name; its run is chosen as that of `check` is. */
function ofSystem(engine: Engine, system: string, options: WhyOptions): WhySubject {
  if (options.claim === undefined)
    throw new UsageError(
      `"${system}" is a system: which of its claims is meant?`,
      `--claim ID (faultline list properties ${system})`,
    );
  const claim = claimOf(engine, options.claim);
  const [request] = engine.runs(selectionOf(engine, [system], options));
  return { request: request!, ...claim };
}

/** The only run of the file that judges the claim. */
function ofRuns(engine: Engine, runs: readonly RunRecord[], path: string, word: string | undefined): WhySubject {
  const ids = [...new Set(runs.flatMap(({ properties }) => properties.map(({ id }) => id)))];
  if (word === undefined)
    throw new UsageError(`"${path}" has the verdicts of ${ids.length} claims: which is meant?`, "--claim ID");
  const claim = claimOf(engine, word);
  const { id } = claim.claim;
  const judging = runs.filter(({ properties, leftOut = [] }) =>
    [...properties.map((one) => one.id), ...leftOut.flatMap((left) => left.ids)].includes(id),
  );
  const [run, ...others] = judging;
  if (!run) throw new UsageError(`no run in "${path}" judges ${id}.`, ...someOf("claim", id, ids));
  if (others.length > 0)
    throw new UsageError(
      `${judging.length} runs in "${path}" judge ${id}.`,
      `one run: faultline why SYSTEM --claim ${id}, with SYSTEM of ${[...new Set(judging.map(({ model }) => model.system))].slice(0, 8).join(", ")}`,
    );
  const { parameters: _, fingerprint: __, ...request } = run.model;
  const outcome = refused(run.model);
  if (outcome)
    throw new UsageError(
      `"${path}" does not fit the model of today: ${outcome.kind === "stale" ? outcome.because : `${run.model.system} or a choice of it is not known`}.`,
    );
  return { request: requestOf(request), ...claim };
}

const requestOf = ({ system, hardware, host, bounds, set }: RunRequest): RunRequest => ({
  system,
  hardware,
  host,
  bounds,
  set,
});

/** A counterexample or a saved regression, replayed first. */
export async function ofPath(
  engine: Engine,
  document: Document,
  path: string,
  forms: string = FORMS.replay,
): Promise<WhySubject> {
  const { trace, outcome } = await replayed(engine, document, path, forms);
  if (outcome.kind !== "violated")
    throw new UsageError(
      `"${path}" shows no violation to explain: replayed, ${pathWords(trace, outcome)}.`,
      "a path that violates its property",
    );
  const minimality = (outcome.spare ?? 0) === 0 ? document["minimality"] : "unknown";
  return {
    request: requestOf(trace.model),
    claim: trace.property,
    kind: trace.kind ?? "deadlock",
    trace: { ...trace, minimality: minimality as typeof trace.minimality },
  };
}

async function subjectOf(engine: Engine, what: string, options: WhyOptions): Promise<WhySubject> {
  if (engine.systems.some(({ name }) => name === what)) return ofSystem(engine, what, options);
  const chosen = CHOICES.find((choice) => options[choice] !== undefined);
  if (chosen !== undefined)
    throw new UsageError(
      `--${chosen} chooses a run of a system, and "${what}" is none.`,
      "a system, or a file without such options",
    );
  // A word without a dot or a slash is a name, unless there is such a file.
  if (!/[./]/.test(what) && !existsSync(what))
    throw unknownName(
      "system",
      what,
      engine.systems.map(({ name }) => name),
      ", and no such file",
    );
  const document = await readDocument(what, FORMS.why);
  if (/^faultline-runs?\//.test(document.schema)) {
    const { recordsIn } = await import("../schemas.ts");
    return ofRuns(engine, recordsIn(document, what).runs, what, options.claim);
  }
  if (options.claim !== undefined)
    throw new UsageError(`--claim chooses a claim of a run, and "${what}" is about one.`, "the file alone");
  return ofPath(engine, document, what, FORMS.why);
}

/** Whether something was asked that was not answered. */
const isOpen = ({ undecided, violation, claim, knobs }: WhyRecord): boolean =>
  undecided !== undefined ||
  typeof violation?.lastSafe === "string" ||
  claim?.verdict.kind === "holds-within-bounds" ||
  claim?.verdict.kind === "unknown" ||
  (knobs?.trials.some(({ outcome }) => outcome.kind === "undecided") ?? false);

export async function why(engine: Engine, terminal: Terminal, what: string, options: WhyOptions): Promise<number> {
  const subject = await subjectOf(engine, what, options);
  const status = new StatusLine(terminal);
  const record = await engine.why(subject, options.limits, status.watch, (label) => status.start(label));
  status.clear();
  if (terminal.signal.aborted) terminal.err("faultline: interrupted; what was not searched is not decided.\n");
  const exit = terminal.signal.aborted
    ? interruptedBy(terminal.signal)
    : isOpen(record)
      ? EXIT.incomplete
      : EXIT.asExpected;
  terminal.out(
    options.json
      ? `${JSON.stringify({ schema: WHY_SCHEMA, exit, ...record })}\n`
      : printableLines(whyText(record, terminal.columns)),
  );
  return exit;
}
