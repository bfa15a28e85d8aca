/** `scenarios`: the questions of the thread, answered again; or the page of findings, written or compared. */
import { access, open, unlink } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { answersSummary, answersText, findingsPage, type Answer } from "../../reports/answers.ts";
import { OutputError, printable, unknownName, UsageError } from "../errors.ts";
import { EXIT, interruptedBy } from "../exit.ts";
import { readBytes } from "../files.ts";
import type { Engine } from "../ports.ts";
import { StatusLine } from "../progress.ts";
import { expectEachOnce } from "../single.ts";
import type { Terminal } from "../terminal.ts";
import { writeWhole } from "../write.ts";

const SCENARIOS_SCHEMA = "faultline-scenarios/1";

export interface ScenariosOptions {
  readonly json: boolean;
  /** Where the page of findings is written. */
  readonly findings?: string;
  /** A page of findings that must be what would be written. */
  readonly compare?: string;
}

async function answered(engine: Engine, ids: readonly string[], terminal: Terminal): Promise<readonly Answer[]> {
  const status = new StatusLine(terminal);
  const answers: Answer[] = [];
  for (const [k, id] of ids.entries()) {
    // An interrupt arrives only between two searches.
    await setImmediate();
    if (terminal.signal.aborted) break;
    status.start(`[${k + 1}/${ids.length}] ${id}`);
    try {
      answers.push(await engine.answer(id, ids));
    } finally {
      status.clear();
    }
  }
  return answers;
}

/** @throws UsageError for a name that is none, or a page that cannot be read or written. */
export async function scenarios(
  engine: Engine,
  terminal: Terminal,
  named: readonly string[],
  options: ScenariosOptions,
): Promise<number> {
  const known = engine.scenarios.map(({ name }) => name);
  for (const name of named) if (!known.includes(name)) throw unknownName("scenario", name, known);
  const page = options.findings ?? options.compare;
  if (page !== undefined && named.length > 0)
    throw new UsageError("the page of findings is made of all scenarios.", "no names together with it");
  expectEachOnce("scenario", named);
  const ids = named.length > 0 ? named : known;
  // Before the questions are answered, which takes half a minute.
  if (options.findings !== undefined) await expectWritableFile(options.findings);
  const compared =
    options.compare === undefined ? undefined : Buffer.from(await readBytes(options.compare)).toString("utf8");
  const answers = await answered(engine, ids, terminal);
  const judged = answers.every(({ asExpected }) => asExpected) ? EXIT.asExpected : EXIT.violated;
  if (answers.length < ids.length) {
    terminal.err(`faultline: interrupted; ${ids.length - answers.length} of ${ids.length} questions were not asked.\n`);
    return interruptedBy(terminal.signal);
  }
  const unwritten = options.findings === undefined ? undefined : await unkept(options.findings, findingsPage(answers));
  const exit = unwritten === undefined ? judged : EXIT.internal;
  const same = compared === undefined || compared === findingsPage(answers);
  if (options.json) terminal.out(`${JSON.stringify({ schema: SCENARIOS_SCHEMA, exit, answers })}\n`);
  else if (page === undefined || unwritten !== undefined) terminal.out(answersText(answers));
  else terminal.out(`${answersSummary(answers)}\n`);
  if (unwritten !== undefined) {
    terminal.err(`faultline: the page was not kept: ${printable(unwritten)}\n`);
    return exit;
  }
  if (!same)
    terminal.err(
      `faultline: "${printable(options.compare ?? "")}" is not what the model says today (npm run findings).\n`,
    );
  return same ? exit : EXIT.violated;
}

/** Opens the file as it would be written, and leaves everything as it was. */
async function expectWritableFile(path: string): Promise<void> {
  const isNew = await access(path).then(
    () => false,
    () => true,
  );
  try {
    await (await open(path, "a")).close();
    if (isNew) await unlink(path);
  } catch (error) {
    throw new UsageError(`"${path}" cannot be written: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

/** Writes the page; gives back why it could not be written. */
async function unkept(path: string, page: string): Promise<string | undefined> {
  try {
    await writeWhole(path, page);
    return undefined;
  } catch (error) {
    if (error instanceof OutputError) return error.message;
    throw error;
  }
}
