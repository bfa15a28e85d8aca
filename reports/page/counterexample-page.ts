/**
 * A counterexample as one page that needs nothing else: no network, no other file. What it tells is there without its script,
 * which moves from step to step, hides lanes and copies.
 */
import type { TraceRecord } from "../../checker/run-record.ts";
import { chart } from "../chart.ts";
import { replayCommand, whyPageCommand } from "../counterexample.ts";
import { endWords, evaluationLines, lengthWords } from "../evaluation.ts";
import { mermaid } from "../formats/mermaid.ts";
import { gist } from "../gist.ts";
import { laneText } from "../spoken.ts";
import type { WhyRecord } from "../why.ts";
import { claimName, modelName } from "../words.ts";
import { documentOf } from "./document.ts";
import { tag, type Markup } from "./html.ts";
import { lanesOf, type Lanes } from "./lane-states.ts";
import { stepsOf } from "./steps.ts";
import { whySection } from "./why-section.ts";

export interface PageOptions {
  /** Where counterexamples are kept, for the replay command. */
  readonly directory: string;
  /** Texts that can be copied besides: by title. */
  readonly copies?: readonly (readonly [title: string, text: string])[];
  /** What the violation needs, where that was searched. */
  readonly why?: WhyRecord;
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
  const sentence = gist([trace]);
  const isBroken = endWords([trace]).length > 0;
  const [claim = "", ...values] = evaluationLines(trace);
  const name = claimName(trace.property);
  const parts: readonly Markup[] = [
    tag("h1", {}, name),
    tag("p", {}, trace.property.statement),
    tag("p", { class: isBroken ? "verdict" : "quiet" }, claim),
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
    tag("div", { class: "chart", role: "region", "aria-labelledby": "steps", tabindex: 0 }, stepsOf(trace, lanes)),
    ...(isBroken ? whySection(why, whyPageCommand(directory, trace)) : []),
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
