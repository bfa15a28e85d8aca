/** What a device is given to do, as data: pieces of work of so many neighbouring pages, and which of them come how often. */
import { ModelError } from "../../checker/wiring.ts";
import type { Choice } from "../../checker/measure/rates.ts";
import { range } from "../systems/configuration.ts";

export type Workload = {
  /** Pages of one piece of work, one after the other. Pieces do not overlap. */
  readonly itemPages: number;
} & (
  | { readonly pick: "random" }
  /** The first so many pieces get this share of all work, evenly, and all others the rest. */
  | { readonly pick: "hot-set"; readonly hot: number; readonly share: number }
  /** The n-th piece comes as often as 1 / n to the power of the exponent. */
  | { readonly pick: "zipf"; readonly exponent: number }
);

/** How a device begins a piece of work. */
const STARTS = "slot.starts";

/** The pages of each piece. @throws ModelError for a workload that so many pages cannot carry */
export function itemsOf(workload: Workload, pages: number): readonly (readonly number[])[] {
  const { itemPages } = workload;
  if (!Number.isInteger(itemPages) || itemPages < 1 || itemPages > pages)
    throw new ModelError(
      `A piece of work of ${itemPages} pages does not fit ${pages} pages; it must be 1 to ${pages}.`,
    );
  return range(Math.floor(pages / itemPages)).map((item) => range(itemPages).map((page) => item * itemPages + page));
}

/** How often each of so many pieces comes, relative to the others. @throws ModelError for numbers that make no sense */
export function weightsOf(workload: Workload, items: number): readonly number[] {
  switch (workload.pick) {
    case "random":
      return range(items).map(() => 1);
    case "hot-set": {
      const { hot, share } = workload;
      if (!Number.isInteger(hot) || hot < 1 || hot >= items)
        throw new ModelError(`A hot set of ${hot} of ${items} pieces of work; it must be 1 to ${items - 1}.`);
      if (!(share > 0 && share < 1))
        throw new ModelError(`A hot set with a share of ${share}; it must lie between 0 and 1.`);
      return range(items).map((item) => (item < hot ? share / hot : (1 - share) / (items - hot)));
    }
    case "zipf": {
      const { exponent } = workload;
      if (!(Number.isFinite(exponent) && exponent > 0))
        throw new ModelError(`A Zipf distribution with the exponent ${exponent}; it must be above 0.`);
      return range(items).map((item) => (item + 1) ** -exponent);
    }
    default:
      return workload satisfies never;
  }
}

/** The workload as weights of steps; `role` is that of the slots of a device. */
export const choicesOf = (workload: Workload, pages: number, role: string): readonly Choice[] => {
  const items = itemsOf(workload, pages);
  const weights = weightsOf(workload, items.length);
  return items.map((of, item) => ({ step: `${role}: ${STARTS}`, fields: { pages: of }, weight: weights[item]! }));
};
