/**
 * The address space of one process (struct mm_struct): the pages that it maps, the pages that are shared until they are
 * written, and whether it lives. get_user_pages() and the operations of the memory management start here; mm-page.ts has
 * the frames.
 *
 * Models  mmget_not_zero(), get_user_pages() and migration entries (VFIO facts 1.1 F7, 2.1; I-42: a dead mm is not used).
 *         Getting a page fails if the process has exited or the range is unmapped; it waits while an entry is being
 *         replaced, and breaks copy-on-write if it is for writing. A reference keeps the memory of the process.
 * Omits   Ranges, protections of the VMA, and mapping the range again.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import { atWill, linux, messages } from "../../../../said.ts";

/** An operation on one page, or for "exit" on all pages of the process; the page fault systems use "reclaim". */
export type MmEvent = "reclaim" | "discard" | "free" | "share" | "copy" | "migrate" | "oom" | "exit";

export interface AddressSpaceContext {
  readonly mm: number;
  readonly pages: readonly number[];
  readonly alive: boolean;
  /** Handlers inside get_user_pages(), or with a page from it. */
  readonly references: number;
  /** Unmapped by the process: a set. */
  readonly absent: readonly number[];
  /** Shared, and copied when written: a set. */
  readonly shared: readonly number[];
  /** The entry is being replaced: a set. */
  readonly moving: readonly number[];
}

export type AddressSpaceEmits =
  | {
      readonly type: "operation.starts";
      readonly kind: MmEvent;
      readonly pages: readonly number[];
      readonly by: string;
    }
  | { readonly type: "mm.gets"; readonly page: number; readonly by: string; readonly pins: boolean }
  | { readonly type: "mm.puts"; readonly page: number }
  | { readonly type: "mm.failed" | "mm.shared"; readonly by: string }
  | { readonly type: "mm.died" };

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
          /** Whether mmget_not_zero() is called first. */
          readonly checks: boolean;
        })
      | (OfPage & { readonly type: "mm.puts" | "space.unmaps" | "space.shares" | "space.unshares" })
      | (OfPage & { readonly type: "space.moves" | "space.settles" | "space.dies" }),
    emitted: {} as AddressSpaceEmits,
    input: {} as { mm: number; pages: readonly number[] },
  },
});

const withPage = (set: readonly number[], page: number): number[] => [...new Set([...set, page])].sort((a, b) => a - b);
const without = (set: readonly number[], page: number): number[] => set.filter((one) => one !== page);

/** The process lives and maps the page; a copy needs a shared page. */
const isPossible = ({ alive, absent, shared }: AddressSpaceContext, kind: MmEvent, page: number): boolean =>
  alive && !absent.includes(page) && (kind !== "copy" || shared.includes(page));

export const addressSpace = s.createMachine({
  id: "address-space",
  description: "the address space of one process",
  meta: {
    origin: linux("mm/gup.c", "get_user_pages_remote"),
    lane: "struct mm_struct {mm}",
    messages: messages<AddressSpaceEmits>({
      "operation.starts": { says: "begins {kind} of pages [{pages}] for {by}", origin: atWill("mm") },
      "mm.gets": "looks up page {page}, and faults it in",
      "mm.puts": { says: "drops its reference to page {page}", origin: linux("include/linux/mm.h", "put_page") },
      "mm.failed": "returns an error to {by}",
      "mm.shared": {
        says: "finds the page shared, so that {by} needs a copy to write",
        origin: linux("mm/gup.c", "faultin_page"),
      },
      "mm.died": { says: "ends the address space", origin: linux("mm/mmap.c", "exit_mmap") },
    }),
  },
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
    /** The last user is gone, and no page can be got any more. */
    "space.dies": {
      guard: ({ context }) => context.references === 0,
      actions: [assign({ alive: false, shared: [] }), emit({ type: "mm.died" })],
    },
  },
});
