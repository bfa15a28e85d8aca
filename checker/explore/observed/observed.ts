/**
 * Observations: what somebody saw of a run of a system, line by line, without seeing its states.
 *
 * A line belongs to a lane (a thread). The lines of a lane are in order. Between lanes only windows count: what a line stands
 * for happened after the moment in which its window opens, and before the moment in which it closes.
 */
import type { Json } from "../../json.ts";
import { canonical } from "../../kernel/canon.ts";

/** Something that a step shows to an observer: a name, and plain fields. */
export interface Mark {
  readonly name: string;
  readonly fields: { readonly [field: string]: Json };
}

/** A value that the line does not tell. The same name stands for the same value wherever it occurs. */
export interface Free {
  readonly free: string;
}

/** What a line says of a mark: its name, and the fields that it must have. */
export interface Pattern {
  readonly name: string;
  readonly fields: { readonly [field: string]: Json | Free };
}

/**
 * Where the effect of a line lies. `entry`: after the line, and before the next one of its lane. `return`: before the line,
 * and after the one before it. `late-entry`: after the line, and before the one after the next of its lane: the step that
 * the line announces may show the next line too.
 */
export type Edge = "entry" | "return" | "late-entry";

export interface Observation {
  readonly lane: string;
  readonly shows: Pattern;
  /** Moment k is that of observation k; -1 is the beginning, and the number of observations the end. */
  readonly opens: number;
  readonly closes: number;
}

/** The windows of lines that are given in the order of their time. */
export function observations(
  lines: readonly { readonly lane: string; readonly edge: Edge; readonly shows: Pattern }[],
): readonly Observation[] {
  const lanes = new Map<string, number[]>();
  const places = lines.map(({ lane }, moment) => {
    const moments = lanes.get(lane) ?? [];
    lanes.set(lane, moments);
    return moments.push(moment) - 1;
  });
  return lines.map(({ lane, edge, shows }, moment) => {
    const moments = lanes.get(lane)!;
    const place = places[moment]!;
    const at = (index: number): number => moments[index] ?? (index < 0 ? -1 : lines.length);
    if (edge === "return") return { lane, shows, opens: at(place - 1), closes: moment };
    return { lane, shows, opens: moment, closes: at(place + (edge === "entry" ? 1 : 2)) };
  });
}

/** What is known of the values that no line tells. */
export type Bindings = { readonly [free: string]: Json };

const isFree = (value: Json | Free): value is Free =>
  typeof value === "object" && value !== null && !Array.isArray(value) && "free" in value;

/** The names of free values in the pattern. */
export const freeIn = ({ fields }: Pattern): readonly string[] =>
  Object.values(fields).flatMap((value) => (isFree(value) ? [value.free] : []));

/** The bindings after the pattern has met the mark, or undefined: they do not agree. */
export function unified(pattern: Pattern, mark: Mark, bindings: Bindings): Bindings | undefined {
  if (pattern.name !== mark.name) return undefined;
  let known = bindings;
  for (const [field, expected] of Object.entries(pattern.fields)) {
    const value = mark.fields[field];
    if (value === undefined) return undefined;
    const wanted = isFree(expected) ? known[expected.free] : expected;
    if (wanted === undefined) known = { ...known, [(expected as Free).free]: value };
    else if (wanted !== value && canonical(wanted) !== canonical(value)) return undefined;
  }
  return known;
}
