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

/** `kind` in the singular: "system". */
export const unknownName = (kind: string, name: string, names: readonly string[]): UsageError =>
  new UsageError(`there is no ${kind} "${name}".`, `one of ${names.join(", ")}`, nearest(name, names));

/** Up to three lines. */
export function errorText({ message, expected, nearest: near }: UsageError): string {
  return [
    `faultline: ${message}`,
    ...(near.length > 0 ? [`  Nearest: ${near.join(", ")}.`] : []),
    ...(expected === "" ? [] : [`  Expected ${expected}.`]),
    "",
  ].join("\n");
}
