/** `measure --write`: the page of the questions of the RFC that have numbers. */
import { join } from "node:path";
import type { FoundRecord } from "../../reports/found.ts";
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

async function foundQuestions(engine: Engine, terminal: Terminal): Promise<readonly FoundRecord[] | undefined> {
  const found: FoundRecord[] = [];
  for (const { name } of simulatedQuestions) {
    const record = await foundRecord(engine, terminal, name);
    if (!record || terminal.signal.aborted) return undefined;
    found.push(record);
  }
  return found;
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
  const found = measured && (await foundQuestions(engine, terminal));
  if (!found) {
    terminal.err(`faultline: ${PAGE} was not written: interrupted.\n`);
    return terminal.signal.aborted ? interruptedBy(terminal.signal) : EXIT.internal;
  }
  await writeAll(folder, filesOf(measured, found));
  terminal.out(`${join(folder, PAGE)}: ${counted(measured.length + found.length, "question")}.\n`);
  return EXIT.asExpected;
}
