/**
 * JSON text of somebody else, read so that what is used is what is written: JavaScript keeps the last of two fields of
 * one name, rounds large numbers, and gives some names a meaning of its own.
 */
import type { Json } from "./json.ts";

/** Says what is wrong, as the end of a sentence whose subject is the file or line. */
export class JsonError extends Error {
  override name = "JsonError";
}

/** Arrays and objects within each other; ours have fewer than twenty, and what walks them calls itself. */
const DEEPEST = 100;

/** Fields that every object of JavaScript has or takes in another sense. */
const RESERVED = new Set(["__proto__", "constructor", "prototype"]);

/** Longer than this an excerpt of the text is cut, in characters. */
const SHOWN = 60;

const cut = (text: string): string => (text.length > SHOWN ? `${text.slice(0, SHOWN)} ...` : text);

/** The text without a byte order mark. @throws JsonError for bytes that are no UTF-8 */
export function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new JsonError("is not UTF-8 text");
  }
}

/** @throws JsonError */
export function parsePlain(text: string): Json {
  if (text.trim() === "") throw new JsonError("is empty");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new JsonError(`is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  expectPlain(text);
  return value as Json;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const MINUS = 0x2d;
const [ZERO, NINE] = [0x30, 0x39];
/** "{", "[", "}" and "]". */
const [OBJECT, ARRAY, END_OBJECT, END_ARRAY] = [0x7b, 0x5b, 0x7d, 0x5d];

/** The end of the string that begins at the quotation mark, behind the closing one. */
function endOfString(text: string, begin: number): number {
  for (let at = text.indexOf('"', begin + 1); ; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return at + 1;
  }
}

/** Scans a text that is known to be JSON. */
function expectPlain(text: string): void {
  /** One for each object and array around the place: the names of the fields so far, or null for an array. */
  const around: (Set<string> | null)[] = [];
  const number = /[-+.eE0-9]*/y;
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      if (isName(text, end)) expectField(around.at(-1)!, text.slice(at, end));
      at = end;
    } else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      number.lastIndex = at;
      const [token = ""] = number.exec(text) ?? [];
      expectNumber(token);
      at += token.length;
    } else {
      if (code === OBJECT || code === ARRAY) around.push(code === OBJECT ? new Set() : null);
      else if (code === END_OBJECT || code === END_ARRAY) around.pop();
      if (around.length > DEEPEST) throw new JsonError(`has more than ${DEEPEST} arrays and objects within each other`);
      at++;
    }
  }
}

/** Whether a colon follows, after blanks: then the string was the name of a field. */
function isName(text: string, from: number): boolean {
  let at = from;
  while (text.charCodeAt(at) <= 0x20) at++;
  return text.charCodeAt(at) === COLON;
}

function expectField(fields: Set<string> | null, quoted: string): void {
  const name = quoted.includes("\\") ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
  if (RESERVED.has(name)) throw new JsonError(`has a field "${name}", which no file of ours has`);
  if (fields?.has(name)) throw new JsonError(`has two fields "${cut(name)}" in one object`);
  fields?.add(name);
}

function expectNumber(token: string): void {
  const value = Number(token);
  const isExact =
    Number.isFinite(value) &&
    !Object.is(value, -0) &&
    (!Number.isInteger(value) || Number.isSafeInteger(value) || String(BigInt(value)) === token);
  if (!isExact) throw new JsonError(`has a number that cannot be kept exactly: ${cut(token)}`);
}
