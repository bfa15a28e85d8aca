/** Steps, messages and changes of state in short words of plain ASCII. */
import type { Json, Message } from "../checker/json.ts";
import type { StepRecord } from "../checker/run-record.ts";

export type Change = StepRecord["changes"][number];

/** Printable ASCII on one line: what else there is becomes "?", so that charts keep their columns in any mail reader. */
export const ascii = (text: string): string => text.replace(/\s+/g, " ").replace(/[^ -~]/g, "?");

/** Plain words stay bare; everything else as JSON, keys without quotes: {page:0,write:true}. */
export function brief(value: Json): string {
  if (typeof value === "string") return /^[\w.:/-]+$/.test(value) ? value : ascii(JSON.stringify(value));
  if (value === null || typeof value !== "object") return String(value);
  if (isList(value)) return `[${value.map(brief).join(",")}]`;
  return `{${Object.entries(value)
    .map(([key, inner]) => `${ascii(key)}:${brief(inner)}`)
    .join(",")}}`;
}

export const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
export const isRecord = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether it is the context of a lock: it says whose it is. */
export const isOwned = (context: Json): boolean => isRecord(context) && context["owner"] !== undefined;

/** "device.sends-page-request page=0 last=true". */
export const messageWords = ({ type, ...fields }: Message): string =>
  [ascii(type), ...Object.entries(fields).map(([key, value]) => `${ascii(key)}=${brief(value)}`)].join(" ");

/** One thing that differs inside a context, with its path: "pages.0.pins"; undefined: not there. */
export type Difference = readonly [path: string, before: Json | undefined, after: Json | undefined];

/** Longer lists than this are compared item by item. */
const LONG_LIST = 24;

/** What differs between two contexts, as deep inside as it can be told. */
export function differences(before: Json | undefined, after: Json | undefined, path = ""): readonly Difference[] {
  if (before !== undefined && after !== undefined && brief(before) === brief(after)) return [];
  if (isRecord(before) && isRecord(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) =>
      differences(before[key], after[key], path === "" ? ascii(key) : `${path}.${ascii(key)}`),
    );
  }
  if (
    before !== undefined &&
    after !== undefined &&
    isList(before) &&
    isList(after) &&
    before.length === after.length &&
    brief(before).length > LONG_LIST
  )
    return before.flatMap((_, k) => differences(before[k], after[k], `${path}[${k}]`));
  return [[path === "" ? "context" : path, before, after]];
}

/** A value that may not be there, in short words. */
export const valueWords = (value: Json | undefined): string => (value === undefined ? "none" : brief(value));

/** "accepting -> overflowed; records: [0] -> []"; at most `most` fields, the rest counted. */
export function changeWords({ before, after }: Change, most = Infinity): string {
  const fields = differences(before.context, after.context).map(
    ([path, was, is]) => `${path}: ${valueWords(was)} -> ${valueWords(is)}`,
  );
  const shown = fields.slice(0, most);
  const state = before.state === after.state ? [] : [`${ascii(before.state)} -> ${ascii(after.state)}`];
  const rest = fields.length > shown.length ? [`${fields.length - shown.length} more`] : [];
  return [...state, ...shown, ...rest].join("; ");
}

/** "device-0: sends-page-request page=0", "delivery from request-queue". */
export const actionWords = (action: StepRecord["action"]): string =>
  action.kind === "event"
    ? `${ascii(action.component)}: ${messageWords(action.event)}`
    : `delivery from ${ascii(action.channel)}`;
