/** What parts of a file that is read say and others contradict. */
import type { PropertyRecord, TraceRecord } from "../checker/run-record.ts";
import { short } from "./errors.ts";

/** What parts of a trace say that others contradict, or undefined. Channels are named nowhere else. */
export function contradictionIn({ components, steps, kind, loop }: TraceRecord): string | undefined {
  const known = new Set(components);
  if (known.size < components.length) return "components: one is named twice";
  for (const [k, { action, transfers, changes }] of steps.entries()) {
    const named = [
      ...(action.kind === "event" ? [action.component] : []),
      ...transfers.flatMap(({ from, to, how }) => [
        ...(how === "sent" || how === "lost" ? [] : [to]),
        ...(how === "delivered" || (how === "ignored" && action.kind === "deliver") ? [] : [from]),
      ]),
      ...changes.map(({ component }) => component),
    ];
    const strange = named.find((name) => !known.has(name));
    if (strange !== undefined) return `steps[${k}]: "${short(strange)}" is none of its components`;
  }
  if (loop === undefined) return undefined;
  if (loop > steps.length) return `loop: there are only ${steps.length} steps`;
  return kind === "leadsTo" ? undefined : "loop: only a leadsTo has one";
}

/** What a verdict says that the claim contradicts, or its own counterexample; or undefined. */
export function contradictionOf({ id: of, kind, verdict: found }: PropertyRecord): string | undefined {
  const isSeen = found.kind === "witnessed" || found.kind === "never-witnessed";
  const isEither = found.kind === "unknown";
  if (!isEither && isSeen !== (kind === "sometimes")) return `${of}: "${kind}" cannot be "${found.kind}"`;
  if (!("trace" in found) || !found.trace) return undefined;
  const { property: about, kind: said, steps } = found.trace;
  if (about.id !== of) return `${of}: its trace is about "${short(about.id)}"`;
  if (said !== undefined && said !== kind) return `${of}: "${kind}", but its trace is of "${said}"`;
  if (found.kind === "violated" && steps.at(-1)?.holds === true)
    return `${of}: violated, but it holds after the last step of its trace`;
  return undefined;
}
