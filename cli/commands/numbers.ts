/** `measure --write`: the page of the questions of the RFC that have numbers. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { FOUND_SCHEMA, type FoundRecord } from "../../reports/found.ts";
import { DRAWINGS, figuresOf, numbersPage, type MeasuredQuestion } from "../../reports/numbers.ts";
import { figureSvg } from "../../reports/plots/svg.ts";
import { counted } from "../../reports/words.ts";
import { numberQuestions, type NumberQuestion } from "../../scenarios/numbers.ts";
import { simulatedQuestions } from "../../scenarios/numbers/questions.ts";
import { EXIT, interruptedBy } from "../exit.ts";
import type { Engine } from "../ports.ts";
import type { Terminal } from "../terminal.ts";
import { expectFolder, writeAll } from "../write.ts";
import { measureRecord } from "./measure.ts";
import { foundRecord } from "./question.ts";

const PAGE = "numbers.md";
/** What simulations found, as data. */
export const FOUND = `${DRAWINGS}/found.json`;

/** Every search of the page is smaller. */
const MOST_STATES = 1_000_000;

/** The command line that gives the same numbers. */
export const commandOf = ({ system, method, design, hardware, sweep, per, set = [], counts }: NumberQuestion): string =>
  [
    `npx faultline measure ${system}`,
    ...(method === "expected" ? ["--method expected"] : []),
    ...(hardware === undefined ? [] : [`--hardware ${hardware}`]),
    ...(design === undefined ? [] : [`--design ${design}`]),
    ...set.map((setting) => `--set ${setting}`),
    ...(sweep === undefined ? [] : [`--sweep ${sweep}`]),
    ...(per === undefined ? [] : [`--per ${per}`]),
    ...counts.map((name) => `--count ${name}`),
  ].join(" ");

/** The answers that take seconds. Undefined after an interrupt. */
export async function measuredQuestions(
  engine: Engine,
  terminal: Terminal,
): Promise<readonly MeasuredQuestion[] | undefined> {
  const asked: MeasuredQuestion[] = [];
  for (const question of numberQuestions) {
    const { system, title, question: text, answer } = question;
    const options = { bounds: "small", costs: {}, maxStates: MOST_STATES, ...question };
    const record = await measureRecord(engine, terminal, system, options);
    if (record.left > 0) return undefined;
    asked.push({ title, question: text, answer, command: commandOf(question), record });
  }
  return asked;
}

/** After an interrupt, those before it. */
async function foundQuestions(engine: Engine, terminal: Terminal): Promise<readonly FoundRecord[]> {
  const found: FoundRecord[] = [];
  for (const { name } of simulatedQuestions) {
    const record = await foundRecord(engine, terminal, name);
    if (!record || terminal.signal.aborted) break;
    found.push(record);
  }
  return found;
}

/** What an earlier run has left in the folder; nothing where it cannot be read. */
async function foundBefore(folder: string): Promise<readonly FoundRecord[]> {
  try {
    const found: unknown = JSON.parse(await readFile(join(folder, FOUND), "utf8"));
    return Array.isArray(found) ? found.filter((one: FoundRecord) => one?.schema === FOUND_SCHEMA) : [];
  } catch {
    return [];
  }
}

const naming = (names: readonly string[], words: string): readonly string[] =>
  names.length === 0 ? [] : [`faultline: ${words}: ${names.join(", ")}.\n`];

/** The questions that have an answer now. Those that an interrupt has left keep the answer of an earlier run, if there is one. */
async function withEarlier(
  terminal: Terminal,
  folder: string,
  found: readonly FoundRecord[],
): Promise<readonly FoundRecord[]> {
  if (found.length === simulatedQuestions.length) return found;
  const before = await foundBefore(folder);
  const left = simulatedQuestions.slice(found.length).map(({ name }) => name);
  const kept = left.flatMap((name) => before.find((one) => one.name === name) ?? []);
  const none = left.filter((name) => kept.every((one) => one.name !== name));
  const told = [
    ...naming(
      kept.map(({ name }) => name),
      "interrupted; these questions keep their earlier answer",
    ),
    ...naming(none, "interrupted; these questions have no answer, and the page leaves them out"),
  ];
  for (const line of told) terminal.err(line);
  return [...found, ...kept];
}

/** Page and drawings, with what was found as data, from which both can be made again. */
function filesOf(measured: readonly MeasuredQuestion[], found: readonly FoundRecord[]): ReadonlyMap<string, string> {
  return new Map([
    ...figuresOf(measured, found).map((figure) => [`${DRAWINGS}/${figure.name}.svg`, figureSvg(figure)] as const),
    [FOUND, `${JSON.stringify(found, undefined, 1)}\n`],
    [PAGE, numbersPage(measured, found)],
  ]);
}

export async function writeNumbers(engine: Engine, terminal: Terminal, folder: string): Promise<number> {
  await expectFolder(folder);
  const measured = await measuredQuestions(engine, terminal);
  const found = measured ? await foundQuestions(engine, terminal) : [];
  if (!measured || found.length === 0) {
    terminal.err(`faultline: ${PAGE} was not written: interrupted.\n`);
    return terminal.signal.aborted ? interruptedBy(terminal.signal) : EXIT.internal;
  }
  const all = await withEarlier(terminal, folder, found);
  await writeAll(folder, filesOf(measured, all));
  terminal.say(`${join(folder, PAGE)}: ${counted(measured.length + found.length, "question")}.\n`);
  return terminal.signal.aborted ? interruptedBy(terminal.signal) : EXIT.asExpected;
}
