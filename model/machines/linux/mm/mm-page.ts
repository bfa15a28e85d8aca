/**
 * One page of guest memory whose device mappings are kept right by MMU notifiers instead of pins: which frame holds it,
 * and which frames are still alive.
 *
 * Models  VFIO facts 4.3, 1.3 (rows 16, 25): an invalidation begins, the CPU's entry is cleared, the frame is freed, the
 *         invalidation ends; get_user_pages() before the clear returns the old frame, after it a new one; whoever
 *         samples the sequence count learns later whether an invalidation began meanwhile. A transient pin delays only
 *         the free. Frames are told apart as 0 and 1: at most one old frame is still to be freed.
 *         Copy-on-write and migration put a copy in another frame in place of the cleared entry.
 * Omits   copy-on-write with both copies kept for this process, page sizes, and errors of get_user_pages().
 */
import { assign, emit, enqueueActions, setup } from "xstate";

export interface MmPageContext {
  readonly page: number;
  /** The CPU has an entry for the page. */
  readonly present: boolean;
  /** The frame that the entry names, or named last. */
  readonly frame: 0 | 1;
  /** Frames that are not freed. */
  readonly live: readonly [boolean, boolean];
  /** Transient pins by fault handlers. */
  readonly pins: number;
  /** An invalidation that announced itself has not ended. */
  readonly active: boolean;
  /** Who sampled the sequence count and has seen no invalidation begin since: a set. */
  readonly readers: readonly string[];
}

export type MmPageEvent =
  | {
      readonly type: "mm.invalidation-begins" | "mm.clears" | "mm.frees" | "mm.invalidation-ends";
      readonly page: number;
    }
  /** A copy in another frame takes the place of the entry that was cleared: copy-on-write, migration. */
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
/** The frame that was cleared and waits for its free. */
const dying = ({ present, frame }: MmPageContext): 0 | 1 => (present ? other(frame) : frame);

export const mmPage = s.createMachine({
  id: "mm-page",
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
    /** Waits while an invalidation is under way. */
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
