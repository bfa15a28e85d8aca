/** What `refine` prints: a line for each cut, then the trace of each stand-in that cannot do what the real machines can. */
import { drawn, laid, paragraph as flowing, type Line } from "./lines.ts";
import { table } from "./table.ts";
import { count, counted } from "./words.ts";

export interface CutRecord {
  readonly cut: string;
  readonly systems: readonly string[];
  readonly standIn: readonly string[];
  readonly detailed: readonly string[];
  /** What the environment of the comparison does not do; of a cut that is not comparable, why. */
  readonly within: string;
  readonly verdict: "refines" | "does-not" | "bound" | "vacuous" | "not-comparable";
  /** Pairs of states that were visited. */
  readonly pairs?: number;
  readonly because?: string;
  /** Messages of the interface in order; the stand-in can do all but the last one. */
  readonly trace?: readonly string[];
  readonly instead?: readonly string[];
  /** Steps of the detailed machines. */
  readonly steps?: readonly { readonly step: string; readonly shows: readonly string[] }[];
  /** What the difference means, where it is known. */
  readonly difference?: string;
}

const WORDS = {
  refines: "refines",
  "does-not": "does not refine",
  bound: "incomplete",
  vacuous: "vacuous",
  "not-comparable": "not comparable",
} as const;

const verdictOf = ({ verdict, pairs, trace, because, within }: CutRecord): string => {
  if (verdict === "refines") return `refines (${counted(pairs!, "pair")} of states)`;
  if (verdict === "does-not") return `does not refine: a trace of ${counted(trace!.length, "message")}`;
  return `${WORDS[verdict]}: ${because ?? within}`;
};

/** `allSteps`: also the steps of the detailed machines that the interface does not show. */
export function refineText(cuts: readonly CutRecord[], allSteps: boolean, columns?: number): string {
  const failing = cuts.filter(({ verdict }) => verdict === "does-not");
  const compared = cuts.filter(({ verdict }) => verdict !== "not-comparable");
  const refining = compared.filter(({ verdict }) => verdict === "refines").length;
  const lines: readonly Line[] = [
    drawn((room) =>
      table(
        [{ title: "CUT", most: 40 }, { title: "FOCUSED MODEL" }, { title: "VERDICT" }],
        cuts.map((one) => [one.cut, one.systems.join(" "), verdictOf(one)]),
        room,
      ),
    ),
    "",
    ...(compared.length === 0
      ? ["Nothing to compare."]
      : [
          `${count(refining)} of ${counted(compared.length, "comparison")}: the stand-in can do whatever the detailed machines can.`,
        ]),
    ...failing.flatMap((one) => ["", ...failureLines(one, allSteps)]),
    "",
  ];
  return laid(lines, columns).join("\n");
}

/** Columns of a mail. */
const COLUMNS = 80;
/** A paragraph; its further lines are indented. */
const paragraph = (text: string): readonly Line[] => [flowing(text, COLUMNS - 4, "  ", "    ")];

function failureLines(
  { cut, systems, within, trace, steps, instead, difference }: CutRecord,
  all: boolean,
): readonly Line[] {
  const lines = all
    ? steps!.flatMap(({ step, shows }) => [`     ${step}`, ...shows.map((one) => `     = ${one}`)])
    : trace!.map((one, at) => `  ${String(at + 1).padStart(2)}  ${one}`);
  return [
    `DOES NOT REFINE ${cut} (${systems.join(", ")})`,
    ...paragraph(`Within: ${within}`),
    ...lines,
    `  The stand-in cannot do the last message. There it can do: ${instead!.length === 0 ? "nothing" : ""}`.trimEnd(),
    ...instead!.map((one) => `      ${one}`),
    ...(difference === undefined ? [] : paragraph(`Known: ${difference}`)),
  ];
}
