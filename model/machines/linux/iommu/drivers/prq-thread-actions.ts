/** What decides between the steps of prq-thread.ts, and what is done in them: its guards and actions. */
import { setup } from "xstate";
import {
  DISCARD,
  type PrqThreadContext,
  type PrqThreadEmits,
  type PrqThreadEvent,
  type PrqThreadRules,
} from "./prq-thread-messages.ts";
import { afterError, refusalOf } from "./prq-thread-refusals.ts";

/** Whether it reads the status register before the queue, and clears the overflow flag there. */
const looksFirst = ({ rules: { clears, acknowledgeWhen } }: PrqThreadContext): boolean =>
  clears !== undefined && clears !== "pending" && acknowledgeWhen === "before-read";

export const s = setup({
  types: {
    context: {} as PrqThreadContext,
    events: {} as PrqThreadEvent,
    emitted: {} as PrqThreadEmits,
    input: {} as PrqThreadRules,
  },
  guards: {
    acknowledgesLate: ({ context }) => context.rules.acknowledgeWhen === "after-read",
    batches: ({ context }) => context.rules.headAdvance === "batch",
    discardsFirst: ({ context }) => context.rules.discards && context.rules.discardWhen === "before-clear",
    discardsLast: ({ context }) => context.rules.discards && context.rules.discardWhen === "after-clear",
    interruptedAgain: ({ context }) => context.again,
    rereads: ({ context }) => context.rules.rereads === true,
    looksFirst: ({ context }) => looksFirst(context),
    looksAgain: ({ context }) => looksFirst(context) && context.rules.rereads === true,
    restarts: ({ context }) => looksFirst(context) && context.saw,
    restartsAfterDiscard: ({ context: { rules, saw } }) =>
      saw && rules.discards && rules.discardWhen === "before-clear",
    readsTailOnce: ({ context }) => context.rules.tail === "once",
    hasReadAll: ({ context }) => context.rules.tail === "once" && context.left === 0,
  },
});

/** PRO stays set while the queue is not empty. */
export const waits = ({ rules }: PrqThreadContext, { empty }: { readonly empty: boolean }): boolean =>
  rules.clearPolicy !== "immediate" && !empty;
export const passed = s.assign({ left: ({ context }) => Math.max(context.left - 1, 0) });

export const answers = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type === "reported") for (const said of afterError(context, event.result)) enqueue.emit(said);
  enqueue.assign({ fault: null });
});
export const refuse = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "prq.record") return;
  const { type: _, ...request } = event;
  for (const said of refusalOf(context, request)) enqueue.emit(said);
});
export const logs = (line: "overflow-detected" | "overflow-cleared") =>
  s.enqueueActions(({ context, enqueue }) => {
    if (context.rules.inFull) enqueue.emit({ type: "thread.logs", line });
  });
export const acknowledge = s.emit(({ context }) =>
  looksFirst(context)
    ? { type: "prq.clears-status", overflow: context.rules.clears === "both" || context.saw }
    : { type: "prq.clears-interrupt" },
);
const clear = s.enqueueActions(({ context, enqueue }) => {
  if (context.rules.clearPolicy !== "never") enqueue.emit({ type: "prq.clears-overflow" });
  enqueue.assign({ saw: false });
});
export const cleared = [clear, logs("overflow-cleared")];
export const returns = s.enqueueActions(({ context: { rules, handled }, enqueue }) => {
  if (!rules.inFull) return;
  enqueue.emit({ type: "completion.completes" });
  enqueue.emit({ type: "thread.returns", result: Number(handled) });
  enqueue.assign({ handled: false });
});

/** Calls iopf_queue_discard_partial(), and goes on. */
export const discards = (description: string, before: string, target: "#prq-thread.clearing" | "#prq-thread.done") =>
  ({
    description,
    initial: "calling",
    states: {
      calling: {
        description: before,
        on: {
          "thread.discards": {
            description: "discards the partial faults of all devices",
            meta: { origin: DISCARD },
            target: "waiting",
            actions: s.emit({ type: "queue.discards" }),
          },
        },
      },
      waiting: { description: "is inside iopf_queue_discard_partial()", on: { "queue.returns": { target } } },
    },
  }) as const;
