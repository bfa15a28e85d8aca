/**
 * One page of guest memory whose device mappings are kept up to date by MMU notifiers instead of pins: the frame that holds
 * it, and the frames that are not freed yet.
 *
 * Models  VFIO facts 4.3, 1.3 (row 16: an MMU notifier to avoid pinning; row 25: mappings only grow). An invalidation
 *         begins, the CPU's entry is cleared, the frame is freed, the invalidation ends. get_user_pages() returns the old
 *         frame before the clear and a new one after it. mmu_interval_read_begin() samples the sequence count, and
 *         mmu_interval_read_retry() tells whether an invalidation has begun since. A transient pin delays only the free.
 *         Frames are 0 and 1: at most one old frame is still to be freed. Copy-on-write and migration put a copy in another
 *         frame in place of the cleared entry.
 * Omits   Copy-on-write where this process keeps both copies, page sizes, and errors of get_user_pages(), which
 *         notifier/address-space.ts has.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import { linux, messages } from "../../../said.ts";

export interface MmPageContext {
  readonly page: number;
  /** The CPU has an entry for the page. */
  readonly present: boolean;
  /** The frame of the entry, or of the last one. */
  readonly frame: 0 | 1;
  /** Frames that are not freed. */
  readonly live: readonly [boolean, boolean];
  /** Transient pins by fault handlers. */
  readonly pins: number;
  /** An invalidation has begun and has not ended. */
  readonly active: boolean;
  /** Handlers that sampled the sequence count, and no invalidation has begun since: a set. */
  readonly readers: readonly string[];
}

export type MmPageEvent =
  | {
      readonly type: "mm.invalidation-begins" | "mm.clears" | "mm.frees" | "mm.invalidation-ends";
      readonly page: number;
    }
  /** Copy-on-write or migration: a copy in another frame takes the place of the cleared entry. */
  | { readonly type: "mm.installs"; readonly page: number }
  | { readonly type: "mm.samples" | "mm.compares"; readonly page: number; readonly by: string }
  /** `pins`: whether the page is pinned until `mm.puts`. */
  | { readonly type: "mm.gets"; readonly page: number; readonly by: string; readonly pins: boolean }
  | { readonly type: "mm.puts"; readonly page: number };

export type MmPageEmits =
  | { readonly type: "mm.sampled"; readonly by: string }
  | { readonly type: "mm.got"; readonly by: string; readonly frame: 0 | 1 }
  | { readonly type: "mm.compared"; readonly by: string; readonly changed: boolean };

const s = setup({
  types: {
    context: {} as MmPageContext,
    events: {} as MmPageEvent,
    emitted: {} as MmPageEmits,
    input: {} as { page: number },
  },
});

const other = (frame: 0 | 1): 0 | 1 => (frame === 0 ? 1 : 0);
const withLive = ([zero, one]: MmPageContext["live"], frame: 0 | 1, alive: boolean): [boolean, boolean] =>
  frame === 0 ? [alive, one] : [zero, alive];
/** The frame whose entry was cleared and that is to be freed. */
const dying = ({ present, frame }: MmPageContext): 0 | 1 => (present ? other(frame) : frame);

export const mmPage = s.createMachine({
  id: "mm-page",
  description: "a page of guest memory, its frames, and its notifier sequence",
  meta: {
    origin: linux("mm/mmu_notifier.c", "mmu_interval_read_begin"),
    lane: "page {page} of the process",
    messages: messages<MmPageEmits>({
      "mm.sampled": "samples the sequence count for {by}",
      "mm.got": { says: "hands frame {frame} to {by}", origin: linux("mm/gup.c", "get_user_pages_remote") },
      "mm.compared": {
        says: "tells {by} that {changed?an:no} invalidation has begun since",
        origin: linux("include/linux/mmu_notifier.h", "mmu_interval_read_retry"),
      },
    }),
  },
  context: ({ input }) => ({
    page: input.page,
    present: true,
    frame: 0,
    live: [true, false],
    pins: 0,
    active: false,
    readers: [],
  }),
  on: {
    "mm.invalidation-begins": { actions: assign({ active: true, readers: [] }) },
    "mm.invalidation-ends": { actions: assign({ active: false }) },
    "mm.installs": {
      actions: assign(({ context }) => ({
        present: true,
        frame: other(context.frame),
        live: withLive(context.live, other(context.frame), true),
      })),
    },
    "mm.clears": { actions: assign({ present: false }) },
    "mm.frees": {
      guard: ({ context }) => context.pins === 0,
      actions: assign({ live: ({ context }) => withLive(context.live, dying(context), false) }),
    },
    /** Waits while an invalidation is in progress. */
    "mm.samples": {
      guard: ({ context }) => !context.active,
      actions: [
        assign({ readers: ({ context, event }) => [...new Set([...context.readers, event.by])].sort() }),
        emit(({ event }) => ({ type: "mm.sampled", by: event.by })),
      ],
    },
    "mm.compares": {
      actions: enqueueActions(({ context, event: { by }, enqueue }) => {
        enqueue.assign({ readers: context.readers.filter((reader) => reader !== by) });
        enqueue.emit({ type: "mm.compared", by, changed: !context.readers.includes(by) });
      }),
    },
    "mm.gets": {
      actions: enqueueActions(({ context, event: { by, pins }, enqueue }) => {
        const frame = context.present ? context.frame : other(context.frame);
        enqueue.assign({
          present: true,
          frame,
          live: withLive(context.live, frame, true),
          pins: context.pins + (pins ? 1 : 0),
        });
        enqueue.emit({ type: "mm.got", by, frame });
      }),
    },
    "mm.puts": { actions: assign({ pins: ({ context }) => context.pins - 1 }) },
  },
});
