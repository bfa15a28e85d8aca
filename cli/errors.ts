/** Mistakes of the user, told in one way: what is wrong, what was expected, what could have been meant. */
import { nearest } from "../checker/nearest.ts";

export class UsageError extends Error {
  override name = "UsageError";
  /** "one of a, b, c", "a whole number of at least 1"; empty when the message says it all. */
  readonly expected: string;
  readonly nearest: readonly string[];

  constructor(message: string, expected = "", near: readonly string[] = []) {
    super(message);
    this.expected = expected;
    this.nearest = near;
  }
}

/** Results that cannot be written, to a disk that is full or broken: no mistake of the user, and no verdict. */
export class OutputError extends Error {
  override name = "OutputError";
}

/** More names than these are not told where some are near. */
const MANY = 60;

/** `kind` as the option or the list has it: "system", "bounds". `hint`: what the name is instead. */
export function unknownName(kind: string, name: string, names: readonly string[], hint = ""): UsageError {
  const near = nearest(name, names);
  const told = names.length > MANY && near.length > 0 ? `one of ${names.length} names` : `one of ${names.join(", ")}`;
  const none = kind === "bounds" ? "there are no bounds" : `there is no ${kind}`;
  return new UsageError(`${none} "${name}"${hint}.`, told, near);
}

function escaped(character: string): string {
  const hex = character.codePointAt(0)!.toString(16).padStart(4, "0");
  return hex.length === 4 ? `\\u${hex}` : `\\u{${hex}}`;
}

/**
 * In one line: what a file or an argument says may hold characters that a terminal obeys (controls, ends of lines,
 * marks that turn the direction of writing), or that no encoding has.
 */
export const printable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escaped);

/** As `printable`, for a text of several lines. */
export const printableLines = (text: string): string => text.split("\n").map(printable).join("\n");

/** Up to three lines. */
export function errorText({ message, expected, nearest: near }: UsageError): string {
  return [
    `faultline: ${message}`,
    ...(near.length > 0 ? [`  Nearest: ${near.join(", ")}.`] : []),
    ...(expected === "" ? [] : [`  Expected ${expected}.`]),
    "",
  ]
    .map(printable)
    .join("\n");
}
