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

/** More names than these are not told where some are near. */
const MANY = 60;

/** `kind` as the option or the list has it: "system", "bounds". `hint`: what the name is instead. */
export function unknownName(kind: string, name: string, names: readonly string[], hint = ""): UsageError {
  const near = nearest(name, names);
  const told = names.length > MANY && near.length > 0 ? `one of ${names.length} names` : `one of ${names.join(", ")}`;
  const none = kind === "bounds" ? "there are no bounds" : `there is no ${kind}`;
  return new UsageError(`${none} "${name}"${hint}.`, told, near);
}

/** What a file or an argument says may hold control characters, which a terminal would obey. */
const shown = (text: string): string =>
  text.replaceAll(/\p{Cc}/gu, (character) =>
    character === "\n" ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** Up to three lines. */
export function errorText({ message, expected, nearest: near }: UsageError): string {
  return [
    `faultline: ${message}`,
    ...(near.length > 0 ? [`  Nearest: ${near.join(", ")}.`] : []),
    ...(expected === "" ? [] : [`  Expected ${expected}.`]),
    "",
  ]
    .map(shown)
    .join("\n");
}
