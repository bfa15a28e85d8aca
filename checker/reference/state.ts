/**
 * The reference explorer: a second reading of what a system means, to hold the search against. It shares no code with
 * checker/kernel, checker/explore and checker/simulation, and takes only types from the rest of the checker.
 *
 * A state is told by texts, one for each component and channel. The texts are numbered as they come, and a state is the
 * list of these numbers.
 */
import type { AnyMachineSnapshot } from "xstate";

/** A mistake of the model, as the reference tells it. */
export class Mistake extends Error {
  override name = "Mistake";
}

/** JSON in which equal data has equal text: fields in order of their names. */
export const textOf = (data: unknown): string =>
  JSON.stringify(data, (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );

/** Everything that a snapshot of a machine can remember. */
export const textOfSnapshot = ({ status, value, context, historyValue }: AnyMachineSnapshot): string =>
  textOf([
    status,
    value,
    context,
    Object.entries(historyValue).map(([id, nodes]) => [
      id,
      (nodes as readonly { id: string }[]).map((node) => node.id),
    ]),
  ]);

/** "busy.waiting"; the regions of a parallel state "ring:on interrupt:off". */
export function nameOf(value: unknown): string {
  if (typeof value === "string") return value;
  const regions = Object.entries(value as object) as [string, unknown][];
  const [only] = regions;
  return only && regions.length === 1
    ? `${only[0]}.${nameOf(only[1])}`
    : regions.map(([region, inner]) => `${region}:${nameOf(inner)}`).join(" ");
}

/** Values with their texts, numbered in the order in which they came. */
export class Book<T> {
  readonly values: T[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(text: string, value: T): number {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.values.push(value) - 1;
      if (number > 0xffff) throw new Mistake("One component or channel takes more than 65,536 values.");
      this.#numbers.set(text, number);
    }
    return number;
  }
}

/** The number of the text of each component, then of each channel. Never changed in place. */
export type State = readonly number[];
