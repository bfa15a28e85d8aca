/** Options that take a value: one value, given once, and not an empty one. */
import type { Command, Option } from "commander";
import { UsageError } from "./errors.ts";

/** Those that may be repeated collect their values with a parser of their own. */
const takesOne = ({ required, optional, variadic, parseArg }: Option): boolean =>
  (required || optional) && !variadic && parseArg === undefined;

function once({ long, flags }: Option) {
  let before: string | undefined;
  return (value: string): string => {
    if (before !== undefined)
      throw new UsageError(`${long} is given twice: "${before}" and "${value}".`, `one ${flags}`);
    if (value.trim() === "") throw new UsageError(`${long} is empty.`, flags);
    before = value;
    return value;
  };
}

/** Makes the options of the command and of those below it refuse a second and an empty value. */
export function singleValued(command: Command): Command {
  for (const option of command.options) if (takesOne(option)) option.argParser(once(option));
  command.commands.forEach(singleValued);
  return command;
}

/** The first value that comes twice, or undefined. */
const repeated = (values: readonly string[]): string | undefined =>
  values.find((value, k) => values.indexOf(value) < k);

/** @throws UsageError when one of the arguments is given twice. `kind`: "system". */
export function expectEachOnce(kind: string, values: readonly string[]): void {
  const twice = repeated(values);
  if (twice !== undefined) throw new UsageError(`the ${kind} "${twice}" is given twice.`, `each ${kind} once`);
}

/** "a,b": names with commas between them. @throws UsageError when one is empty, or comes twice. */
export function namesIn(option: string, kind: string, text: string): readonly string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.includes("")) throw new UsageError(`${option} cannot be "${text}".`, "names with commas between them");
  expectEachOnce(kind, names);
  return names;
}
