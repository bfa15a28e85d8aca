/**
 * Runs as `run.json` keeps them: each path once, although several properties may be broken by it; of a step only what it
 * changes; of the values that a property compares only those that are new. Everything that a report says is in there. The
 * whole states are in the counterexample files.
 */
import type { Json } from "../checker/json.ts";
import {
  RUN_SCHEMA,
  TRACE_SCHEMA,
  type ClaimRecord,
  type MissingRecord,
  type PropertyRecord,
  type RunRecord,
  type SaidRecord,
  type StepRecord,
  type TraceRecord,
  type TransferRecord,
  type Verdict,
} from "../checker/run-record.ts";
import { RUNS_SCHEMA } from "./document.ts";
import type { ShardRecord } from "./shard.ts";

const claimOf = ({ id, name, statement }: ClaimRecord): ClaimRecord => ({
  id,
  ...(name !== undefined && { name }),
  statement,
});

type Values = { readonly [name: string]: Json };

/**
 * One step: `[from, how, to, message]` for each transfer, and what the sender says of it where it does; a change has only the
 * fields of the contexts that differ.
 */
export interface StoredStep {
  readonly action: StepRecord["action"];
  readonly says?: SaidRecord;
  readonly transfers: readonly (readonly [
    from: string,
    how: TransferRecord["how"],
    to: string,
    message: TransferRecord["message"],
    says?: SaidRecord,
  ])[];
  readonly changes: readonly (readonly [
    component: string,
    stateBefore: string,
    contextBefore: Json,
    stateAfter: string,
    contextAfter: Json,
    saysAfter?: string,
  ])[];
}

/** What is compared after a step: all of it, what has changed since the step before, or null when nothing has. */
export type StoredValues = { readonly all: Values } | { readonly changed: Values } | null;

/**
 * A counterexample: a path of the run, and what one property says along it. `property` only where the trace states it in
 * other words than the run does; its id is the same.
 */
export interface StoredTrace
  extends
    Omit<TraceRecord, "schema" | "model" | "property" | "components" | "lanes" | "steps">,
    Partial<Pick<TraceRecord, "property">> {
  /** Index into the run's paths. */
  readonly path: number;
  /** After each step; both absent where the engine evaluates no predicate. */
  readonly holds?: readonly boolean[];
  /** After each step; absent where the predicate is not made of parts. */
  readonly parts?: readonly NonNullable<StepRecord["parts"]>[];
  /** After each step; absent where the claim speaks of every state. */
  readonly given?: readonly NonNullable<StepRecord["given"]>[];
  readonly values?: readonly StoredValues[];
}

type Bare = Exclude<Verdict, { readonly kind: "violated" | "witnessed" }>;

/** A verdict whose counterexample or witness is kept as `T`. */
type VerdictWith<T> =
  | Bare
  | { readonly kind: "violated"; readonly trace: T }
  | { readonly kind: "witnessed"; readonly depth: number; readonly trace?: T };

type StoredVerdict = VerdictWith<StoredTrace>;

export interface StoredRun extends Omit<RunRecord, "schema" | "properties"> {
  readonly components: readonly string[];
  readonly lanes?: NonNullable<TraceRecord["lanes"]>;
  readonly paths: readonly (readonly StoredStep[])[];
  readonly properties: readonly (Omit<PropertyRecord, "verdict"> & { readonly verdict: StoredVerdict })[];
}

