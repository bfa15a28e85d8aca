/**
 * A struct rw_semaphore. A thread that cannot have it does not get past that step.
 *
 * Models  Linux kernel/locking/rwsem.c: down_read() beside other readers, down_write() alone. The input names the threads that
 *         take it for writing.
 * Omits   the order of the waiters, as mutex.ts does: a reader may pass a waiting writer. The kernel allows fewer orders.
 */
import { assign, setup } from "xstate";
import { linux } from "../../../said.ts";

export interface RwSemaphoreContext {
  /** Threads that call down_write(); all others call down_read(). */
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
  description: "a struct rw_semaphore",
  meta: {
    origin: linux("kernel/locking/rwsem.c", "down_read", "down_write", "up_read", "up_write"),
    lane: "a reader-writer semaphore",
  },
  context: ({ input }) => ({ ...input, owners: [] }),
  initial: "free",
  states: {
    free: {
      description: "no thread holds the semaphore",
      on: {
        "lock.acquires": [
          { guard: "isWriter", target: "written", actions: "acquires" },
          { target: "read", actions: "acquires" },
        ],
      },
    },
    read: {
      description: "readers hold the semaphore",
      on: {
        "lock.acquires": { guard: ({ context, event }) => !context.writers.includes(event.owner), actions: "acquires" },
        "lock.releases": [
          { guard: "isOnlyOwner", target: "free", actions: "releases" },
          { guard: "isOwner", actions: "releases" },
        ],
      },
    },
    written: {
      description: "one writer holds the semaphore",
      on: { "lock.releases": { guard: "isOnlyOwner", target: "free", actions: "releases" } },
    },
  },
});
