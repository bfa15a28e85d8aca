/** The shapes of the files that are read. Only loaded when a file is read: zod takes a tenth of a second to start. */
import { z } from "zod";
import type { RunRecord, TraceRecord } from "../checker/run-record.ts";
import { RUN_SCHEMA, TRACE_SCHEMA } from "../checker/run-record.ts";
import { REGRESSION_SCHEMA, type Regression } from "../scenarios/regression.ts";
import { UsageError } from "./errors.ts";
import { RUNS_SCHEMA, type Document } from "./files.ts";

const json = z.json();
const message = z.object({ type: z.string() }).catchall(json);
const local = z.object({ state: z.string(), context: json });
const whole = z.int().min(0);

const model = z.object({
  system: z.string(),
  hardware: z.string(),
  host: z.string(),
  bounds: z.string(),
  set: z.record(z.string(), json),
  parameters: json,
  fingerprint: z.string(),
});

const action = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("event"), component: z.string(), event: message }),
  z.object({ kind: z.literal("deliver"), channel: z.string() }),
]);

const property = z.object({ id: z.string().regex(/^[A-Za-z0-9-]+$/), statement: z.string() });
const minimality = z.enum(["shortest", "one-minimal", "unknown"]);

const step = z.object({
  action,
  transfers: z.array(
    z.object({
      from: z.string(),
      to: z.string(),
      how: z.enum(["call", "sent", "delivered", "lost", "ignored"]),
      message,
    }),
  ),
  changes: z.array(z.object({ component: z.string(), before: local, after: local })),
  holds: z.boolean().optional(),
  values: z.record(z.string(), json).optional(),
});

const trace = z.object({
  schema: z.literal(TRACE_SCHEMA),
  model,
  property,
  kind: z.enum(["always", "sometimes", "canAlways", "leadsTo"]).optional(),
  reads: z.array(z.string()).optional(),
  components: z.array(z.string()),
  steps: z.array(step),
  loop: whole.optional(),
  minimality,
});

const regression = z.object({
  schema: z.literal(REGRESSION_SCHEMA),
  model: model.omit({ parameters: true }),
  property,
  expect: z.enum(["violated", "holds", "witnessed"]),
  minimality,
  loop: whole.optional(),
  actions: z.array(action),
});

const verdict = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("holds") }),
  z.object({ kind: z.literal("holds-within-bounds"), bound: z.string() }),
  z.object({ kind: z.literal("violated"), trace }),
  z.object({ kind: z.literal("witnessed"), depth: whole, trace: trace.optional() }),
  z.object({ kind: z.literal("never-witnessed") }),
  z.object({ kind: z.literal("no-violation"), runs: whole }),
  z.object({ kind: z.literal("unknown"), because: z.string() }),
]);

const run = z.object({
  schema: z.literal(RUN_SCHEMA),
  tool: z.string(),
  model,
  search: z.object({
    kind: z.enum(["exhaustive", "random", "replay"]),
    complete: z.boolean(),
    states: whole,
    orbits: whole.optional(),
    symmetry: z.object({ compared: whole, of: whole, because: z.string().optional() }).optional(),
    transitions: whole,
    depth: whole,
    stoppedBy: z.string().optional(),
    bytes: whole.optional(),
    machineCalls: whole.optional(),
    seed: z.int().optional(),
    runs: whole.optional(),
  }),
  properties: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(["always", "sometimes", "canAlways", "leadsTo", "deadlock"]),
      statement: z.string(),
      source: z.object({ document: z.string(), clause: z.string() }),
      verdict,
      known: z.string().optional(),
      note: z.string().optional(),
    }),
  ),
  notes: z.array(z.string()).optional(),
  seconds: z.number().optional(),
});

/** `expectKnown`: whether known violations are told in a line, as for the whole suite, or with their charts. */
const runs = z.object({ schema: z.literal(RUNS_SCHEMA), expectKnown: z.boolean(), runs: z.array(run) });

/** "steps[3].action.kind: Invalid input". */
function where(error: z.ZodError): string {
  const [issue] = error.issues;
  const path = (issue?.path ?? [])
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("");
  return `${path.replace(/^\./, "") || "the whole"}: ${issue?.message ?? "unknown"}`;
}

/** The document itself, when it has the shape; otherwise an error that names the file, the place and what was expected. */
function shaped<T>(document: Document, shape: z.ZodType, path: string, schema: string): T {
  if (document.schema !== schema) {
    const family = schema.slice(0, schema.indexOf("/") + 1);
    const other = document.schema.startsWith(family)
      ? "was written by another version of faultline"
      : "is something else";
    throw new UsageError(`"${path}" (${document.schema}) ${other}.`, schema);
  }
  const result = shape.safeParse(document);
  if (result.success) return document as unknown as T;
  throw new UsageError(`"${path}" is not a sound ${schema}: ${where(result.error)}.`);
}

export const traceIn = (document: Document, path: string): TraceRecord => shaped(document, trace, path, TRACE_SCHEMA);

export const regressionIn = (document: Document, path: string): Regression =>
  shaped(document, regression, path, REGRESSION_SCHEMA);

export interface Records {
  readonly runs: readonly RunRecord[];
  readonly traces: readonly TraceRecord[];
  readonly expectKnown: boolean;
}

/** Runs and traces in a file of either kind. */
export function recordsIn(document: Document, path: string): Records {
  const family = document.schema.replace(/\/.*$/, "");
  const none = { runs: [], traces: [], expectKnown: true };
  if (family === "faultline-trace") return { ...none, traces: [traceIn(document, path)] };
  if (family === "faultline-run") return { ...none, runs: [shaped<RunRecord>(document, run, path, RUN_SCHEMA)] };
  if (family === "faultline-runs")
    return { ...none, ...shaped<Omit<Records, "traces">>(document, runs, path, RUNS_SCHEMA) };
  throw new UsageError(
    `"${path}" (${document.schema}) cannot be reported.`,
    `one of ${RUNS_SCHEMA}, ${RUN_SCHEMA}, ${TRACE_SCHEMA}`,
  );
}
