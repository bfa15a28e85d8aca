/** In which order a thread reads the top of a page table, adds a level to it, maps and unmaps. */

/** How software keeps the top, and in which order two words are written; a reader takes the levels before the root. */
export type TopWords = "one-word" | "sequence-count" | "root-then-levels" | "levels-then-root";

export type Growth = "hardware-first" | "published-first" | "unflushed" | "keeps-lock";

export interface TableRules {
  readonly topWords: TopWords;
  readonly growth: Growth;
  /** When a thread that adds a level looks whether another one has done so. */
  readonly growCheck: "under-lock" | "before-lock";
  /** What the flush of an unmap is told of. */
  readonly gathers: "range-and-tables" | "range" | "nothing";
  /** When an unmap frees the tables that it has emptied. */
  readonly freesTables: "after-flush" | "before-flush" | "never";
}

export type TableStep =
  | "check"
  | "read-top"
  | "read-levels"
  | "read-root"
  | "install"
  | "clear"
  | "flush"
  | "free"
  | "lock"
  | "look-again"
  | "build"
  | "write-top"
  | "write-root"
  | "write-levels"
  | "write-entry"
  | "flush-entry"
  | "unlock";

export const TOP_READS: { readonly [words in TopWords]: readonly TableStep[] } = {
  "one-word": ["read-top"],
  "sequence-count": ["read-top"],
  "root-then-levels": ["read-levels", "read-root"],
  "levels-then-root": ["read-levels", "read-root"],
};

const TOP_WRITES: { readonly [words in TopWords]: readonly TableStep[] } = {
  "one-word": ["write-top"],
  "sequence-count": ["write-root", "write-levels"],
  "root-then-levels": ["write-root", "write-levels"],
  "levels-then-root": ["write-levels", "write-root"],
};

export const UNMAP_ENDS: { readonly [when in TableRules["freesTables"]]: readonly TableStep[] } = {
  "after-flush": ["clear", "flush", "free"],
  "before-flush": ["clear", "free", "flush"],
  never: ["clear", "flush"],
};

/** The top is built before the lock is taken, or under it after another look. */
const BEGINS: { readonly [check in TableRules["growCheck"]]: readonly TableStep[] } = {
  "under-lock": ["lock", "look-again", "build"],
  "before-lock": ["build", "lock"],
};

export function growthOf({ topWords, growth, growCheck }: TableRules): readonly TableStep[] {
  const top = TOP_WRITES[topWords];
  const orders: { readonly [order in Growth]: readonly TableStep[] } = {
    "hardware-first": ["write-entry", "flush-entry", ...top, "unlock"],
    "published-first": [...top, "write-entry", "flush-entry", "unlock"],
    unflushed: ["write-entry", ...top, "unlock"],
    "keeps-lock": ["write-entry", "flush-entry", ...top],
  };
  return [...BEGINS[growCheck], ...orders[growth]];
}
