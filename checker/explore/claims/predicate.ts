/**
 * Asking a predicate. It is code of a property, and may be wrong: what it throws, and an answer that is neither true nor
 * false, ends its own property as unknown and nothing else.
 */
import type { Json } from "../../json.ts";
import { canonical } from "../../kernel/canon.ts";
import type { Property } from "../../property.ts";
import type { StepRecord } from "../../run-record.ts";
import { readBy, viewOf, type Instance, type Source } from "./instances.ts";

/** What went wrong, as one line that names the predicate and what it was asked about. */
export class PredicateError extends Error {
  override name = "PredicateError";
  readonly isNotBoolean: boolean;
  constructor(message: string, isNotBoolean: boolean) {
    super(message);
    this.isNotBoolean = isNotBoolean;
  }
}

/** Of what the predicate read, this many characters are told. */
const MOST_TOLD = 300;

/** A value as a message shows it, whatever it is. */
export function told(value: unknown): string {
  if (value instanceof Error) return String(value);
  if (value === undefined || value === null) return String(value);
  return typeof value === "string" ? JSON.stringify(value) : `${typeof value} ${text(value)}`;
}

function text(value: unknown): string {
  try {
    return canonical(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

type Field = "holds" | "when" | "provided";

/** The name under which a claim calls the predicate. */
const nameOf = (instance: Instance, field: Field): string =>
  field === "holds" && instance.property.kind === "leadsTo" ? "eventually" : field;

function ask(instance: Instance, source: Source, field: Field): boolean {
  const { property } = instance;
  let answer: unknown;
  try {
    answer = property[field]!(viewOf(instance, source));
  } catch (error) {
    throw failure(instance, source, `${nameOf(instance, field)}() throws ${told(error)}`, false);
  }
  if (typeof answer === "boolean") return answer;
  throw failure(
    instance,
    source,
    `${nameOf(instance, field)}() returns ${told(answer)}, which is neither true nor false`,
    true,
  );
}

function failure(instance: Instance, source: Source, what: string, isNotBoolean: boolean): PredicateError {
  const read = text(readBy(instance, source));
  const shown = read.length > MOST_TOLD ? `${read.slice(0, MOST_TOLD)}...` : read;
  return new PredicateError(`${what}, where it reads ${shown}`, isNotBoolean);
}

/** @throws PredicateError */
export const askHolds = (instance: Instance, source: Source): boolean => ask(instance, source, "holds");

/** For `leadsTo`. @throws PredicateError */
export const askWhen = (instance: Instance, source: Source): boolean => ask(instance, source, "when");

/** For `leadsTo` of some runs only. @throws PredicateError */
export const askProvided = (instance: Instance, source: Source): boolean => ask(instance, source, "provided");

/** Asks every predicate of the instance once. @throws PredicateError */
export function askAll(instance: Instance, source: Source): void {
  askHolds(instance, source);
  if (instance.property.when) askWhen(instance, source);
  if (instance.property.provided) askProvided(instance, source);
}

/** Whether each part of the predicate is true, and each condition; absent where it has none, or where one fails. */
export function partsOf(instance: Instance, source: Source): Pick<StepRecord, "given" | "parts"> {
  const { given, parts } = instance.property;
  return { ...asked("given", given, instance, source), ...asked("parts", parts, instance, source) };
}

function asked(
  name: "given" | "parts",
  predicates: Property["parts"],
  instance: Instance,
  source: Source,
): Pick<StepRecord, "given" | "parts"> {
  if (!predicates) return {};
  try {
    const view = viewOf(instance, source);
    const answers = Object.entries(predicates).map(([says, predicate]) => [says, predicate(view)] as const);
    return answers.every(([, answer]) => typeof answer === "boolean") ? { [name]: Object.fromEntries(answers) } : {};
  } catch {
    return {};
  }
}

/** What the predicate compared; by default, and where `values` fails, everything it reads. */
export function valuesOf(instance: Instance, source: Source): { readonly [name: string]: Json } {
  const { values } = instance.property;
  if (!values) return readBy(instance, source);
  try {
    const found: unknown = values(viewOf(instance, source));
    if (typeof found === "object" && found !== null && !Array.isArray(found))
      return found as { readonly [name: string]: Json };
    return { ...readBy(instance, source), "values()": `returns ${told(found)}, which is no record` };
  } catch (error) {
    return { ...readBy(instance, source), "values()": `throws ${told(error)}` };
  }
}
