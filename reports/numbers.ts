/** docs/numbers.md: questions of the RFC thread that have numbers, each with its command, its method and its assumptions. */
import { assumptionsOf, methodWords, runWords, statesWords, tableOf } from "./measure-text.ts";
import type { MeasureRecord } from "./measure.ts";

export interface MeasuredQuestion {
  readonly title: string;
  readonly question: string;
  readonly answer: string;
  readonly command: string;
  readonly record: MeasureRecord;
}

/** A page is the same where the last digits of a solver differ. */
const SMALL = 1e-9;

const above = (residual: number): string => (residual < SMALL ? SMALL : residual).toExponential(0);

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

function table(record: MeasureRecord): readonly string[] {
  const [head = [], ...rows] = tableOf(record);
  return [row(head), row(head.map(() => "---")), ...rows.map(row)];
}

function section({ title, question, answer, command, record }: MeasuredQuestion): readonly string[] {
  const { points, piece, method } = record;
  const residuals = points.flatMap(({ residual }) => (residual === undefined ? [] : [residual]));
  return [
    `## ${title}`,
    "",
    question,
    "",
    answer,
    "",
    ...table(record),
    "",
    `Per ${piece}. Method ${method}: ${methodWords(method)}. ${record.system}, ${runWords(record)}; ${statesWords(points)}.${
      residuals.length > 0 ? ` Residual of the solver: below ${above(Math.max(...residuals))}.` : ""
    }`,
    "",
    ...assumptionsOf(points).map((sentence) => `- ${sentence}`),
    "",
    "```sh",
    command,
    "```",
    "",
  ];
}

const HEAD = `# Numbers

How much a page fault takes, and what a limit on pinned pages costs. Each number is taken from the stored graph of a system: the
same machines that are searched for violations, with every run that they have. \`npx faultline measure --write docs\` writes this
page.

A number of \`bounds\` is exact for the sizes of its system, and assumes nothing of times. A number of \`expected\` is as good as its
times: \`model/costs/costs.ts\` has each with its source, and says which are assumed.
`;

export const numbersPage = (questions: readonly MeasuredQuestion[]): string =>
  [HEAD, ...questions.flatMap(section)].join("\n").trimEnd() + "\n";
