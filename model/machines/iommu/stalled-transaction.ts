/**
 * One stall slot of an SMMU with its transaction: issued, translated, stalled, recorded, resumed, ended.
 *
 * Models  SMMUv3 (hardware facts 4.1 to 4.3).
 *         A fault stalls the transaction, or terminates it if the stream does not stall. The record is written when the
 *         event queue has room, and is never dropped for lack of room (S20, a stall record is not lost).
 *         Hardware may retry on its own before software responds (K22). After an invalidation that affects the transaction
 *         hardware must retry it, instead of recording a stale fault (S22, no stale event).
 *         After RESUME with abort the transaction is doomed: it terminates some time later, and until then it may still
 *         succeed if the page is mapped (3.12.3; H23, a doomed write succeeds later). The tag is taken until RESUME.
 *         Software may turn stalls off while a transaction waits: on the next try it terminates (B41, a process exits
 *         with a stalled transaction; L8 of the IOPF core facts, turning stalls off strands none).
 *         Hardware may terminate a transaction that it should stall, with a record that says so (K22). A PCIe device gives
 *         up a read that takes too long. With duplicate suppression a second stall of the page has no record: the response
 *         to the first one retries both (4.2).
 * Omits   pages other than one, and the order among transactions: there is none. While stalls are off nothing is retried
 *         early. The record of a terminated transaction is never lost: it waits for room.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import { atWill, clause, messages } from "../../said.ts";
import type {
  TransactionContext,
  TransactionEmits,
  TransactionEvent,
  TransactionRules,
} from "./stalled-transaction-messages.ts";

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
    /** A read (posted writes have no time-out); only PCIe has completion time-outs. */
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
/** With duplicate suppression other transactions wait for the same response. */
const isAnswered = s.enqueueActions(({ context, enqueue }) => {
  if (context.rules.suppresses) enqueue.emit({ type: "record.answered" });
});
const lands = s.assign({ misled: ({ context }) => context.misled || context.silent });
const isGivenUp = s.assign({ givenUp: true });
const timesOut = {
  "transaction.times-out": {
    description: "gives the stalled read up: its completion is overdue",
    meta: { origin: clause("pcie", "completion time-out") },
    guard: "mayTimeOut",
    actions: isGivenUp,
  },
} as const;
const EARLY_RETRY = "retries the transaction before software responds";

