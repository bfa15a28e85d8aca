/** What the predicate compared after each step, flat, and how it changed along the trace. */
import type { Json } from "../checker/json.ts";
import type { StepRecord, TraceRecord } from "../checker/run-record.ts";
import { EMPTY, type Abbreviations } from "./abbreviate.ts";
import { ascii, brief, isRecord } from "./phrases.ts";

interface Flat {
  readonly value: Json;
  /** A part of a component that is compared as a whole, because the property has no values of its own. */
  readonly isPart: boolean;
}

/** The values of a step by name; of a whole component, "prq" is its state, and "records of prq" a field of its context. */
export function flat({ values = {} }: Pick<StepRecord, "values">): ReadonlyMap<string, Flat> {
  return new Map(
    Object.entries(values).flatMap(([name, value]): readonly (readonly [string, Flat])[] => {
      if (!isRecord(value) || typeof value["state"] !== "string") return [[ascii(name), { value, isPart: false }]];
      return Object.entries(value).map(([field, inner]) => [
        field === "state" ? ascii(name) : `${ascii(field)} of ${ascii(name)}`,
        { value: inner, isPart: true },
      ]);
    }),
  );
}

/** What whole components held before the first step: what it changed is recorded, and the rest is as after it. */
export function partsBefore(first: StepRecord): ReadonlyMap<string, Flat> {
  const after = [...flat(first)].filter(([, { isPart }]) => isPart);
  const before = flat({
    values: Object.fromEntries(
      first.changes.map(({ component, before: { state, context } }) => [
        component,
        { state, ...(isRecord(context) && context) },
      ]),
    ),
  });
  return new Map(after.map(([name, now]) => [name, before.get(name) ?? now]));
}

const differs = (a: Flat | undefined, b: Flat): boolean => a !== undefined && brief(a.value) !== brief(b.value);

/** Longest value that is told together with the one it replaces. */
const SMALL = 12;
/** Longest value that is told of a component that is compared as a whole: longer ones, and counters, are its own affair. */
const SMALL_PART = 20;

/**
 * "pins of page0: 1 -> 0" for what step `k` (from 0) changed, or "records of prq: [page=0 last]" when that is long. What the
 * property names itself is not recorded before the first step.
 */
export function comparedAt({ steps }: TraceRecord, k: number, { value }: Abbreviations): readonly string[] {
  const after = steps[k];
  if (!after) return [];
  const old = k === 0 ? partsBefore(after) : flat(steps[k - 1]!);
  const changes = [...flat(after)].flatMap(([name, now]) => {
    const was = old.get(name);
    if (was === undefined || !differs(was, now)) return [];
    const [left, right] = [value(was.value), value(now.value)];
    if (left === right || right === EMPTY || left === EMPTY) return [];
    const isCounter = typeof was.value === "number" && typeof now.value === "number";
    if (now.isPart && (isCounter || Math.max(left.length, right.length) > SMALL_PART)) return [];
    const words = `${Math.max(left.length, right.length) <= SMALL ? `${left} -> ` : ""}${right}`;
    return [{ name, words, isPart: now.isPart }];
  });
  // What the property names itself says it better than a part of a component; and the owner of a lock, better than its state.
  return changes
    .filter(({ words, isPart }) => !isPart || !changes.some((other) => !other.isPart && other.words === words))
    .filter(({ name }) => !changes.some((other) => other.name === `owner of ${name}`))
    .map(({ name, words }) => `${name}: ${words}`);
}

/** What the machine of a component says of the state that the component is in at the end, where its last change says it. */
function stateWords(steps: readonly StepRecord[]): (component: string, state: Json) => string | undefined {
  const last = new Map(
    steps.flatMap(({ changes }) => changes.map(({ component, after }) => [ascii(component), after] as const)),
  );
  return (component, state) => {
    const after = last.get(component);
    return after?.state === state ? after.says : undefined;
  };
}

export interface Compared {
  readonly name: string;
  readonly value: Json;
  /** Of the state of a component: what its machine says that the state is. */
  readonly says?: string;
  /**
   * The step (from 1) that gave it this value; undefined: none, or what the property names itself had it after step 1 already,
   * or nothing was recorded.
   */
  readonly since: number | undefined;
}

/**
 * What was compared after the last step. Of whole components only what changed along the trace is told: the rest of
 * their context is as it was in the beginning.
 */
export function comparedAtEnd({ steps }: TraceRecord, show: Abbreviations["value"]): readonly Compared[] {
  const [first] = steps;
  const history = [...(first ? [partsBefore(first)] : []), ...steps.map(flat)];
  const says = stateWords(steps);
  return [...(history.at(-1) ?? [])].flatMap(([name, now]) => {
    const before = history.findLastIndex((values) => differs(values.get(name), now));
    if (now.isPart && (before < 0 || show(now.value) === EMPTY)) return [];
    const words = now.isPart ? says(name, now.value) : undefined;
    return [
      {
        name,
        value: now.value,
        ...(words !== undefined && { says: words }),
        // The history begins before the first step.
        since: before < 0 ? undefined : before + 1,
      },
    ];
  });
}
