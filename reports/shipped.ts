/** docs/shipped.md: what is wrong in kernels that people run, and a report for what is not known to be fixed. */
import type { Answer } from "./answer-words.ts";
import { brief, pageOf, type Book, type InTree, type Shipped } from "./book.ts";
import { chartOf } from "./chart.ts";
import { WRITTEN } from "./findings.ts";
import { checkCommand } from "./lost.ts";
import { markdownTable } from "./table.ts";

/** A longer chart is left out: its number of steps and its command stand for it. */
const MOST_LINES = 54;

const treeWords = ({ tree, state, read }: InTree): readonly string[] => [
  tree,
  state === "present" ? "**present**" : state,
  read,
];

export const fixWords = ({ fixed }: Shipped): string =>
  fixed === undefined ? "not known to be fixed" : `fixed ${fixed}`;

/** The run and the verdict that show the finding. @throws Error when the run does not break the property. */
function shownBy({ id, run, property }: Shipped, answer: Answer) {
  const { label, record, compared } = answer.runs[run]!;
  const verdict = compared.find((one) => one.property === property);
  if (verdict?.found?.kind !== "violated") throw new Error(`${id}: run ${run} does not violate ${property}`);
  return { label, record, statement: verdict.statement, name: verdict.name, trace: verdict.found.trace };
}

function pathLines(finding: Shipped, answer: Answer): readonly string[] {
  const { trace, record, statement, name, label } = shownBy(finding, answer);
  const text = chartOf([{ trace }], { legend: false }).trimEnd();
  const isShort = text.split("\n").length <= MOST_LINES;
  return [
    `Shortest path: ${trace.steps.length} steps to a violation of \`${finding.property}\`${name === undefined ? "" : ` ${name}`} ("${statement}"; run "${label}").`,
    "",
    "```sh",
    checkCommand(record.model),
    "```",
    "",
    ...(isShort ? ["```text", text, "```", ""] : []),
  ];
}

function section(finding: Shipped, answer: Answer, book: Book): readonly string[] {
  return [
    `<a id="${finding.id}"></a>`,
    "",
    `## ${finding.title}`,
    "",
    `${finding.functions.map((name) => `\`${name}\``).join(", ")}; ${fixWords(finding)}; evidence: ${finding.evidence}.`,
    "",
    markdownTable(
      ["tree", "state", "read"].map((title) => ({ title })),
      finding.trees.map(treeWords),
    ),
    "",
    `- Conditions: ${finding.conditions}`,
    `- Finding: [${answer.question}](${pageOf(book, finding.scenario)}) ${brief(answer.answer)}`,
    "",
    ...pathLines(finding, answer),
    ...(finding.mail === undefined
      ? []
      : [
          "A report of it:",
          "",
          "```text",
          `Subject: ${finding.mail.subject}`,
          "",
          finding.mail.body.trim(),
          "```",
          "",
        ]),
  ];
}

/** The page; every scenario that a finding names has an answer. */
export function shippedPage(answers: readonly Answer[], book: Book): string {
  const answerOf = ({ scenario }: Shipped): Answer => answers.find(({ id }) => id === scenario)!;
  const columns = ["finding", "6.1.192", "6.12.117", "7.3.4", "fix", "evidence"].map((title) => ({ title }));
  const state = ({ trees }: Shipped, at: number): string => trees[at]!.state;
  return [
    "# What is wrong in kernels that people run",
    "",
    WRITTEN,
    "",
    "Each finding was read again in the source of each tree, by function: Debian 6.1.192, 6.12.117 and 7.3.4. No tree after",
    "7.3.4 was read. `model and source` means that no kernel was booted to show it: the model has the order of steps that the",
    "source has, and a search finds the violation. Kernels that were booted are 6.1.192 and 6.12.117; what is said of 7.3.4 is by",
    "reading. `rewritten` means that the functions work in another way in that tree; the finding says which, and what is open",
    "there. A draft report follows each finding that is not known to be fixed: 7.3.4 has no fix of it, and no mailing list was",
    "searched for one.",
    "",
    markdownTable(
      columns,
      book.shipped.map((one) => [
        `[${one.title}](#${one.id})`,
        state(one, 0),
        state(one, 1),
        state(one, 2),
        fixWords(one),
        one.evidence,
      ]),
    ),
    "",
    ...book.shipped.flatMap((one) => section(one, answerOf(one), book)),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");
}
