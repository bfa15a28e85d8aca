/**
 * What a thread of the memory management does for one operation, from the start of its invalidation to the end, and what the
 * callback of each listener does in it. The steps are data, so that a step left out or two steps swapped are changes of a list.
 */
export type Kind = "tree" | "list";
/** What happens to memory: the process discards pages, the OOM reaper takes them, khugepaged replaces all of them by a huge one. */
export type Happening = "discard" | "reap" | "collapse";
/** Who hears of a collapse: all that listen, those of its first page, or nobody. */
export type CollapseTells = "range" | "first-page" | "nobody";
/** Who hears the end after a listener of the list has refused. */
export type AfterRefusal = "ends-those-told" | "ends-list" | "ends-nobody";

export type CallbackStep = "lock" | "sequence" | "look" | "unmap" | "unlock";
export type ThreadStep =
  | { readonly do: CallbackStep | "refuse" | "count-down"; readonly listener: string }
  | { readonly do: "tree-begins" | "tree-ends" | "tree-settles" | "srcu-lock" | "srcu-unlock" | "walk" }
  | { readonly do: "clear" | "free" | "over" };

/** The callback that begins an invalidation, by name of the order. */
export const CALLBACKS = {
  "under-lock": ["lock", "sequence", "look", "unmap", "unlock"],
  /** CVE-2025-21732, the half in the callback. */
  "without-look": ["lock", "sequence", "unmap", "unlock"],
  /** As 84211b1c0db6 found in xe: what it has looked at may be gone. */
  "unmap-unlocked": ["lock", "sequence", "look", "unlock", "unmap"],
  /** Without mmu_interval_set_seq(), or the count of KVM. */
  "without-sequence": ["lock", "look", "unmap", "unlock"],
  "keeps-lock": ["lock", "sequence", "look", "unmap"],
} as const satisfies { readonly [order: string]: readonly CallbackStep[] };
export type CallbackOrder = keyof typeof CALLBACKS;

export interface ThreadRules {
  readonly kinds: { readonly [listener: string]: Kind };
  /** The listener that refuses where it must not sleep. */
  readonly refuser: string | null;
  readonly callbackOrder: CallbackOrder;
  readonly collapseTells: CollapseTells;
  readonly afterRefusal: AfterRefusal;
}

const plain = (...steps: readonly Exclude<ThreadStep, { readonly listener: string }>["do"][]): readonly ThreadStep[] =>
  steps.map((step) => ({ do: step }));

const hasList = ({ kinds }: ThreadRules): boolean => Object.values(kinds).includes("list");
const walks = (rules: ThreadRules): readonly ThreadStep[] => (hasList(rules) ? plain("srcu-lock", "walk") : []);

/** Of `pages`, those for which listeners are called. */
export function toldOf(
  { collapseTells }: ThreadRules,
  happening: Happening,
  pages: readonly number[],
): readonly number[] {
  if (happening !== "collapse" || collapseTells === "range") return pages;
  return collapseTells === "nobody" ? [] : pages.slice(0, 1);
}

export const operation = (rules: ThreadRules, told: readonly number[]): readonly ThreadStep[] =>
  told.length === 0
    ? plain("clear", "free", "over")
    : [
        ...plain("tree-begins"),
        ...walks(rules),
        ...plain("clear", "free", "tree-ends", "tree-settles"),
        ...walks(rules),
        ...plain("over"),
      ];

/** The callback of a listener at the start of an invalidation. */
export const startCallback = (rules: ThreadRules, listener: string, happening: Happening): readonly ThreadStep[] =>
  happening === "reap" && listener === rules.refuser
    ? [{ do: "refuse", listener }]
    : CALLBACKS[rules.callbackOrder].map((step) => ({ do: step, listener }));

/** The callback of a listener of the list at the end. */
export const endCallback = (listener: string): readonly ThreadStep[] =>
  (["lock", "count-down", "unlock"] as const).map((step) => ({ do: step, listener }));

/** mn_itree_invalidate(): the invalidation ends, and no listener of the list has heard of it. */
export const AFTER_REFUSAL_IN_TREE: readonly ThreadStep[] = plain("tree-ends", "tree-settles", "over");

/** mn_hlist_invalidate_range_start(), once all have been called. */
export const afterRefusalInList = ({ afterRefusal }: ThreadRules): readonly ThreadStep[] =>
  ({
    "ends-those-told": plain("walk", "tree-ends", "tree-settles", "over"),
    "ends-list": plain("walk", "over"),
    "ends-nobody": plain("srcu-unlock", "over"),
  })[afterRefusal];

/** What the listener of the list that refused hears of the end. */
export const hearsEnd = ({ afterRefusal, refuser }: ThreadRules, listener: string): boolean =>
  afterRefusal === "ends-list" || listener !== refuser;
