/**
 * The canonical text of plain data: equal values have equal texts, whatever the order of their fields. Whatever the text
 * could not show is refused, for two values with one text would be one state.
 */
import { ModelError } from "../wiring.ts";

/** Data nested deeper than this is taken for a circle. */
const DEEPEST = 500;

/** @throws ModelError for anything but null, booleans, finite numbers, texts, and plain lists and records of them. */
export const canonical = (value: unknown): string => textOf(value, 0, undefined);

/** The same text, for data in which long lists stand more than once: each of them is read once. */
export const canonicalOfShared = (value: unknown): string => textOf(value, 0, new Map());

/** From so many elements on, a list that stands more than once is looked up. */
const LONG = 100;

/** By long list: its text. */
type Texts = Map<readonly unknown[], string>;

function textOf(value: unknown, depth: number, texts: Texts | undefined): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "number":
      if (!Number.isFinite(value)) return refuse(String(value));
      return Object.is(value, -0) ? refuse("-0") : String(value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      if (depth === DEEPEST) return refuse(`data nested deeper than ${DEEPEST}, or in a circle`);
      if (!Array.isArray(value)) return recordText(value, depth + 1, texts);
      return texts && value.length >= LONG ? longText(value, depth + 1, texts) : listText(value, depth + 1, texts);
    case "undefined":
      return refuse("undefined");
    case "bigint":
    case "function":
    case "symbol":
  }
  return refuse(`a ${typeof value}`);
}

function longText(list: readonly unknown[], depth: number, texts: Texts): string {
  const text = texts.get(list) ?? listText(list, depth, texts);
  texts.set(list, text);
  return text;
}

function listText(list: readonly unknown[], depth: number, texts: Texts | undefined): string {
  if (Object.getPrototypeOf(list) !== Array.prototype) return refuse("a list that is no plain Array");
  // Its own names are its places and "length": a gap has no name, a field has one too many.
  if (Reflect.ownKeys(list).length !== list.length + 1) return refuse("a list with gaps, or with fields of its own");
  let text = "";
  for (let at = 0; at < list.length; at++) {
    if (!Object.hasOwn(list, at)) return refuse("a list with gaps, or with fields of its own");
    refuseGetter(list, String(at));
    text += `${at > 0 ? "," : ""}${textOf(list[at], depth, texts)}`;
  }
  return `[${text}]`;
}

function recordText(record: object, depth: number, texts: Texts | undefined): string {
  const prototype: unknown = Object.getPrototypeOf(record);
  if (prototype !== Object.prototype && prototype !== null) return refuse(`an object of class ${classOf(record)}`);
  const fields = Object.keys(record).sort();
  if (Reflect.ownKeys(record).length !== fields.length) return refuse("a record with symbols or hidden fields");
  let text = "";
  for (const field of fields) {
    refuseGetter(record, field);
    const inner = (record as Record<string, unknown>)[field];
    text += `${text === "" ? "" : ","}${JSON.stringify(field)}:${textOf(inner, depth, texts)}`;
  }
  return `{${text}}`;
}

/** What a getter gives may be something else the next time. */
function refuseGetter(owner: object, field: string): void {
  const described = Object.getOwnPropertyDescriptor(owner, field);
  if (described && !("value" in described)) refuse(`a getter "${field}"`);
}

const classOf = (value: object): string => {
  const { constructor: made } = value as { readonly constructor?: unknown };
  return typeof made === "function" ? made.name : "unknown";
};

function refuse(what: string): never {
  throw new ModelError(`Contexts and messages hold plain data only; found ${what}.`);
}
