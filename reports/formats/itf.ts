/**
 * A counterexample as a trace in the Informal Trace Format (Apalache, ADR 15). A variable for each component that changes, a
 * record of its state and context; `loop` where the trace is a lasso. `mbt::actionTaken` and `mbt::nondetPicks` say which
 * step led to a state, as Quint writes them. Components that never change are not in a trace, and so not here.
 */
import type { Json } from "../../checker/json.ts";
import type { TraceRecord } from "../../checker/run-record.ts";
import { endWords } from "../evaluation.ts";
import { isList, isRecord } from "../phrases.ts";
import { modelName } from "../words.ts";

const NOTHING: Json = { "#tup": [] };
/** ITF has no null: it becomes a variant without a value. */
const NULL: Json = { tag: "Null", value: NOTHING };

/** "#" in front of a name has a meaning in ITF. */
const fieldName = (name: string): string => name.replace(/^#/, "_");

function value(of: Json): Json {
  if (of === null) return NULL;
  if (typeof of === "number")
    return Number.isSafeInteger(of) ? { "#bigint": String(of) } : { "#unserializable": String(of) };
  if (isList(of)) return of.map(value);
  if (isRecord(of))
    return Object.fromEntries(Object.entries(of).map(([name, inner]) => [fieldName(name), value(inner)]));
  return of;
}

const ACTION = "mbt::actionTaken";
const PICKS = "mbt::nondetPicks";

type Local = { readonly state: string; readonly context: Json };
const local = ({ state, context }: Local): Json => ({ state, context: value(context) });

export function itf(trace: TraceRecord): Json {
  const { steps, components, property, model, loop } = trace;
  const first = new Map<string, Local>();
  for (const { changes } of steps)
    for (const { component, before } of changes) if (!first.has(component)) first.set(component, before);
  const vars = components.filter((name) => first.has(name));
  const now = new Map(vars.map((name) => [name, local(first.get(name)!)]));
  const stateAt = (index: number, action: string, picks: Json): Json => ({
    "#meta": { index },
    ...Object.fromEntries(vars.map((name) => [fieldName(name), now.get(name)!])),
    [ACTION]: action,
    [PICKS]: picks,
  });
  const states = [stateAt(0, "init", {})];
  for (const [k, { action, changes }] of steps.entries()) {
    for (const { component, after } of changes) now.set(component, local(after));
    const [name, picks] =
      action.kind === "event"
        ? [`${action.component}: ${action.event.type}`, fieldsOf(action.event)]
        : [`delivery from ${action.channel}`, {}];
    states.push(stateAt(k + 1, name, picks));
  }
  return {
    "#meta": {
      format: "ITF",
      "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
      source: modelName(model),
      status: endWords([trace]).join("; ") || "no violation",
      description: `${property.id}: ${property.statement}`,
    },
    params: [],
    vars: [...vars.map(fieldName), ACTION, PICKS],
    states,
    ...(loop !== undefined && loop < steps.length && { loop }),
  };
}

function fieldsOf({ type: _, ...fields }: { readonly type: string; readonly [field: string]: Json }): Json {
  return value(fields);
}
