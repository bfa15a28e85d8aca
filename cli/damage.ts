/** Systematic damage to JSON files, for tests: each field of a document in turn, each in every way. */
import type { Json } from "../checker/json.ts";

type Fields = { readonly [field: string]: Json };
type Path = readonly (string | number)[];

export interface Damaged {
  /** "steps[0].action.kind: removed". */
  readonly name: string;
  readonly text: string;
}

const isFields = (value: Json): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

const nested = (depth: number): Json => JSON.parse("[".repeat(depth) + "]".repeat(depth)) as Json;

/** Whatever stands somewhere may have become one of these. */
const REPLACEMENTS: { readonly [name: string]: Json } = {
  null: null,
  true: true,
  "a string": "x",
  "an empty string": "",
  "the name of a method": "toString",
  "not a number": "NaN",
  controls: "\u001b[2J\n\u202e",
  zero: 0,
  negative: -1,
  "a fraction": 1.5,
  "a large number": 99,
  "a huge number": 2 ** 53 - 1,
  "an empty array": [],
  "an array of null": [null],
  "an empty object": {},
  "arrays in arrays": nested(90),
};

/** Some of them, where all would take long. */
export const FEW = ["null", "a string", "negative", "a large number", "an empty object"];

/** Paths to all values; of a list, only to the first and the last entry, as the others are like them. */
function pathsOf(value: Json, at: Path = []): readonly Path[] {
  if (Array.isArray(value)) {
    const ends = [...new Set([0, value.length - 1])].filter((k) => k >= 0 && k < value.length);
    return [at, ...ends.flatMap((k) => pathsOf((value as readonly Json[])[k]!, [...at, k]))];
  }
  if (isFields(value)) return [at, ...Object.keys(value).flatMap((field) => pathsOf(value[field]!, [...at, field]))];
  return [at];
}

/** The document with another value at the path; `undefined` removes it. */
function changed(value: Json, path: Path, change: (old: Json) => Json | undefined): Json | undefined {
  const [first, ...rest] = path;
  if (first === undefined) return change(value);
  if (Array.isArray(value))
    return (value as readonly Json[]).flatMap((entry, k) =>
      k === first ? (changed(entry, rest, change) ?? []) : [entry],
    );
  const entries = Object.entries(value as Fields).flatMap(([field, entry]) => {
    const now = field === first ? changed(entry, rest, change) : entry;
    return now === undefined ? [] : [[field, now] as const];
  });
  return Object.fromEntries(entries);
}

const words = (path: Path): string =>
  path.map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`)).join("") || "the whole";

/** The value at the path, beside what is there. */
const extra = (field: string) => (old: Json) =>
  isFields(old) ? (Object.fromEntries([...Object.entries(old), [field, { polluted: true }]]) as Json) : old;

/** `replacements`: their names. */
export function* damages(document: Json, replacements = Object.keys(REPLACEMENTS)): Generator<Damaged> {
  const told = (path: Path, how: string, change: (old: Json) => Json | undefined): Damaged => ({
    name: `${words(path)}: ${how}`,
    text: JSON.stringify(changed(document, path, change)) ?? "",
  });
  for (const path of pathsOf(document)) {
    yield told(path, "removed", () => undefined);
    for (const how of replacements) yield told(path, how, () => REPLACEMENTS[how]!);
    const value = path.reduce<Json>((at, part) => (at as Fields)[part]!, document);
    if (Array.isArray(value)) {
      yield told(path, "twice as long", () => [...(value as readonly Json[]), ...(value as readonly Json[])]);
      yield told(path, "cut", () => (value as readonly Json[]).slice(0, -1));
    }
    if (!isFields(value)) continue;
    for (const field of ["unknown", "__proto__", "constructor"]) yield told(path, `with ${field}`, extra(field));
  }
}

/** Damage to the text itself, whatever it holds. */
export function textDamages(text: string): readonly Damaged[] {
  const half = Math.floor(text.length / 2);
  return [
    ["cut", text.slice(0, half)],
    ["empty", ""],
    ["blank", " \n\n"],
    ["null", "null"],
    ["a number", "7"],
    ["a string", '"x"'],
    ["an array", "[]"],
    ["arrays in arrays", `{"schema":${"[".repeat(5000)}${"]".repeat(5000)}}`],
    ["a number too large", text.replace("{", '{"huge":1e999,')],
    ["a field twice", text.replace("{", '{"schema":"x",')],
    ["not a number", text.replace("{", '{"n":NaN,')],
    ["nul bytes", text.replaceAll(" ", "\0").replace(",", "\0")],
    ["two documents", `${text}\n${text}`],
  ].map(([name = "", damaged = ""]) => ({ name, text: damaged }));
}
