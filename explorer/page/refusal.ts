/** Why something was not done, in the lines in which the command line says it. */
import { UsageError } from "../../cli/errors.ts";
import { Refused } from "./asking.ts";

/** Something else was asked for meanwhile: there is nothing to say. */
export class Overtaken extends Error {}

export function linesOf(error: unknown): readonly string[] {
  if (error instanceof Refused) return refusalLines(error.refusal);
  if (error instanceof UsageError) return refusalLines(error);
  return [error instanceof Error ? error.message : String(error)];
}

const refusalLines = ({ message, expected, nearest }: Refused["refusal"]): readonly string[] => [
  message,
  ...(nearest.length > 0 ? [`Nearest: ${nearest.join(", ")}.`] : []),
  ...(expected === "" ? [] : [`Expected ${expected}.`]),
];
