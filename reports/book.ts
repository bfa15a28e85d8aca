/** Everything that the pages of answers are made of, besides the answers: subjects, the RFC thread, what shipped kernels do. */

/** A question as it is written down, before anything is searched. */
export interface Question {
  readonly id: string;
  readonly question: string;
  readonly askedBy: string;
  readonly rows: readonly number[];
  readonly given: string;
  readonly when: string;
  readonly answer: string;
}

export interface Subject {
  readonly id: string;
  readonly title: string;
  readonly scenarios: readonly Question[];
}

export interface Message {
  readonly id: string;
  readonly from: string;
  readonly date: string;
  readonly messageId: string;
  readonly about: string;
}

export interface Row {
  readonly row: number;
  readonly messages: readonly string[];
  readonly said: string;
  readonly answer?: string;
  readonly answeredBy: readonly string[];
  readonly because?: string;
}

/** What is not answered, or in part, in the words that somebody would search for. */
export interface Elsewhere {
  readonly words: readonly string[];
  readonly sentence: string;
  readonly where: string;
  readonly see?: readonly string[];
}

/** What one kernel does. */
export interface InTree {
  /** "6.1.192". */
  readonly tree: string;
  readonly state: "present" | "absent" | "fixed" | "rewritten";
  /** What was read, by function. */
  readonly read: string;
}

/** A defect of kernels that people run. */
export interface Shipped {
  readonly id: string;
  readonly title: string;
  readonly functions: readonly string[];
  /** Whether a kernel was booted and did it, or the model and the source alone say it. */
  readonly evidence: "booted kernel" | "model and source";
  readonly trees: readonly InTree[];
  /** Behind "fixed": "by 2b48f52f2bff (its subject)"; absent: not known to be fixed. */
  readonly fixed?: string;
  readonly conditions: string;
  /** The scenario whose runs show it, and the property that its chart or first run violates. */
  readonly scenario: string;
  readonly property: string;
  /** The run of the scenario (from 0) that shows it. */
  readonly run: number;
  /** A report that could be sent, for what is not known to be fixed. */
  readonly mail?: { readonly subject: string; readonly body: string };
}

/** A section of docs/numbers.md, and the rows that it has numbers for. */
export interface NumbersOfRows {
  readonly title: string;
  readonly rows: readonly number[];
}

export interface Book {
  readonly subjects: readonly Subject[];
  readonly thread: { readonly title: string; readonly author: string; readonly archive: string };
  readonly messages: readonly Message[];
  readonly rows: readonly Row[];
  readonly elsewhere: readonly Elsewhere[];
  readonly numbers: readonly NumbersOfRows[];
  readonly shipped: readonly Shipped[];
}

/** A sentence that is shorter says nothing alone: "No.", "Only there." */
const SHORT = 24;

/** The first sentence of an answer; with the next one where the first is a word or two. */
export function brief(answer: string): string {
  const sentences = answer.split(/(?<=[.?!])\s+(?=[A-Z`])/);
  const first = sentences[0]!;
  return first.length < SHORT && sentences.length > 1 ? `${first} ${sentences[1]!}` : first;
}

/** The messages that a question was asked in: "(M2)" in what raises it. */
export const messagesOf = ({ askedBy }: Pick<Question, "askedBy">): readonly string[] =>
  [...askedBy.matchAll(/\bM\d+\b/g)].map(([id]) => id);

/** Where the message is in the archive. */
export const archived = (book: Pick<Book, "thread">, { messageId }: Message): string =>
  `${book.thread.archive}${messageId}/`;

/** The page of findings of a subject, from docs/. */
export const pageOf = (book: Pick<Book, "subjects">, id: string): string => {
  const subject = book.subjects.find(({ scenarios }) => scenarios.some((one) => one.id === id));
  if (subject === undefined) throw new Error(`no subject has the scenario ${id}`);
  return `findings/${subject.id}.md#${id}`;
};
