/**
 * The steps of the driver behind a listener, each list in the order in which a kernel does them. They are data, so that a step
 * left out or two steps swapped are changes of a list.
 */
export type OwnerStep =
  | "allocate"
  | "insert"
  | "sample"
  | "await"
  | "get"
  | "lock"
  | "compare"
  | "map"
  | "unlock"
  | "revoke"
  | "forget"
  | "remove"
  | "wait"
  | "free";

/** How a driver begins to listen. */
export const REGISTERS: readonly OwnerStep[] = ["allocate", "insert"];

/** A fault of the device: mmu_interval_read_begin(), hmm_range_fault(), mmu_interval_read_retry() under the lock of the driver. */
export const FAULTS = {
  "compare-under-lock": ["sample", "await", "get", "lock", "compare", "map", "unlock"],
  "compare-before-lock": ["sample", "await", "get", "compare", "lock", "map", "unlock"],
  "sample-after-get": ["get", "sample", "await", "lock", "compare", "map", "unlock"],
  /** Without the wait of mmu_interval_read_begin(). */
  "without-wait": ["sample", "get", "lock", "compare", "map", "unlock"],
} as const satisfies { readonly [order: string]: readonly OwnerStep[] };
export type FaultOrder = keyof typeof FAULTS;

/** How it stops to listen: `wait` is that of mmu_interval_notifier_remove(), or synchronize_srcu(). */
export const CLOSES = {
  "revoke-first": ["lock", "revoke", "forget", "unlock", "remove", "wait", "free"],
  /** CVE-2025-21732. */
  "revoke-unlocked": ["revoke", "remove", "wait", "free"],
  "remove-first": ["remove", "wait", "lock", "revoke", "forget", "unlock", "free"],
  "free-early": ["lock", "revoke", "forget", "unlock", "remove", "free"],
  "remove-under-lock": ["lock", "revoke", "forget", "remove", "wait", "unlock", "free"],
  "revoke-twice": ["lock", "revoke", "forget", "unlock", "remove", "wait", "revoke", "free"],
} as const satisfies { readonly [order: string]: readonly OwnerStep[] };
export type CloseOrder = keyof typeof CLOSES;
