/** What each operation on the interval tree and its sequence count changes (subscriptions.ts); each runs under the spinlock. */
import type { SubscriptionsContext } from "./subscriptions-messages.ts";

type Change = Partial<SubscriptionsContext>;

const withName = (names: readonly string[], name: string): readonly string[] => [...new Set([...names, name])].sort();
const without = (names: readonly string[], gone: readonly string[]): readonly string[] =>
  names.filter((one) => !gone.includes(one));

/** At most this many invalidations are counted: with two threads one of them never ends, so that the count stays above 0. */
const MOST = 3;

/** mn_itree_inv_start_range() */
export const begins = ({ active, odd }: SubscriptionsContext, found: readonly string[]): Change => ({
  active: Math.min(active + 1, MOST),
  odd: odd || found.length > 0,
});

/** mmu_interval_set_seq(): a reader that has seen another number starts over. */
export function setsSequence({ odd, colliding, fresh }: SubscriptionsContext, listener: string): Change {
  if (!odd || colliding.includes(listener)) return {};
  return { colliding: withName(colliding, listener), fresh: without(fresh, [listener]) };
}

/** mn_itree_inv_end(), until the count is even; what was deferred comes in the next step. */
export function ends({ active, odd }: SubscriptionsContext, by: string): Change {
  if (active === MOST) return {};
  if (active > 1 || !odd) return { active: active - 1 };
  return { active: 0, odd: false, colliding: [], awaiting: [], spin: by };
}

/** The rest of mn_itree_inv_end(). */
export const settles = ({ tree, adds, removes: gone }: SubscriptionsContext): Change => ({
  tree: [...new Set([...without(tree, gone), ...adds])].sort(),
  adds: [],
  removes: [],
  spin: null,
});

/** __mmu_interval_notifier_insert(): beside an invalidation the new range is taken to be part of it. */
export function inserts({ active, odd, adds, tree, colliding, fresh }: SubscriptionsContext, listener: string): Change {
  const unread = { fresh: without(fresh, [listener]) };
  if (active === 0) return { ...unread, tree: withName(tree, listener) };
  const collides = { ...unread, colliding: withName(colliding, listener) };
  return odd
    ? { ...collides, adds: withName(adds, listener) }
    : { ...collides, odd: true, tree: withName(tree, listener) };
}

/** mmu_interval_notifier_remove(), up to its wait. */
export function removes(context: SubscriptionsContext, listener: string, by: string): Change {
  const { odd, adds, tree, removes: gone, awaiting } = context;
  if (!odd) return { tree: without(tree, [listener]) };
  if (adds.includes(listener)) return { adds: without(adds, [listener]) };
  return { removes: withName(gone, listener), awaiting: withName(awaiting, by) };
}

/** mmu_interval_read_begin(), up to its wait. */
export const samples = (
  { fresh, colliding, awaiting }: SubscriptionsContext,
  listener: string,
  by: string,
): Change => ({
  fresh: withName(fresh, listener),
  awaiting: colliding.includes(listener) ? withName(awaiting, by) : awaiting,
});
