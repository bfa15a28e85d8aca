/** docs/thread.md: the RFC thread message by message, each claim or question in one line with its answer. */
import { telling, type Answer } from "./answer-words.ts";
import { archived, brief, messagesOf, pageOf, type Book, type Elsewhere, type Message, type Row } from "./book.ts";
import { WRITTEN } from "./findings.ts";
import { markdownTable } from "./table.ts";

/** As many runs as a cell names for one verdict. */
const MOST_RUNS = 2;

function runWords(labels: readonly string[]): string {
  const more = labels.length - MOST_RUNS;
  return `${labels.slice(0, MOST_RUNS).join("; ")}${more > 0 ? `; ${more} more` : ""}`;
}

/** "`SEL-1` (no-bad-fault): No access faults ... **violated**: RFC v1": of one property, which tells two runs apart if one does. */
function verdictCell(answer: Answer): string {
  const { property, name, statement, verdicts } = telling(answer);
  const words = verdicts.map(({ words: verdict, labels }) => `**${verdict}**: ${runWords(labels)}`).join("<br>");
  return `\`${property}\`${name === undefined ? "" : ` (${name})`}: ${statement}<br>${words}`;
}

interface Line {
  /** Undefined for a second answer to the row above it. */
  readonly row: Row | undefined;
  readonly cells: readonly string[];
  /** Whether the message itself asked this scenario's question. */
  readonly isDirect: boolean;
}

/** "[numbers](numbers.md#the-ramp-up-of-a-cold-guest)" */
const numbersLinks = ({ row }: Row, { numbers }: Book): readonly string[] =>
  numbers
    .filter(({ rows }) => rows.includes(row))
    .map(
      ({ title }) =>
        `[numbers](numbers.md#${title
          .toLowerCase()
          .replaceAll(/[^a-z0-9 -]/g, "")
          .replaceAll(" ", "-")})`,
    );

const COLUMNS = ["row", "claim or question", "answer", "verdict: runs", "command, finding"].map((title) => ({ title }));

const rowAnchor = ({ row }: Row): string => `<a id="row-${row}"></a>${row}`;

function linesOf(row: Row, answers: ReadonlyMap<string, Answer>, book: Book): readonly Line[] {
  if (row.answeredBy.length === 0)
    return [
      {
        row,
        cells: [rowAnchor(row), row.said, `Not answered: ${row.because ?? ""}`, "", numbersLinks(row, book).join(", ")],
        isDirect: false,
      },
    ];
  return row.answeredBy.map((id, k) => {
    const answer = answers.get(id)!;
    return {
      row: k === 0 ? row : undefined,
      cells: [
        k === 0 ? rowAnchor(row) : "",
        k === 0 ? row.said : answer.question,
        (k === 0 ? row.answer : undefined) ?? brief(answer.answer),
        verdictCell(answer),
        [`[\`npx faultline scenarios ${id}\`](${pageOf(book, id)})`, ...(k === 0 ? numbersLinks(row, book) : [])].join(
          ", ",
        ),
      ],
      isDirect: messagesOf(answer).some((message) => row.messages.includes(message)),
    };
  });
}

/** The rows that the message is the first to say; those that it asks itself come first. */
function messageLines(message: Message, answers: ReadonlyMap<string, Answer>, book: Book): readonly string[] {
  const own = book.rows.filter(({ messages }) => messages[0] === message.id);
  const also = book.rows.filter(({ messages }) => messages.includes(message.id) && messages[0] !== message.id);
  const told = own.map((row) => linesOf(row, answers, book));
  const sorted = [...told.filter(([first]) => first!.isDirect), ...told.filter(([first]) => !first!.isDirect)].flat();
  const links = also.map(({ row }) => `[${row}](#row-${row})`).join(", ");
  return [
    `### <a id="${message.id}"></a>${message.id}: ${message.from}, ${message.date}`,
    `${message.about} ([mail](${archived(book, message)})${links === "" ? "" : `; also on ${also.length === 1 ? "row" : "rows"} ${links}`})`,
    "",
    ...(sorted.length > 0
      ? [
          markdownTable(
            COLUMNS,
            sorted.map(({ cells }) => cells),
          ),
          "",
        ]
      : []),
  ];
}

const elsewhereRow = ({ words, sentence, where, see = [] }: Elsewhere, book: Book): readonly string[] => [
  words.join(", "),
  sentence,
  where,
  see.map((id) => `[${id}](${pageOf(book, id)})`).join(", "),
];

/** Scenarios whose question is asked in a message of the thread. */
const directOf = (book: Book): readonly string[] =>
  book.subjects.flatMap(({ scenarios }) => scenarios.filter((one) => messagesOf(one).length > 0).map(({ id }) => id));

/** The page; every scenario that a row names has an answer. */
export function threadPage(answers: readonly Answer[], book: Book): string {
  const byId = new Map(answers.map((answer) => [answer.id, answer]));
  const { messages, rows, elsewhere, thread } = book;
  const [first, last] = [messages[0]!, messages.at(-1)!];
  const unanswered = rows.filter(({ answeredBy }) => answeredBy.length === 0).length;
  return [
    "# The RFC thread, message by message",
    "",
    WRITTEN,
    "",
    `"${thread.title}", by ${thread.author}, on kvm@vger.kernel.org: ${messages.length} messages from ${first.date} to ${last.date}.`,
    `The first one has the message id [${first.messageId}](${archived(book, first)}).`,
    "",
    `Each of its ${rows.length} claims and questions has one line, in the table of the message that makes it first. ${unanswered} have no answer.`,
    `${directOf(book).length} scenarios put a question of the thread itself; they come first below their message. The lines after them are`,
    "answered by scenarios that come from reviews and from reading the code. The fourth column names one property and its",
    "verdicts, each with the runs that have it. The command searches these runs again, and the link leads to the whole finding.",
    "",
    "Questions of later reviews and of the kernel's history are in [findings](findings/README.md) only.",
    "",
    ...messages.flatMap((message) => messageLines(message, byId, book)),
    "## Not answered here",
    "",
    markdownTable(
      ["words", "what is known", "where it is discussed", "answered in part"].map((title) => ({ title })),
      elsewhere.map((one) => elsewhereRow(one, book)),
    ),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");
}
