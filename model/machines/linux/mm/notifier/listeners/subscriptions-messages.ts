/** What the subscriptions of a process are, and what they tell (subscriptions.ts). */
import { linux, messages } from "../../../../../said.ts";

const NOTIFIER = "mm/mmu_notifier.c";

export interface SubscriptionsContext {
  /** Static: what each listener watches. */
  readonly ranges: { readonly [listener: string]: readonly number[] };
  /** Listeners of the list, and those of the tree: sets. */
  readonly list: readonly string[];
  readonly tree: readonly string[];
  /** Deferred until the sequence count is even: sets. */
  readonly adds: readonly string[];
  readonly removes: readonly string[];
  /** active_invalidate_ranges: how many invalidations have begun and not ended. */
  readonly active: number;
  /** invalidate_seq & 1. */
  readonly odd: boolean;
  /** Listeners whose sequence number is the current one: a set. */
  readonly colliding: readonly string[];
  /** Listeners whose number is the one that its reader has seen: a set. */
  readonly fresh: readonly string[];
  /** Who waits for the sequence count to change: a set. */
  readonly awaiting: readonly string[];
  /** Who holds the spinlock between two steps. */
  readonly spin: string | null;
  /** Who is in a read section of SRCU: a set. */
  readonly readers: readonly string[];
  /** synchronize_srcu(): who waits for which of them, sorted. */
  readonly graces: readonly { readonly by: string; readonly on: readonly string[] }[];
  /** Threads between the begin of an invalidation and its end, as mm_take_all_locks() sees them: a set. */
  readonly threads: readonly string[];
}

/** Whether the waiter of a removal takes the spinlock to read the sequence count (319561669a59). */
export type RemovalReads = "under-lock" | "lockless";

export type SubscriptionsEmits =
  | { readonly type: "tree.matched"; readonly by: string; readonly listeners: readonly string[] }
  | { readonly type: "list.found"; readonly by: string; readonly listener: string | null }
  /** The node of the listener is written: it is put into the tree, or taken off. */
  | { readonly type: "listener.linked"; readonly listener: string }
  | { readonly type: "sequence.compared"; readonly by: string; readonly changed: boolean };

export const subscriptionsSays = messages<SubscriptionsEmits>({
  "tree.matched": {
    says: "counts the invalidation of {by}, and finds [{listeners}] in its range",
    origin: linux(NOTIFIER, "mn_itree_inv_start_range"),
  },
  "list.found": {
    says: "names {listener?listener:no listener} {listener} to {by}",
    origin: linux(NOTIFIER, "mn_hlist_invalidate_range_start"),
  },
  "listener.linked": {
    says: "moves {listener} in or out of the interval tree, as was deferred",
    origin: linux(NOTIFIER, "mn_itree_inv_end"),
  },
  "sequence.compared": {
    says: "tells {by} that {changed?an:no} invalidation has begun since",
    origin: linux("include/linux/mmu_notifier.h", "mmu_interval_read_retry"),
  },
});

/** The listeners in the tree whose range overlaps these pages. */
export const listenersOf = (
  { tree, ranges }: Pick<SubscriptionsContext, "tree" | "ranges">,
  pages: readonly number[],
): readonly string[] => tree.filter((listener) => ranges[listener]!.some((page) => pages.includes(page)));
