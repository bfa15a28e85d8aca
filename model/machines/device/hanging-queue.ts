/** The queue of a shared engine whose pages may never come. */
export const HANGS = 0;
