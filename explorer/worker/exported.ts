/** A path for others: the chart for a mail, and a file for `faultline replay`. Loaded when it is asked for. */
import { chart } from "../../reports/chart.ts";
import { counterexampleName } from "../../reports/counterexample.ts";
import type { ExportView, Path } from "../protocol.ts";
import { BY_HAND, traceFor } from "./path.ts";
import type { Session } from "./session.ts";

/** A file needs a property that it is about. */
export function exported(session: Session, path: Path): ExportView {
  const trace = traceFor(session, path);
  if (trace.steps.length === 0) return { text: "" };
  const text = chart(trace);
  // Nothing was claimed: the last line says nothing.
  if (trace.property.id === BY_HAND.id)
    return { text: text.slice(0, text.indexOf(`\n${BY_HAND.id} was not evaluated`)) };
  return { text, file: { name: `${counterexampleName(trace)}.json`, content: `${JSON.stringify(trace, null, 2)}\n` } };
}
