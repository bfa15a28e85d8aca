/** `explain`: what a word of the reports, of the model or of the kernel means here. */
import { wrap } from "../../reports/table.ts";
import type { Detail, Meaning } from "../dictionary/meaning.ts";
import { UsageError } from "../errors.ts";
import { EXIT } from "../exit.ts";
import type { Engine } from "../ports.ts";
import type { Terminal } from "../terminal.ts";

const EXPLAIN_SCHEMA = "faultline-explain/1";

/** Lines that one answer takes on a terminal, unless --all asks for everything. */
const MOST_LINES = 40;

/** How much is told, from most to least: items of each detail, and meanings that are told with details. */
const GRADES = [
  { items: Infinity, detailed: Infinity, whole: true },
  { items: 6, detailed: Infinity, whole: false },
  { items: 3, detailed: 4, whole: false },
  { items: 2, detailed: 3, whole: false },
  { items: 2, detailed: 1, whole: false },
  { items: 1, detailed: 1, whole: false },
  { items: 0, detailed: 0, whole: false },
] as const;

/** Characters of an item in a short answer. */
const ITEM = 150;

type Grade = (typeof GRADES)[number];

const indented = (text: string, width: number, by: string): readonly string[] =>
  wrap(text, width - by.length).map((line, k) => (k === 0 ? by : `${by}  `) + line);

function detailLines({ title, items }: Detail, { items: most, whole }: Grade, width: number): readonly string[] {
  if (most === 0) return [];
  const shown = items.slice(0, most);
  const cut = (item: string): string => (whole || item.length <= ITEM ? item : `${item.slice(0, ITEM).trimEnd()} ...`);
  const more = items.length > shown.length ? [`    ... ${items.length - shown.length} more`] : [];
  const [only] = items;
  if (items.length === 1 && only !== undefined) return indented(`${title}: ${cut(only)}`, width, "  ");
  return [`  ${title}:`, ...shown.flatMap((item) => indented(cut(item), width - 2, "    ")), ...more];
}

function meaningLines(meaning: Meaning, grade: Grade, isDetailed: boolean, width: number): readonly string[] {
  const { kind, name, means, source, details, commands } = meaning;
  return [
    `${name} (${kind})`,
    ...indented(means, width, "  "),
    ...(source === undefined || !isDetailed ? [] : indented(`Source: ${source}`, width, "  ")),
    ...(isDetailed ? details.flatMap((detail) => detailLines(detail, grade, width)) : []),
    ...(isDetailed ? commands : commands.slice(0, 1)).map((command) => `  $ ${command}`),
    "",
  ];
}

function told(meanings: readonly Meaning[], grade: Grade, width: number): readonly string[] {
  return meanings.flatMap((meaning, k) => meaningLines(meaning, grade, k < grade.detailed, width));
}

/** As much as fits into the lines; `more` is the command that tells everything. */
export function explainText(meanings: readonly Meaning[], width: number, more: string, all: boolean): string {
  const [fullest] = GRADES;
  const whole = told(meanings, fullest, width);
  if (all || whole.length <= MOST_LINES) return `${whole.join("\n").trimEnd()}\n`;
  // A blank line and the pointer to more.
  const room = MOST_LINES - 2;
  const graded = GRADES.map((grade) => told(meanings, grade, width)).find((lines) => lines.length <= room);
  const lines = graded ?? told(meanings, GRADES.at(-1)!, width).slice(0, room);
  return `${lines.join("\n").trimEnd()}\n\nMore: ${more}\n`;
}

/** One name of several words, "never witnessed", or one name after the other. */
async function meaningsOf(engine: Engine, words: readonly string[]): Promise<readonly Meaning[]> {
  const together = words.join(" ");
  try {
    return await engine.meanings(together);
  } catch (error) {
    if (words.length < 2 || !(error instanceof UsageError)) throw error;
  }
  const meanings: Meaning[] = [];
  for (const word of words) meanings.push(...(await engine.meanings(word)));
  return meanings;
}

export async function explain(
  engine: Engine,
  terminal: Terminal,
  words: readonly string[],
  { json, all }: { readonly json: boolean; readonly all: boolean },
): Promise<number> {
  const meanings = await meaningsOf(engine, words);
  const word = words.join(" ");
  const quoted = words.map((one) => (/^[\w.:/=-]+$/.test(one) ? one : `"${one}"`)).join(" ");
  if (json) terminal.out(`${JSON.stringify({ schema: EXPLAIN_SCHEMA, word, meanings })}\n`);
  else terminal.say(explainText(meanings, terminal.columns ?? 100, `npx faultline explain ${quoted} --all`, all));
  return EXIT.asExpected;
}
