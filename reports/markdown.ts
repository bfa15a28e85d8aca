/** Runs as a page of Markdown: the same facts as the plain text, in the same order. */
import type { PropertyRecord, RunRecord } from "../checker/run-record.ts";
import { chart } from "./chart.ts";
import { counterexamplePath, replayCommand } from "./counterexample.ts";
import { leftOutGroups } from "./left-out.ts";
import { replacedLines } from "./replaced.ts";
import { familyOf, judged, standing, type Judged } from "./standing.ts";
import { markdownTable } from "./table.ts";
import { notesOf, remarks, runRow, RUN_COLUMNS, stories, type Telling } from "./text.ts";
import { coverage, coverageOfAll, modelName, verdictWords } from "./words.ts";

function story({ run, property }: Judged, directory: string): readonly string[] {
  const title = [
    `### ${property.id}: ${property.statement}`,
    "",
    `${modelName(run.model)}. ${coverage(run.search)}`,
    "",
  ];
  const source = [`Source: ${property.source.document}, ${property.source.clause}.`, ""];
  const known = remarks(property).flatMap((line) => [line, ""]);
  if (property.verdict.kind !== "violated")
    return [...title, `**${verdictWords(property.verdict)}**`, "", ...source, ...known];
  const { trace } = property.verdict;
  return [
    ...title,
    ...source,
    ...known,
    "```text",
    chart(trace).trimEnd(),
    "```",
    "",
    `Steps as data: [${counterexamplePath(trace)}](${counterexamplePath(trace)}). Replay:`,
    "",
    "```sh",
    replayCommand(directory, trace),
    "```",
    "",
  ];
}

/** Every property of a run, folded away. */
function details(run: RunRecord): readonly string[] {
  const order = [...run.properties].sort((a, b) => compare(familyOf(a.id), familyOf(b.id)));
  const row = (property: PropertyRecord): readonly string[] => [
    property.id,
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

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The whole page. */
export function markdownReport(runs: readonly RunRecord[], telling: Telling): string {
  const { broken, known, outdated } = stories(runs, telling.expectKnown);
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
  return [
    "# Faultline report",
    "",
    `**${coverageOfAll(runs)}** ${all.length === 0 ? "No property was judged." : ""}`.trimEnd(),
    "",
    ...replaced.flatMap((line) => [line, ""]),
    markdownTable(columns, runs.map(runRow)),
    "",
    ...section(
      "Violations",
      broken.flatMap((it) => story(it, telling.directory)),
    ),
    ...section("Known violations", known.length > 0 ? [...known.map(line), ""] : []),
    ...section("Declared as known, but not broken", outdated.length > 0 ? [...outdated.map(line), ""] : []),
    ...section("Notes", notes.length > 0 ? [...notes, ""] : []),
    ...section("Every property", runs.flatMap(details)),
  ].join("\n");
}
