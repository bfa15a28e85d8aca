/** What can differ between two systems of the study lru-limit, and what follows from it in pages. */
import { hostKnobs, type Host } from "../../hosts/host.ts";
import type { KnobTable } from "../../knobs.ts";
import type { ItemAccess } from "../../machines/device/work-item.ts";
import { limitOf, type LimitRule } from "../../machines/linux/vfio/iopf/limit/fault-limit.ts";
import { boundsKnobs, type Bounds } from "../bounds.ts";

export interface LruDesign extends Pick<Host, "evictsOwnGroup" | "releaseOrder" | "respondWhen"> {
  readonly name: string;
  readonly limitLevel: "10" | "30" | "50" | "70" | "unlimited";
  readonly limitRounding: "down" | "up";
  /** Nobody: what was mapped stays (RFC v1). Refusal: the handler refuses at the limit. */
  readonly limitKeptBy: "nobody" | "refusal" | "handler" | "thread";
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

const flag = { kind: "flag" } as const;

export const lruKnobs: KnobTable<LruDesign> = {
  evictsOwnGroup: hostKnobs.evictsOwnGroup,
  releaseOrder: hostKnobs.releaseOrder,
  respondWhen: hostKnobs.respondWhen,
  limitLevel: {
    id: "row 34",
    values: { kind: "choice", of: ["10", "30", "50", "70", "unlimited"] },
    sentence: "Percent of the total mapping size that faults may keep mapped.",
  },
  limitRounding: {
    id: "row 34",
    values: { kind: "choice", of: ["down", "up"] },
    sentence: "How a share that is no whole number of pages is rounded.",
  },
  limitKeptBy: {
    id: "row 33",
    values: { kind: "choice", of: ["nobody", "refusal", "handler", "thread"] },
    sentence: "Who keeps what faults map within the limit: a handler that refuses or evicts, a thread that checks.",
  },
  sparesUnused: {
    id: "VFIO facts 4.2",
    values: flag,
    sentence: "Whether pages of an answered group stay until its device has used them.",
  },
  shortageCode: {
    id: "D-23",
    values: { kind: "choice", of: ["invalid", "failure"] },
    sentence: "What a group gets for which there is no room; invalid cannot be told from a violation.",
  },
  thrashDetector: {
    id: "I-44",
    values: flag,
    sentence: "Whether a group is refused whose pages were mapped twice and taken back unused.",
  },
  limitAtUnmap: {
    id: "row 34",
    values: { kind: "choice", of: ["evicts", "lowers-only", "keeps"] },
    sentence: "What DMA_UNMAP does about the limit, of which a part goes with the region.",
  },
  expires: {
    id: "row 26",
    values: { kind: "choice", of: ["never", "any-page", "used-page"] },
    sentence: "Which mapped pages may be taken back because their time is over.",
  },
  lockdownTracked: {
    id: "I-17",
    values: flag,
    sentence: "Whether locked-down pages are in the tracker of what may be evicted (a departure).",
  },
  premap: {
    id: "row 31",
    values: { kind: "choice", of: ["none", "pages", "superpage"] },
    sentence: "Whether the neighbour of a faulting page is mapped too, page by page or with one entry (D-08).",
  },
};

export const lruSizeKnobs: KnobTable<LruSizes> = {
  devices: boundsKnobs.devices,
  itemPages: boundsKnobs.itemPages,
  itemAccess: {
    id: "VFIO facts 4.2",
    values: { kind: "choice", of: ["at-once", "restarted", "in-turn"] },
    sentence: "Whether an item needs its pages at once, one by one from the start after a fault, or one by one.",
  },
  itemScript: {
    id: "VFIO facts 4.1",
    values: { kind: "choice", of: ["any", "belady"] },
    sentence: "Which items devices begin: any, or one page each in the order of Belady's example.",
  },
  itemsEach: {
    id: "bound",
    values: { kind: "integer", from: 0, to: 4 },
    sentence: "Items that a device begins; 0: no end.",
  },
  hotPages: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 5 },
    sentence: "Pages of the guest that devices use.",
  },
  lockedPages: { id: "I-17", values: { kind: "integer", from: 0, to: 2 }, sentence: "Pages that are locked down (R)." },
  guestPages: {
    id: "row 34",
    values: { kind: "integer", from: 1, to: 100 },
    sentence: "Size of the mapping that stays.",
  },
  extraPages: {
    id: "row 34",
    values: { kind: "integer", from: 0, to: 100 },
    sentence: "Size of a second mapping that the VMM makes and removes; 0: there is none.",
  },
};

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
