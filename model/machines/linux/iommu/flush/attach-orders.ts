/** In which order an attach to the page table, and a way out of it, take their steps. */

/**
 * Onto the list and off it; the entry of each requester; the copy that hardware keeps of it; the IOTLB by the tag; the ATC; the
 * enable bit of the device.
 */
export type AttachStep =
  "list" | "unlist" | "write-entry" | "flush-copy" | "flush-iotlb" | "flush-atc" | "ats-on" | "ats-off";

export type AttachOrder = "listed-first" | "listed-last" | "flag-last" | "ats-first" | "never-listed";
export type DetachOrder =
  "unlisted-last" | "unlisted-first" | "copy-kept" | "iotlb-kept" | "atc-kept" | "flushed-early" | "never-unlisted";

export const LISTING_ORDERS: { readonly [order in AttachOrder]: readonly AttachStep[] } = {
  "listed-first": ["list", "ats-off", "write-entry", "flush-copy", "flush-atc", "ats-on"],
  "listed-last": ["ats-off", "write-entry", "flush-copy", "flush-atc", "ats-on", "list"],
  /** As listed-last: an ATC invalidation passes over a device on the list whose flag is not set. */
  "flag-last": ["ats-off", "write-entry", "flush-copy", "flush-atc", "ats-on", "list"],
  "ats-first": ["ats-on", "list", "ats-off", "write-entry", "flush-copy", "flush-atc"],
  "never-listed": ["ats-off", "write-entry", "flush-copy", "flush-atc", "ats-on"],
};

export const UNLISTING_ORDERS: { readonly [order in DetachOrder]: readonly AttachStep[] } = {
  "unlisted-last": ["ats-off", "write-entry", "flush-copy", "flush-iotlb", "flush-atc", "ats-on", "unlist"],
  "unlisted-first": ["unlist", "ats-off", "write-entry", "flush-copy", "flush-iotlb", "flush-atc", "ats-on"],
  "copy-kept": ["ats-off", "write-entry", "flush-iotlb", "flush-atc", "ats-on", "unlist"],
  "iotlb-kept": ["ats-off", "write-entry", "flush-copy", "flush-atc", "ats-on", "unlist"],
  "atc-kept": ["ats-off", "write-entry", "flush-copy", "flush-iotlb", "ats-on", "unlist"],
  "flushed-early": ["flush-iotlb", "flush-atc", "ats-off", "write-entry", "flush-copy", "ats-on", "unlist"],
  "never-unlisted": ["ats-off", "write-entry", "flush-copy", "flush-iotlb", "flush-atc", "ats-on"],
};

export interface AttachRules {
  readonly attachOrder: AttachOrder;
  readonly detachOrder: DetachOrder;
  /** Whether the count of requesters with ATS drops by what the device had, or by what it has now. */
  readonly countDrops: "old-state" | "new-state" | "never";
  /** By whose source id the copy of an alias's entry is invalidated. */
  readonly aliasFlush: "own-id" | "device-id";
  readonly brokenAttach: "without-ats" | "as-usual";
  /** Whether an attach sees that its own Invalidate Request has timed out. */
  readonly attachNotices: boolean;
  /** Whether a device that is blocked until a reset may be attached. */
  readonly blockedAttach: "refused" | "allowed";
  readonly resetRestores: "if-it-succeeds" | "always" | "never";
  readonly resetClears: boolean;
}
