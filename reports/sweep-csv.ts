/** A sweep as comma-separated values (RFC 4180): a row for each run, a column for each setting. */
import { outcomeOf, type SweepRecord, type SweptResult } from "./sweep.ts";

const cell = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const line = (cells: readonly string[]): string => cells.map(cell).join(",");

function found(result: SweptResult): readonly string[] {
  if (result.kind !== "searched") return ["", "", "", "", "", "", "", result.kind === "failed" ? result.message : ""];
  const { states, transitions, depth, holds, broken, open, unseen, stoppedBy = "" } = result;
  const ids = [broken.map(({ id }) => id), open, unseen].map((some) => some.join(" "));
  return [String(states), String(transitions), String(depth), String(holds.length), ...ids, stoppedBy];
}

export function sweepCsv({ systems }: SweepRecord): string {
  const requests = systems.flatMap(({ runs }) => runs.map(({ request }) => request));
  const varied = systems.flatMap(({ factors }) => factors.map(({ name }) => name));
  const presets = ["hardware", "design"];
  const knobs = [...new Set([...requests.flatMap(({ set }) => Object.keys(set)), ...varied])].filter(
    (name) => !presets.includes(name),
  );
  const titles = ["system", ...presets, "bounds", ...knobs];
  const results = [
    "result",
    "states",
    "transitions",
    "depth",
    "claims that hold",
    "broken",
    "open",
    "never witnessed",
    "stopped by",
  ];
  const rows = systems.flatMap(({ factors, runs }) =>
    runs.map(({ values, request: { system, hardware, host, bounds, set }, result }) => {
      const chosen = new Map(factors.map((factor, k) => [factor.name, factor.values[values[k]!]!]));
      const settings = knobs.map((knob) => chosen.get(knob) ?? String(set[knob] ?? ""));
      return [system, hardware, host, bounds, ...settings, outcomeOf(result), ...found(result)];
    }),
  );
  return `${[[...titles, ...results], ...rows].map(line).join("\n")}\n`;
}
