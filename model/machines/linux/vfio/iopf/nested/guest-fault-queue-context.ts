/** What the kernel keeps of the faults of a guest (guest-fault-queue.ts), and the choices of its design. */
import type { Fault } from "../../../include/iommu.ts";

export interface GuestFaultQueueRules {
  readonly delivery: "per-request" | "whole-group";
  /** How a response names its group. */
  readonly answersBy: "cookie" | "group-index";
  /** Whether the cookie of a finished group is given out again at once (D10: xa_alloc() takes the lowest free one). */
  readonly cookies: "unique" | "lowest-free";
  /** Records that the ring holds; 0: a list without an end. */
  readonly records: number;
  /**
   * Whether partial faults that were handed out are recalled on overflow, in the queue or beside it; or in the queue both on
   * overflow and when a full ring refuses a request. No tree has a recall.
   */
  readonly recall: "none" | "in-order" | "after-refusals" | "overtaking";
  /** Whether a read that fails half way puts the whole group back (B-29: half a group was consumed, its cookie lost). */
  readonly readRollback: boolean;
  /** A response to a group that is not outstanding: refused, or taken for the next group (I-40 asks for a refusal). */
  readonly strayAnswer: "refused" | "next-in-line";
  /** Whether a teardown also removes the groups that it answers (B-27: a group had two owners and was freed in use). */
  readonly teardownRule: "answers-and-drops" | "answers-only";
  /** Whether the kernel responds Invalid to a group that user space has not answered in time; the last three are mistakes. */
  readonly groupTimeout: "none" | "drops-group" | "from-read" | "keeps-group" | "by-index";
  /** Ghost: how many uses of an index are distinguished, which makes cookies unique. */
  readonly instances: number;
}

/** The head of the ring as a reporter has read it without the lock; stale: another reporter has written since. */
export type ReadHead = { readonly device: number; readonly stale: boolean };

/** A group that waits for its response; by group index there are no cookies. */
export type Outstanding = { readonly id: number; readonly members: readonly Fault[] };

export interface GuestFaultQueueContext {
  readonly rules: GuestFaultQueueRules;
  readonly partials: readonly Fault[];
  /** Entries that user space will read, oldest first; an empty entry is a recall. */
  readonly queued: readonly (readonly Fault[])[];
  readonly outstanding: readonly Outstanding[];
  /** With "lowest-free": xa_alloc() may give out cookie 0. */
  readonly zeroIsFree: boolean;
  /** Teardowns that may still come. */
  readonly teardowns: number;
  readonly heads: readonly ReadHead[];
  /** With "by-index": groups that user space has read, whose timers run. */
  readonly timers: readonly (readonly Fault[])[];
  /** Ghost: a record that was accepted is where user space will not see it. Never cleared. */
  readonly lost: boolean;
}