export const stalledTransaction = s.createMachine({
  id: "stalled-transaction",
  description: "a transaction that an SMMU can stall",
  meta: {
    origin: clause("smmu", "3.12.2 (Stall model)"),
    lane: "the transaction with stag {stag}",
    messages: messages<TransactionEmits>({
      "page.tried": "looks the page up for the transaction with stag {stag}",
      "event.recorded": "records the stall with stag {stag} in the event queue",
      "event.reported": "records the terminated transaction in the event queue, Stall=0",
      "event.lost": { says: "loses the record of the stall", origin: clause("smmu", "GERROR.EVENTQ_ABT_ERR") },
      "record.begins": "begins the record of the page",
      "record.joins": "finds a record of the page and writes none of its own",
      "record.answered": "ends the record of the page",
    }),
  },
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
    /** CMD_STALL_TERM is for the whole stream: nothing new is issued either. */
    "stall.terminates": { target: ".terminated", actions: isTold },
    "record.discarded": { actions: [] },
    "duplicates.retry": { actions: [] },
    // A RESUME for a tag that nothing waits on changes nothing (S21).
    "stall.resumes": { actions: [] },
  },
  states: {
    idle: {
      description: "the slot is free",
      on: {
        "transaction.issues": {
          description: "issues a transaction",
          meta: { origin: atWill("a device") },
          target: "issued",
          actions: assign({ givenUp: false }),
        },
        /** Only a free slot lets the handler's own I/O pass on this path (H24, the handler needs the stalled path). */
        "path.passes": { actions: [] },
        /** No transaction of the device is in flight here (S23). */
        "quiesce.asks": { actions: [] },
      },
    },
    issued: {
      description: "the transaction waits for its translation",
      on: {
        "transaction.tries": [
          {
            description: "terminates the transaction: translation and stalls are turned off",
            guard: "isOff",
            target: "idle",
            actions: isTold,
          },
          { description: "translates the transaction", target: "trying", actions: tries },
        ],
      },
    },
    trying: {
      description: "the page table is walked for the transaction",
      on: {
        "page.granted": { target: "idle", actions: [isFresh, lands] },
        "page.absent": [
          { guard: "stalls", target: "stalled", actions: isFresh },
          { target: "idle", actions: isTold },
        ],
      },
    },
    stalled: {
      description: "stalled, and not recorded in the event queue yet",
      on: {
        "transaction.records": {
          description: "records the stall with stag {rules.stag} in the event queue",
          target: "recorded",
          actions: enqueueActions(({ context: { rules }, enqueue }) => {
            if (rules.suppresses) enqueue.emit({ type: "record.begins" });
            enqueue.emit({ type: "event.recorded", stag: rules.stag });
          }),
        },
        "transaction.is-suppressed": {
          description: "suppresses the record: the page has one already",
          target: "suppressed",
          actions: emit({ type: "record.joins" }),
        },
        "transaction.tries-early": { description: EARLY_RETRY, guard: "early", target: "issued" },
        "invalidation.synced": [{ guard: "mustRetry", target: "issued" }, { actions: assign({ stale: true }) }],
        "stall.terminates": { target: "terminated", actions: isTold },
        "transaction.loses-record": {
          description: "loses the record of the stall: the write to the event queue is aborted",
          meta: { origin: clause("smmu", "GERROR.EVENTQ_ABT_ERR") },
          target: "lost",
          actions: emit({ type: "event.lost" }),
        },
        /** A new configuration affects it as an invalidation does. */
        "stalls.off": { target: "issued", actions: assign({ off: true }) },
        "transaction.is-downgraded": {
          description: "terminates the transaction instead of stalling it",
          target: "idle",
          actions: [emit(({ context }) => ({ type: "event.reported", stag: context.rules.stag })), isTold],
        },
        ...timesOut,
      },
    },
    recorded: {
      description: "stalled and recorded; waits for CMD_RESUME",
      on: {
        "stall.resumes": [
          { guard: ({ event }) => event.how === "abort", target: "doomed", actions: [isFresh, isAnswered] },
          { guard: "staysWhenOff" },
          { target: "issued", actions: [isFresh, isAnswered] },
        ],
        "stall.terminates": { target: "named", actions: isTold },
        "transaction.tries-early": {
          description: EARLY_RETRY,
          guard: "early",
          target: "trying-again",
          actions: tries,
        },
        ...timesOut,
      },
    },
    "trying-again": {
      description: "recorded, and the page table is walked again",
      on: { "page.granted": { target: "done", actions: lands }, "page.absent": { target: "recorded" } },
    },
    done: {
      description: "succeeded before software responded; the tag is taken until CMD_RESUME",
      on: {
        "stall.resumes": { target: "idle", actions: [isFresh, isAnswered] },
        "stall.terminates": { target: "named", actions: isFresh },
      },
    },
    suppressed: {
      description: "stalled without a record of its own; the response to the first stall of the page retries it",
      on: {
        "duplicates.retry": { target: "issued" },
        "invalidation.synced": [{ guard: "mustRetry", target: "issued" }, {}],
        "stalls.off": { target: "issued", actions: assign({ off: true }) },
        ...timesOut,
      },
    },
    lost: {
      description: "stalled, and its record is lost: only CMD_STALL_TERM ends it",
      on: { "stall.terminates": { target: "terminated", actions: isTold } },
    },
    terminated: {
      description: "terminated by CMD_STALL_TERM; the stream is still blocked",
      on: { "stall.releases": { target: "idle" } },
    },
    // A new stall with this tag would be taken for the old one.
    named: {
      description: "terminated by CMD_STALL_TERM; its record is still in the event queue",
      on: { "record.discarded": { target: "terminated" } },
    },
    doomed: {
      description: "resumed with abort, and not terminated yet",
      on: {
        "transaction.ends": { description: "terminates the transaction", target: "idle", actions: isTold },
        "stall.terminates": { target: "terminated", actions: isTold },
        "memory.given-out": { actions: assign({ outlived: true }) },
        "transaction.tries-early": {
          description: "retries the transaction although software aborted it",
          meta: { origin: clause("smmu", "3.12.3 (Considerations for client devices using the Stall fault model)") },
          guard: "early",
          target: "trying-late",
          actions: tries,
        },
      },
    },
    "trying-late": {
      description: "resumed with abort, and the page table is walked again",
      on: { "page.granted": { target: "idle", actions: lands }, "page.absent": { target: "doomed" } },
    },
  },
});
