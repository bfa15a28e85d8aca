/** What simulations found for a question, as data and as text: with method, sizes, assumptions, and what rests on them. */
import type { Figure } from "../checker/measure/figure.ts";
import { tableLines } from "./measure-text.ts";
import { drawn, laid, type Line } from "./lines.ts";
import { figureText } from "./plots/terminal.ts";
import { paragraph } from "./why-lines.ts";

export const FOUND_SCHEMA = "faultline-found/1";

export interface FoundConclusion {
  readonly sentence: string;
  readonly holds: boolean;
  /** Costs with which it is otherwise: "report halved". */
  readonly changes: readonly string[];
}

export interface FoundRecord {
  readonly schema: typeof FOUND_SCHEMA;
  readonly name: string;
  readonly title: string;
  readonly question: string;
  readonly answer: string;
  readonly command: string;
  readonly method: "simulate";
  readonly about: string;
  readonly how: { readonly seed: number; readonly confidence: number };
  /** Costs that were halved and doubled, one at a time, with fewer points and shorter runs. */
  readonly varied: readonly string[];
  readonly table: { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };
  readonly figure: Figure;
  readonly conclusions: readonly FoundConclusion[];
  readonly assumptions: readonly string[];
  readonly notes: readonly string[];
}

export const methodOfFound = ({ about, how: { seed, confidence } }: FoundRecord): string =>
  `Method simulate: discrete events, independent replications, seed ${seed}; intervals of ${100 * confidence} %. ${about}`;

const changesWords = ({ holds, changes }: FoundConclusion, isVaried: boolean): string => {
  const always = holds ? "" : "This is not so. ";
  if (!isVaried) return always.trimEnd();
  return always + (changes.length > 0 ? `Otherwise with ${changes.join(", ")}.` : "The same with each.");
};

/** What the assumed costs were changed to. */
export const variedWords = ({ varied }: FoundRecord): string =>
  varied.length === 0
    ? "No assumed cost was varied"
    : `What rests on costs that are assumed (${varied.join(", ")}; each halved and doubled)`;

/** Each conclusion with the assumed costs that it rests on. */
export const conclusionLines = ({ conclusions, varied }: FoundRecord): readonly string[] =>
  conclusions.map((one) => `${one.sentence} ${changesWords(one, varied.length > 0)}`.trimEnd());

export function foundText(record: FoundRecord, columns?: number): string {
  const { title, question, answer, table, figure, assumptions, notes } = record;
  const lines: readonly Line[] = [
    title,
    ...paragraph(question, 0),
    "",
    ...paragraph(answer, 0),
    "",
    ...tableLines([table.head, ...table.rows], columns),
    "",
    drawn((room) => figureText(figure, room)),
    ...paragraph(methodOfFound(record), 0),
    ...notes.flatMap((note) => paragraph(note, 0)),
    "",
    variedWords(record),
    ...conclusionLines(record).flatMap((sentence) => paragraph(`- ${sentence}`)),
    "",
    "Assumptions",
    ...assumptions.flatMap((sentence) => paragraph(`- ${sentence}`)),
    "",
  ];
  return laid(lines, columns).join("\n");
}
