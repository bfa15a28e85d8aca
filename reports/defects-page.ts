/** docs/defects.md: every bug that the model can say, by subject and by kernel release. */
import { fixWords, defectCounts, walksText, walkWords } from "./defects-text.ts";
import { bugs, KIND_WORDS, shortestOf, type DefectEntry, type DefectKind, type TriedDefect } from "./defects.ts";
import { markdownTable } from "./table.ts";
import { count } from "./words.ts";

const titled = (...titles: readonly string[]) => titles.map((title) => ({ title }));

const anchor = ({ id }: DefectEntry): string => `<a id="${id}"></a>\`${id}\``;
const link = ({ id }: DefectEntry): string => `[${id}](#${id})`;

/** "B1, H8; fixed by ...". */
const originWords = (entry: DefectEntry): string =>
  [
    entry.sources.map(({ id }) => (id.startsWith("docs/") ? `[shipped](${id.slice("docs/".length)})` : id)).join(", "),
    ...(entry.fix === undefined ? [] : [fixWords(entry)]),
  ].join("; ");

const whereWords = ({ where, trees }: DefectEntry): string => {
  const present = Object.entries(trees).flatMap(([tree, state]) => (state === "present" ? [tree] : []));
  return present.length === 0 ? where : `${where}; **present** in ${present.join(", ")}`;
};

/** Numbers that only a search gives: the one part of a row that a test cannot write by itself. */
export interface DefectFigures {
  readonly steps: string;
  readonly states: string;
  readonly walks: string;
}

export const figuresOf = (tried: TriedDefect): DefectFigures => ({
  steps: String(shortestOf(tried) ?? "none"),
  states: count(tried.states),
  walks: walkWords(tried),
});

function rowOf(entry: DefectEntry, { steps, states, walks }: DefectFigures): readonly string[] {
  const { title, kind, setting, breaks, situations, missing } = entry;
  return [
    `${anchor(entry)}: ${title}`,
    kind,
    whereWords(entry),
    originWords(entry),
    `\`${setting}\`${missing === undefined ? "" : " (effect)"}`,
    `${breaks.join(", ")} (possible: ${situations.join(", ") || "any state"})`,
    steps,
    states,
    walks,
  ];
}

const COLUMNS = titled(
  "defect",
  "kind",
  "where",
  "source and fix",
  "set by",
  "breaks",
  "steps",
  "states without it",
  "random runs",
);

const KINDS = Object.keys(KIND_WORDS) as readonly DefectKind[];

const kindRow = (entries: readonly DefectEntry[]) => (kind: DefectKind) => {
  const some = entries.filter((one) => one.kind === kind);
  const byEffect = some.filter(({ missing }) => missing !== undefined).length;
  return [
    kind,
    KIND_WORDS[kind],
    count(some.length),
    count(bugs(some)),
    count(some.length - byEffect),
    count(byEffect),
  ];
};

function bySubject(entries: readonly DefectEntry[], figures: ReadonlyMap<string, DefectFigures>): readonly string[] {
  return [...new Set(entries.map(({ subject }) => subject))].flatMap((subject) => [
    `## ${subject}`,
    "",
    markdownTable(
      COLUMNS,
      entries.filter((one) => one.subject === subject).map((one) => rowOf(one, figures.get(one.id)!)),
    ),
    "",
  ]);
}

/** "6.12" of "6.12.75"; a release of a main line is its own series. */
const seriesOf = (release: string): string => release.split(".").slice(0, 2).join(".");
const byNumber = (a: string, b: string): number => {
  const [one, other] = [a, b].map((name) => name.split(".").map(Number)) as [number[], number[]];
  return one[0]! - other[0]! || (one[1] ?? 0) - (other[1] ?? 0);
};

function byRelease(entries: readonly DefectEntry[]): readonly string[] {
  const trees = [...new Set(entries.flatMap(({ trees: own }) => Object.keys(own)))];
  const having = (tree: string) => entries.filter(({ trees: own }) => own[tree] === "present");
  const releases = entries.flatMap((one) => (one.fix?.releases ?? []).map((release) => ({ release, one })));
  const series = [...new Set(releases.map(({ release }) => seriesOf(release)))].toSorted(byNumber);
  const fixedIn = (name: string) =>
    releases
      .filter(({ release }) => seriesOf(release) === name)
      .map(({ release, one }) => `${link(one)} (${release})`)
      .join(", ");
  return [
    "## By kernel release",
    "",
    "What a tree has, as far as it was read:",
    "",
    markdownTable(
      titled("tree", "has"),
      trees.map((tree) => [tree, having(tree).map(link).join(", ")]),
    ),
    "",
    "The first releases that are known to have a fix, by series:",
    "",
    markdownTable(
      titled("series", "fixed"),
      series.map((name) => [name, fixedIn(name)]),
    ),
    "",
  ];
}

function byEffect(entries: readonly DefectEntry[]): readonly string[] {
  const some = entries.filter(({ missing }) => missing !== undefined);
  return [
    "## Set by the effect only",
    "",
    "In these the step of the bug is there, and the model leaves it out for another reason, or in another place.",
    "",
    markdownTable(
      titled("defect", "what is missing"),
      some.map((one) => [link(one), one.missing!]),
    ),
    "",
  ];
}

/** The page without what only a search says, which `figures` and `walks` are. */
export function defectsPageOf(
  entries: readonly DefectEntry[],
  figures: ReadonlyMap<string, DefectFigures>,
  walks: string,
): string {
  return [
    "# Bugs that the model can say",
    "",
    "<!-- Written by `npm run findings`; a test compares it with what the model says. -->",
    "",
    `\`npx faultline defects ID\` tries one and draws its path, \`npx faultline defects --list\` lists them. ${defectCounts(entries)}`,
    "A bug that is set in several systems is one bug and several entries.",
    "",
    markdownTable(
      titled("kind", "means", "entries", "bugs", "set by the cause", "by the effect"),
      KINDS.map(kindRow(entries)),
    ),
    "",
    "Of each entry a complete search shows that its claims hold without the defect, and a search finds them violated with it:",
    "`steps` is the shortest path to a violation. `random runs` are walks until one finds it, with a fixed seed and at most",
    "60 000, and in brackets by how many steps the path is longer than the shortest after shrinking.",
    walks,
    "",
    "`where` and `fix` are from docs/sources.md, from the changelogs of Debian's kernels, and from the trees 6.1.192, 6.12.117",
    "and 7.3.4; a release is the first of its series that is known to have the fix. A tree that is not named was not read for",
    "that entry. `possible` are the situations on which the claims rest: each is seen in the search without the defect.",
    "",
    ...bySubject(entries, figures),
    ...byRelease(entries),
    ...byEffect(entries),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");
}

export const defectsPage = (entries: readonly DefectEntry[], tried: readonly TriedDefect[]): string =>
  defectsPageOf(entries, new Map(tried.map((one) => [one.id, figuresOf(one)])), walksText(tried));
