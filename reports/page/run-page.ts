/**
 * All runs of one call as one page: what was searched and how far, every verdict, what was not claimed, and links to the
 * counterexamples beside it. It has no script.
 */
import type { PropertyRecord, RunRecord } from "../../checker/run-record.ts";
import type { CoverageRecord } from "../coverage.ts";
import { headline } from "../headline.ts";
import { leftOutGroups, leftOutLines } from "../left-out.ts";
import { familyLegend } from "../legend.ts";
import { replacedLines } from "../replaced.ts";
import { familyVerdicts, judged, standing } from "../standing.ts";
import { notesOf, type Telling } from "../text.ts";
import {
  claimName,
  count,
  coverage as coverageWords,
  coverageOfAll,
  duration,
  modelName,
  reachable,
  taken,
  verdictWords,
} from "../words.ts";
import { coverageSection } from "./coverage-section.ts";
import { documentOf } from "./document.ts";
import { tag, type Markup } from "./html.ts";
import { violationSections } from "./run-violations.ts";
import { link, list, paragraph, sectionsOf, tableOf, type Column, type Section } from "./tables.ts";

const RUNS: readonly Column[] = [
  { title: "system" },
  { title: "hardware" },
  { title: "design" },
  { title: "bounds" },
  { title: "states", isNumber: true },
  { title: "transitions", isNumber: true },
  { title: "depth", isNumber: true },
  { title: "search" },
  { title: "time", isNumber: true },
  { title: "verdicts", isLong: true },
];

const idOf = (k: number): string => `run-${k + 1}`;

/** "complete", or what ended it. */
function ended({ kind, complete, stoppedBy = "unnamed bound", runs = 0 }: RunRecord["search"]): string {
  if (kind !== "exhaustive") return kind === "random" ? `${count(runs)} random runs` : kind;
  return complete ? "complete" : `incomplete: ${stoppedBy}`;
}

function runRow(run: RunRecord, k: number): readonly (string | Markup)[] {
  const { model, search, seconds } = run;
  const knobs = Object.entries(model.set).map(
    ([knob, value]) => ` ${knob}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return [
    link(`#${idOf(k)}`, model.system),
    model.hardware,
    model.host + knobs.join(""),
    model.bounds,
    count(reachable(search)),
    count(taken(search)),
    count(search.depth),
    ended(search),
    seconds === undefined ? "" : duration(seconds),
    familyVerdicts(run),
  ];
}

const BAD = new Set(["violated", "unseen", "outdated"]);

function verdictCell(property: PropertyRecord): Markup {
  const words = verdictWords(property.verdict);
  const how = standing(property);
  return tag("span", { class: BAD.has(how) ? "verdict" : undefined }, how === "known" ? `${words}, known` : words);
}

/** Every claim of a run with its verdict and its witness, and what the run does not claim. */
function runDetails(run: RunRecord, k: number): Markup {
  const verdicts = new Map(run.properties.map(({ id, verdict }) => [id, verdict]));
  const rows = run.properties.map((property) => {
    const { id, kind, witness } = property;
    const seen = witness === undefined ? undefined : verdicts.get(witness);
    const shown = witness === undefined ? "" : seen ? `${witness}, ${verdictWords(seen)}` : witness;
    return [link(`#${id}`, claimName(property)), kind, verdictCell(property), shown];
  });
  const columns = ["property", "kind", "verdict", "witness"].map((title) => ({ title }));
  const left = leftOutGroups(run);
  return tag(
    "details",
    { class: "run" },
    tag("summary", {}, modelName(run.model)),
    tag("p", { id: idOf(k) }, coverageWords(run.search)),
    ...replacedLines(run).map((line) => paragraph(line)),
    tableOf(`Verdicts of run ${k + 1}, ${modelName(run.model)}`, columns, rows),
    ...(left.length > 0 ? [paragraph("Not claimed here:"), ...list(left)] : []),
  );
}

/** Each property once: the tables of the runs only name it. */
function properties(runs: readonly RunRecord[]): readonly Markup[] {
  const known = new Map(judged(runs).map(({ property }) => [property.id, property]));
  const rows = [...known.values()]
    .sort((a, b) => a.id.localeCompare(b.id, "en", { numeric: true }))
    .map(({ id, name = "", kind, statement, source }) => [
      tag("span", { id }, id),
      name,
      kind,
      statement,
      `${source.document}, ${source.clause}`,
    ]);
  const columns = ["id", "name", "kind", "claim", "source"].map((title) => ({ title, isLong: title === "claim" }));
  const families = familyLegend(runs).map(([family, about]) => `${family}: ${about}`);
  return rows.length > 0 ? [...list(families), tableOf("Properties", columns, rows)] : [];
}

/** Where the page has no coverage, how to get it. */
const UNCOVERED: Section = {
  id: "coverage",
  title: "Model coverage",
  content: [
    paragraph(
      "Which rules, states, messages and knob values the suite makes use of is counted by a command of its own:",
    ),
    tag(
      "pre",
      { tabindex: 0 },
      "npx faultline coverage --json > coverage.json\nnpx faultline report DIR --format html --coverage coverage.json",
    ),
  ],
};

export function runPage(runs: readonly RunRecord[], telling: Telling, coverage?: CoverageRecord): string {
  const first = headline(runs, telling.expectKnown);
  const isBad = judged(runs).some(({ property }) => BAD.has(standing(property)));
  const { missing = [] } = telling;
  const notes = [...new Set(notesOf(runs, telling))];
  const sections: readonly Section[] = [
    { id: "runs", title: "Runs", content: [tableOf("Runs", RUNS, runs.map(runRow))] },
    {
      id: "missing",
      title: "Runs without a result",
      content: list(missing.map((run) => `${modelName(run)}: ${run.because}`)),
    },
    ...violationSections(runs, telling),
    { id: "left-out", title: "Not claimed", content: list(leftOutLines(runs)) },
    { id: "notes", title: "Notes", content: list(notes) },
    coverage ? coverageSection(runs, coverage) : UNCOVERED,
    { id: "verdicts", title: "Every verdict, run by run", content: runs.map(runDetails) },
    { id: "properties", title: "Properties", content: properties(runs) },
  ];
  return documentOf("Faultline report", [
    tag("h1", {}, "Faultline report"),
    ...(first === undefined ? [] : [tag("p", { class: isBad ? "verdict" : undefined }, first)]),
    paragraph(coverageOfAll(runs, telling.left)),
    ...sectionsOf(sections),
  ]);
}
