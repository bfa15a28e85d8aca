/** `measure --write`: the page of the questions of the RFC that have numbers. */
import { join } from "node:path";
import { numbersPage, type MeasuredQuestion } from "../../reports/numbers.ts";
import { counted } from "../../reports/words.ts";
import { numberQuestions, type NumberQuestion } from "../../scenarios/numbers.ts";
import { EXIT, interruptedBy } from "../exit.ts";
import type { Engine } from "../ports.ts";
import type { Terminal } from "../terminal.ts";
import { expectFolder, writeWhole } from "../write.ts";
import { measureRecord } from "./measure.ts";

const PAGE = "numbers.md";

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

/** The page, or undefined after an interrupt. */
export async function numbersOf(engine: Engine, terminal: Terminal): Promise<string | undefined> {
  const asked: MeasuredQuestion[] = [];
  for (const question of numberQuestions) {
    const { system, title, question: text, answer } = question;
    const options = { bounds: "small", costs: {}, maxStates: MOST_STATES, ...question };
    const record = await measureRecord(engine, terminal, system, options);
    if (record.left > 0) return undefined;
    asked.push({ title, question: text, answer, command: commandOf(question), record });
  }
  return numbersPage(asked);
}

export async function writeNumbers(engine: Engine, terminal: Terminal, folder: string): Promise<number> {
  await expectFolder(folder);
  const page = await numbersOf(engine, terminal);
  if (page === undefined) {
    terminal.err(`faultline: ${PAGE} was not written: interrupted.\n`);
    return terminal.signal.aborted ? interruptedBy(terminal.signal) : EXIT.internal;
  }
  await writeWhole(join(folder, PAGE), page);
  terminal.out(`${join(folder, PAGE)}: ${counted(numberQuestions.length, "question")}.\n`);
  return EXIT.asExpected;
}
