/** In which order an unmap takes its steps, and what it does when a device does not answer. */

/**
 * The store that clears the entry; a full barrier, before which nothing behind it is read; the list; IOTLB and ATC; the end of reading; the page given back.
 */
export type UnmapStep = "clear" | "barrier" | "read" | "iotlb" | "all-iotlb" | "atc" | "end-read" | "free";

export type UnmapOrder =
  "list-first" | "iotlb-first" | "no-barrier" | "read-too-early" | "atc-first" | "atc-only" | "keeps-lock";

export const UNMAP_ORDERS: { readonly [order in UnmapOrder]: readonly UnmapStep[] } = {
  "list-first": ["clear", "barrier", "read", "iotlb", "atc", "end-read", "free"],
  "iotlb-first": ["clear", "all-iotlb", "barrier", "read", "atc", "end-read", "free"],
  "no-barrier": ["clear", "all-iotlb", "read", "atc", "end-read", "free"],
  "read-too-early": ["read", "clear", "barrier", "iotlb", "atc", "end-read", "free"],
  "atc-first": ["clear", "barrier", "read", "atc", "iotlb", "end-read", "free"],
  "atc-only": ["clear", "read", "atc", "end-read", "free"],
  "keeps-lock": ["clear", "barrier", "read", "iotlb", "atc", "free"],
};

/**
 * After an Invalidate Request has timed out. `blocks-ats`: ATS is turned off in the entry and in the device. `clears-eats`: in the
 * entry only. `reports`: a worker blocks the device later. `retries`: it is sent again, each time.
 */
export type TimeoutDoes = "ignored" | "retries" | "reports" | "clears-eats" | "blocks-ats";

export interface UnmapRules {
  readonly unmapOrder: UnmapOrder;
  /** When ATCs are left out: nobody who is listed has ATS, or the count says so. */
  readonly skipsAtc: "none-listed" | "count-zero";
  readonly timeoutDoes: TimeoutDoes;
}
