/**
 * One listener to the memory of a process, as its driver keeps it: the structure that holds its notifier, and how many
 * invalidations it knows to be under way.
 *
 * Models  Linux, virt/kvm/kvm_main.c: a listener of the list counts invalidations between .invalidate_range_start and _end, and a
 *         sequence number that its readers compare (kvm_mmu_invalidate_begin(), _end()). A listener of the interval tree has its
 *         number in mmu_interval_set_seq(). The callback of mlx5 (mlx5_ib_invalidate_range()) looks whether its handle is still
 *         there before it posts an update for it.
 *         `freedUse` and `unpaired` are ghost state: a callback or the tree has used the structure after it was freed; an end
 *         was heard without its start.
 * Omits   Ranges that a listener remembers of the invalidations under way (mmu_invalidate_range_start of KVM): each makes every
 *         reader start over.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import { linux, messages } from "../../../../../said.ts";

export interface ListenerContext {
  readonly name: string;
  readonly range: readonly number[];
  /** The structure is allocated. */
  readonly alive: boolean;
  /** It names a handle of the device. */
  readonly named: boolean;
  /** Of a listener of the list: invalidations under way, and whether none has begun since its reader looked. */
  readonly count: number;
  readonly fresh: boolean;
  readonly freedUse: boolean;
  readonly unpaired: boolean;
}

export type ListenerEvent =
  | { readonly type: "listener.allocated" | "listener.freed" | "listener.forgets-handle" }
  | { readonly type: "listener.enters" | "listener.linked" | "listener.counts-up" | "listener.counts-down" }
  | { readonly type: "listener.looks"; readonly by: string }
  /** What is taken from the process, as far as the callback is told. */
  | { readonly type: "listener.unmaps"; readonly pages: readonly number[] }
  | { readonly type: "listener.samples" }
  | { readonly type: "listener.compares"; readonly by: string };

export type ListenerEmits =
  | { readonly type: "handle.unmaps"; readonly listener: string; readonly pages: readonly number[] }
  | { readonly type: "handle.looked"; readonly by: string; readonly named: boolean }
  | { readonly type: "sequence.compared"; readonly by: string; readonly changed: boolean };

const KVM = "virt/kvm/kvm_main.c";

const s = setup({
  types: {
    context: {} as ListenerContext,
    events: {} as ListenerEvent,
    emitted: {} as ListenerEmits,
    input: {} as Pick<ListenerContext, "name" | "range">,
  },
});

/** As `MOST` of subscriptions-tree.ts. */
const MOST = 3;
const lower = (count: number): number => (count === MOST ? MOST : count - 1);

/** Whoever uses the structure: is it still there? */
const used = ({ alive, freedUse }: ListenerContext): Pick<ListenerContext, "freedUse"> => ({
  freedUse: freedUse || !alive,
});

export const listener = s.createMachine({
  id: "listener",
  description: "a driver that listens to the memory of a process",
  meta: {
    origin: linux("include/linux/mmu_notifier.h", "mmu_interval_set_seq"),
    lane: "{name}: a listener",
    messages: messages<ListenerEmits>({
      "handle.unmaps": "asks its device to forget pages [{pages}]",
      "handle.looked": "tells {by} that it has {named?its:no} handle",
      "sequence.compared": {
        says: "tells {by} that {changed?an:no} invalidation has begun since",
        origin: linux(KVM, "kvm_mmu_notifier_invalidate_range_start"),
      },
    }),
  },
  context: ({ input }) => ({
    ...input,
    alive: false,
    named: false,
    count: 0,
    fresh: false,
    freedUse: false,
    unpaired: false,
  }),
  on: {
    "listener.allocated": { actions: assign({ alive: true, named: true, count: 0, fresh: false }) },
    "listener.freed": { actions: assign({ alive: false, named: false, count: 0, fresh: false }) },
    "listener.forgets-handle": { actions: assign({ named: false }) },
    "listener.enters": { actions: assign(({ context }) => used(context)) },
    "listener.linked": { actions: assign(({ context }) => used(context)) },
    "listener.counts-up": {
      actions: assign(({ context }) => ({ ...used(context), count: Math.min(context.count + 1, MOST), fresh: false })),
    },
    "listener.counts-down": {
      actions: assign(({ context }) =>
        context.count === 0 ? { ...used(context), unpaired: true } : { ...used(context), count: lower(context.count) },
      ),
    },
    "listener.looks": {
      actions: [
        assign(({ context }) => used(context)),
        emit(({ context, event }) => ({ type: "handle.looked", by: event.by, named: context.named })),
      ],
    },
    "listener.unmaps": {
      actions: enqueueActions(({ context, event, enqueue }) => {
        const pages = event.pages.filter((page) => context.range.includes(page));
        enqueue.assign(used(context));
        if (pages.length > 0) enqueue.emit({ type: "handle.unmaps", listener: context.name, pages });
      }),
    },
    /** Waits while an invalidation is under way. */
    "listener.samples": { guard: ({ context }) => context.count === 0, actions: assign({ fresh: true }) },
    "listener.compares": {
      actions: [
        emit(({ context, event }) => ({ type: "sequence.compared", by: event.by, changed: !context.fresh })),
        assign({ fresh: false }),
      ],
    },
  },
});
