/** Answered questions as plain text, for a terminal or a mail. */
import { costWords, evidenceWords, foundWords, namedWords, pathWords, statesOf, type Answer } from "./answer-words.ts";
import type { Row } from "./book.ts";
import { chartOf, LEGEND } from "./chart.ts";
import { drawn, laid, paragraph as flowing, type Line } from "./lines.ts";
import { checkCommand } from "./lost.ts";

export type { Answer } from "./answer-words.ts";

/** A chart longer than this is not printed between answers; the command that draws it is. */
const MOST_LINES = 54;

type Figures = NonNullable<Answer["figures"]>;

/** Columns as wide as their widest cell; what is counted to the right. */
function figuresText({ title, source, columns, rows }: Figures): readonly Line[] {
  const widths = columns.map((column, at) =>
    Math.max(...[column, ...rows.map((row) => row[at]!)].map((it) => it.length)),
  );
  const line = (row: readonly string[]): string =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join("  ");
  return [
    ...paragraph("figures", `${title} (${source}).`),
    ...[columns, ...rows].map((row) => `            ${line(row)}`.trimEnd()),
  ];
}

/** One answer in full; several with the commands that draw their long charts. `rows`: what each row of the thread says. */
export function answersText(answers: readonly Answer[], rows: readonly Row[] = [], columns?: number): string {
  let legend = true;
  const texts = answers.map((answer) => {
    const text = answerText(answer, rows, { legend, whole: answers.length === 1, columns });
    legend &&= !text.includes(LEGEND[0]!);
    return text;
  });
  return [...texts, ...laid([answersSummary(answers)], columns), ""].join("\n");
}

const paragraph = (name: string, text: string): readonly Line[] => [
  flowing(text, 66, `  ${name.padEnd(8)}  `, " ".repeat(12)),
];

/** Each property of the answer once, with what it claims. */
const claimLines = ({ runs }: Answer): readonly Line[] =>
  [...new Map(runs.flatMap(({ compared }) => compared.map((one) => [one.property, one]))).values()].flatMap((one, k) =>
    paragraph(k === 0 ? "claims" : "", `${namedWords(one)}: ${one.statement}`),
  );

function chartText(answer: Answer, { legend, whole }: How): readonly Line[] {
  if (answer.chart === undefined) return [];
  const traces = [{ trace: answer.chart }] as const;
  const isShort = chartOf(traces, { legend: false }).trimEnd().split("\n").length <= MOST_LINES;
  const caption = paragraph("chart", `${pathWords(answer.chart, answer.chartOf)}:`);
  if (whole || isShort) return [...caption, "", drawn((room) => chartOf(traces, { legend, room }).trimEnd())];
  return ["", `  ${answer.chart.steps.length} steps, drawn by`, `            npx faultline scenarios ${answer.id}`];
}

interface How {
  /** Whether to say what the signs of a chart mean. */
  readonly legend: boolean;
  /** Whether a long chart is drawn. */
  readonly whole: boolean;
  readonly columns: number | undefined;
}

/** One answer, besides commands at most 78 columns, or as many as there are. */
function answerText(answer: Answer, rows: readonly Row[], how: How): string {
  const runs = answer.runs.flatMap(({ label, record, compared, costs }) => [
    ...paragraph("run", `${label} (${statesOf(record)} states):`),
    ...compared.flatMap((one) => paragraph("", `${namedWords(one)} ${foundWords(one)}`)),
    ...(costs ? [...paragraph("", costWords(costs, "look-up")), ...paragraph("", costWords(costs, "lock"))] : []),
    `            ${checkCommand(record.model)}`,
  ]);
  const said = rows.filter(({ row }) => answer.rows.includes(row));
  const lines: readonly Line[] = [
    `${answer.asExpected ? "" : "NOT AS EXPECTED: "}${answer.id}`,
    flowing(answer.question, 76, "  "),
    ...paragraph("source", answer.askedBy),
    ...said.flatMap((one, k) => paragraph(k === 0 ? "RFC row" : "", `${one.row}: ${one.said}`)),
    ...paragraph("answer", answer.answer),
    ...paragraph("evidence", evidenceWords(answer.evidence)),
    ...paragraph("given", answer.given),
    ...paragraph("when", answer.when),
    ...runs,
    ...claimLines(answer),
    ...(answer.figures ? figuresText(answer.figures) : []),
    ...chartText(answer, how),
    "",
  ];
  return laid(lines, how.columns).join("\n");
}

/** "12 questions answered, all as expected." */
export function answersSummary(answers: readonly Answer[]): string {
  const unexpected = answers.filter(({ asExpected }) => !asExpected).map(({ id }) => id);
  const whole = `${answers.length} ${answers.length === 1 ? "question" : "questions"} answered`;
  return unexpected.length === 0
    ? `${whole}, all as expected.`
    : `${whole}, NOT AS EXPECTED: ${unexpected.join(", ")}.`;
}
