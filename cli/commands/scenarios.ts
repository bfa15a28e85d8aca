/** `scenarios`: questions and their answers, listed or searched again; or the pages of answers, written or compared. */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { answersSummary, answersText, type Answer } from "../../reports/answers.ts";
import { findingsPages, WRITTEN } from "../../reports/findings.ts";
import { shippedPage } from "../../reports/shipped.ts";
import { threadPage } from "../../reports/thread.ts";
import { OutputError, printable, unknownName, UsageError } from "../errors.ts";
import { EXIT, interruptedBy } from "../exit.ts";
import type { Engine } from "../ports.ts";
import { inTurn } from "../jobs/in-turn.ts";
import { withJobs } from "../jobs/with-jobs.ts";
import { Line, StatusLine } from "../progress.ts";
import { expectEachOnce } from "../single.ts";
import type { Terminal } from "../terminal.ts";
import { expectFolder, writeAll } from "../write.ts";
import { chosenList, chosenOf, isChoice, wholeList, type Chosen } from "./scenario-list.ts";

const SCENARIOS_SCHEMA = "faultline-scenarios/1";
const LIST_SCHEMA = "faultline-scenario-list/1";

export interface ScenariosOptions extends Chosen {
  readonly json: boolean;
  /** Searches at once. */
  readonly jobs: number;
  /** Where a worker thread finds `perform`. */
  readonly worker?: string | undefined;
  /** Whether what was chosen is searched again, and not only listed. */
  readonly all: boolean;
  /** The folder in which the pages of answers are written. */
  readonly findings?: string;
  /** A folder whose pages must be what would be written. */
  readonly compare?: string;
}

async function answered(
  engine: Engine,
  ids: readonly string[],
  terminal: Terminal,
  jobs: number,
): Promise<readonly Answer[]> {
  const parts = engine.parts(ids);
  const line = new Line(terminal);
  const answered = await inTurn(parts, jobs, async (part, k) => {
    if (terminal.signal.aborted) return [];
    const status = new StatusLine(terminal, line);
    status.start(`[${k + 1}/${parts.length}] ${part[0]}`);
    try {
      return await engine.answers(part, status.watch);
    } finally {
      status.clear();
    }
  });
  const byId = new Map(answered.flat().map((answer) => [answer.id, answer]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** By path in the folder: docs/thread.md is "thread.md". */
export function pagesOf(engine: Engine, answers: readonly Answer[]): ReadonlyMap<string, string> {
  const { book } = engine;
  return new Map([
    ...[...findingsPages(answers, book)].map(([name, text]) => [`findings/${name}`, text] as const),
    ["thread.md", threadPage(answers, book)],
    ["shipped.md", shippedPage(answers, book)],
  ]);
}

/** Pages of an earlier day, whose subject is gone. */
async function staleIn(folder: string, pages: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const names = await readdir(join(folder, "findings")).catch(() => []);
  const candidates = names.map((name) => `findings/${name}`).filter((name) => name.endsWith(".md") && !pages.has(name));
  const texts = await Promise.all(candidates.map((name) => readFile(join(folder, name), "utf8")));
  return candidates.filter((_, k) => texts[k]!.includes(WRITTEN)).sort();
}

/** Names of the pages that the folder has otherwise, lacks, or has too many. */
async function differing(folder: string, pages: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const same = await Promise.all(
    [...pages].map(([name, text]) =>
      readFile(join(folder, name), "utf8").then(
        (there) => there === text,
        () => false,
      ),
    ),
  );
  return [...[...pages.keys()].filter((_, k) => !same[k]), ...(await staleIn(folder, pages))];
}

/** Writes the pages and removes stale ones; gives back why they could not be written. */
async function unkept(folder: string, pages: ReadonlyMap<string, string>): Promise<string | undefined> {
  try {
    await writeAll(folder, pages);
    for (const name of await staleIn(folder, pages)) await rm(join(folder, name));
    return undefined;
  } catch (error) {
    if (error instanceof OutputError) return error.message;
    throw error;
  }
}

function listed(engine: Engine, terminal: Terminal, ids: readonly string[], options: ScenariosOptions): number {
  if (options.json) {
    const chosen = engine.book.subjects.flatMap(({ id: subject, scenarios: some }) =>
      some.filter(({ id }) => ids.includes(id)).map((one) => ({ subject, ...one })),
    );
    terminal.out(`${JSON.stringify({ schema: LIST_SCHEMA, scenarios: chosen })}\n`);
  } else if (isChoice(options)) terminal.say(chosenList(engine.book, ids, options, terminal.columns ?? 100));
  else terminal.say(wholeList(engine.book));
  return EXIT.asExpected;
}

/** @throws UsageError for a name that is none, or a folder that cannot be read. */
export async function scenarios(
  engine: Engine,
  terminal: Terminal,
  named: readonly string[],
  options: ScenariosOptions,
): Promise<number> {
  const known = engine.scenarios.map(({ name }) => name);
  for (const name of named) if (!known.includes(name)) throw unknownName("scenario", name, known);
  const folder = options.findings ?? options.compare;
  if (folder !== undefined && (named.length > 0 || isChoice(options)))
    throw new UsageError(
      "the pages of answers are made of all scenarios.",
      "no names and no choice together with them",
    );
  if (named.length > 0 && (isChoice(options) || options.all))
    throw new UsageError("names and a choice exclude each other.", "names, or one of --all, --message, --subject, ...");
  expectEachOnce("scenario", named);
  if (folder !== undefined) await expectFolder(folder);
  const chosen = isChoice(options) ? chosenOf(engine.book, options) : known;
  if (named.length === 0 && !options.all && folder === undefined) return listed(engine, terminal, chosen, options);
  const ids = named.length > 0 ? named : chosen;
  const { jobs, worker } = options;
  const answers = await withJobs(engine, jobs, engine.parts(ids).length, worker, (each, atOnce) =>
    answered(each, ids, terminal, atOnce),
  );
  if (answers.length < ids.length) {
    terminal.err(
      `faultline: interrupted; ${ids.length - answers.length} of ${ids.length} questions were not searched.\n`,
    );
    return interruptedBy(terminal.signal);
  }
  const judged = answers.every(({ asExpected }) => asExpected) ? EXIT.asExpected : EXIT.violated;
  return told(engine, terminal, answers, judged, options);
}

async function told(
  engine: Engine,
  terminal: Terminal,
  answers: readonly Answer[],
  judged: number,
  { json, findings, compare }: ScenariosOptions,
): Promise<number> {
  const pages = findings === undefined && compare === undefined ? undefined : pagesOf(engine, answers);
  const unwritten = findings === undefined ? undefined : await unkept(findings, pages!);
  const exit = unwritten === undefined ? judged : EXIT.internal;
  if (json) terminal.out(`${JSON.stringify({ schema: SCENARIOS_SCHEMA, exit, answers })}\n`);
  else if (pages === undefined || unwritten !== undefined)
    terminal.say(answersText(answers, engine.book.rows, terminal.columns));
  else terminal.say(`${answersSummary(answers)}\n`);
  if (unwritten !== undefined) {
    terminal.err(`faultline: the pages were not kept: ${printable(unwritten)}\n`);
    return exit;
  }
  const others = compare === undefined ? [] : await differing(compare, pages!);
  if (others.length === 0) return exit;
  const names = others.map((name) => printable(`${compare}/${name}`));
  terminal.err(
    `faultline: ${names.length} ${names.length === 1 ? "page is" : "pages are"} out of date: ${names.slice(0, 8).join(", ")}.\n  npm run findings writes them.\n`,
  );
  return EXIT.violated;
}
