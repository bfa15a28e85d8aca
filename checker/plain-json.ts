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

/** The end of the string that begins at the quotation mark, behind the closing one. */
function endOfString(text: string, begin: number): number {
  for (let at = begin + 1; ; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code === 0x5c) at++;
  }
}

/** Scans a text that is known to be JSON. */
function expectPlain(text: string): void {
  /** One for each object and array around the place: the names of the fields so far, or null for an array. */
  const around: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length;) {
    const character = text[at]!;
    if (character === '"') {
      const end = endOfString(text, at);
      if (isName(text, end)) expectField(around.at(-1)!, text.slice(at, end));
      at = end;
    } else if (character === "-" || (character >= "0" && character <= "9")) {
      const number = /[-+.eE0-9]*/y;
      number.lastIndex = at;
      const [token = ""] = number.exec(text) ?? [];
      expectNumber(token);
      at += token.length;
    } else {
      if (character === "{" || character === "[") around.push(character === "{" ? new Set() : null);
      else if (character === "}" || character === "]") around.pop();
      if (around.length > DEEPEST) throw new JsonError(`has more than ${DEEPEST} arrays and objects within each other`);
      at++;
    }
  }
}

/** Whether a colon follows: then the string was the name of a field. */
function isName(text: string, from: number): boolean {
  let at = from;
  while (/[ \t\r\n]/.test(text[at] ?? "")) at++;
  return text[at] === ":";
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
    Number.isFinite(value) && !Object.is(value, -0) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  if (!isExact) throw new JsonError(`has a number that cannot be kept exactly: ${cut(token)}`);
}
