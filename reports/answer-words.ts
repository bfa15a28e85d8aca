/** An answered question, and the words that every form of it uses. */
import type { RunRecord, TraceRecord, Verdict } from "../checker/run-record.ts";
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
      readonly name?: string;
      readonly statement: string;
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
  /** The label of the run that the chart is of. */
  readonly chartOf?: string;
  readonly asExpected: boolean;
}

/** "The path to IFD-20 in the run \"the detach does not drain\", 18 steps": what a chart shows. */
export const pathWords = ({ property, steps }: TraceRecord, run: string | undefined): string =>
  `The path to ${property.id}${run === undefined ? "" : ` in the run "${run}"`}, ${steps.length} steps`;

export type Compared = Answer["runs"][number]["compared"][number];

export const foundWords = ({ expected, found: verdict, asExpected }: Compared): string => {
  const words = verdict ? verdictWords(verdict) : "not claimed of this system";
  return asExpected ? words : `${words}, BUT EXPECTED: ${expected}`;
};

/** "1 234", or "1 234+" when the search ended with its answer. */
export const statesOf = ({ search }: RunRecord): string => `${count(reachable(search))}${search.complete ? "" : "+"}`;

export const evidenceWords = ({ kind, where }: Answer["evidence"]): string => {
  if (kind === "demonstrated") return `Demonstrated on ${where}, and these runs agree.`;
  if (kind === "verified") return `These runs, and what was read: ${where}.`;
  if (kind === "derived") return `Derived, and these runs agree: ${where}.`;
  return "These runs.";
};

/** "`IFD-20` (no-lost-response)": an id with its name, where it has one. */
export const namedWords = ({ property, name }: Pick<Compared, "property" | "name">): string =>
  name === undefined ? property : `${property} (${name})`;

export type Costs = NonNullable<Answer["runs"][number]["costs"]>;

/** "7 locks: vfio_iommu.lock, fault_param->lock (2)": each name once, in the order of the first time. */
export function costWords(costs: Costs, kind: "look-up" | "lock"): string {
  const names = costs.filter((cost) => cost.kind === kind).map(({ of }) => of);
  const times = (name: string): number => names.filter((other) => other === name).length;
  const list = [...new Set(names)].map((name) => (times(name) > 1 ? `${name} (${times(name)})` : name));
  return `${names.length} ${kind}${names.length === 1 ? "" : "s"}: ${list.join(", ")}`;
}

/** What one property is found to be in the runs of an answer: one entry for each verdict, with the runs that have it. */
export interface ByRun extends Pick<Compared, "property" | "name" | "statement"> {
  readonly verdicts: readonly { readonly words: string; readonly labels: readonly string[] }[];
}

/** Properties in the order of their first run; of each the verdicts in the order of theirs. */
export function verdictsByRun({ runs }: Answer): readonly ByRun[] {
  const all = runs.flatMap(({ label, compared }) => compared.map((one) => ({ label, one, words: foundWords(one) })));
  return [...new Map(all.map(({ one }) => [one.property, one])).values()].map(({ property, name, statement }) => {
    const mine = all.filter(({ one }) => one.property === property);
    const verdicts = [...new Set(mine.map(({ words }) => words))].map((words) => ({
      words,
      labels: mine.filter((it) => it.words === words).map(({ label }) => label),
    }));
    return { property, ...(name !== undefined && { name }), statement, verdicts };
  });
}

/** The kind of a verdict without its numbers: "violated", "holds". */
const kindOf = (words: string): string => words.replace(/ in \d.*$/, "");

/**
 * The property that stands for the answer, with verdicts by their kind: of those that two runs tell apart the one that the
 * chart shows, or the first; else the one that the chart shows, or the first.
 */
export function telling(answer: Answer): ByRun {
  const all = verdictsByRun(answer).map((one) => {
    const kinds = [...new Set(one.verdicts.map(({ words }) => kindOf(words)))];
    const verdicts = kinds.map((words) => ({
      words,
      labels: one.verdicts.filter((it) => kindOf(it.words) === words).flatMap(({ labels }) => labels),
    }));
    return { ...one, verdicts };
  });
  const apart = all.filter(({ verdicts }) => verdicts.length > 1);
  const some = apart.length > 0 ? apart : all;
  return some.find(({ property }) => property === answer.chart?.property.id) ?? some[0]!;
}
