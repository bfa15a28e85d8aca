/** Which questions are meant, and how they are listed: without a search, from what is written down. */
import { nearest } from "../../checker/nearest.ts";
import { brief, messagesOf, type Book, type Elsewhere, type Message, type Question } from "../../reports/book.ts";
import { fixWords } from "../../reports/shipped.ts";
import { wrap } from "../../reports/table.ts";
import { short, unknownName, UsageError } from "../errors.ts";

export interface Chosen {
  readonly message?: string;
  readonly subject?: string;
  readonly shipped: boolean;
  readonly search?: string;
}

export const isChoice = ({ message, subject, shipped, search }: Chosen): boolean =>
  shipped || [message, subject, search].some((one) => one !== undefined);

const questionsOf = (book: Book): readonly Question[] => book.subjects.flatMap(({ scenarios }) => scenarios);

/** Asked in the message, or named by a row that the message says. */
function inMessage(book: Book, name: string): ReadonlySet<string> {
  const { id } = messageNamed(book, name);
  const asked = questionsOf(book).filter((one) => messagesOf(one).includes(id));
  const rows = book.rows.filter(({ messages }) => messages.includes(id));
  return new Set([...asked.map((one) => one.id), ...rows.flatMap(({ answeredBy }) => answeredBy)]);
}

function messageNamed(book: Book, name: string): Message {
  const found = book.messages.find(({ id }) => id.toLowerCase() === name.toLowerCase());
  const ids = book.messages.map(({ id }) => id);
  if (found === undefined) throw unknownName("message", name, ids, "; the RFC thread has M1 to M19");
  return found;
}

function subjectNamed(book: Book, name: string): ReadonlySet<string> {
  const found = book.subjects.find(({ id }) => id === name);
  if (found === undefined)
    throw unknownName(
      "subject",
      name,
      book.subjects.map(({ id }) => id),
    );
  return new Set(found.scenarios.map(({ id }) => id));
}

const wordsOf = (text: string): readonly string[] => text.toLowerCase().split(/\s+/).filter(Boolean);

const textOf = (book: Book, { id, question, answer, given, when, askedBy, rows }: Question): string => {
  const said = book.rows.filter(({ row }) => rows.includes(row)).map((one) => one.said);
  return [id, question, answer, given, when, askedBy, ...said].join("\n").toLowerCase();
};

/** What is answered elsewhere, for the words that somebody searches for. */
const elsewhereOf = ({ elsewhere }: Book, search: string | undefined): readonly Elsewhere[] =>
  search === undefined
    ? []
    : elsewhere.filter(({ words }) => words.some((word) => word.toLowerCase().includes(search.trim().toLowerCase())));

/** @throws UsageError when no question has the words, and nothing is known of them. */
function withWords(book: Book, search: string): ReadonlySet<string> {
  const wanted = wordsOf(search);
  const found = questionsOf(book).filter((one) => wanted.every((word) => textOf(book, one).includes(word)));
  if (found.length === 0 && elsewhereOf(book, search).length === 0) {
    const texts = [
      ...questionsOf(book).map((one) => textOf(book, one)),
      ...book.elsewhere.map(({ words }) => words.join(" ")),
    ];
    const known = new Set(texts.flatMap((text) => text.toLowerCase().match(/[a-z_][a-z0-9_-]{3,}/g) ?? []));
    const missing = wanted.find((word) => !questionsOf(book).some((one) => textOf(book, one).includes(word)));
    const near = missing === undefined ? [] : nearest(short(missing), [...known]);
    throw new UsageError(`no question has "${short(search)}".`, "words of a question or its answer", near);
  }
  return new Set(found.map(({ id }) => id));
}

/** Ids of the questions that all choices have in common, in the order of the subjects. */
export function chosenOf(book: Book, { message, subject, shipped, search }: Chosen): readonly string[] {
  const sets = [
    ...(message === undefined ? [] : [inMessage(book, message)]),
    ...(subject === undefined ? [] : [subjectNamed(book, subject)]),
    ...(shipped ? [new Set(book.shipped.map(({ scenario }) => scenario))] : []),
    ...(search === undefined ? [] : [withWords(book, search)]),
  ];
  return questionsOf(book)
    .map(({ id }) => id)
    .filter((id) => sets.every((set) => set.has(id)));
}

const indented = (text: string, width: number): readonly string[] => wrap(text, width - 2).map((line) => `  ${line}`);

/** The id, the question, and the first sentence of the answer. */
const answeredLines = ({ id, question, answer }: Question, width: number): readonly string[] => [
  id,
  ...indented(question, width),
  ...indented(`-> ${brief(answer)}`, width),
];

function shippedLines(book: Book, ids: ReadonlySet<string>, width: number): readonly string[] {
  return book.shipped
    .filter(({ scenario }) => ids.has(scenario))
    .flatMap((one) => [
      one.scenario,
      ...indented(`${one.title} (${one.functions.join(", ")}).`, width),
      ...indented(
        `${one.trees.map(({ tree, state }) => `${tree} ${state}`).join(", ")}; ${fixWords(one)}; ${one.evidence}.`,
        width,
      ),
    ]);
}

const count = (n: number): string => `${n} ${n === 1 ? "question" : "questions"}`;

/** All questions, one line each, by subject. */
export function wholeList(book: Book): string {
  const width = Math.max(0, ...questionsOf(book).map(({ id }) => id.length));
  const lines = book.subjects.flatMap(({ id, title, scenarios }) => [
    `${id}: ${title}`,
    ...scenarios.map((one) => `  ${one.id.padEnd(width)}  ${one.question}`),
    "",
  ]);
  return [
    ...lines,
    `${count(questionsOf(book).length)}. "faultline scenarios ID" answers a question by searching its runs again, --all answers all.`,
    "Part of the list: --message M2 (of the RFC thread), --subject iommufd, --shipped, --search WORD.",
    "",
  ].join("\n");
}

/** The questions that were chosen, with the first sentence of each answer. */
export function chosenList(book: Book, ids: readonly string[], chosen: Chosen, width: number): string {
  const message = chosen.message === undefined ? undefined : messageNamed(book, chosen.message);
  const some = questionsOf(book).filter(({ id }) => ids.includes(id));
  // What the message asks itself comes first.
  const first = some.filter((one) => message !== undefined && messagesOf(one).includes(message.id));
  const sorted = [...first, ...some.filter((one) => !first.includes(one))];
  const lines = chosen.shipped
    ? shippedLines(book, new Set(ids), width)
    : sorted.flatMap((one) => answeredLines(one, width));
  const elsewhere = elsewhereOf(book, chosen.search).flatMap(({ words, sentence, where, see = [] }) => [
    `not answered here: ${words.join(", ")}`,
    ...indented(`${sentence} Discussed in: ${where}.`, width),
    ...(see.length > 0 ? indented(`Answered in part: ${see.join(", ")}.`, width) : []),
  ]);
  return [
    ...(message === undefined ? [] : [`${message.id}: ${message.from}, ${message.date}. ${message.about}`, ""]),
    ...lines,
    ...elsewhere,
    "",
    `${count(some.length)}. The answers are the stored ones: "faultline scenarios ID" searches its runs again, --all those of this list.`,
    "",
  ].join("\n");
}
