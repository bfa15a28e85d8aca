/** What of the model the runs of a page made use of, and what they leave out. */
import type { RunRecord } from "../../checker/run-record.ts";
import { NOT_EXCUSED, useWords } from "../coverage-text.ts";
import { sumOf, useOf, type CoverageRecord, type CoveredRun } from "../coverage.ts";
import { valueWords } from "../phrases.ts";
import { count, counted, modelName } from "../words.ts";
import { tag, type Markup } from "./html.ts";
import { list, paragraph, tableOf, type Section } from "./tables.ts";

type Reasoned = { readonly reason?: string };

/** By reason, folded: most of what is missing has one of a few. */
function byReason<T extends Reasoned>(all: readonly T[], words: (one: T) => string): readonly Markup[] {
  const groups = new Map<string, string[]>();
  for (const one of all) {
    const { reason = NOT_EXCUSED } = one;
    groups.set(reason, [...(groups.get(reason) ?? []), words(one)]);
  }
  return [...groups].map(([reason, entries]) =>
    tag("details", {}, tag("summary", {}, `${reason} (${count(entries.length)})`), ...list(entries)),
  );
}

const titled = (title: string, content: readonly Markup[]): readonly Markup[] =>
  content.length > 0 ? [tag("h3", {}, title), ...content] : [];

const part = (used: number, all: number): string => (all === 0 ? "" : `${count(used)} of ${count(all)}`);

const MACHINES = ["machine", "rules taken", "guards both ways", "states entered", "messages sent"].map((title, k) => ({
  title,
  isNumber: k > 0,
}));

/** The runs of the page that the record is about: of the same model. */
function coveredIn(runs: readonly RunRecord[], { runs: covered }: CoverageRecord) {
  const known = new Map(covered.map((one) => [modelName(one.model), one]));
  const pairs = runs.map(({ model }) => {
    const found = known.get(modelName(model));
    return { name: modelName(model), found: found?.model.fingerprint === model.fingerprint ? found : undefined };
  });
  return {
    covered: pairs.filter((one): one is { name: string; found: CoveredRun } => one.found !== undefined),
    others: pairs.filter(({ found }) => found === undefined).map(({ name }) => name),
  };
}

export function coverageSection(runs: readonly RunRecord[], record: CoverageRecord): Section {
  const { machines, gaps, knobs, unset, claims, vacuous } = record;
  const uses = machines.map(useOf);
  const { covered, others } = coveredIn(runs, record);
  const values = knobs.reduce((sum, { values: of }) => sum + of.length, 0);
  const content = [
    paragraph(
      `${counted(record.runs.length, "run")} of the suite at ${record.bounds} bounds, ${counted(machines.length, "machine")}: ${useWords(sumOf(uses))}. ` +
        `${count(values - unset.length)} of ${count(values)} values of knobs; ${count(claims.length - vacuous.length)} of ${counted(claims.length, "claim")} rest on something that occurs.`,
    ),
    ...(others.length > 0
      ? [
          tag(
            "details",
            {},
            tag(
              "summary",
              {},
              `It is not about ${counted(others.length, "run")} of this page (or about another version)`,
            ),
            ...list(others),
          ),
        ]
      : []),
    tableOf(
      "Machines",
      MACHINES,
      uses.map((use) => [
        use.machine,
        part(use.taken, use.rules),
        part(use.bothWays, use.guards),
        part(use.entered, use.states),
        part(use.sent, use.messages),
      ]),
    ),
    ...titled(
      "Not used by any of these runs",
      byReason(gaps, ({ machine, rule, kind, guard }) =>
        kind === "never sent"
          ? `message ${rule} (${machine}): never sent`
          : `${machine}: ${rule}${guard === undefined ? "" : ` [${guard}]`}: ${kind}`,
      ),
    ),
    ...titled(
      "Values of knobs that no run is built with",
      byReason(unset, ({ knob, value }) => `${knob}=${valueWords(value)}`),
    ),
    ...titled(
      "Claims that say nothing in these runs",
      byReason(vacuous, ({ id }) => id),
    ),
    ...titled(
      "Run by run",
      covered.length > 0
        ? [
            tag(
              "details",
              {},
              tag("summary", {}, counted(covered.length, "run")),
              ...list(covered.map(({ name, found }) => `${name}: ${useWords(sumOf(found.machines))}`)),
            ),
          ]
        : [],
    ),
  ];
  return { id: "coverage", title: "Model coverage", content };
}
