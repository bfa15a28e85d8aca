/**
 * One slot of an SMMU for a transaction that may stall: issued, recorded, resumed, ended.
 *
 * Models  SMMUv3, hardware facts 4.1-4.3: a fault stalls the transaction, or ends it where the stream does not stall; the
 *         record is written when the event queue has room, never dropped for want of it (S20); hardware may try again
 *         on its own before software answers (K22), and must after an invalidation that affects it, instead of
 *         recording a fault that is stale (S22); after "abort" the transaction is doomed and ends some time later, and
 *         until then may still succeed when the page becomes mapped (3.12.3, H23). The tag stays taken until RESUME.
 *         Stalls may be turned off while one waits: tried again then, it ends (L8, B41). Hardware may end a transaction
 *         that it was to stall, with a record that says so (K22). A PCIe device gives up a read that takes too long. A
 *         second stall of the page may be left unrecorded while the first waits; the answer to that one is for all (4.2).
 * Omits   other pages than one, and the order among transactions: there is none. While stalls
 *         are off nothing is tried early. The record of a transaction that was ended is never lost: it waits for room.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";

export interface TransactionRules {
  readonly stag: number;
  /** Ghost: what issues it. */
  readonly kind: "platform" | "pcie";
  /** S25, H26. Whether faults of this stream stall; those of a real PCIe device must not. */
  readonly stalls: boolean;
  /** K22. */
  readonly retriesEarly: boolean;
  /** S22. `records` keeps a fault that an invalidation made stale: a mistake of hardware. */
  readonly whenInvalidated: "retries" | "records";
  /** K24. What the device is told of a transaction that was ended. */
  readonly termination: "abort" | "razWi";
  /** B41. What becomes of a transaction that is to be tried again after stalls were turned off; to stay is a mistake. */
  readonly resumedWhenOff: "terminates" | "stays";
  /** K22. Whether the page is recorded once for all that stall on it. */
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

/** What it does on its own; to be issued is the wish of a device, and to lose its record an accident. */
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
  /** The fault happened before an invalidation that is complete. */
  readonly stale: boolean;
  /** Ghost: it was refused before the memory was given out anew. */
  readonly outlived: boolean;
  /** Stalls are turned off, and walks with them. */
  readonly off: boolean;
  /** Ghost: one was ended without the device being told, and it has not heard of an error since. */
  readonly silent: boolean;
  /** Ghost: a later access landed that the device made all the same. Never cleared. */
  readonly misled: boolean;
  /** Ghost: the device has given it up while it was stalled. */
  readonly givenUp: boolean;
}

const s = setup({
  types: {
    context: {} as TransactionContext,
    events: {} as TransactionEvent,
    emitted: {} as TransactionEmits,
    input: {} as TransactionRules,
  },
  guards: {
    early: ({ context }) => context.rules.retriesEarly && !context.off,
    stalls: ({ context }) => context.rules.stalls,
    mustRetry: ({ context }) => context.rules.whenInvalidated === "retries",
    isOff: ({ context }) => context.off,
    staysWhenOff: ({ context }) => context.off && context.rules.resumedWhenOff === "stays",
    /** Of a transaction that posts nothing, as a read; only PCIe counts the time. */
    mayTimeOut: ({ context }) => context.rules.kind === "pcie" && !context.givenUp,
  },
});

const tries = s.emit(({ context }) => ({
  type: "page.tried",
  stag: context.rules.stag,
  outlived: context.outlived,
}));
const isFresh = s.assign({ stale: false, outlived: false });
const isTold = s.assign({
  stale: false,
  outlived: false,
  silent: ({ context }) => context.rules.termination === "razWi",
});
/** Where others may wait for the same answer. */
const isAnswered = s.enqueueActions(({ context, enqueue }) => {
  if (context.rules.suppresses) enqueue.emit({ type: "record.answered" });
});
const lands = s.assign({ misled: ({ context }) => context.misled || context.silent });
const isGivenUp = s.assign({ givenUp: true });
const timesOut = { "transaction.times-out": { guard: "mayTimeOut", actions: isGivenUp } } as const;

