/** `check` and `random`: make the runs, tell them, keep them, judge them. */
import type { Json } from "../../checker/json.ts";
import type { MissingRecord, RunRecord } from "../../checker/run-record.ts";
import { ModelError } from "../../checker/system.ts";
import { chartOf } from "../../reports/chart.ts";
import { counterexampleName, replayCommand } from "../../reports/counterexample.ts";
import { markdownReport } from "../../reports/markdown.ts";
import { hasPage, pathsOf } from "../../reports/paths.ts";
import { runPage } from "../../reports/page/run-page.ts";
import { laid, paragraph } from "../../reports/lines.ts";
import { textReport, type Telling } from "../../reports/text.ts";
import { coloured } from "../colours.ts";
import { EXIT, exitOf, interruptedBy } from "../exit.ts";
import { claimDirectory } from "../claim.ts";
import { OutputError, printable, printableLines } from "../errors.ts";
import { pageOf } from "../page.ts";
import { neatJson } from "../neat-json.ts";
import { removeStale } from "../stale.ts";
import {
  BrokenOff,
  choices,
  StillQueued,
  ThreadLost,
  type Engine,
  type RunRequest,
  type Selection,
  type Watch,
} from "../ports.ts";
import { inTurn } from "../jobs/in-turn.ts";
import { Line, StatusLine } from "../progress.ts";
import { partOf, shardRecord, type Shard, type ShardRecord } from "../shard.ts";
import { storedRuns } from "../stored-runs.ts";
import type { Terminal } from "../terminal.ts";
import { writeAll } from "../write.ts";

export interface Output {
  /** Directory for the records, report and counterexamples. */
  readonly out: string;
  readonly json: boolean;
  /** Violations as lists of steps, instead of charts. */
  readonly steps: boolean;
  readonly colour: boolean;
  /** Runs at once. */
  readonly jobs: number;
  /** Whether runs that are left stay in a queue. */
  readonly queued: boolean;
  /** Only this part of the runs. `how`: on what, besides the runs, results depend. */
  readonly shard?: Shard & { readonly how: Json };
}

type Search = (run: RunRequest, watch: Watch) => Promise<RunRecord>;

/** A run that could not be made. */
interface Failure {
  readonly run: RunRequest;
  readonly what: "mistake of the model" | ThreadLost["what"];
  readonly message: string;
}

/** Why a run has no result: of what could not be made, what it was; else an interrupt. */
function reasonOf(failure: Failure | undefined, queued: boolean): string {
  if (failure) return `${failure.what}: ${failure.message.split("\n", 1)[0]!.replace(/\.$/, "")}`;
  return queued ? "interrupted, and it stays in the queue" : "interrupted before it began";
}

const words = ({ system, hardware, host, bounds }: RunRequest): string => `${system} ${hardware} ${host} ${bounds}`;

interface Attempt {
  readonly run?: RunRecord;
  readonly failure?: Failure;
}

/** Makes the runs, so many at once; an interrupt ends the current ones early, or leaves them to a queue, and leaves out the rest. */
async function make(
  requests: readonly RunRequest[],
  search: Search,
  terminal: Terminal,
  { jobs, queued }: Output,
  statesOf: (run: RunRequest) => number,
) {
  const line = new Line(terminal);
  let begun = 0;
  const attempt = async (request: RunRequest): Promise<Attempt | undefined> => {
    if (terminal.signal.aborted) return undefined;
    const status = new StatusLine(terminal, line);
    status.start(`[${++begun}/${requests.length}] ${words(request)}`);
    try {
      const run = await search(request, status.watch);
      // Same seed, same bytes: a random search is told without its time. A worker of a queue has taken its own.
      const seconds = (queued ? run.seconds : undefined) ?? Math.round(status.seconds * 1000) / 1000;
      return { run: run.search.kind === "random" ? run : { ...run, seconds } };
    } catch (error) {
      if (error instanceof StillQueued) return undefined;
      if (error instanceof ThreadLost) return { failure: { run: request, what: error.what, message: error.message } };
      if (!(error instanceof ModelError)) throw error;
      const failure = { run: request, what: "mistake of the model", message: error.message } as const;
      return error instanceof BrokenOff ? { run: error.record, failure } : { failure };
    } finally {
      status.clear();
    }
  };
  const made = await inTurn(requests, jobs, attempt, statesOf);
  return {
    runs: made.flatMap((one) => one?.run ?? []),
    failures: made.flatMap((one) => one?.failure ?? []),
    left: made.filter((one) => one === undefined).length,
    missing: requests.flatMap(({ system, hardware, host, bounds, set }, k): readonly MissingRecord[] =>
      made[k]?.run ? [] : [{ system, hardware, host, bounds, set, because: reasonOf(made[k]?.failure, queued) }],
    ),
  };
}

