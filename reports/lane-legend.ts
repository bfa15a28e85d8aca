/** What the lanes of a chart are in the real system, and what their short names stand for. */
import type { TraceRecord } from "../checker/run-record.ts";
import type { Lane } from "./lanes.ts";
import { ascii } from "./phrases.ts";
import { laneText } from "./spoken.ts";
import { wrap } from "./table.ts";

/** "slot0.0 = device 0, page request group 0": a line for each lane that says more than its name, wrapped. */
export function laneLegend(lanes: readonly Lane[], said: TraceRecord["lanes"], columns: number): readonly string[] {
  const told = lanes.flatMap(({ id, component }) => {
    const text = laneText(component, said);
    const names = [...(id === ascii(component) ? [] : [ascii(component)]), ...(text === undefined ? [] : [text])];
    return names.length === 0 ? [] : [{ id, text: ascii(names.join(": ")) }];
  });
  const width = Math.max(0, ...told.map(({ id }) => id.length));
  const margin = width + 3;
  return told.flatMap(({ id, text }) =>
    wrap(text, columns - margin).map((line, k) => `${k === 0 ? `${id.padEnd(width)} = ` : " ".repeat(margin)}${line}`),
  );
}
