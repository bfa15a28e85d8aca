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
  /** One piece after the other, through all pages, and again from the first. */
  | { readonly pick: "sequential" }
  /** The same, and each piece begins with the page that its descriptor is in: a ring in the first pages of memory. */
  | { readonly pick: "ring" }
);

/** Descriptors in a page: 4 KB of 16 bytes each (virtio 1.2, 2.7.5). */
const DESCRIPTORS = 256;

/** How a device begins a piece of work. */
const STARTS = "slot.starts";

/** The pages of each piece. @throws ModelError for a workload that so many pages cannot carry */
export function itemsOf(workload: Workload, pages: number): readonly (readonly number[])[] {
  const { itemPages } = workload;
  if (!Number.isInteger(itemPages) || itemPages < 1 || itemPages > pages)
    throw new ModelError(
      `A piece of work of ${itemPages} pages does not fit ${pages} pages; it must be 1 to ${pages}.`,
    );
  if (workload.pick === "ring") return ringOf(itemPages, pages);
  return piecesOf(itemPages, 0, pages);
}

/** Pieces of so many neighbouring pages, from one page on. */
const piecesOf = (itemPages: number, first: number, pages: number): readonly (readonly number[])[] =>
  range(Math.floor((pages - first) / itemPages)).map((item) =>
    range(itemPages).map((page) => first + item * itemPages + page),
  );

/** As many ring pages as the buffers behind them need descriptors. */
function ringOf(itemPages: number, pages: number): readonly (readonly number[])[] {
  let ringPages = 1;
  while (ringPages * DESCRIPTORS < Math.floor((pages - ringPages) / itemPages)) ringPages++;
  const buffers = piecesOf(itemPages, ringPages, pages);
  if (buffers.length === 0)
    throw new ModelError(
      `A ring and a buffer of ${itemPages} pages do not fit ${pages} pages; there must be one more.`,
    );
  return buffers.map((of, entry) => [Math.floor(entry / DESCRIPTORS), ...of]);
}

/** Whether the pieces come in a fixed order, and not by weight. */
export const isInOrder = ({ pick }: Workload): boolean => pick === "sequential" || pick === "ring";

/** Pages that one piece touches. */
export const pagesOfPiece = ({ pick, itemPages }: Workload): number => (pick === "ring" ? itemPages + 1 : itemPages);

/** How often each of so many pieces comes, relative to the others. @throws ModelError for numbers that make no sense */
export function weightsOf(workload: Workload, items: number): readonly number[] {
  switch (workload.pick) {
    case "random":
    case "sequential":
    case "ring":
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
  if (isInOrder(workload)) return [];
  const items = itemsOf(workload, pages);
  const weights = weightsOf(workload, items.length);
  return items.map((of, item) => ({ step: `${role}: ${STARTS}`, fields: { pages: of }, weight: weights[item]! }));
};