/** What is kept of the runs, by name of the file. */
function filesOf(runs: readonly RunRecord[], telling: Telling, shard?: ShardRecord): ReadonlyMap<string, string> {
  const { directory, expectKnown } = telling;
  const files = new Map([
    ["run.json", neatJson(storedRuns(runs, { ...telling, ...(shard && { shard }) }))],
    ["report.md", markdownReport(runs, telling)],
    ["report.html", runPage(runs, telling)],
  ]);
  for (const path of pathsOf(runs)) {
    const [first, ...others] = path;
    const names = path.map(({ trace }) => `counterexamples/${counterexampleName(trace)}`);
    for (const [k, { trace }] of path.entries()) files.set(`${names[k]}.json`, neatJson(trace));
    const commands = path.map(({ trace }) => `Replay: ${replayCommand(directory, trace)}\n`);
    files.set(`${names[0]}.txt`, `${chartOf([first, ...others])}\n${commands.join("")}`);
    if (hasPage(path, expectKnown))
      for (const [k, { trace }] of path.entries()) files.set(`${names[k]}.html`, pageOf(trace, directory));
  }
  return files;
}

/** The record of all runs, written last: where it is, everything that it tells of is there. */
const RECORD = "run.json";

/**
 * Keeps them, and then removes the counterexamples of former runs. Gives the paths back, or why nothing could be kept:
 * what was there before is there still.
 */
async function kept(runs: readonly RunRecord[], telling: Telling, shard?: ShardRecord) {
  const { directory } = telling;
  const files = [...filesOf(runs, telling, shard)].sort(([a], [b]) => Number(a === RECORD) - Number(b === RECORD));
  let written: readonly string[] = [];
  try {
    written = await writeAll(directory, new Map(files));
    await removeStale(directory, new Set(files.map(([name]) => name)));
    return { written };
  } catch (error) {
    if (!(error instanceof OutputError)) throw error;
    return { written, unwritten: error.message };
  }
}

/** Which systems are meant for what was chosen, when none was named. */
function selectedText(
  engine: Engine,
  selection: Selection,
  requests: readonly RunRequest[],
  columns: number | undefined,
): string {
  const chosen = choices(selection);
  if (selection.systems.length > 0 || chosen === "") return "";
  const names = requests.map(({ system }) => system).join(", ");
  const text = `Selected by ${chosen}: ${names} (${requests.length} of ${engine.systems.length} systems).`;
  const left = engine.leftOut(selection).map(({ system, because }) => `Left out: ${system} (${because}).`);
  return `${laid(
    [text, ...left].map((line) => paragraph(line, 78)),
    columns,
  ).join("\n")}\n\n`;
}

/** Which releases were run, when the design was named by its series. */
function releaseText({ host }: Selection, requests: readonly RunRequest[]): string {
  const releases = [...new Set(requests.map((request) => request.host))].filter((name) => name !== host);
  if (host === undefined || releases.length === 0) return "";
  return `Design ${host} is ${releases.join(" or ")}, the newest release of that series in the system.\n\n`;
}

/** Lines about runs that count otherwise. */
const CHANGES = 20;

/** What runs of the suite count otherwise than before: a rule has changed, also where no claim is broken by it. */
function changeText(changes: readonly string[], runs: number): string {
  if (changes.length === 0) return "";
  const more = changes.length > CHANGES ? [`  and ${changes.length - CHANGES} more`] : [];
  return [
    `\n${changes.length} of ${runs} runs count otherwise than properties/suite/counts.ts says:`,
    ...changes.slice(0, CHANGES).map((line) => `  ${line}`),
    ...more,
    "A machine, a wiring or a knob was changed. If that was meant: npm run counts writes the new counts.\n",
  ].join("\n");
}

/** Which part of the runs is told. */
const shardText = (shard: ShardRecord | undefined): string =>
  shard === undefined
    ? ""
    : `Shard ${shard.index} of ${shard.of}. To put the shards together: npx faultline merge FILE...\n\n`;

