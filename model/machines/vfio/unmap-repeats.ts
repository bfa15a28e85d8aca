/**
 * How often DMA_UNMAP looks at a mapping again because drivers still have pages of it pinned.
 *
 * Models  vfio_dma_do_unmap() of Linux: the first meeting is remembered, every further one is counted, and one more than the
 *         bound is a BUG (VFIO facts 2.3, U3a; I-16).
 * Omits   the bound of 10 itself: it is a knob, and small.
 */

/** Null before the first notification. */
export type Repeats = number | null;

export const again = (repeats: Repeats): number => (repeats === null ? 0 : repeats + 1);

export const isTooOften = (repeats: Repeats, bound: number): boolean => repeats !== null && repeats >= bound;
