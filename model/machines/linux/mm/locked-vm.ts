/**
 * mm->locked_vm against RLIMIT_MEMLOCK, or against the limit of the faulted-in pages (row 33: release pages above a limit;
 * row 34: its levels).
 *
 * Models  __account_locked_vm() (VFIO facts 2.4): test and addition are one step under mmap_lock. With `enforced: false` a
 *         charge always succeeds, and a thread brings the level down later.
 *         Coarser than user-mm.ts and vmm/container-owner.ts around it: the mm always lives, and is the only one; exec and
 *         fork are left out (B-02: underflow after exec; B-03: the charge stays with the old mm).
 * Omits   CAP_IPC_LOCK, and other users of the same mm.
 */
import { assign, emit, setup } from "xstate";
import { linux, messages, proposal } from "../../../said.ts";

export interface LockedVmContext {
  /** In pages. Below zero only by a mistake. */
  readonly charged: number;
  readonly limit: number;
  readonly enforced: boolean;
  /** Pages that may be charged beyond the limit; default: none. More is a deliberate defect: a comparison that is off by one. */
  readonly beyond?: number;
}

export type LockedVmEvent =
  | { readonly type: "account.charges"; readonly by: string }
  | { readonly type: "account.uncharges" }
  | { readonly type: "account.compares"; readonly by: string };

export type LockedVmEmits =
  | { readonly type: "account.charged" | "account.refused"; readonly by: string }
  | { readonly type: "account.level"; readonly by: string; readonly over: boolean };

/** What the count replies, for every machine that keeps one. */
export const lockedVmSays = {
  "account.charged": "charges a page for {by}",
  "account.refused": "refuses {by} a page: the limit is reached",
  "account.level": {
    says: "tells {by} that the level is {over?above the limit:within the limit}",
    origin: proposal("release pages when a limit is exceeded"),
  },
} as const;

interface At<Event> {
  readonly context: LockedVmContext;
  readonly event: Event;
}

/** The rules, for every machine that keeps such a count (see linux/vfio/iopf/limit/fault-limit.ts). */
export const isRefused = ({ context: { enforced, charged, limit, beyond = 0 } }: At<unknown>): boolean =>
  enforced && charged >= limit + beyond;
export const oneMore = ({ context }: At<unknown>): number => context.charged + 1;
export const oneLess = ({ context }: At<unknown>): number => context.charged - 1;
export const isOver = ({ charged, limit }: LockedVmContext): boolean => charged > limit;

const s = setup({
  types: {
    context: {} as LockedVmContext,
    events: {} as LockedVmEvent,
    emitted: {} as LockedVmEmits,
    input: {} as Omit<LockedVmContext, "charged">,
  },
});

export const lockedVm = s.createMachine({
  id: "locked-vm",
  description: "the locked pages of one mm, and their limit",
  meta: {
    origin: linux("mm/util.c", "__account_locked_vm"),
    lane: "mm->locked_vm, limit {limit}",
    messages: messages<LockedVmEmits>(lockedVmSays),
  },
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
