/**
 * The driver behind a listener: it registers the listener, maps pages for its device when that faults, and takes the listener
 * back when its user closes it. Then it may begin again.
 *
 * Models  mmu_interval_notifier_insert() and mmu_interval_notifier_remove(), mmu_notifier_register() and
 *         mmu_notifier_unregister() (mm/mmu_notifier.c); the fault of HMM and of KVM (VFIO facts 4.3); mlx5_revoke_mr() and what
 *         mlx5 does after it (6.12.14). The removal from the tree waits for the sequence count that it has read: under the
 *         spinlock since 319561669a59.
 *         The steps of each are in owner-steps.ts.
 * Omits   Faults beside a close: a driver stops them first, and here one thread does both. Errors of what it calls.
 */
import { assign, setup } from "xstate";
import { atWill, linux } from "../../../../../said.ts";
import {
  messagesOf,
  ownerSays,
  type ListenerOwnerContext,
  type OwnerEmits,
  type OwnerInput,
} from "./owner-messages.ts";

export type { ListenerOwnerContext, OwnerRules } from "./owner-messages.ts";
import { CLOSES, FAULTS, REGISTERS, type OwnerStep } from "./owner-steps.ts";

const s = setup({
  types: {
    context: {} as ListenerOwnerContext,
    events: {} as
      | { readonly type: "owner.registers" | "owner.closes" | "owner.steps" }
      | { readonly type: "owner.faults"; readonly page: number }
      | { readonly type: "sequence.compared"; readonly changed: boolean },
    emitted: {} as OwnerEmits,
    input: {} as OwnerInput,
  },
  guards: { isLast: ({ context }) => context.left.length === 1 },
});

/** A listener of the list waits where it samples. */
const fault = ({ kind, rules }: OwnerInput): readonly OwnerStep[] =>
  FAULTS[rules.faultOrder].filter((step) => kind === "tree" || step !== "await");

const performs = s.enqueueActions(({ context, enqueue }) => {
  const step = context.left[0]!;
  enqueue.assign({ left: context.left.slice(1) });
  for (const message of messagesOf(step, context)) enqueue.emit(message);
});
/** It starts over from the beginning, if the device faults again. */
const startsOver = s.enqueueActions(({ context: { listener, page, left }, event, enqueue }) => {
  if (event.type !== "sequence.compared" || !event.changed) return;
  enqueue.assign({ left: left.filter((step) => step === "lock" || step === "unlock") });
  enqueue.emit({ type: "page.forgets", listener, page: page! });
});
const nextStep = { meta: { listed: true }, actions: performs } as const;

export const listenerOwner = s.createMachine({
  id: "listener-owner",
  description: "the driver behind a listener",
  meta: {
    origin: linux("mm/mmu_notifier.c", "mmu_interval_notifier_insert"),
    lane: "{name}: the driver behind {listener}",
    messages: ownerSays,
  },
  context: ({ input }) => ({ ...input, left: [], page: null }),
  initial: "away",
  states: {
    away: {
      description: "does not listen",
      on: {
        "owner.registers": {
          description: "begins to listen",
          meta: { origin: atWill("a driver") },
          target: "registering",
          actions: assign({ left: REGISTERS }),
        },
      },
    },
    registering: {
      description: "begins to listen",
      on: {
        "owner.steps": [
          { description: "takes the last step before it listens", ...nextStep, guard: "isLast", target: "listening" },
          { description: "takes the next step to listen", ...nextStep },
        ],
      },
    },
    listening: {
      description: "listens",
      on: {
        "owner.faults": {
          description: "gets a fault of its device on page {page}",
          meta: { origin: atWill("a device") },
          target: "faulting",
          actions: s.enqueueActions(({ context, event, enqueue }) => {
            if (event.type !== "owner.faults") return;
            enqueue.assign({ left: fault(context), page: event.page });
            enqueue.emit({ type: "handle.faults", listener: context.listener, page: event.page });
          }),
        },
        "owner.closes": {
          description: "begins to stop listening",
          meta: { origin: atWill("a driver") },
          target: "closing",
          actions: assign({ left: ({ context }) => CLOSES[context.rules.closeOrder] }),
        },
      },
    },
    faulting: {
      description: "serves a fault on page {page}",
      on: {
        "owner.steps": [
          {
            description: "takes the last step of the fault",
            meta: { listed: true },
            guard: "isLast",
            target: "listening",
            actions: [performs, assign({ page: null })],
          },
          { description: "takes the next step of the fault", ...nextStep },
        ],
        "sequence.compared": { actions: startsOver },
      },
    },
    closing: {
      description: "stops listening",
      on: {
        "owner.steps": [
          { description: "takes the last step of its close", ...nextStep, guard: "isLast", target: "away" },
          { description: "takes the next step of its close", ...nextStep },
        ],
      },
    },
  },
});
