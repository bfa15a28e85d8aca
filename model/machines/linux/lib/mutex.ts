/**
 * A struct mutex. A thread that calls mutex_lock() while another thread holds it does not get past that step.
 *
 * Models  Linux kernel/locking/mutex.c: one owner, no recursion. A thread that locks a mutex which it holds deadlocks.
 * Omits   the order of the waiters: any of them may be next. The kernel allows fewer orders, so no deadlock is hidden.
 */
import { assign, setup } from "xstate";
import { linux } from "../../../said.ts";

const MUTEX = "kernel/locking/mutex.c";

/** What a thread says that locks and unlocks a mutex, by the name that the field has for the mutex: "iommu->iopf_lock". */
export const mutexSays = (name: string) =>
  ({
    "lock.acquires": { says: `takes ${name}`, origin: linux(MUTEX, "mutex_lock") },
    "lock.releases": { says: `drops ${name}`, origin: linux(MUTEX, "mutex_unlock") },
  }) as const;

export const mutex = setup({
  types: {
    context: {} as { owner: string | null },
    events: {} as
      | { readonly type: "lock.acquires"; readonly owner: string }
      | { readonly type: "lock.releases"; readonly owner: string },
  },
}).createMachine({
  id: "mutex",
  description: "a struct mutex",
  meta: { origin: linux(MUTEX, "mutex_lock", "mutex_unlock"), lane: "a mutex" },
  context: { owner: null },
  initial: "free",
  states: {
    free: {
      description: "no thread holds the mutex",
      on: { "lock.acquires": { target: "held", actions: assign({ owner: ({ event }) => event.owner }) } },
    },
    held: {
      description: "one thread holds the mutex; others sleep in mutex_lock()",
      on: {
        "lock.releases": {
          guard: ({ context, event }) => context.owner === event.owner,
          target: "free",
          actions: assign({ owner: null }),
        },
      },
    },
  },
});
