/** Runs as a page of Markdown: the same facts as the plain text, in the same order. */
import type { PropertyRecord, RunRecord } from "../checker/run-record.ts";
import { chartOf, LEGEND } from "./chart.ts";
import { counterexamplePath, replayCommand } from "./counterexample.ts";
import { leftOutGroups } from "./left-out.ts";
import { replacedLines } from "./replaced.ts";
import { headline } from "./headline.ts";
import { familyLegend, sourceLegend } from "./legend.ts";
import { laid } from "./lines.ts";
import { neverWitnessed } from "./lost.ts";
import { byPath, type BrokenByPath } from "./paths.ts";
import { familyOf, judged, standing, type Judged } from "./standing.ts";
import { markdownTable } from "./table.ts";
import { notesOf, remarks, runRow, RUN_COLUMNS, stories, type Telling } from "./text.ts";
import { claimName, coverage, coverageOfAll, modelName, verdictWords } from "./words.ts";

const sourceOf = ({ source }: PropertyRecord): string => `Source: ${source.document}, ${source.clause}.`;

/** A path, and all that it breaks. */
function story(path: BrokenByPath, directory: string): readonly string[] {
  const [first, ...others] = path.map(({ trace }) => ({ trace }));
  const [{ run }] = path;
  return [
    ...path.flatMap(({ property }) => [`### ${claimName(property)}: ${property.statement}`, ""]),
    `${modelName(run.model)}. ${coverage(run.search)}`,
    "",
    ...path.flatMap(({ run: of, property }) => [
      path.length > 1 ? `${property.id}: ${sourceOf(property)}` : sourceOf(property),
      "",
      ...remarks({ run: of, property }).flatMap((line) => [line, ""]),
    ]),
    "```text",
    chartOf([first!, ...others], { legend: false }).trimEnd(),
    "```",
    "",
    `Steps as data: ${path.map(({ trace }) => `[${counterexamplePath(trace)}](${counterexamplePath(trace)})`).join(", ")}. Replay:`,
    "",
    "```sh",
    ...path.map(({ trace }) => replayCommand(directory, trace)),
    "```",
    "",
  ];
}

/** A situation that never occurs. */
const lost = (claim: Judged): readonly string[] =>
  claim.property.verdict.kind === "never-witnessed"
    ? [
        `### ${claimName(claim.property)}: ${claim.property.statement}`,
        "",
        "```text",
        ...laid(neverWitnessed(claim, remarks(claim))).filter((line) => line !== ""),
        "```",
        "",
      ]
    : [];

const legend = ["What the signs of the charts mean:", "", "```text", ...LEGEND, "```", ""];

/** What each family of the table is about. */
function families(runs: readonly RunRecord[]): readonly string[] {
  const lines = familyLegend(runs).map(([family, about]) => `- ${family}: ${about}`);
  return lines.length > 0 ? ["Families of properties:", "", ...lines, ""] : [];
}

/** What the codes in the reasons of known violations say. */
function sources(known: readonly Judged[]): readonly string[] {
  const lines = sourceLegend(known).map(([id, text]) => `- ${id}: ${text}`);
  return lines.length > 0 ? ["Codes in these reasons:", "", ...lines, ""] : [];
}

/** Every property of a run, folded away. */
function details(run: RunRecord): readonly string[] {
  const order = [...run.properties].sort((a, b) => compare(familyOf(a.id), familyOf(b.id)));
  const row = (property: PropertyRecord): readonly string[] => [
    claimName(property),
    property.kind,
    property.statement,
    standing(property) === "violated" || standing(property) === "unseen"
      ? `**${verdictWords(property.verdict)}**`
      : verdictWords(property.verdict),
    `${property.source.document}, ${property.source.clause}`,
  ];
  const columns = ["property", "kind", "claim", "verdict", "source"].map((title) => ({ title }));
  return [
    `<details><summary>${modelName(run.model)}: ${coverage(run.search)}</summary>`,
    "",
    markdownTable(columns, order.map(row)),
    "",
    ...leftOutGroups(run).flatMap((group) => [`- Not claimed: ${group}`]),
    "",
    "</details>",
    "",
  ];
}

/** All of them, however many: the summary of a workflow has no other place for them. */
const absent = ({ missing = [] }: Telling): readonly string[] =>
  missing.length > 0 ? [...missing.map((run) => `- ${modelName(run)}: ${run.because}`), ""] : [];

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The whole page. `detailed`: the runs of which every property is told. */
export function markdownReport(runs: readonly RunRecord[], telling: Telling, detailed = runs): string {
  const { broken, known, outdated } = stories(runs, telling.expectKnown);
  const paths = byPath(broken);
  const all = judged(runs);
  const columns = RUN_COLUMNS.map(({ title, ...rest }) => ({
    ...rest,
    title: title.toLowerCase(),
  }));
  const section = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length > 0 ? [`## ${title}`, "", ...lines] : [];
  const notes = [...new Set(notesOf(runs, telling).map((note) => `- ${note}`))];
  const replaced = telling.expectKnown ? [] : [...new Set(runs.flatMap(replacedLines))];
  const line = ({ run, property }: Judged): string =>
    `- ${property.id} (${modelName(run.model)}): ${verdictWords(property.verdict)}. ${property.known ?? ""}`.trimEnd();
  const first = headline(runs, telling.expectKnown);
  return [
    "# Faultline report",
    "",
    ...(first === undefined ? [] : [`**${first}**`, ""]),
    `**${coverageOfAll(runs, telling.left)}** ${all.length === 0 ? "No property was judged." : ""}`.trimEnd(),
    "",
    ...replaced.flatMap((line) => [line, ""]),
    markdownTable(columns, runs.map(runRow)),
    "",
    ...families(runs),
    ...section("Violations", [
      ...(paths.length > 0 ? legend : []),
      ...paths.flatMap((path) => story(path, telling.directory)),
      ...broken.flatMap(lost),
    ]),
    ...section("Known violations", known.length > 0 ? [...known.map(line), "", ...sources(known)] : []),
    ...section("Listed as known, but not violated", outdated.length > 0 ? [...outdated.map(line), ""] : []),
    ...section("Notes", notes.length > 0 ? [...notes, ""] : []),
    ...section("Runs without a result", absent(telling)),
    ...section("Every property", detailed.flatMap(details)),
  ].join("\n");
}
