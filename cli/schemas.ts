/**
 * The shapes of the files that are read; a field that they do not know is refused: it may be a mistyped one that matters.
 * Only loaded when a file is read: zod takes a tenth of a second to start.
 */
import { z } from "zod";
import type { MissingRecord, RunRecord, TraceRecord } from "../checker/run-record.ts";
import { RUN_SCHEMA, TRACE_SCHEMA } from "../checker/run-record.ts";
import { REGRESSION_SCHEMA, type Regression } from "../scenarios/regression.ts";
import { contradictionIn, contradictionOf } from "./contradictions.ts";
import { UsageError } from "./errors.ts";
import { FORMS } from "./forms.ts";
import { RUNS_SCHEMA, type Document } from "./document.ts";
import type { ShardRecord } from "./shard.ts";
import { runIn, type StoredRun, type StoredRuns } from "./stored-runs.ts";

const json = z.json();
/** What messages and contexts have is the model's affair. */
const message = z.strictObject({ type: z.string() }).catchall(json);
const local = z.strictObject({ state: z.string(), context: json });
const after = local.extend({ says: z.string().optional() });
const whole = z.int().min(0);

const model = z.strictObject({
  system: z.string(),
  hardware: z.string(),
  host: z.string(),
  bounds: z.string(),
  set: z.record(z.string(), json),
  parameters: json,
  fingerprint: z.string(),
});

const action = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("event"), component: z.string(), event: message }),
  z.strictObject({ kind: z.literal("deliver"), channel: z.string() }),
]);

/** Ids are parts of file names. */
const id = z.string().regex(/^[A-Za-z0-9-]+$/);
const name = z
  .string()
  .regex(/^[a-z0-9.-]+$/)
  .optional();
const property = z.strictObject({ id, name, statement: z.string() });
const minimality = z.enum(["shortest", "one-minimal", "unknown"]);

const transferred = z.enum(["call", "sent", "delivered", "lost", "ignored"]);

const says = z.strictObject({ text: z.string(), by: z.string(), listed: z.literal(true).optional() });
const lanes = z.record(z.string(), z.string());

const step = z.strictObject({
  action,
  says: says.optional(),
  transfers: z.array(
    z.strictObject({
      from: z.string(),
      to: z.string(),
      how: transferred,
      message,
      says: says.optional(),
    }),
  ),
  changes: z.array(z.strictObject({ component: z.string(), before: local, after })),
  holds: z.boolean().optional(),
  parts: z.record(z.string(), z.boolean()).optional(),
  given: z.record(z.string(), z.boolean()).optional(),
  values: z.record(z.string(), json).optional(),
});

const trace = z.strictObject({
  schema: z.literal(TRACE_SCHEMA),
  model,
  property,
  kind: z.enum(["always", "sometimes", "canAlways", "leadsTo"]).optional(),
  reads: z.array(z.string()).optional(),
  components: z.array(z.string()),
  lanes: lanes.optional(),
  steps: z.array(step),
  blocked: z.array(z.strictObject({ component: z.string(), by: z.string(), says: says.optional() })).optional(),
  goesOn: z.array(z.string()).optional(),
  loop: whole.optional(),
  minimality,
  drawn: z.strictObject({ seed: z.int(), path: z.string(), maxLength: whole }).optional(),
});

const regression = z.strictObject({
  schema: z.literal(REGRESSION_SCHEMA),
  model: model.omit({ parameters: true }),
  property,
  expect: z.enum(["violated", "holds", "witnessed"]),
  minimality,
  loop: whole.optional(),
  actions: z.array(action),
});

/** `trace` as it is kept there: whole, or as a reference to a path of the run. */
const verdictWith = (told: z.ZodObject) =>
  z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("holds") }),
    z.strictObject({ kind: z.literal("holds-within-bounds"), bound: z.string() }),
    z.strictObject({ kind: z.literal("approximate") }),
    z.strictObject({ kind: z.literal("violated"), trace: told }),
    z.strictObject({ kind: z.literal("witnessed"), depth: whole, trace: told.optional() }),
    z.strictObject({ kind: z.literal("never-witnessed") }),
    z.strictObject({ kind: z.literal("no-violation"), runs: whole }),
    z.strictObject({ kind: z.literal("unknown"), because: z.string() }),
  ]);

const propertiesWith = (told: z.ZodObject) =>
  z.array(
    z.strictObject({
      id,
      name,
      kind: z.enum(["always", "sometimes", "canAlways", "leadsTo", "deadlock"]),
      statement: z.string(),
      source: z.strictObject({ document: z.string(), clause: z.string() }),
      verdict: verdictWith(told),
      witness: id.optional(),
      known: z.string().optional(),
      note: z.string().optional(),
      cites: z.array(z.string()).optional(),
    }),
  );

