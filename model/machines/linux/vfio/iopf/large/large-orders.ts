/** In which order a handler maps a page, large or small, and takes one back. */
import type { SplitRules } from "../../../../iommu/sized-table.ts";

export interface LargeRules extends SplitRules {
  /** What a fault maps: the large page around it, if none of its pages is marked, or one page. */
  readonly faultMaps: "large" | "base";
  /** Which pages are unpinned, and their marks cleared, after iommu_unmap() was asked for one. */
  readonly believes: "entry" | "asked" | "returned-size";
  /** What becomes of an empty table, and of what caches have read of it, where a large entry comes. */
  readonly tableSwap: "flush-then-free" | "free-then-flush" | "unflushed";
  /** By what locked_vm grows and shrinks. */
  readonly charges: "base-pages" | "one-per-fault";
  readonly releaseOrder: "flush-then-unpin" | "unpin-then-flush";
}

export type LargeStep =
  | "pin"
  | "charge"
  | "unlink"
  | "flush-walks"
  | "free-table"
  | "write-large"
  | "write-small"
  | "clear"
  | "clear-range"
  | "flush"
  | "rebuild"
  | "unpin"
  | "uncharge";

const SWAPS: { readonly [swap in LargeRules["tableSwap"]]: readonly LargeStep[] } = {
  "flush-then-free": ["unlink", "flush-walks", "free-table"],
  "free-then-flush": ["unlink", "free-table", "flush-walks"],
  unflushed: ["unlink", "free-table"],
};

export const mapSteps = ({ tableSwap }: LargeRules, large: boolean): readonly LargeStep[] => [
  "pin",
  "charge",
  ...(large ? ([...SWAPS[tableSwap], "write-large"] as const) : (["write-small"] as const)),
];

/** A large entry that was broken up gets its table after the flush. */
const rebuilds = (splitOrder: LargeRules["splitOrder"]): readonly LargeStep[] =>
  splitOrder === "break-before-make" ? ["rebuild"] : [];

export const releaseSteps = (
  { releaseOrder, splitOrder }: LargeRules,
  clear: "clear" | "clear-range",
): readonly LargeStep[] => [
  clear,
  ...(releaseOrder === "flush-then-unpin"
    ? (["flush", ...rebuilds(splitOrder), "unpin"] as const)
    : (["unpin", "flush", ...rebuilds(splitOrder)] as const)),
  "uncharge",
];
