/** Rules, context, events and messages of a transaction that can stall; the machine itself is in stalled-transaction.ts. */
import type { Message } from "../../../checker/json.ts";

export interface TransactionRules {
  readonly stag: number;
  /** Ghost: the kind of device that issues it. */
  readonly kind: "platform" | "pcie";
  /** S25, H26. Whether faults of this stream stall; those of a real PCIe device must not. */
  readonly stalls: boolean;
  /** K22. */
  readonly retriesEarly: boolean;
  /** S22. `records` keeps a fault that an invalidation made stale: a hardware defect. */
  readonly whenInvalidated: "retries" | "records";
  /** K24. How a terminated transaction looks to the device: an abort, or reads as zero and writes ignored. */
  readonly termination: "abort" | "razWi";
  /** B41. A transaction that is resumed after stalls were turned off; `stays` (stalled for ever) is a hardware defect. */
  readonly resumedWhenOff: "terminates" | "stays";
  /** K22. Whether the page is recorded once for all transactions that stall on it. */
  readonly suppresses: boolean;
}

export type TransactionEvent =
  | {
      readonly type: `transaction.${(typeof STEPS)[number]}`;
    }
  | { readonly type: "page.granted" | "page.absent" | "invalidation.synced" | "stall.terminates" | "duplicates.retry" }
  | { readonly type: "path.passes" | "quiesce.asks" | "memory.given-out" }
  | { readonly type: "record.discarded" | "stall.releases" | "stalls.off" | "stalls.on" }
  | { readonly type: "stall.resumes"; readonly how: "retry" | "abort" };

export type TransactionEmits =
  | { readonly type: "page.tried"; readonly stag: number; readonly outlived: boolean }
  | { readonly type: "event.recorded" | "event.reported"; readonly stag: number }
  | { readonly type: "event.lost" | "record.begins" | "record.joins" | "record.answered" };

/** What the device and the SMMU do on their own. */
const STEPS = [
  "issues",
  "tries",
  "records",
  "tries-early",
  "ends",
  "loses-record",
  "is-suppressed",
  "is-downgraded",
  "times-out",
] as const;
export const transactionSteps: readonly Message[] = STEPS.map((step) => ({ type: `transaction.${step}` }));

export interface TransactionContext {
  readonly rules: TransactionRules;
  /** The fault is older than an invalidation that has completed. */
  readonly stale: boolean;
  /** Ghost: it was terminated before the memory got a new owner. */
  readonly outlived: boolean;
  /** Stalls and walks are turned off. */
  readonly off: boolean;
  /** Ghost: a transaction was terminated as RAZ/WI, and the device has seen no error since. */
  readonly silent: boolean;
  /** Ghost: a later access of that device succeeded. Never cleared. */
  readonly misled: boolean;
  /** Ghost: the device gave the access up while it was stalled. */
  readonly givenUp: boolean;
}
