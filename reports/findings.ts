/** The pages of findings, in Markdown: one for each subject, and an index of all questions. */
import { costWords, evidenceWords, pathWords, statesOf, telling, verdictsByRun, type Answer } from "./answer-words.ts";
import { answersSummary } from "./answers.ts";
import { brief, type Book, type Subject } from "./book.ts";
import { chartOf, LEGEND } from "./chart.ts";
import { checkCommand } from "./lost.ts";
import { markdownTable } from "./table.ts";

/** Of a page that a command wrote; such a page is removed when its subject is gone. */
export const WRITTEN = "<!-- Written by `npm run findings`; a test compares it with what the model says. -->";

/** A chart of more lines is folded away until it is asked for. */
const MOST_LINES = 54;

const EVIDENCE: { readonly [kind in Answer["evidence"]["kind"]]: string } = {
  shown: "the runs alone show it",
  demonstrated: "booted kernels did it too",
  verified: "the source or a mail was read and says it too",
  derived: "an argument, which the runs bear out",
};

const legend = ["The signs of the charts:", "", "```text", ...LEGEND.slice(0, 2), "```", ""];

function costTable({ runs }: Answer): readonly string[] {
  const rows = runs.flatMap(({ label, costs }) =>
    costs ? [[label, costWords(costs, "look-up"), costWords(costs, "lock")]] : [],
  );
  const columns = ["run", "look-ups of one fault", "locks of one fault"].map((title) => ({ title }));
  return rows.length === 0 ? [] : [markdownTable(columns, rows), ""];
}

function figuresTable({ figures }: Answer): readonly string[] {
  if (figures === undefined) return [];
  const columns = figures.columns.map((title, at) => ({ title, ...(at > 0 && { align: "right" as const }) }));
  return [`${figures.title} (${figures.source}).`, "", markdownTable(columns, figures.rows), ""];
}

/** The answer: its first words stand out, the rest explains them. */
function leading({ answer }: Answer): string {
  const first = brief(answer);
  return `**${first}**${answer.slice(first.length)}`;
}

/** Each property once: id, name, sentence, and its verdicts by run. */
function propertyTable(answer: Answer): string {
  const columns = ["property", "what it claims", "verdict"].map((title) => ({ title }));
  const rows = verdictsByRun(answer).map(({ property, name, statement, verdicts }) => [
    `\`${property}\`${name === undefined ? "" : ` ${name}`}`,
    statement,
    verdicts.map(({ words, labels }) => `**${words}**: ${labels.join("; ")}`).join("<br>"),
  ]);
  return markdownTable(columns, rows);
}

/** The path as a chart; a long one is folded. */
function chart({ chart: trace, chartOf: run }: Answer): readonly string[] {
  if (trace === undefined) return [];
  const text = chartOf([{ trace }], { legend: false }).trimEnd();
  const drawn = ["```text", text, "```", ""];
  const caption = pathWords(trace, run);
  if (text.split("\n").length <= MOST_LINES) return [`${caption}:`, "", ...drawn];
  return ["<details>", `<summary>${caption}</summary>`, "", ...drawn, "</details>", ""];
}

/** `row 23`, with a link to what it says. */
const threadLines = ({ rows }: Answer, book: Book): readonly string[] =>
  book.rows
    .filter(({ row }) => rows.includes(row))
    .map(({ row, said }) => `- Row [${row}](../thread.md#row-${row}) of the RFC thread: ${said}`);

function finding(answer: Answer, book: Book): readonly string[] {
  return [
    `<a id="${answer.id}"></a>`,
    "",
    `## ${answer.question}`,
    "",
    leading(answer),
    "",
    `- Scenario: \`${answer.id}\`. Raised by: ${answer.askedBy}.`,
    `- Evidence: ${evidenceWords(answer.evidence)}`,
    ...threadLines(answer, book),
    `- Given: ${answer.given}`,
    `- When: ${answer.when}`,
    "",
    propertyTable(answer),
    "",
    ...costTable(answer),
    ...figuresTable(answer),
    "```sh",
    ...answer.runs.flatMap(({ label, record }) => [
      `# ${label}: ${statesOf(record)} states`,
      checkCommand(record.model),
    ]),
    "```",
    "",
    ...chart(answer),
  ];
}

const ofSubject = ({ scenarios }: Subject, answers: readonly Answer[]): readonly Answer[] =>
  scenarios.map(({ id }) => answers.find((answer) => answer.id === id)!);

function subjectPage(subject: Subject, answers: readonly Answer[], book: Book): string {
  const some = ofSubject(subject, answers);
  return [
    `# ${subject.title}`,
    "",
    WRITTEN,
    "",
    `${some.length} ${some.length === 1 ? "question" : "questions"}, each answered by exhaustive search.`,
    `\`npx faultline scenarios ID\` answers one again. [How to read this page, and all questions](README.md).`,
    'Lists such as "VFIO facts", their ids, and where they come from are in [sources.md](../sources.md).',
    "",
    ...some.map(({ id, question }) => `- [${question}](#${id})`),
    "",
    ...(some.some((answer) => answer.chart) ? legend : []),
    ...some.flatMap((answer) => finding(answer, book)),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");
}

const verdictCell = (answer: Answer): string => {
  const { property, name, verdicts } = telling(answer);
  return `\`${property}\`${name === undefined ? "" : ` ${name}`}: ${verdicts.map(({ words }) => words).join("; ")}`;
};

function indexPage(answers: readonly Answer[], book: Book): string {
  const columns = ["question", "answer", "verdict", "evidence"].map((title) => ({ title }));
  const sections = book.subjects.flatMap((subject) => [
    `## ${subject.title}`,
    "",
    `[${subject.id}.md](${subject.id}.md)`,
    "",
    markdownTable(
      columns,
      ofSubject(subject, answers).map((answer) => [
        `[${answer.question}](${subject.id}.md#${answer.id})`,
        brief(answer.answer),
        verdictCell(answer),
        answer.evidence.kind,
      ]),
    ),
    "",
  ]);
  return [
    "# Findings",
    "",
    WRITTEN,
    "",
    `Questions about I/O page faults in VFIO, IOMMU drivers and iommufd, answered by exhaustive search. ${answersSummary(answers)}`,
    "The questions of the RFC thread are in its order in [thread.md](../thread.md). What is wrong in kernels that people",
    "run is in [shipped.md](../shipped.md).",
    "",
    "An answer holds for the sizes of its runs, and for the steps that the model takes as atomic. A verdict is of one",
    "property in one run. A number of states with a + is of a search that ended with its answer. Evidence is one of:",
    "",
    ...Object.entries(EVIDENCE).map(([kind, words]) => `- **${kind}**: ${words}.`),
    "",
    ...sections,
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");
}

/** By file name: README.md, and one page for each subject. Every scenario of the book has an answer. */
export const findingsPages = (answers: readonly Answer[], book: Book): ReadonlyMap<string, string> =>
  new Map([
    ["README.md", indexPage(answers, book)],
    ...book.subjects.map((subject) => [`${subject.id}.md`, subjectPage(subject, answers, book)] as const),
  ]);