const run = z.strictObject({
  schema: z.literal(RUN_SCHEMA),
  tool: z.string(),
  model,
  search: z.strictObject({
    kind: z.enum(["exhaustive", "random", "replay"]),
    complete: z.boolean(),
    states: whole,
    orbits: whole.optional(),
    symmetry: z.strictObject({ compared: whole, of: whole, because: z.string().optional() }).optional(),
    transitions: whole,
    orbitTransitions: whole.optional(),
    depth: whole,
    stoppedBy: z.string().optional(),
    approximate: z.strictObject({ bits: whole, missed: z.number().min(0).max(1) }).optional(),
    bytes: whole.optional(),
    machineCalls: whole.optional(),
    seed: z.int().optional(),
    runs: whole.optional(),
  }),
  leftOut: z.array(z.strictObject({ ids: z.array(id), because: z.string(), witness: id.optional() })).optional(),
  replaced: z
    .array(z.strictObject({ knob: z.string(), from: json, to: json, of: z.string(), because: z.string() }))
    .optional(),
  properties: propertiesWith(trace),
  notes: z.array(z.string()).optional(),
  legend: z
    .strictObject({ families: z.record(z.string(), z.string()), sources: z.record(z.string(), z.string()) })
    .optional(),
  seconds: z.number().optional(),
});

/** What versions before this one wrote. */
const FORMER_RUNS_SCHEMA = "faultline-runs/1";
const formerRuns = z.strictObject({
  schema: z.literal(FORMER_RUNS_SCHEMA),
  expectKnown: z.boolean(),
  runs: z.array(run).min(1, "expected at least one run"),
});

const values = z.record(z.string(), json);

const storedTrace = trace.omit({ schema: true, model: true, components: true, lanes: true, steps: true }).extend({
  path: whole,
  property: property.optional(),
  holds: z.array(z.boolean()).optional(),
  parts: z.array(z.record(z.string(), z.boolean())).optional(),
  given: z.array(z.record(z.string(), z.boolean())).optional(),
  values: z
    .array(z.union([z.strictObject({ all: values }), z.strictObject({ changed: values })]).nullable())
    .optional(),
});

const storedStep = z.strictObject({
  action,
  says: says.optional(),
  transfers: z.array(
    z.union([
      z.tuple([z.string(), transferred, z.string(), message]),
      z.tuple([z.string(), transferred, z.string(), message, says]),
    ]),
  ),
  changes: z.array(
    z.union([
      z.tuple([z.string(), z.string(), json, z.string(), json]),
      z.tuple([z.string(), z.string(), json, z.string(), json, z.string()]),
    ]),
  ),
});

/** The first counterexample that names a path which is not there, or says something of another number of steps. */
function misfit({ paths, properties }: StoredRun): string | undefined {
  for (const { id, verdict } of properties) {
    if (!("trace" in verdict) || verdict.trace === undefined) continue;
    const { path, holds, parts, given, values: compared, loop = 0 } = verdict.trace;
    const steps = paths[path]?.length;
    if (steps === undefined) return `${id} names path ${path}, but there are ${paths.length}`;
    if ((holds ?? []).length !== (compared ?? []).length || ![undefined, steps].includes(holds?.length))
      return `${id} does not say what it compares after each of ${steps} steps`;
    if (![parts, given].every((said) => [undefined, steps].includes(said?.length)))
      return `${id} does not say its parts after each of ${steps} steps`;
    if (loop > steps) return `${id} repeats from step ${loop + 1}, but has ${steps}`;
  }
  return undefined;
}

const storedRun = run
  .omit({ schema: true, properties: true })
  .extend({
    components: z.array(z.string()),
    lanes: lanes.optional(),
    paths: z.array(z.array(storedStep)),
    properties: propertiesWith(storedTrace),
  })
  .check(({ value, issues }) => {
    const because = misfit(value as unknown as StoredRun);
    if (because !== undefined) issues.push({ code: "custom", message: because, input: value });
  });

const shard = z.strictObject({ index: z.int().min(1), of: z.int().min(1), runs: z.int().min(1), plan: z.string() });

