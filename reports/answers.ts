/** Answered questions: as plain text for a terminal or a mail, and as the page of findings. */
import type { RunRecord, TraceRecord, Verdict } from "../checker/run-record.ts";
import { checkCommand } from "./lost.ts";
import { chartOf, LEGEND } from "./chart.ts";
import { markdownTable, wrap } from "./table.ts";
import { count, reachable, verdictWords } from "./words.ts";

export interface Answer {
  readonly id: string;
  readonly question: string;
  readonly askedBy: string;
  readonly rows: readonly number[];
  readonly given: string;
  readonly when: string;
  readonly answer: string;
  readonly evidence: { readonly kind: "shown" | "demonstrated" | "verified" | "derived"; readonly where?: string };
  readonly runs: readonly {
    readonly label: string;
    readonly record: RunRecord;
    readonly compared: readonly {
      readonly property: string;
      readonly expected: string;
      readonly found?: Verdict;
      readonly asExpected: boolean;
    }[];
    /** Look-ups and locks on the way of one fault, counted. */
    readonly costs?: readonly { readonly kind: "look-up" | "lock"; readonly of: string }[];
  }[];
  /** What somebody measured. */
  readonly figures?: {
    readonly title: string;
    readonly source: string;
    readonly columns: readonly string[];
    readonly rows: readonly (readonly string[])[];
  };
  readonly chart?: TraceRecord;
  readonly asExpected: boolean;
}

/** A chart longer than this is not printed between answers: the command that shows it is. */
const MOST_LINES = 44;

const found = ({ expected, found: verdict, asExpected }: Answer["runs"][number]["compared"][number]): string => {
  const words = verdict ? verdictWords(verdict) : "not claimed of this system";
  return asExpected ? words : `${words}, BUT EXPECTED: ${expected}`;
};

/** "1 234", or "1 234+" when the search ended with its answer. */
const statesOf = ({ search }: RunRecord): string => `${count(reachable(search))}${search.complete ? "" : "+"}`;

const evidenceWords = ({ kind, where }: Answer["evidence"]): string => {
  if (kind === "demonstrated") return `Shown here, and demonstrated: ${where}.`;
  if (kind === "verified") return `Shown here, and verified in the source: ${where}.`;
  if (kind === "derived") return `An argument (${where}) that these runs bear out.`;
  return "Shown by these runs.";
};

const rowsWords = (rows: readonly number[]): string =>
  rows.length === 0 ? "" : `, ${rows.length === 1 ? "row" : "rows"} ${rows.join(", ")}`;

const chartText = (trace: TraceRecord, command: string, legend: boolean): string => {
  const text = chartOf([{ trace }], { legend: false }).trimEnd();
  const isShort = text.split("\n").length <= MOST_LINES;
  return isShort ? chartOf([{ trace }], { legend }).trimEnd() : `${trace.steps.length} steps; shown by ${command}`;
};

const commandOfChart = ({ runs, chart: trace }: Answer): string => checkCommand(trace?.model ?? runs[0]!.record.model);

type Costs = NonNullable<Answer["runs"][number]["costs"]>;

/** "7 locks: vfio_iommu.lock, fault_param->lock (2)": each name once, in the order of the first time. */
function costWords(costs: Costs, kind: "look-up" | "lock"): string {
  const names = costs.filter((cost) => cost.kind === kind).map(({ of }) => of);
  const times = (name: string): number => names.filter((other) => other === name).length;
  const list = [...new Set(names)].map((name) => (times(name) > 1 ? `${name} (${times(name)})` : name));
  return `${names.length} ${kind}${names.length === 1 ? "" : "s"}: ${list.join(", ")}`;
}

type Figures = NonNullable<Answer["figures"]>;

