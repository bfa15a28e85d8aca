/** The steps of a trace as a chart: the heads of its lanes, a row for each step, and what is true from the last one on. */
import type { TraceRecord } from "../../checker/run-record.ts";
import { cycleOf, cycleWords, endWords } from "../evaluation.ts";
import { foldWords } from "../fold.ts";
import { rowsOf, type Row } from "../matters.ts";
import { laneText } from "../spoken.ts";
import { tag, type Markup } from "./html.ts";
import type { Lanes } from "./lane-states.ts";
import { centre, LINE, sizeOf } from "./step-drawing.ts";
import { sceneOf, stepRow, type Scene } from "./step-row.ts";

function heads(lanes: Lanes, { lanes: said }: TraceRecord): Markup {
  return tag(
    "div",
    { class: "row heads" },
    tag("span", { class: "no" }, ""),
    tag("div", { class: "lines" }, ""),
    tag(
      "svg",
      { ...sizeOf(lanes, LINE + 6), role: "presentation" },
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

function rows(scene: Scene, told: readonly Row[]): readonly Markup[] {
  const { trace, sentences } = scene;
  const cycle = cycleOf(trace);
  return told.flatMap((row) => {
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

/** `rows`: which steps are told, and which are folded; by default those that matter for the claim are told. */
export const stepsOf = (
  trace: TraceRecord,
  lanes: Lanes,
  told: readonly Row[] = rowsOf([trace]),
): readonly Markup[] => [
  heads(lanes, trace),
  tag(
    "ol",
    {},
    rows(sceneOf(trace, lanes), told),
    endWords([trace]).map((words) => tag("li", { class: "end" }, words)),
  ),
];
