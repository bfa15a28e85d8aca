/** Bugs that the model can say, in a terminal: a list, a table of runs, and one in full with its chart. */
import { chartOf } from "./chart.ts";
import {
  bugs,
  KIND_WORDS,
  shortestOf,
  walksOf,
  type DefectEntry,
  type DefectKind,
  type TriedDefect,
} from "./defects.ts";
import { drawn, laid, paragraph as flowing, type Line } from "./lines.ts";
import { table } from "./table.ts";
import { count, counted, duration } from "./words.ts";

const KINDS = Object.keys(KIND_WORDS) as readonly DefectKind[];

/** "367 entries: 109 published (of 83 bugs), 72 proposed, ...". */
export function defectCounts(entries: readonly DefectEntry[]): string {
  const parts = KINDS.map((kind) => ({ kind, some: entries.filter((one) => one.kind === kind) }))
    .filter(({ some }) => some.length > 0)
    .map(({ kind, some }) => `${some.length} ${kind} (${counted(bugs(some), "bug")})`);
  const effects = entries.filter(({ missing }) => missing !== undefined).length;
  return `${counted(entries.length, "entry", "entries")}: ${parts.join(", ")}. ${effects} set by the effect only.`;
}

export function defectList(entries: readonly DefectEntry[], columns: number): string {
  const rows = entries.map(({ id, kind, title }) => [id, kind, title]);
  return `${table([{ title: "ID", most: 34 }, { title: "KIND" }, { title: "WHAT GOES WRONG" }], rows, columns)}\n\n${defectCounts(entries)}\n`;
}

/** "3 (+0)": runs until it was found, and how much longer the path is. */
export function walkWords({ walks }: TriedDefect): string {
  if (walks === undefined) return "";
  if (walks.kind === "not visible") return "no walk shows it";
  return walks.kind === "found" ? `${count(walks.runs)} (+${walks.excess})` : `not in ${count(walks.runs)}`;
}

/** "Found at random: 327 of 328 (38 more break only claims about the whole graph); ...". */
export function walksText(tried: readonly TriedDefect[]): string {
  const { all, visible, found, excess, runs } = walksOf(tried);
  if (all === 0) return "";
  const unseen = all - visible;
  const others =
    unseen === 0 ? "" : ` ${unseen} more break only claims that need the whole graph, which no walk shows.`;
  const longer = `Median: ${counted(runs, "run")}, and ${counted(excess, "step")} more than the shortest path.`;
  return `Random walks found ${found} of ${visible}.${others} ${found > 0 ? longer : ""}`.trim();
}

export function triedTable(entries: readonly DefectEntry[], tried: readonly TriedDefect[], columns: number): string {
  const isRandom = tried.some(({ walks }) => walks !== undefined);
  const rows = tried.map((one) => {
    const { kind, title } = entries.find(({ id }) => id === one.id)!;
    const steps = one.mistakes.length > 0 ? "WRONG" : String(shortestOf(one));
    const walks = isRandom ? [walkWords(one)] : [];
    return [one.id, kind, steps, count(one.states), duration(one.seconds), ...walks, title];
  });
  const titles = [
    { title: "ID", most: 34 },
    { title: "KIND" },
    { title: "STEPS", align: "right" },
    { title: "STATES WITHOUT IT", align: "right", most: 11 },
    { title: "TIME", align: "right" },
    ...(isRandom ? [{ title: "RANDOM RUNS", align: "right" } as const] : []),
    { title: "WHAT GOES WRONG" },
  ] as const;
  return table(titles, rows, columns);
}

const paragraph = (name: string, text: string): readonly Line[] => [
  flowing(text, 66, `  ${name.padEnd(9)} `, " ".repeat(12)),
];

const treeWords = (trees: DefectEntry["trees"]): string =>
  Object.entries(trees)
    .map(([tree, state]) => `${tree} ${state}`)
    .join(", ");

/** "iommu/vt-d: ... (28a77185f1cd, CVE-2026-1), in 5.10.24". */
export function fixWords({ fix }: DefectEntry): string {
  if (fix === undefined) return "none known";
  const names = [fix.commit, fix.cve].filter((name) => name !== undefined).join(", ");
  return `${fix.subject}${names === "" ? "" : ` (${names})`}${fix.releases.length === 0 ? "" : `, in ${fix.releases.join(", ")}`}`;
}

function verdictLines({ breaks }: DefectEntry, tried: TriedDefect): readonly Line[] {
  const without =
    tried.mistakes.length === 0
      ? `holds ${breaks.join(", ")}; complete, ${counted(tried.states, "state")}`
      : tried.mistakes.join("; ");
  const found = tried.claims.map(({ id, steps }) => `${id} in ${counted(steps, "step")}`).join(", ");
  const walks = tried.walks === undefined ? [] : paragraph("at random", `${walkWords(tried)} runs (longer by steps)`);
  return [...paragraph("without", without), ...paragraph("with", `violates ${found}`), ...walks];
}

/** One in full: what it is, where it comes from, how it is set, what a run says, and its chart. */
export function defectText(entry: DefectEntry, tried: TriedDefect, columns?: number): string {
  const { title, kind, sources, where, trees, setting, reason, situations, missing, command } = entry;
  const cited = sources.map(({ id, text }) => (text === undefined ? id : `${id}: ${text}`)).join(" ");
  const { trace } = tried;
  const chart: readonly Line[] =
    trace === undefined ? [] : ["", drawn((room) => chartOf([{ trace }], { room }).trimEnd())];
  const lines: readonly Line[] = [
    flowing(`${entry.id}: ${title}.`, 78),
    "",
    ...paragraph("kind", `${kind}: ${KIND_WORDS[kind]}`),
    ...paragraph("source", cited),
    ...paragraph("where", where),
    ...(Object.keys(trees).length === 0 ? [] : paragraph("trees", treeWords(trees))),
    ...paragraph("fix", fixWords(entry)),
    ...paragraph("set by", `${setting}: ${reason}`),
    ...paragraph("by", missing === undefined ? "its cause" : `its effect only; missing: ${missing}`),
    ...(situations.length === 0 ? [] : paragraph("possible", `shown by ${situations.join(", ")}`)),
    ...verdictLines(entry, tried),
    ...chart,
    "",
    `Search it: ${command}`,
    "",
  ];
  return laid(lines, columns).join("\n");
}
