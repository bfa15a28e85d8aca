/** What a violation needs, as a table for its page: each step without it and after its neighbour, each lane, each knob. */
import { valueWords } from "../phrases.ts";
import { sentencesOf } from "../spoken.ts";
import { whyText } from "../why-text.ts";
import { variationWords } from "../why-variation.ts";
import type { NeededRecord, TrialRecord, ViolationRecord, WhyRecord } from "../why.ts";
import { counted, verdictWords } from "../words.ts";
import { tag, type Markup } from "./html.ts";
import { link, paragraph, tableOf } from "./tables.ts";

/** "needed", or how another run does without it. */
function neededWords({ shortest }: NeededRecord, { trace }: ViolationRecord): string {
  if (shortest === undefined) return "needed";
  if (trace.loop !== undefined) return "not needed";
  const { length } = trace.steps;
  return shortest > length
    ? `without it ${shortest} steps, not ${length}`
    : `not needed: another run of ${counted(shortest, "step")}`;
}

function stepsTable(record: WhyRecord, violation: ViolationRecord): Markup {
  const { trace, steps, swapped } = violation;
  const sentences = sentencesOf(trace);
  const orders = new Map(swapped.map(({ step, outcome }) => [step, variationWords(outcome, record)]));
  const rows = steps.map(({ without, ...needed }, k) => [
    link(`#step=${k + 1}`, `${k + 1}`),
    sentences.short(trace.steps[k]!),
    neededWords(needed, violation),
    variationWords(without, record),
    orders.get(k + 1) ?? "",
  ]);
  const columns = [
    { title: "step", isNumber: true },
    { title: "what it does", isLong: true },
    { title: "in every run" },
    { title: "left out of this path" },
    { title: "after the next step" },
  ];
  return tableOf("Which steps and which order are needed", columns, rows);
}

const lanesTable = (violation: ViolationRecord): readonly Markup[] =>
  violation.lanes.length === 0
    ? []
    : [
        tableOf(
          "Which lanes are needed",
          [{ title: "lane" }, { title: "some step of it" }],
          violation.lanes.map(({ lane, ...needed }) => [lane, neededWords(needed, violation)]),
        ),
      ];

function outcomeWords({ outcome }: TrialRecord): string {
  if (outcome.kind === "violated") return `violated in ${counted(outcome.steps, "step")}`;
  if (outcome.kind === "witnessed") return verdictWords({ kind: "witnessed", depth: outcome.steps });
  if ("because" in outcome) return `${outcome.kind.replace("-", " ")}: ${outcome.because}`;
  return outcome.kind === "holds" ? "holds" : "never witnessed";
}

const KNOBS = [{ title: "knob" }, { title: "verdict" }, { title: "what the value means", isLong: true }];

/** Values with which it is not violated; then, folded, those that make no difference. */
function knobTables({ knobs }: WhyRecord): readonly Markup[] {
  const trials = knobs?.trials ?? [];
  const table = (label: string, some: readonly TrialRecord[]): Markup =>
    tableOf(
      label,
      KNOBS,
      some.map((trial) => [`${trial.knob}=${valueWords(trial.value)}`, outcomeWords(trial), trial.means]),
    );
  const other = trials.filter(({ outcome }) => outcome.kind !== "violated");
  const same = trials.filter(({ outcome }) => outcome.kind === "violated");
  return [
    ...(other.length > 0 ? [table("Single knob values that make a difference", other)] : []),
    ...(same.length > 0
      ? [
          tag(
            "details",
            {},
            tag("summary", {}, `Violated, too, with ${counted(same.length, "other value")} of a knob`),
            table("Single knob values that make no difference", same),
          ),
        ]
      : []),
  ];
}

const HEADING = "What it needs";

/** `command`: makes the page with the answer, where it has none. */
export function whySection(why: WhyRecord | undefined, command: string): readonly Markup[] {
  const heading = tag("h2", { id: "needs" }, HEADING);
  if (!why)
    return [
      heading,
      paragraph(`Which steps, orders and values of knobs the violation needs is searched by a command:`),
      tag("pre", { tabindex: 0 }, command),
    ];
  const { violation, undecided } = why;
  return [
    heading,
    ...(undecided === undefined ? [] : [paragraph(`Not decided: ${undecided}.`)]),
    ...(violation && violation.steps.length > 0 ? [stepsTable(why, violation), ...lanesTable(violation)] : []),
    ...knobTables(why),
    tag("details", {}, tag("summary", {}, "In sentences"), tag("pre", { tabindex: 0 }, whyText(why))),
  ];
}