/** Columns as wide as their widest cell; what is counted to the right. */
function figuresText(
  { title, source, columns, rows }: Figures,
  paragraph: (name: string, text: string) => readonly string[],
): readonly string[] {
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

function figuresTable({ title, source, columns, rows }: Figures): readonly string[] {
  const titled = columns.map((column, at) => ({ title: column, ...(at > 0 && { align: "right" as const }) }));
  return [`${title} (${source}).`, "", markdownTable(titled, rows), ""];
}

/** Answers as plain text; the first chart says what the signs mean. */
export function answersText(answers: readonly Answer[]): string {
  let legend = true;
  const texts = answers.map((answer) => {
    const text = answerText(answer, legend);
    legend &&= !text.includes(LEGEND[0]!);
    return text;
  });
  return [...texts, answersSummary(answers), ""].join("\n");
}

/** One answer, at most 78 columns besides commands. `legend`: whether to say what the signs of a chart mean. */
function answerText(answer: Answer, legend: boolean): string {
  const paragraph = (name: string, text: string): readonly string[] =>
    wrap(text, 66).map((line, k) => `  ${(k === 0 ? name : "").padEnd(8)}  ${line}`);
  const runs = answer.runs.flatMap(({ label, record, compared, costs }) => [
    ...paragraph("expect", `${label} (${statesOf(record)} states):`),
    ...compared.flatMap((one) => paragraph("", `${one.property} ${found(one)}`)),
    ...(costs ? [...paragraph("", costWords(costs, "look-up")), ...paragraph("", costWords(costs, "lock"))] : []),
    `            ${checkCommand(record.model)}`,
  ]);
  return [
    `${answer.asExpected ? "" : "NOT AS EXPECTED: "}${answer.id}`,
    ...wrap(answer.question, 76).map((line) => `  ${line}`),
    ...paragraph("asked", `${answer.askedBy}${rowsWords(answer.rows)}`),
    ...paragraph("given", answer.given),
    ...paragraph("when", answer.when),
    ...runs,
    ...paragraph("answer", answer.answer),
    ...paragraph("", evidenceWords(answer.evidence)),
    ...(answer.figures ? figuresText(answer.figures, paragraph) : []),
    ...(answer.chart ? ["", chartText(answer.chart, commandOfChart(answer), legend)] : []),
    "",
  ].join("\n");
}

/** "12 questions answered, all as expected." */
export function answersSummary(answers: readonly Answer[]): string {
  const unexpected = answers.filter(({ asExpected }) => !asExpected).map(({ id }) => id);
  const whole = `${answers.length} ${answers.length === 1 ? "question" : "questions"} answered`;
  return unexpected.length === 0
    ? `${whole}, all as expected.`
    : `${whole}, NOT AS EXPECTED: ${unexpected.join(", ")}.`;
}

const HEAD = `# Findings

Questions of the RFC's thread, of its reviews and of the facts around it, answered by exhaustive search. This page is
written by \`npm run findings\` from \`scenarios/questions\`, and a test compares it with what the model says today.

An answer holds for the bounds of its runs, and for the steps that the model takes as atomic. Four kinds of evidence are told
apart: **shown** by these runs alone; **demonstrated** when kernels that were booted did it too; **verified** when the
source or a mail that was read says it too; **derived** when it was an argument before, which the runs bear out. Rows are those of the table of the thread in
\`docs/spec-coverage.md\`. A count of
states with a + is that of a search which ended with its answer. \`npx faultline scenarios ID\` answers one question again.

What the signs of the charts mean:

\`\`\`text
${LEGEND.join("\n")}
\`\`\`
`;

function costTable({ runs }: Answer): readonly string[] {
  const rows = runs.flatMap(({ label, costs }) =>
    costs ? [[label, costWords(costs, "look-up"), costWords(costs, "lock")]] : [],
  );
  const columns = ["run", "look-ups of one fault", "locks of one fault"].map((title) => ({ title }));
  return rows.length === 0 ? [] : [markdownTable(columns, rows), ""];
}

function finding(answer: Answer): readonly string[] {
  const rows = answer.runs.flatMap(({ label, record, compared }) =>
    compared.map((one, k) => [k === 0 ? label : "", k === 0 ? statesOf(record) : "", one.property, found(one)]),
  );
  const columns = [
    { title: "run" },
    { title: "states", align: "right" as const },
    { title: "property" },
    { title: "verdict" },
  ];
  return [
    `<a id="${answer.id}"></a>`,
    "",
    `## ${answer.question}`,
    "",
    `\`${answer.id}\`; asked by ${answer.askedBy}${rowsWords(answer.rows)}.`,
    "",
    `**${answer.answer}** ${evidenceWords(answer.evidence)}`,
    "",
    `- Given: ${answer.given}`,
    `- When: ${answer.when}`,
    "",
    markdownTable(columns, rows),
    "",
    ...costTable(answer),
    ...(answer.figures ? figuresTable(answer.figures) : []),
    "```sh",
    ...answer.runs.map(({ record }) => checkCommand(record.model)),
    "```",
    "",
    ...(answer.chart ? ["```text", chartText(answer.chart, commandOfChart(answer), false), "```", ""] : []),
  ];
}

/** By system, in the order in which systems are first asked about; page fault systems together. */
function topics(answers: readonly Answer[]): ReadonlyMap<string, readonly Answer[]> {
  const topic = ({ runs }: Answer): string => {
    const { system, hardware } = runs[0]!.record.model;
    return hardware === "any" ? system : "page fault systems";
  };
  const found = new Map<string, Answer[]>();
  for (const answer of answers) found.set(topic(answer), [...(found.get(topic(answer)) ?? []), answer]);
  return found;
}

/** The page of findings. */
export function findingsPage(answers: readonly Answer[]): string {
  const columns = ["question", "answer", "evidence"].map((title) => ({ title }));
  const byTopic = [...topics(answers)];
  const contents = byTopic.flatMap(([topic, some]) => [
    `### Of ${topic}`,
    "",
    markdownTable(
      columns,
      some.map(({ id, question, answer, evidence }) => [`[${question}](#${id})`, answer, evidence.kind]),
    ),
    "",
  ]);
  return [HEAD, `${answersSummary(answers)}\n`, ...contents, ...answers.flatMap(finding)]
    .join("\n")
    .trimEnd()
    .concat("\n");
}
