/**
 * A sleeping lock. Whoever asks while another holds it cannot take its step.
 *
 * Models  Linux struct mutex as far as safety goes: one owner, no recursion (asking for a lock one holds is a deadlock).
 * Omits   queueing order: any waiter may be next, which allows more than the kernel does and hides nothing.
 */
import { assign, setup } from "xstate";

export const mutex = setup({
  types: {
    context: {} as { owner: string | null },
    events: {} as
      | { readonly type: "lock.acquires"; readonly owner: string }
      | { readonly type: "lock.releases"; readonly owner: string },
  },
}).createMachine({
  id: "mutex",
  context: { owner: null },
  initial: "free",
  states: {
    free: { on: { "lock.acquires": { target: "held", actions: assign({ owner: ({ event }) => event.owner }) } } },
    held: {
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
