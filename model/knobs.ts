/**
 * Knobs: the named values in which two systems can differ. A table says for each knob of a record (hardware, design)
 * what it may be, so that every knob can be listed, set from text and checked in one way.
 */
import type { Json } from "../checker/json.ts";
import { nearest } from "../checker/nearest.ts";

/** The values a knob may have. */
export type Values =
  | { readonly kind: "flag" }
  /** `means`: what each value means, a sentence. */
  | { readonly kind: "choice"; readonly of: readonly string[]; readonly means: { readonly [value: string]: string } }
  /** Whole numbers `from` .. `to`: what exhaustive search can carry, not what real hardware has. */
  | { readonly kind: "integer"; readonly from: number; readonly to: number }
  /** `all`, or a list of whole numbers 0 .. `below`-1. */
  | { readonly kind: "members"; readonly below: number };

export interface Knob {
  /** Where the knob comes from: "K9". Several knobs may share one. */
  readonly id: string;
  readonly values: Values;
  readonly sentence: string;
}

/**
 * A choice by what each of its values means, `choice({ success: "Success is sent.", none: "No response is sent." })`: where
 * the table's record is known, a value without a sentence does not compile. There is no choice without sentences.
 */
export const choice = <const Means extends { readonly [value: string]: string }>(means: Means) =>
  ({ kind: "choice", of: Object.keys(means) as readonly (keyof Means & string)[], means }) as const;

/** The values that fit a field of the record; a choice outside the type of the field does not compile. */
type ValuesFor<Value> = [Value] extends [boolean]
  ? { readonly kind: "flag" }
  : [Value] extends [number]
    ? { readonly kind: "integer"; readonly from: number; readonly to: number }
    : [Value] extends [string]
      ? {
          readonly kind: "choice";
          readonly of: readonly Value[];
          readonly means: { readonly [value in Value]: string };
        }
      : { readonly kind: "members"; readonly below: number };

/** One entry for each field of the record except its name. */
export type KnobTable<Record> = {
  readonly [Name in Exclude<keyof Record, "name">]: Knob & { readonly values: ValuesFor<Record[Name]> };
};

/** A table whose record is not known. */
export type AnyKnobTable = { readonly [name: string]: Knob };

export type ParsedKnob = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly error: string };

/** "one of success, none", "a whole number from 0 to 8". */
export function expected(values: Values): string {
  switch (values.kind) {
    case "flag":
      return "true or false";
    case "choice":
      return `one of ${values.of.join(", ")}`;
    case "integer":
      return `a whole number from ${values.from} to ${values.to}`;
    case "members":
      return `all, or numbers from 0 to ${values.below - 1} with commas between them`;
  }
}

/** Values that a message names; of more it says how to list them. */
const MOST = 8;

const expectedOf = (name: string, values: Values): string =>
  values.kind === "choice" && values.of.length > MOST
    ? `one of ${values.of.length} values (faultline explain ${name})`
    : expected(values);

/** The value that the text names for the knob, or what was expected instead. */
export function parseKnob(table: AnyKnobTable, name: string, text: string): ParsedKnob {
  const knob = Object.hasOwn(table, name) ? table[name] : undefined;
  if (!knob) {
    const near = nearest(name, Object.keys(table));
    const hint = near.length > 0 ? `Nearest: ${near.join(", ")}.` : "All knobs: faultline list knobs.";
    return { ok: false, error: `there is no knob "${name}". ${hint}` };
  }
  const value = read(knob.values, text);
  if (value !== undefined) return { ok: true, value };
  const near = knob.values.kind === "choice" ? nearest(text, knob.values.of) : [];
  const hint = near.length > 0 ? ` Nearest: ${near.join(", ")}.` : "";
  return {
    ok: false,
    error: `"${text}" is no value of ${name}; expected ${expectedOf(name, knob.values)}.${hint}`,
  };
}

function read(values: Values, text: string): Json | undefined {
  switch (values.kind) {
    case "flag":
      return text === "true" || text === "on" ? true : text === "false" || text === "off" ? false : undefined;
    case "choice":
      return values.of.includes(text) ? text : undefined;
    case "integer":
      return wholeNumber(text, values.from, values.to);
    case "members": {
      if (text === "all") return "all";
      const members = text === "" ? [] : text.split(",").map((part) => wholeNumber(part.trim(), 0, values.below - 1));
      if (members.includes(undefined)) return undefined;
      return [...new Set(members as number[])].sort((a, b) => a - b);
    }
  }
}

/** Whether a value from a file is one that the knob may have. */
export function fits(values: Values, value: Json): boolean {
  const text = Array.isArray(value) ? value.join(",") : String(value);
  return JSON.stringify(read(values, text)) === JSON.stringify(value);
}

function wholeNumber(text: string, from: number, to: number): number | undefined {
  if (!/^(0|[1-9]\d{0,8})$/.test(text)) return undefined;
  const value = Number(text);
  return value >= from && value <= to ? value : undefined;
}
