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

/** As many names as a message shows. */
const SHOWN = 8;

/** How all names of a kind are listed. */
const LISTED = new Map([
  ["list", "faultline list"],
  ["system", "faultline list systems"],
  ["hardware", "faultline list hardware"],
  ["design", "faultline list designs"],
  ["property, family or system", "faultline list properties"],
  ["bounds", "faultline list bounds"],
  ["knob", "faultline list knobs"],
  ["scenario", "faultline list scenarios"],
  ["defect", "faultline defects --list"],
  ["subject", "faultline scenarios"],
  ["message", "docs/thread.md"],
  ["compared focused model or cut", "faultline refine"],
  ["class of recordings", "faultline conform --help"],
  ["format", "faultline report --help"],
  ["count", "faultline measure --help"],
  ["piece of work", "faultline measure --help"],
  ["cost", "faultline measure --help"],
  ["question", "docs/numbers.md"],
  ["component", "faultline automaton SYSTEM"],
]);

/** Without the name and the password of an address; rather with less of a line than with a part of them. */
export const masked = (text: string): string => text.replaceAll(/:\/\/.*@/g, "://***@");

/** A long text of somebody else, cut. */
export const short = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)} ...` : text);

/** What was expected and what is near, for a UsageError: all names when they are few, else the nearest, and how to list all. */
export function someOf(kind: string, name: string, names: readonly string[]): readonly [string, readonly string[]] {
  const near = nearest(short(name), names).slice(0, SHOWN);
  if (names.length <= SHOWN) return [`one of ${names.join(", ")}`, near];
  const listed = LISTED.get(kind);
  const all = listed === undefined ? "" : ` (${listed})`;
  const some = near.length > 0 ? "" : `, such as ${names.slice(0, SHOWN).join(", ")}`;
  return [`one of ${names.length} names${some}${all}`, near];
}

/** `kind` as the option or the list has it: "system", "bounds". `hint`: what the name is instead. */
export function unknownName(kind: string, name: string, names: readonly string[], hint = ""): UsageError {
  const none = kind === "bounds" ? "there are no bounds" : `there is no ${kind}`;
  return new UsageError(`${none} "${short(name)}"${hint}.`, ...someOf(kind, name, names));
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

/** A line of a message is cut after so many characters: what a file says may be of any length. */
const LONGEST = 1000;

/** Up to three lines. */
export function errorText({ message, expected, nearest: near }: UsageError): string {
  return [
    `faultline: ${masked(message)}`,
    ...(near.length > 0 ? [`  Nearest: ${near.join(", ")}.`] : []),
    ...(expected === "" ? [] : [`  Expected ${expected}.`]),
    "",
  ]
    .map((line) => printable(line.length > LONGEST ? `${line.slice(0, LONGEST)} ...` : line))
    .join("\n");
}