/** `expectKnown`: whether known violations are told in a line, as for the whole suite, or with their charts. */
const runs = z.strictObject({
  schema: z.literal(RUNS_SCHEMA),
  expectKnown: z.boolean(),
  left: whole.optional(),
  missing: z.array(model.omit({ parameters: true, fingerprint: true }).extend({ because: z.string() })).optional(),
  shard: shard.optional(),
  runs: z.array(storedRun).min(1, "expected at least one run"),
});

/** The shapes of the files that are written, by the name of their schema. */
export const SHAPES: { readonly [schema: string]: z.ZodType } = {
  [TRACE_SCHEMA]: trace,
  [REGRESSION_SCHEMA]: regression,
  [RUN_SCHEMA]: run,
  [RUNS_SCHEMA]: runs,
};

/** "steps[3].action.kind: Invalid input". */
function where(error: z.ZodError): string {
  const [issue] = error.issues;
  const path = (issue?.path ?? [])
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("");
  return `${path.replace(/^\./, "") || "the whole"}: ${issue?.message ?? "unknown"}`;
}

/**
 * The document itself, when it has the shape; otherwise an error that names the file, the place and what was expected.
 * `forms`: all that the command takes, where that is more than this schema.
 */
export function shaped<T>(document: Document, shape: z.ZodType, path: string, schema: string, forms = schema): T {
  if (document.schema !== schema) {
    const what = `"${path}" (${document.schema})`;
    const family = schema.slice(0, schema.indexOf("/") + 1);
    if (document.schema.startsWith(family))
      throw new UsageError(`${what} was written by another version of faultline.`, schema);
    throw new UsageError(`${what} is something else.`, forms);
  }
  const result = shape.safeParse(document);
  if (result.success) return document as unknown as T;
  throw new UsageError(`"${path}" is not a sound ${schema}: ${where(result.error)}.`);
}

function soundTrace(it: TraceRecord, path: string): TraceRecord {
  const wrong = contradictionIn(it);
  if (wrong === undefined) return it;
  throw new UsageError(`"${path}" is not a sound ${TRACE_SCHEMA}: ${wrong}.`);
}

function soundRun(it: RunRecord, path: string, schema: string): RunRecord {
  for (const property of it.properties) {
    const wrong = contradictionOf(property);
    if (wrong !== undefined) throw new UsageError(`"${path}" is not a sound ${schema}: ${wrong}.`);
    const { verdict: found } = property;
    if ("trace" in found && found.trace) soundTrace(found.trace, path);
  }
  return it;
}

export const traceIn = (document: Document, path: string, forms?: string): TraceRecord =>
  soundTrace(shaped(document, trace, path, TRACE_SCHEMA, forms), path);

export const regressionIn = (document: Document, path: string): Regression =>
  shaped(document, regression, path, REGRESSION_SCHEMA);

export interface Records {
  readonly runs: readonly RunRecord[];
  readonly traces: readonly TraceRecord[];
  readonly expectKnown: boolean;
  /** How many runs have no result. */
  readonly left: number;
  /** Which ones; undefined where the file only counts them. */
  readonly missing?: readonly MissingRecord[];
  readonly shard?: ShardRecord;
}

/** Runs and traces in a file of either kind. */
export function recordsIn(document: Document, path: string): Records {
  const family = document.schema.replace(/\/.*$/, "");
  const none = { runs: [], traces: [], expectKnown: true, left: 0 };
  if (family === "faultline-trace") return { ...none, traces: [traceIn(document, path)] };
  if (family === "faultline-run")
    return { ...none, runs: [soundRun(shaped<RunRecord>(document, run, path, RUN_SCHEMA), path, RUN_SCHEMA)] };
  if (document.schema === FORMER_RUNS_SCHEMA) {
    const former = shaped<Omit<Records, "traces" | "left">>(document, formerRuns, path, FORMER_RUNS_SCHEMA);
    return { ...none, ...former, runs: former.runs.map((one) => soundRun(one, path, FORMER_RUNS_SCHEMA)) };
  }
  if (family === "faultline-runs") {
    const stored = shaped<StoredRuns>(document, runs, path, RUNS_SCHEMA);
    const { expectKnown, left = 0, missing, shard: part } = stored;
    if (missing !== undefined && missing.length !== left)
      throw new UsageError(
        `"${path}" is not a sound ${RUNS_SCHEMA}: it names ${missing.length} runs without a result, and counts ${left}.`,
      );
    const sound = stored.runs.map((one) => soundRun(runIn(one), path, RUNS_SCHEMA));
    return { ...none, expectKnown, left, ...(missing && { missing }), ...(part && { shard: part }), runs: sound };
  }
  throw new UsageError(`"${path}" (${document.schema}) cannot be reported.`, FORMS.report);
}