function exitCode(
  runs: readonly RunRecord[],
  failures: readonly Failure[],
  changes: readonly string[],
  terminal: Terminal,
): number {
  if (failures.length > 0) return EXIT.internal;
  if (terminal.signal.aborted) return interruptedBy(terminal.signal);
  const exit = exitOf(runs);
  return exit === EXIT.asExpected && changes.length > 0 ? EXIT.violated : exit;
}

/**
 * `schema` is that of the JSON output: one object, and nothing else, on stdout.
 * @throws UsageError when the selection stands for no run; then nothing is written.
 */
export async function search(
  engine: Engine,
  terminal: Terminal,
  selection: Selection,
  output: Output,
  schema: string,
  how: Search,
): Promise<number> {
  const all = engine.runs(selection);
  const { shard } = output;
  const requests = partOf(all, shard);
  const record = shard && shardRecord(shard, { how: shard.how, runs: all }, all.length);
  const { directory, notes, release } = await claimDirectory(output.out);
  for (const note of notes) terminal.err(`faultline: ${printable(note)}.\n`);
  try {
    // Of the whole suite: nobody asked for one of them.
    const expectKnown = selection.systems.length === 0 && choices(selection) === "";
    const made = await make(requests, how, terminal, output, engine.pinnedStates);
    const changes = expectKnown ? made.runs.flatMap((run) => engine.changed(run) ?? []) : [];
    const before =
      releaseText(selection, requests) +
      selectedText(engine, selection, requests, terminal.columns) +
      shardText(record);
    return await finish(
      terminal,
      { ...made, changes, expectKnown, ...(record && { shard: record }) },
      { ...output, out: directory },
      schema,
      before,
    );
  } finally {
    await release();
  }
}

/** Runs that were made, now or before. */
export interface Made {
  readonly runs: readonly RunRecord[];
  readonly failures: readonly Failure[];
  /** Runs that were not begun. */
  readonly left: number;
  /** Runs without a result: those that were not begun, and those that could not be made; none where they are read from files. */
  readonly missing?: readonly MissingRecord[];
  readonly expectKnown: boolean;
  /** How runs of the whole suite count otherwise than before. */
  readonly changes: readonly string[];
  readonly shard?: ShardRecord;
}

/** Keeps the runs, prints them after `before`, and says how they ended. */
export async function finish(
  terminal: Terminal,
  { runs, failures, left, missing = [], expectKnown, changes, shard }: Made,
  output: Pick<Output, "out" | "json" | "steps" | "colour" | "queued">,
  schema: string,
  before = "",
): Promise<number> {
  // What is kept speaks of all runs: without the lost ones it would look complete.
  const telling: Telling = { directory: output.out, expectKnown, left: missing.length, missing };
  const { written, unwritten } = runs.length > 0 ? await kept(runs, telling, shard) : { written: [] };
  const exit = unwritten === undefined ? exitCode(runs, failures, changes, terminal) : EXIT.internal;
  if (output.json)
    terminal.out(`${JSON.stringify({ schema, exit, runs, changes, failures, left, missing, written })}\n`);
  else if (runs.length > 0) {
    const report = printableLines(textReport(runs, { ...telling, steps: output.steps, columns: terminal.columns }));
    terminal.say(before);
    terminal.out(output.colour ? coloured(report) : report);
    terminal.say(printableLines(changeText(changes, runs.length)));
    if (unwritten === undefined)
      terminal.say(
        `\nKept in ${printable(output.out)}: run.json, report.md, report.html, ${pathsOf(runs).flat().length} in counterexamples/.\n`,
      );
  }
  if (unwritten !== undefined)
    terminal.err(`faultline: ${written.length > 0 ? "" : "no results were kept: "}${printable(unwritten)}\n`);
  for (const { run, what, message } of failures)
    terminal.err(`faultline: ${what} in ${words(run)}: ${printableLines(message)}\n`);
  if (terminal.signal.aborted) {
    const what = output.queued ? "stay in the queue, and the same command goes on with them" : "were not begun";
    const all = runs.length + failures.length + left;
    terminal.err(`faultline: interrupted${left > 0 ? `; ${left} of ${all} runs ${what}` : ""}.\n`);
  }
  return exit;
}