export const stalledTransaction = s.createMachine({
  id: "stalled-transaction",
  context: ({ input }) => ({
    rules: input,
    stale: false,
    outlived: false,
    off: false,
    silent: false,
    misled: false,
    givenUp: false,
  }),
  initial: "idle",
  on: {
    "invalidation.synced": { actions: [] },
    "memory.given-out": { actions: [] },
    "stalls.off": { actions: assign({ off: true }) },
    "stalls.on": { actions: assign({ off: false }) },
    /** The whole stream is cut off: nothing new is issued either. */
    "stall.terminates": { target: ".terminated", actions: isTold },
    "record.discarded": { actions: [] },
    "duplicates.retry": { actions: [] },
    // To whom no stall waits for it, an answer changes nothing (S21).
    "stall.resumes": { actions: [] },
  },
  states: {
    idle: {
      on: {
        "transaction.issues": { target: "issued", actions: assign({ givenUp: false }) },
        /** Only a slot that is free lets through what software itself needs on this path (H24). */
        "path.passes": { actions: [] },
        /** Nothing of the device is under way here (S23). */
        "quiesce.asks": { actions: [] },
      },
    },
    issued: {
      on: {
        "transaction.tries": [
          { guard: "isOff", target: "idle", actions: isTold },
          { target: "trying", actions: tries },
        ],
      },
    },
    trying: {
      on: {
        "page.granted": { target: "idle", actions: [isFresh, lands] },
        "page.absent": [
          { guard: "stalls", target: "stalled", actions: isFresh },
          { target: "idle", actions: isTold },
        ],
      },
    },
    /** Stalled, and not recorded yet. */
    stalled: {
      on: {
        "transaction.records": {
          target: "recorded",
          actions: enqueueActions(({ context: { rules }, enqueue }) => {
            if (rules.suppresses) enqueue.emit({ type: "record.begins" });
            enqueue.emit({ type: "event.recorded", stag: rules.stag });
          }),
        },
        "transaction.is-suppressed": { target: "suppressed", actions: emit({ type: "record.joins" }) },
        "transaction.tries-early": { guard: "early", target: "issued" },
        "invalidation.synced": [{ guard: "mustRetry", target: "issued" }, { actions: assign({ stale: true }) }],
        "stall.terminates": { target: "terminated", actions: isTold },
        "transaction.loses-record": { target: "lost", actions: emit({ type: "event.lost" }) },
        /** What is configured anew affects it as an invalidation does. */
        "stalls.off": { target: "issued", actions: assign({ off: true }) },
        "transaction.is-downgraded": {
          target: "idle",
          actions: [emit(({ context }) => ({ type: "event.reported", stag: context.rules.stag })), isTold],
        },
        ...timesOut,
      },
    },
    recorded: {
      on: {
        "stall.resumes": [
          { guard: ({ event }) => event.how === "abort", target: "doomed", actions: [isFresh, isAnswered] },
          { guard: "staysWhenOff" },
          { target: "issued", actions: [isFresh, isAnswered] },
        ],
        "stall.terminates": { target: "named", actions: isTold },
        "transaction.tries-early": { guard: "early", target: "trying-again", actions: tries },
        ...timesOut,
      },
    },
    "trying-again": {
      on: { "page.granted": { target: "done", actions: lands }, "page.absent": { target: "recorded" } },
    },
    /** It succeeded before software answered: the tag is taken until the answer. */
    done: {
      on: {
        "stall.resumes": { target: "idle", actions: [isFresh, isAnswered] },
        "stall.terminates": { target: "named", actions: isFresh },
      },
    },
    /** It has no record of its own: the answer to the first is for it as well. */
    suppressed: {
      on: {
        "duplicates.retry": { target: "issued" },
        "invalidation.synced": [{ guard: "mustRetry", target: "issued" }, {}],
        "stalls.off": { target: "issued", actions: assign({ off: true }) },
        ...timesOut,
      },
    },
    /** The write of the record was aborted: nobody will ever name this transaction. */
    lost: { on: { "stall.terminates": { target: "terminated", actions: isTold } } },
    /** Terminated by a command for the whole stream; the device may go on when software lets it. */
    terminated: { on: { "stall.releases": { target: "idle" } } },
    /** The same, but its record is still in the event queue: a new stall of this tag would be taken for it. */
    named: { on: { "record.discarded": { target: "terminated" } } },
    doomed: {
      on: {
        "transaction.ends": { target: "idle", actions: isTold },
        "stall.terminates": { target: "terminated", actions: isTold },
        "memory.given-out": { actions: assign({ outlived: true }) },
        "transaction.tries-early": { guard: "early", target: "trying-late", actions: tries },
      },
    },
    "trying-late": { on: { "page.granted": { target: "idle", actions: lands }, "page.absent": { target: "doomed" } } },
  },
});
