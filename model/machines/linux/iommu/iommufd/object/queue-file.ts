/**
 * The file of a fault queue, from its creation to the end of its release.
 *
 * Models  Linux anon_inode_getfile(), fd_install(), fget/fput(), as the fault queue uses them (iopf-core 3.1): the one who
 *         created it holds it until it has a descriptor, then the descriptor and the calls inside do. When the last one
 *         lets go, release() is not called at once: it is left to a work of the task (B21). release() itself is
 *         linux/iommu/iommufd/fault/fd-closer.ts, which asks here whether it may begin.
 * Omits   dup(2) and files that are sent to other processes: they would be other holders.
 */
import { assign, emit, setup } from "xstate";

export type QueueFileContext = {
  /** Who holds it, sorted: its creator, the descriptor, calls. */
  readonly holders: readonly string[];
};

const s = setup({
  types: {
    context: {} as QueueFileContext,
    events: {} as
      | { readonly type: "file.begins" | "file.installs" | "file.closes" | "file.released" | "file.awaits-gone" }
      | { readonly type: "file.gets" | "file.puts"; readonly by: string },
    emitted: {} as { readonly type: "object.puts"; readonly by: "file" },
  },
  guards: {
    hasDescriptor: ({ context }) => context.holders.includes("descriptor"),
    holds: ({ context, event }) => event.type === "file.puts" && context.holders.includes(event.by),
    isLast: ({ context, event }) =>
      event.type === "file.puts" && context.holders.length === 1 && context.holders.includes(event.by),
  },
});

const puts = s.assign(({ context, event }) => ({
  holders: event.type === "file.puts" ? context.holders.filter((holder) => holder !== event.by) : context.holders,
}));

export const queueFile = s.extend({ actions: { puts } }).createMachine({
  id: "queue-file",
  context: { holders: [] },
  initial: "none",
  states: {
    none: {
      on: {
        "file.begins": { target: "open", actions: assign({ holders: ["creator"] }) },
        "file.awaits-gone": {},
      },
    },
    open: {
      on: {
        "file.installs": { actions: assign({ holders: ["descriptor"] }) },
        "file.gets": {
          guard: "hasDescriptor",
          actions: assign({ holders: ({ context, event }) => [...context.holders, event.by].sort() }),
        },
        "file.puts": [
          { guard: "isLast", target: "unreferenced", actions: "puts" },
          { guard: "holds", actions: "puts" },
        ],
      },
    },
    /** release() is to be called. */
    unreferenced: { on: { "file.closes": { target: "releasing" } } },
    /** The reference to the iommufd context goes with it. */
    releasing: { on: { "file.released": { target: "none", actions: emit({ type: "object.puts", by: "file" }) } } },
  },
});
