/** A sweep as comma-separated values (RFC 4180): a row for each run, a column for each setting. */
import { outcomeOf, type SweepRecord, type SweptResult } from "./sweep.ts";

const cell = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const line = (cells: readonly string[]): string => cells.map(cell).join(",");

function found(result: SweptResult): readonly string[] {
  if (result.kind !== "searched") return ["", "", "", "", "", "", result.kind === "failed" ? result.message : ""];
  const { states, transitions, depth, broken, open, unseen, stoppedBy = "" } = result;
  const ids = [broken.map(({ id }) => id), open, unseen].map((some) => some.join(" "));
  return [String(states), String(transitions), String(depth), ...ids, stoppedBy];
}

export function sweepCsv({ systems }: SweepRecord): string {
  const requests = systems.flatMap(({ runs }) => runs.map(({ request }) => request));
  const knobs = [...new Set(requests.flatMap(({ set }) => Object.keys(set)))];
  const titles = ["system", "hardware", "design", "bounds", ...knobs];
  const results = ["result", "states", "transitions", "depth", "broken", "open", "never witnessed", "stopped by"];
  const rows = systems.flatMap(({ runs }) =>
    runs.map(({ request: { system, hardware, host, bounds, set }, result }) => {
      const values = knobs.map((knob) => (set[knob] === undefined ? "" : String(set[knob])));
      return [system, hardware, host, bounds, ...values, outcomeOf(result), ...found(result)];
    }),
  );
  return `${[[...titles, ...results], ...rows].map(line).join("\n")}\n`;
}
