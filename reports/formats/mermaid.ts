/** A counterexample as a sequence diagram of Mermaid, which GitHub, GitLab and many editors draw. */
import type { StepRecord, TraceRecord, TransferRecord } from "../../checker/run-record.ts";
import { cycleOf, endWords } from "../evaluation.ts";
import { flightsOf } from "../flights.ts";
import { messageWords } from "../phrases.ts";
import { actorOf, sentencesOf } from "../spoken.ts";
import { claimName, counted, modelName } from "../words.ts";

/** Mermaid draws no text of more than 50,000 characters; a step takes about 120. */
const MOST = 400;

/** ";" ends a statement, "#" begins a character entity, and a line end ends the text. */
const plain = (text: string): string => text.replaceAll(/\s+/g, " ").replaceAll(";", ",").replaceAll("#", "#35;");

const ARROWS: Readonly<Record<TransferRecord["how"], string>> = {
  call: "->>",
  sent: "-)",
  delivered: "-->>",
  lost: "-x",
  ignored: "--x",
};

export function mermaid(trace: TraceRecord): string {
  const { steps, components, property, model } = trace;
  const shown = steps.slice(0, MOST);
  const { receivers } = flightsOf(trace);
  const taking = (step: StepRecord): readonly string[] => {
    const actor = actorOf(step);
    return [
      ...(actor === undefined ? [] : [actor]),
      ...step.transfers.flatMap((transfer) => [transfer.from, receivers.get(transfer) ?? transfer.to]),
    ];
  };
  const partakers = new Set(shown.flatMap(taking));
  // Components in the order of their lanes; a channel of which nobody knows who takes from it stands behind them.
  const lanes = [
    ...components.filter((name) => partakers.has(name)),
    ...[...partakers].filter((name) => !components.includes(name) && !isDelivering(name, shown)),
  ];
  const ids = new Map(lanes.map((name, k) => [name, `p${k}`]));
  const sentences = sentencesOf(trace);
  const cycle = cycleOf(trace);
  const lines: string[] = [];
  for (const [k, step] of shown.entries()) {
    if (cycle?.before === k && cycle.length > 0) lines.push("loop again and again");
    const at = ids.get(actorOf(step) ?? "") ?? "p0";
    lines.push(`Note over ${at}: ${k + 1}. ${plain(sentences.short(step))}`);
    for (const transfer of step.transfers) {
      const from = ids.get(transfer.from);
      const to = ids.get(receivers.get(transfer) ?? transfer.to);
      if (from === undefined || to === undefined) continue;
      lines.push(
        `${from}${ARROWS[transfer.how]}${to}: ${plain(transfer.says?.text ?? messageWords(transfer.message))}`,
      );
    }
  }
  const isWhole = shown.length === steps.length;
  if (cycle && cycle.length > 0 && shown.length > cycle.before) lines.push("end");
  const end = isWhole ? endWords([trace]) : [`${counted(steps.length - MOST, "more step")} are not drawn`];
  const [first, last] = ["p0", `p${Math.max(0, lanes.length - 1)}`];
  return [
    "sequenceDiagram",
    `%% ${plain(claimName(property))}: ${plain(property.statement)}`,
    `%% ${plain(modelName(model))}`,
    ...lanes.map((name, k) => `participant p${k} as ${plain(name)}`),
    ...lines,
    ...(lanes.length === 0
      ? []
      : end.map((text) => `Note over ${first}${first === last ? "" : `,${last}`}: ${plain(text)}`)),
    "",
  ].join("\n");
}

/** Whether the name is a channel from which some step takes: its messages are drawn to who takes them. */
const isDelivering = (name: string, steps: readonly StepRecord[]): boolean =>
  steps.some(({ action }) => action.kind === "deliver" && action.channel === name);
