/** What can differ between two systems of the focused model `lru-limit`, and what follows from it in pages. */
import type { Host } from "../../hosts/host.ts";
import type { ItemAccess } from "../../machines/device/work-item.ts";
import { limitOf, type LimitRule } from "../../machines/linux/vfio/iopf/limit/fault-limit.ts";
import type { Bounds } from "../bounds.ts";

export interface LruDesign extends Pick<Host, "evictsOwnGroup" | "releaseOrder" | "respondWhen" | "workers"> {
  readonly name: string;
  readonly limitLevel: "10" | "30" | "50" | "70" | "unlimited";
  readonly limitRounding: "down" | "up";
  /** Nobody: what was mapped stays (RFC v1). Refusal: the handler refuses at the limit. */
  readonly limitKeptBy: "nobody" | "refusal" | "handler" | "thread";
  readonly victims: "first-mapped" | "not-used-since";
  readonly sparesUnused: boolean;
  readonly shortageCode: "invalid" | "failure";
  readonly thrashDetector: boolean;
  readonly limitAtUnmap: "evicts" | "lowers-only" | "keeps";
  readonly expires: "never" | "any-page" | "used-page";
  readonly lockdownTracked: boolean;
  readonly premap: "none" | "pages" | "superpage";
}

export interface LruSizes extends Pick<Bounds, "devices" | "itemPages"> {
  readonly name: string;
  readonly itemAccess: ItemAccess;
  readonly itemScript: "any" | "belady";
  readonly itemsEach: number;
  readonly hotPages: number;
  readonly lockedPages: number;
  readonly guestPages: number;
  readonly extraPages: number;
}

export const ruleOf = ({ limitLevel, limitRounding }: LruDesign, { guestPages, extraPages }: LruSizes): LimitRule => ({
  percent: limitLevel === "unlimited" ? null : Number(limitLevel),
  rounding: limitRounding,
  sizes: extraPages > 0 ? [guestPages, extraPages] : [guestPages],
});

/** The limit while only the mapping that stays is there: the lowest that it can be. */
export const lowestLimit = (design: LruDesign, sizes: LruSizes): number => limitOf(ruleOf(design, sizes), [0]);

/** The limit while everything is mapped: the highest that it can be. */
export const highestLimit = (design: LruDesign, sizes: LruSizes): number => {
  const rule = ruleOf(design, sizes);
  return limitOf(rule, [...rule.sizes.keys()]);
};

/** Pages that have to be resident for one item to get on (g). */
const atOnce = ({ itemAccess, itemPages }: LruSizes): number => (itemAccess === "in-turn" ? 1 : itemPages);

/**
 * The bound of VFIO facts 4.2, in pages besides those that are locked down. The host can protect what it sees: a group that
 * is asked for at once, and not the other pages of a command that stalls one by one.
 */
const progressBound = (design: LruDesign, sizes: LruSizes): number =>
  Math.min(
    sizes.hotPages,
    design.sparesUnused && sizes.itemAccess !== "restarted" ? atOnce(sizes) : sizes.devices * atOnce(sizes),
  );

/** Whether the limit is at least the bound of 4.2, or nobody keeps it. */
export const fits = (design: LruDesign, sizes: LruSizes): boolean =>
  design.limitKeptBy === "nobody" || lowestLimit(design, sizes) - sizes.lockedPages >= progressBound(design, sizes);

/** Answers Success that an item may get: with in-flight protection one is enough, and a detector lets each page be missed twice. */
export const mostAnswers = ({ itemAccess, itemPages }: LruSizes): number =>
  itemAccess === "at-once" ? 2 : 2 * itemPages + 1;

/** Pages that faults can map, or that are locked down, while only the mapping that stays is there. */
export const usedPages = ({ hotPages, lockedPages, extraPages }: LruSizes): number =>
  hotPages + lockedPages - (extraPages > 0 ? 1 : 0);
