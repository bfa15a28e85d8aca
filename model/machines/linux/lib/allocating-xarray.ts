/**
 * The indices of a struct xarray that was made with XA_FLAGS_ALLOC1: which one xa_alloc() takes, and what xa_erase() frees.
 *
 * Models  Linux 6.12, lib/xarray.c: __xa_alloc(), __xa_erase(), xas_find_marked(), xas_create(), xas_expand(), xas_shrink().
 *         xa_alloc() takes the lowest index with XA_FREE_MARK. Index 0 is busy in a new array, although nothing is stored
 *         there: while there is a node, xas_expand() has put XA_ZERO_ENTRY into its slot 0 without the mark; without a node
 *         the root lacks the mark. An xa_erase() of index 0 while there is a node returns NULL, but it removes that entry and
 *         sets the mark. From then on index 0 is like any other, even in an array that becomes empty: xas_delete_node()
 *         leaves the mark of the root as it is, and only a store at index 0 clears it.
 *         Without a node xa_erase() of index 0 finds nothing and changes nothing.
 *         A store takes memory for a node where no node with the slot is there: xas_create(), xas_expand(). Index 0 is in the
 *         root while there is no node. Memory is asked for twice before a store fails: with GFP_NOWAIT in xas_alloc(), and with
 *         the flags of the caller in __xas_nomem().
 * Omits   Limits, and entries of several indices. Nodes of higher levels that stay after a store has failed.
 */

/** The array: where entries are stored, and whether xa_alloc() may take index 0. */
export interface AllocatingXarray {
  readonly used: readonly number[];
  readonly zeroIsFree: boolean;
}

/** xas_expand() makes a node for the first index above 0, and xas_shrink() frees it after the last. */
const hasNode = ({ used }: AllocatingXarray): boolean => used.some((index) => index > 0);

/** The index that xa_alloc() takes. */
export function lowestFree({ used, zeroIsFree }: AllocatingXarray): number {
  if (zeroIsFree) return 0;
  let index = 1;
  while (used.includes(index)) index += 1;
  return index;
}

/** XA_CHUNK_SIZE: the slots of a node. */
const SLOTS = 64;
const nodeOf = (index: number): number => Math.floor(index / SLOTS);

/** Whether a store at `index` takes memory. XA_ZERO_ENTRY keeps the node of index 0. */
export function takesMemory(array: AllocatingXarray, index: number): boolean {
  if (!hasNode(array)) return index > 0;
  const keepsFirst = !array.zeroIsFree && nodeOf(index) === 0;
  return !keepsFirst && !array.used.some((one) => nodeOf(one) === nodeOf(index));
}

/** Whether index 0 is free after an entry was stored at `index`. */
export const zeroAfterAlloc = ({ zeroIsFree }: AllocatingXarray, index: number): boolean => zeroIsFree && index !== 0;

/** Whether index 0 is free after xa_erase() of `index`, which need not be in use. */
export const zeroAfterErase = (array: AllocatingXarray, index: number): boolean =>
  array.zeroIsFree || (index === 0 && (array.used.includes(0) || hasNode(array)));
