/**
 * A bug that the model can say: what it is, who published it, in which kernels it is, and which deliberate defect of
 * properties/departures sets it. The setting itself is written there, once.
 */
import type { Settings } from "../departures/departure.ts";

/**
 * `published`: a fix, an erratum or an advisory says so. `proposed`: in a patch that was posted and not merged, or a way that
 * its review weighed. `read`: in code or hardware that is in use, by reading; no publication is known. `clause`: what a rule
 * forbids, without a case of it.
 */
export type DefectKind = "published" | "proposed" | "read" | "clause";

/** The kernel trees that were read. */
export const TREES = ["6.1.192", "6.12.117", "7.3.4"] as const;
export type Tree = (typeof TREES)[number];

/** `absent`: the code that it is about is not in the tree. */
export type TreeState = "present" | "fixed" | "absent";

/** What ended it. */
export interface Fix {
  /** The subject of the commit, without its area where that is long; or what was changed. */
  readonly subject: string;
  readonly commit?: string;
  readonly cve?: string;
  /** The first release of each series that is known to have it. */
  readonly releases: readonly string[];
}

export interface Defect {
  /** Never reused: "overflow-cleared-early". */
  readonly id: string;
  /** What goes wrong, as one sentence without its full stop. */
  readonly title: string;
  readonly kind: DefectKind;
  /**
   * Ids of docs/sources.md, "row 34" of the RFC thread, a finding of docs/shipped.md, "changelog 6.12.88" (of Debian's kernels),
   * "message ID" of a mail.
   */
  readonly sources: readonly string[];
  /** Where it is, in words: "VT-d, before 5.12". */
  readonly where: string;
  /** By tree; a tree that is not named was not read for it. */
  readonly trees?: { readonly [tree in Tree]?: TreeState } | undefined;
  readonly fix?: Fix;
  /** The deliberate defect that sets it: "teardown teardownOrder=no-drain", system and knobs as its row has them. */
  readonly shownBy: string;
  /** Those of the knobs that are the defect; the others give it room, and stay. Default: all. */
  readonly knobs?: readonly string[];
  /** What those knobs have when the defect is off; default: the value of the design. */
  readonly off?: Settings;
  /** Those claims of the row that hold when the defect is off; default: all. */
  readonly breaks?: readonly string[];
  /** Set only by its effect: what the model would need to have its cause. */
  readonly missing?: string;
}

/** In the order of TREES. */
export const inTrees = (...states: readonly [TreeState, TreeState, TreeState]): Defect["trees"] =>
  Object.fromEntries(TREES.map((tree, k) => [tree, states[k]!]));

export const FIXED_IN_ALL = inTrees("fixed", "fixed", "fixed");
export const PRESENT_IN_ALL = inTrees("present", "present", "present");
/** The code came after 6.1, and was mended before 6.12.117. */
export const FIXED_SINCE = inTrees("absent", "fixed", "fixed");
