/** `defects`: the bugs that the model can say, listed, tried, told in full, or written as a page. */
import { defectsPage } from "../../reports/defects-page.ts";
import { defectCounts, defectList, defectText, triedTable, walksText } from "../../reports/defects-text.ts";
import type { DefectEntry, TriedDefect } from "../../reports/defects.ts";
import { counted } from "../../reports/words.ts";
import { chosenDefects, isChosen, type DefectChoice } from "../defects/chosen.ts";
import { printable, printableLines, UsageError } from "../errors.ts";
import { EXIT, interruptedBy } from "../exit.ts";
import { inTurn } from "../jobs/in-turn.ts";
import { withJobs } from "../jobs/with-jobs.ts";
import type { Engine } from "../ports.ts";
import { Line, StatusLine } from "../progress.ts";
import type { Terminal } from "../terminal.ts";
import { expectFolder, writeAll } from "../write.ts";

const DEFECTS_SCHEMA = "faultline-defects/1";
const PAGE = "defects.md";

export interface DefectsOptions extends DefectChoice {
  /** Nothing is searched. */
  readonly list: boolean;
  /** Random walks look for each, too. */
  readonly random: boolean;
  readonly json: boolean;
  readonly jobs: number;
  /** Where a worker thread finds `perform`. */
  readonly worker?: string | undefined;
  /** The folder in which defects.md is written. */
  readonly write?: string;
}

/** In the order of the entries; after an interrupt some are missing. */
async function tryAll(
  engine: Engine,
  terminal: Terminal,
  entries: readonly DefectEntry[],
  { random, jobs, worker }: Pick<DefectsOptions, "random" | "jobs" | "worker">,
): Promise<readonly TriedDefect[]> {
  const results = await withJobs(engine, jobs, entries.length, worker, (pooled, atOnce) => {
    const line = new Line(terminal);
    return inTurn(entries, atOnce, async ({ id }, k) => {
      if (terminal.signal.aborted) return [];
      const status = new StatusLine(terminal, line);
      status.start(`[${k + 1}/${entries.length}] ${id}`);
      try {
        return await pooled.tryDefects([id], random, status.watch);
      } finally {
        status.clear();
      }
    });
  });
  return results.flat();
}

/** What went wrong, on stderr; and the exit code. */
function judged(terminal: Terminal, entries: readonly DefectEntry[], tried: readonly TriedDefect[]): number {
  for (const line of tried.flatMap(({ mistakes }) => mistakes)) terminal.err(`faultline: ${printable(line)}.\n`);
  if (terminal.signal.aborted) {
    const left = entries.length - tried.length;
    terminal.err(`faultline: interrupted; ${left} of ${counted(entries.length, "defect")} were not tried.\n`);
    return interruptedBy(terminal.signal);
  }
  return tried.some(({ mistakes }) => mistakes.length > 0) ? EXIT.violated : EXIT.asExpected;
}

async function write(engine: Engine, terminal: Terminal, folder: string, options: DefectsOptions): Promise<number> {
  const { defects: all } = engine;
  await expectFolder(folder);
  const tried = await tryAll(engine, terminal, all, { ...options, random: true });
  const exit = judged(terminal, all, tried);
  if (tried.length < all.length) return exit;
  await writeAll(folder, new Map([[PAGE, defectsPage(all, tried)]]));
  terminal.say(`${printable(folder)}/${PAGE}: ${defectCounts(all)}\n${walksText(tried)}\n`);
  return exit;
}

function told(entries: readonly DefectEntry[], tried: readonly TriedDefect[], columns: number | undefined): string {
  const [entry] = entries;
  const [one] = tried;
  if (entries.length === 1 && entry && one) return defectText(entry, one, columns);
  const walks = walksText(tried);
  return [
    triedTable(entries, tried, columns ?? 120),
    "",
    defectCounts(entries),
    ...(walks === "" ? [] : [walks]),
    "",
  ].join("\n");
}

/** @throws UsageError for a name that is none, or a folder that cannot be read. */
export async function defects(
  engine: Engine,
  terminal: Terminal,
  ids: readonly string[],
  options: DefectsOptions,
): Promise<number> {
  const { list, random, json } = options;
  if (list && random) throw new UsageError("--list searches nothing.", "--list or --random");
  if (options.write !== undefined) {
    if (ids.length > 0 || isChosen(options) || list || json)
      throw new UsageError(`${PAGE} is made of all defects.`, "--write alone, or with --jobs");
    return write(engine, terminal, options.write, options);
  }
  const entries = chosenDefects(engine.defects, ids, options);
  if (list) {
    if (json) terminal.out(`${JSON.stringify({ schema: DEFECTS_SCHEMA, defects: entries })}\n`);
    else terminal.say(printableLines(defectList(entries, terminal.columns ?? 100)));
    return EXIT.asExpected;
  }
  const tried = await tryAll(engine, terminal, entries, options);
  const exit = judged(terminal, entries, tried);
  if (json) terminal.out(`${JSON.stringify({ schema: DEFECTS_SCHEMA, exit, defects: entries, tried })}\n`);
  else if (tried.length > 0) terminal.say(printableLines(told(entries, tried, terminal.columns)));
  return exit;
}
