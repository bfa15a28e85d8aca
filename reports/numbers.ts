/** docs/numbers.md: questions of the RFC thread that have numbers, each with its command, its method and its assumptions. */
import type { Figure } from "../checker/measure/figure.ts";
import { conclusionLines, methodOfFound, variedWords, type FoundRecord } from "./found.ts";
import { figureOfMeasure } from "./measure-figure.ts";
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

const table = ([head = [], ...rows]: readonly (readonly string[])[]): readonly string[] => [
  row(head),
  row(head.map(() => "---")),
  ...rows.map(row),
];

/** Where the drawings lie, beside the page. */
export const DRAWINGS = "numbers";

const drawing = (figure: Figure | undefined): readonly string[] =>
  figure ? [`![${figure.title}](${DRAWINGS}/${figure.name}.svg)`, ""] : [];

const command = (line: string): readonly string[] => ["```sh", line, "```", ""];

function section({ title, question, answer, command: line, record }: MeasuredQuestion): readonly string[] {
  const { points, piece, method } = record;
  const residuals = points.flatMap(({ residual }) => (residual === undefined ? [] : [residual]));
  return [
    `## ${title}`,
    "",
    question,
    "",
    answer,
    "",
    ...table(tableOf(record)),
    "",
    ...drawing(figureOfMeasure(record)),
    `Per ${piece}. Method ${method}: ${methodWords(method)}. ${record.system}, ${runWords(record)}; ${statesWords(points)}.${
      residuals.length > 0 ? ` Residual of the solver: below ${above(Math.max(...residuals))}.` : ""
    }`,
    "",
    ...assumptionsOf(points).map((sentence) => `- ${sentence}`),
    "",
    ...command(line),
  ];
}

function foundSection(record: FoundRecord): readonly string[] {
  const {
    title,
    question,
    answer,
    table: { head, rows },
    figure,
    notes,
    assumptions,
    command: line,
  } = record;
  return [
    `## ${title}`,
    "",
    question,
    "",
    answer,
    "",
    ...table([head, ...rows]),
    "",
    ...drawing(figure),
    [methodOfFound(record), ...notes].join(" "),
    "",
    `${variedWords(record)}:`,
    "",
    ...conclusionLines(record).map((sentence) => `- ${sentence}`),
    "",
    "Assumptions:",
    "",
    ...assumptions.map((sentence) => `- ${sentence}`),
    "",
    ...command(line),
  ];
}

const HEAD = `# Numbers

How much a page fault takes, and what a limit on pinned pages costs. Each number is taken from the machines that are searched
for violations. \`npx faultline measure --write docs\` writes this page and its drawings; \`--csv\` and \`--svg\` print the values and
the drawing of one of its commands.

A number of \`bounds\` is exact for the sizes of its system, and assumes nothing of times. A number of \`expected\` or \`simulate\` is as
good as its times: \`model/costs/costs.ts\` has each with its source, and says which are assumed. \`expected\` takes all runs of a small
system; \`simulate\` takes some runs of a large one.
`;

export const numbersPage = (measured: readonly MeasuredQuestion[], found: readonly FoundRecord[]): string =>
  [HEAD, ...measured.flatMap(section), ...found.flatMap(foundSection)].join("\n").trimEnd() + "\n";

/** The figures of the page. */
export const figuresOf = (measured: readonly MeasuredQuestion[], found: readonly FoundRecord[]): readonly Figure[] => [
  ...measured.flatMap(({ record }) => figureOfMeasure(record) ?? []),
  ...found.map(({ figure }) => figure),
];
