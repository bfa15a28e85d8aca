/**
 * mm->locked_vm against RLIMIT_MEMLOCK, or against the limit of the faulted-in mapping (rows 33, 34).
 *
 * Models  __account_locked_vm() (VFIO facts 2.4): test and addition are one step under mmap_lock (M). With
 *         `enforced: false` a charge always succeeds and a thread brings the level down later.
 * Omits   CAP_IPC_LOCK, other users of the same mm, exec and fork (B-02, B-03).
 */
import { assign, emit, setup } from "xstate";

export interface LockedVmContext {
  /** In pages. May go below zero only by a mistake. */
  readonly charged: number;
  readonly limit: number;
  readonly enforced: boolean;
}

export type LockedVmEvent =
  | { readonly type: "account.charges"; readonly by: string }
  | { readonly type: "account.uncharges" }
  | { readonly type: "account.compares"; readonly by: string };

export type LockedVmEmits =
  | { readonly type: "account.charged" | "account.refused"; readonly by: string }
  | { readonly type: "account.level"; readonly by: string; readonly over: boolean };

interface At<Event> {
  readonly context: LockedVmContext;
  readonly event: Event;
}

/** The rules, for every machine that keeps such an account (see fault-limit.ts). */
export const isRefused = ({ context }: At<unknown>): boolean => context.enforced && context.charged >= context.limit;
export const oneMore = ({ context }: At<unknown>): number => context.charged + 1;
export const oneLess = ({ context }: At<unknown>): number => context.charged - 1;
export const isOver = ({ charged, limit }: LockedVmContext): boolean => charged > limit;

const s = setup({
  types: {
    context: {} as LockedVmContext,
    events: {} as LockedVmEvent,
    emitted: {} as LockedVmEmits,
    input: {} as { limit: number; enforced: boolean },
  },
});

export const lockedVm = s.createMachine({
  id: "locked-vm",
  context: ({ input }) => ({ ...input, charged: 0 }),
  on: {
    "account.charges": [
      { guard: isRefused, actions: emit(({ event }) => ({ type: "account.refused", by: event.by })) },
      {
        actions: [assign({ charged: oneMore }), emit(({ event }) => ({ type: "account.charged", by: event.by }))],
      },
    ],
    "account.uncharges": { actions: assign({ charged: oneLess }) },
    "account.compares": {
      actions: emit(({ context, event: { by } }) => ({ type: "account.level", by, over: isOver(context) })),
    },
  },
});
