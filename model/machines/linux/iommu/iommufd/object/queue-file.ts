/**
 * struct file of a fault queue, from its creation to the end of its release.
 *
 * Models  anon_inode_getfile(), fd_install(), fget() and fput() as the fault queue uses them (iopf-core 3.1). The creator
 *         holds the file until it has a descriptor; then the descriptor and the calls in progress hold it. After the last
 *         fput() release() is not called at once: it is deferred to a work of the task (B21: the object is freed before
 *         the deferred release). release() itself is linux/iommu/iommufd/fault/fd-closer.ts, which asks here whether it
 *         may begin.
 * Omits   dup(2), and files that are sent to other processes: they would be other holders.
 */
import { assign, emit, setup } from "xstate";
import { linux612, messages } from "../../../../../said.ts";

export type QueueFileContext = {
  /** References to the file, sorted: of its creator, of the descriptor, of calls. */
  readonly holders: readonly string[];
};

type QueueFileEmits = { readonly type: "object.puts"; readonly by: "file" };

const s = setup({
  types: {
    context: {} as QueueFileContext,
    events: {} as
      | { readonly type: "file.begins" | "file.installs" | "file.closes" | "file.released" | "file.awaits-gone" }
      | { readonly type: "file.gets" | "file.puts"; readonly by: string },
    emitted: {} as QueueFileEmits,
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
  description: "struct file of a fault queue, with its references",
  meta: {
    origin: linux612("drivers/iommu/iommufd/fault.c", "iommufd_fault_fops_release"),
    lane: "struct file of the fault queue",
    messages: messages<QueueFileEmits>({
      "object.puts": {
        says: "drops the reference of the {by} to the iommufd context",
        origin: linux612("drivers/iommu/iommufd/main.c", "iommufd_ctx_put"),
      },
    }),
  },
  context: { holders: [] },
  initial: "none",
  states: {
    none: {
      description: "no file exists",
      on: {
        "file.begins": { target: "open", actions: assign({ holders: ["creator"] }) },
        "file.awaits-gone": {},
      },
    },
    open: {
      description: "held by: {holders}",
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
    unreferenced: {
      description: "the last reference was dropped, and release() is to be called",
      on: { "file.closes": { target: "releasing" } },
    },
    releasing: {
      description: "in release()",
      on: { "file.released": { target: "none", actions: emit({ type: "object.puts", by: "file" }) } },
    },
  },
});
