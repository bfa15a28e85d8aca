/** Messages and values in the fewest words that still tell them apart, measured on the whole trace. */
import type { Json, Message } from "../checker/json.ts";
import type { TraceRecord } from "../checker/run-record.ts";
import { ascii, brief, isList, isRecord } from "./phrases.ts";

/** Fields that are shown even when they never differ, in this order before the others. */
export const TELLING: readonly string[] = ["page", "pages", "last"];
/** Fields that name a caller, which the lanes show, and permissions. */
const SILENT = new Set(["by", "owner", "read", "write"]);
/** Fields of one message that are shown. */
const MOST = 3;
/** Characters of one value. */
const LONGEST = 24;

/** A record that says nothing which differs anywhere. */
export const EMPTY = "{..}";

const rank = (field: string): number => (TELLING.indexOf(field) + TELLING.length + 1) % (TELLING.length + 1);

/** Short words for one trace. */
export interface Abbreviations {
  /** "page=0", "last": what a message says, without what is the same everywhere, null or false. */
  readonly fields: (message: Message) => readonly string[];
  /** Whether messages of other types have the same verb: "wire.fences" and "responses.fences". */
  readonly shared: (verb: string) => boolean;
  /** Whether the field has one value in the whole trace. */
  readonly constant: (field: string) => boolean;
  /** A value in the same words: "[page=1 last, page=0]". */
  readonly value: (value: Json) => string;
}

/** Shortens for this trace: a number that is the same wherever its field occurs tells nothing. */
export function abbreviations({ steps }: TraceRecord): Abbreviations {
  const seen = new Map<string, Set<string>>();
  const look = (value: Json): void => {
    if (isList(value)) value.forEach(look);
    else if (isRecord(value))
      for (const [field, inner] of Object.entries(value)) {
        look(inner);
        if (inner !== null && !isRecord(inner)) seen.set(field, (seen.get(field) ?? new Set()).add(brief(inner)));
      }
  };
  const types = new Map<string, Set<string>>();
  for (const { action, transfers } of steps) {
    if (action.kind === "event") look(action.event);
    for (const { message } of transfers) {
      look(message);
      const verb = verbOf(message.type);
      types.set(verb, (types.get(verb) ?? new Set()).add(message.type));
    }
  }
  const constant = (field: string): boolean => seen.get(field)?.size === 1;
  const tells = (field: string, value: Json): boolean =>
    TELLING.includes(field) || typeof value === "string" || value === true || !constant(field);

  const words = (record: { readonly [field: string]: Json }): readonly string[] =>
    Object.entries(record)
      .sort(([a], [b]) => rank(a) - rank(b))
      .flatMap(([field, inner]) => {
        if (inner === null || inner === false || SILENT.has(field)) return [];
        if (isRecord(inner)) return words(inner);
        if (isList(inner)) {
          if (inner.length === 1 && isRecord(inner[0])) return words(inner[0]);
          return inner.length > 0 && tells(field, inner) ? [`${ascii(field)}=${value(inner)}`] : [];
        }
        if (!tells(field, inner)) return [];
        return [inner === true ? ascii(field) : `${ascii(field)}=${value(inner)}`];
      });
  const value = (it: Json): string => {
    if (isRecord(it)) return words(it).join(" ") || EMPTY;
    if (isList(it)) return `[${it.map(value).join(it.some(isRecord) ? ", " : ",")}]`;
    return cut(brief(it));
  };
  return {
    fields: ({ type: _, ...fields }) => {
      const all = [...new Set(words(fields))];
      return all.length > MOST ? [...all.slice(0, MOST), ".."] : all;
    },
    shared: (verb) => (types.get(verb)?.size ?? 0) > 1,
    constant,
    value,
  };
}

const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 2)}..` : text);

/** "pops" of "thread.pops". */
export const verbOf = (type: string): string => ascii(type.slice(type.indexOf(".") + 1));

/** The type without its prefix where one of the components is called so: "prq.pops" between "prq-thread" and "prq". */
export function shortType(type: string, ...components: readonly string[]): string {
  const prefix = type.slice(0, Math.max(0, type.indexOf(".")));
  const called = components.some((name) =>
    name
      .replace(/[\d.]+$/, "")
      .split("-")
      .includes(prefix),
  );
  return called ? verbOf(type) : ascii(type);
}
