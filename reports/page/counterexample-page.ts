/**
 * A counterexample as one page that needs nothing else: no network, no other file. What it tells is there without its script,
 * which moves from step to step, hides lanes and copies.
 */
import type { TraceRecord } from "../../checker/run-record.ts";
import { chart } from "../chart.ts";
import { replayCommand, whyPageCommand } from "../counterexample.ts";
import { cycleOf, cycleWords, endWords, evaluationLines, lengthWords } from "../evaluation.ts";
import { foldWords } from "../fold.ts";
import { mermaid } from "../formats/mermaid.ts";
import { gist } from "../gist.ts";
import { rowsOf } from "../matters.ts";
import { laneText } from "../spoken.ts";
import type { WhyRecord } from "../why.ts";
import { claimName, modelName } from "../words.ts";
import { documentOf } from "./document.ts";
import { tag, type Markup } from "./html.ts";
import { lanesOf, type Lanes } from "./lane-states.ts";
import { centre, LINE, widthOf } from "./step-drawing.ts";
import { sceneOf, stepRow, type Scene } from "./step-row.ts";
import { whySection } from "./why-section.ts";

export interface PageOptions {
  /** Where counterexamples are kept, for the replay command. */
  readonly directory: string;
  /** Texts that can be copied besides: by title. */
  readonly copies?: readonly (readonly [title: string, text: string])[];
  /** What the violation needs, where that was searched. */
  readonly why?: WhyRecord;
}

function heads(lanes: Lanes, { lanes: said }: TraceRecord): Markup {
  return tag(
    "div",
    { class: "row heads" },
    tag("span", { class: "no" }, ""),
    tag("div", { class: "lines" }, ""),
    tag(
      "svg",
      { width: widthOf(lanes), height: LINE + 6, role: "presentation" },
      lanes.names.map((name, k) =>
        tag(
          "text",
          { class: "name", "data-of": name, x: centre(k), y: LINE, "text-anchor": "middle" },
          tag("title", {}, laneText(name, said) ?? name),
          name,
        ),
      ),
    ),
  );
}

function rows(scene: Scene): readonly Markup[] {
  const { trace, sentences } = scene;
  const cycle = cycleOf(trace);
  return rowsOf([trace]).flatMap((row) => {
    const from = "step" in row ? row.step : row.from;
    const remark =
      cycle?.before === from && cycle.length > 0
        ? [tag("li", { class: "remark" }, `again and again: ${cycleWords(cycle)}`)]
        : [];
    if ("step" in row) return [...remark, stepRow(scene, row.step)];
    const steps = Array.from({ length: row.to - row.from + 1 }, (_, n) => stepRow(scene, row.from + n));
    const words = foldWords(trace.steps, row.from, row.to, sentences);
    const name = row.from === row.to ? `step ${row.from + 1}` : `steps ${row.from + 1} to ${row.to + 1}`;
    return [
      ...remark,
      tag("li", {}, tag("details", { class: "fold" }, tag("summary", {}, `${name}: ${words}`), tag("ol", {}, steps))),
    ];
  });
}

function legend(lanes: Lanes, { lanes: said }: TraceRecord): Markup {
  return tag(
    "div",
    { class: "bar lanes scripted off", role: "group", "aria-label": "Lanes" },
    lanes.names.map((name) =>
      tag(
        "label",
        { title: laneText(name, said) },
        tag("input", { type: "checkbox", checked: true, "data-lane": name }),
        ` ${name}`,
      ),
    ),
  );
}

function copyable(title: string, text: string, k: number): Markup {
  const id = `copy${k}`;
  return tag(
    "details",
    {},
    tag("summary", {}, title),
    tag("button", { type: "button", class: "scripted off", "data-copy": id }, "Copy"),
    tag("pre", { id, tabindex: 0 }, text),
  );
}

const BUTTONS = [
  ["first", "First (Home)"],
  ["before", "Back (k)"],
  ["after", "Next (j)"],
  ["last", "Violation (v)"],
] as const;

export function counterexamplePage(trace: TraceRecord, { directory, copies = [], why }: PageOptions): string {
  const lanes = lanesOf(trace);
  const scene = sceneOf(trace, lanes);
  const sentence = gist([trace]);
  const ends = endWords([trace]);
  const [claim = "", ...values] = evaluationLines(trace);
  const name = claimName(trace.property);
  const parts: readonly Markup[] = [
    tag("h1", {}, name),
    tag("p", {}, trace.property.statement),
    tag("p", { class: ends.length > 0 ? "verdict" : "quiet" }, claim),
    ...(sentence === undefined ? [] : [tag("p", {}, `In short: ${sentence}.`)]),
    tag("p", { class: "quiet" }, `${modelName(trace.model)}; ${lengthWords(trace)}`),
    ...(values.length === 0 ? [] : [tag("pre", { tabindex: 0 }, values.join("\n"))]),
    tag("h2", { id: "steps" }, "Steps"),
    tag(
      "div",
      { class: "bar scripted off" },
      BUTTONS.map(([to, title]) => tag("button", { type: "button", "data-go": to }, title)),
      tag("span", { class: "quiet" }, "A click on a step, or its number, shows what it changes."),
    ),
    legend(lanes, trace),
    tag(
      "div",
      { class: "chart", role: "region", "aria-labelledby": "steps", tabindex: 0 },
      heads(lanes, trace),
      tag(
        "ol",
        {},
        rows(scene),
        ends.map((words) => tag("li", { class: "end" }, words)),
      ),
    ),
    ...(ends.length > 0 ? whySection(why, whyPageCommand(directory, trace)) : []),
    tag("h2", {}, "To take along"),
    ...[
      ["Replay", `${replayCommand(directory, trace)}\n`] as const,
      ["Plain text, for a mail", chart(trace)] as const,
      ["Mermaid", mermaid(trace)] as const,
      ...copies,
    ].map(([title, text], k) => copyable(title, text, k)),
    tag("div", { id: "live", class: "sr", role: "status", "aria-live": "polite" }, ""),
  ];
  return documentOf(`${trace.property.id}: ${trace.model.system}`, parts, true);
}
