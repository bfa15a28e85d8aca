/**
 * A sleeping lock with many readers or one writer. Whoever asks in vain cannot take its step.
 *
 * Models  Linux struct rw_semaphore as far as safety goes: down_read() beside other readers, down_write() alone. Who takes it
 *         for writing is told at the beginning.
 * Omits   queueing order, as mutex.ts does: a reader may pass a waiting writer, which allows more than the kernel does.
 */
import { assign, setup } from "xstate";

export interface RwSemaphoreContext {
  /** Threads that take it for writing, and all others for reading. */
  readonly writers: readonly string[];
  /** Sorted. */
  readonly owners: readonly string[];
}

export const rwSemaphore = setup({
  types: {
    context: {} as RwSemaphoreContext,
    events: {} as
      | { readonly type: "lock.acquires"; readonly owner: string }
      | { readonly type: "lock.releases"; readonly owner: string },
    input: {} as { readonly writers: readonly string[] },
  },
  guards: {
    isWriter: ({ context, event }) => context.writers.includes(event.owner),
    isOwner: ({ context, event }) => context.owners.includes(event.owner),
    isOnlyOwner: ({ context, event }) => context.owners.length === 1 && context.owners[0] === event.owner,
  },
  actions: {
    acquires: assign({ owners: ({ context, event }) => [...context.owners, event.owner].sort() }),
    releases: assign({ owners: ({ context, event }) => context.owners.filter((one) => one !== event.owner) }),
  },
}).createMachine({
  id: "rw-semaphore",
  context: ({ input }) => ({ ...input, owners: [] }),
  initial: "free",
  states: {
    free: {
      on: {
        "lock.acquires": [
          { guard: "isWriter", target: "written", actions: "acquires" },
          { target: "read", actions: "acquires" },
        ],
      },
    },
    read: {
      on: {
        "lock.acquires": { guard: ({ context, event }) => !context.writers.includes(event.owner), actions: "acquires" },
        "lock.releases": [
          { guard: "isOnlyOwner", target: "free", actions: "releases" },
          { guard: "isOwner", actions: "releases" },
        ],
      },
    },
    written: { on: { "lock.releases": { guard: "isOnlyOwner", target: "free", actions: "releases" } } },
  },
});
