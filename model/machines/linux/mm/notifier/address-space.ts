/**
 * The address space of one process (mm_struct): which of its pages are still mapped at all, which are shared until they are
 * written, and whether it lives. Whoever wants a page, or wants to do something to one, asks here; which frame holds a page
 * is in mm-page.ts.
 *
 * Models  mmget_not_zero(), get_user_pages() and the page table's entries for migration (VFIO facts 1.1 F7, 2.1, I-42):
 *         getting a page fails where the process is gone or the range unmapped, waits while an entry is being moved, and
 *         breaks copy-on-write if it is for writing. A reference keeps the process's memory from being torn down.
 * Omits   ranges, protections of the VMA, and mapping the range again.
 */
import { assign, emit, enqueueActions, setup } from "xstate";

/** What happens to a page, or for "exit" to all pages of the process; "reclaim" is what the page fault systems need. */
export type MmEvent = "reclaim" | "discard" | "free" | "share" | "copy" | "migrate" | "oom" | "exit";

export interface AddressSpaceContext {
  readonly mm: number;
  readonly pages: readonly number[];
  readonly alive: boolean;
  /** Handlers inside get_user_pages() or with a page of it. */
  readonly references: number;
  /** Unmapped by the process: a set. */
  readonly absent: readonly number[];
  /** Shared, and copied when written: a set. */
  readonly shared: readonly number[];
  /** The entry is being replaced: a set. */
  readonly moving: readonly number[];
}

type OfPage = { readonly page: number };

const s = setup({
  types: {
    context: {} as AddressSpaceContext,
    events: {} as
      | (OfPage & { readonly type: "space.asks"; readonly kind: MmEvent; readonly by: string })
      | (OfPage & {
          readonly type: "mm.gets";
          readonly by: string;
          readonly write: boolean;
          readonly pins: boolean;
          /** Whether a process that is gone is noticed. */
          readonly checks: boolean;
        })
      | (OfPage & { readonly type: "mm.puts" | "space.unmaps" | "space.shares" | "space.unshares" })
      | (OfPage & { readonly type: "space.moves" | "space.settles" | "space.dies" }),
    emitted: {} as
      | {
          readonly type: "operation.starts";
          readonly kind: MmEvent;
          readonly pages: readonly number[];
          readonly by: string;
        }
      | { readonly type: "mm.gets"; readonly page: number; readonly by: string; readonly pins: boolean }
      | { readonly type: "mm.puts"; readonly page: number }
      | { readonly type: "mm.failed" | "mm.shared"; readonly by: string }
      | { readonly type: "mm.died" },
    input: {} as { mm: number; pages: readonly number[] },
  },
});

const withPage = (set: readonly number[], page: number): number[] => [...new Set([...set, page])].sort((a, b) => a - b);
const without = (set: readonly number[], page: number): number[] => set.filter((one) => one !== page);

/** Whether it can be asked for: the process lives, and a copy needs something shared. */
const isPossible = ({ alive, absent, shared }: AddressSpaceContext, kind: MmEvent, page: number): boolean =>
  alive && !absent.includes(page) && (kind !== "copy" || shared.includes(page));

export const addressSpace = s.createMachine({
  id: "address-space",
  context: ({ input }) => ({ ...input, alive: true, references: 0, absent: [], shared: [], moving: [] }),
  on: {
    "space.asks": {
      guard: ({ context, event }) => isPossible(context, event.kind, event.page),
      actions: emit(({ context, event: { kind, page, by } }) => ({
        type: "operation.starts",
        kind,
        pages: kind === "exit" ? context.pages : [page],
        by,
      })),
    },
    "mm.gets": [
      {
        guard: ({ context, event }) => (event.checks && !context.alive) || context.absent.includes(event.page),
        actions: emit(({ event }) => ({ type: "mm.failed", by: event.by })),
      },
      {
        guard: ({ context, event }) =>
          !context.moving.includes(event.page) && event.write && context.shared.includes(event.page),
        actions: emit(({ event }) => ({ type: "mm.shared", by: event.by })),
      },
      {
        guard: ({ context, event }) => !context.moving.includes(event.page),
        actions: enqueueActions(({ context, event: { page, by, pins }, enqueue }) => {
          if (pins) enqueue.assign({ references: context.references + 1 });
          enqueue.emit({ type: "mm.gets", page, by, pins });
        }),
      },
    ],
    "mm.puts": {
      actions: [
        assign({ references: ({ context }) => context.references - 1 }),
        emit(({ event }) => ({ type: "mm.puts", page: event.page })),
      ],
    },
    "space.unmaps": {
      actions: assign(({ context, event: { page } }) => ({
        absent: withPage(context.absent, page),
        shared: without(context.shared, page),
      })),
    },
    "space.shares": { actions: assign({ shared: ({ context, event }) => withPage(context.shared, event.page) }) },
    "space.unshares": { actions: assign({ shared: ({ context, event }) => without(context.shared, event.page) }) },
    "space.moves": { actions: assign({ moving: ({ context, event }) => withPage(context.moving, event.page) }) },
    "space.settles": { actions: assign({ moving: ({ context, event }) => without(context.moving, event.page) }) },
    /** The last user is gone; nobody can get a page any more. */
    "space.dies": {
      guard: ({ context }) => context.references === 0,
      actions: [assign({ alive: false, shared: [] }), emit({ type: "mm.died" })],
    },
  },
});