export interface StoredRuns {
  readonly schema: typeof RUNS_SCHEMA;
  /** Whether known violations are told in a line, as for the whole suite, or with their charts. */
  readonly expectKnown: boolean;
  /** Runs without a result: an interrupt left them out, or they could not be made. Absent when there are none. */
  readonly left?: number;
  /** Which ones, and why. Versions before this field only counted them. */
  readonly missing?: readonly MissingRecord[];
  /** Of which runs these are a part; absent when they are all. */
  readonly shard?: ShardRecord;
  readonly runs: readonly StoredRun[];
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const isFields = (value: Json): value is Values => typeof value === "object" && value !== null && !Array.isArray(value);

/** Both contexts without the fields that are the same in the two. */
function differing(before: Json, after: Json): readonly [Json, Json] {
  if (!isFields(before) || !isFields(after)) return [before, after];
  const without = (one: Values, other: Values): Values =>
    Object.fromEntries(Object.entries(one).filter(([name, value]) => !isSame(value, other[name])));
  return [without(before, after), without(after, before)];
}

function withTrace<A, B>(verdict: VerdictWith<A>, turned: (trace: A) => B): VerdictWith<B> {
  if (verdict.kind === "violated") return { kind: "violated", trace: turned(verdict.trace) };
  if (verdict.kind !== "witnessed") return verdict;
  const { kind, depth, trace } = verdict;
  return { kind, depth, ...(trace !== undefined && { trace: turned(trace) }) };
}

const storedStep = ({ action, says, transfers, changes }: StepRecord): StoredStep => ({
  action,
  ...(says && { says }),
  transfers: transfers.map((it) =>
    it.says
      ? ([it.from, it.how, it.to, it.message, it.says] as const)
      : ([it.from, it.how, it.to, it.message] as const),
  ),
  changes: changes.map(({ component, before, after }) => {
    const [was, is] = differing(before.context, after.context);
    const change = [component, before.state, was, after.state, is] as const;
    return after.says === undefined ? change : ([...change, after.says] as const);
  }),
});

function storedValues(now: Values, before: Values | undefined): StoredValues {
  if (before === undefined || !isSame(Object.keys(now), Object.keys(before))) return { all: now };
  const changed = Object.fromEntries(Object.entries(now).filter(([name, value]) => !isSame(value, before[name])));
  return Object.keys(changed).length === 0 ? null : { changed };
}

function storedRun({ schema: _, properties, ...run }: RunRecord): StoredRun {
  const paths: (readonly StoredStep[])[] = [];
  const numbers = new Map<string, number>();
  let components: readonly string[] = [];
  let lanes: TraceRecord["lanes"];
  const pathOf = (trace: TraceRecord): number => {
    components = trace.components;
    lanes = trace.lanes;
    const steps = trace.steps.map(storedStep);
    const key = JSON.stringify(steps);
    const number = numbers.get(key) ?? paths.push(steps) - 1;
    numbers.set(key, number);
    return number;
  };
  const storedTrace = (trace: TraceRecord, claim: PropertyRecord): StoredTrace => {
    const { schema: _schema, model: _model, property, components: _components, lanes: _lanes, steps, ...rest } = trace;
    const isJudged =
      steps.length > 0 && steps.every(({ holds, values }) => holds !== undefined && values !== undefined);
    return {
      path: pathOf(trace),
      ...(!isSame(property, claimOf(claim)) && { property }),
      ...rest,
      ...(isJudged && {
        holds: steps.map(({ holds }) => holds!),
        values: steps.map(({ values }, k) => storedValues(values!, steps[k - 1]?.values)),
      }),
      ...(steps.length > 0 &&
        steps.every(({ parts }) => parts !== undefined) && { parts: steps.map(({ parts }) => parts!) }),
      ...(steps.length > 0 &&
        steps.every(({ given }) => given !== undefined) && { given: steps.map(({ given }) => given!) }),
    };
  };
  const stored = properties.map((property) => {
    const verdict: StoredVerdict = withTrace(property.verdict, (trace: TraceRecord) => storedTrace(trace, property));
    return { ...property, verdict };
  });
  return { ...run, components, ...(lanes && { lanes }), paths, properties: stored };
}

/** What `run.json` is written from. */
export const storedRuns = (
  runs: readonly RunRecord[],
  { expectKnown, left = 0, missing = [], shard }: Omit<StoredRuns, "schema" | "runs">,
): StoredRuns => ({
  schema: RUNS_SCHEMA,
  expectKnown,
  ...(left > 0 && { left }),
  ...(missing.length > 0 && { missing }),
  ...(shard && { shard }),
  runs: runs.map(storedRun),
});

const stepIn = ({ action, says, transfers, changes }: StoredStep): StepRecord => ({
  action,
  ...(says && { says }),
  transfers: transfers.map(([from, how, to, message, said]) => ({
    from,
    to,
    how,
    message,
    ...(said && { says: said }),
  })),
  changes: changes.map(([component, stateBefore, contextBefore, stateAfter, contextAfter, saysAfter]) => ({
    component,
    before: { state: stateBefore, context: contextBefore },
    after: { state: stateAfter, context: contextAfter, ...(saysAfter !== undefined && { says: saysAfter }) },
  })),
});

/** The values after each step, all of them. */
function valuesIn(stored: readonly StoredValues[]): readonly Values[] {
  let now: Values = {};
  return stored.map((one) => {
    if (one !== null) now = "all" in one ? one.all : { ...now, ...one.changed };
    return now;
  });
}

/** The run again; contexts of changes have only the fields that differ. */
export function runIn({ components, lanes, paths, properties, ...run }: StoredRun): RunRecord {
  const steps = paths.map((path) => path.map(stepIn));
  const traceIn = (stored: StoredTrace, claim: ClaimRecord): TraceRecord => {
    const { path, holds, parts, given, values, property = claimOf(claim), ...rest } = stored;
    const compared = values && valuesIn(values);
    return {
      schema: TRACE_SCHEMA,
      model: run.model,
      property,
      components,
      ...(lanes && { lanes }),
      steps: steps[path]!.map((step, k) => ({
        ...step,
        ...(holds &&
          compared && {
            holds: holds[k]!,
            ...(given && { given: given[k]! }),
            ...(parts && { parts: parts[k]! }),
            values: compared[k]!,
          }),
      })),
      ...rest,
    };
  };
  return {
    schema: RUN_SCHEMA,
    ...run,
    properties: properties.map((property) => {
      const verdict: Verdict = withTrace(property.verdict, (trace: StoredTrace) => traceIn(trace, property));
      return { ...property, verdict };
    }),
  };
}
