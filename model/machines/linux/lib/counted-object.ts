/**
 * Memory with a reference count, and the threads that hold its references.
 *
 * Models  refcount_t, or a kref with a release function that frees: Linux include/linux/refcount.h, include/linux/kref.h.
 *         The kernel has the count. `holders` is ghost state: the threads that were given a reference and have not put it.
 *         A use of freed memory sets `useAfterFree` and changes nothing else.
 * Omits   the contents of the memory. The number of leaked references: one keeps the memory for ever, and more are not
 *         counted. A second object at the same address while a thread still uses the first: `useAfterFree` is set before.
 */
import { assign, setup } from "xstate";
import { linux, messages } from "../../../said.ts";

export type CountedObjectContext = {
  readonly count: number;
  /** Ghost: one entry for each reference, sorted. */
  readonly holders: readonly string[];
  /** Ghost: a holder is gone and has not put its reference. Never cleared. */
  readonly leaked: boolean;
  /** A thread took, put or used a reference after the free. Never cleared. */
  readonly useAfterFree: boolean;
};

export type CountedObjectEvent =
  /** The memory is allocated, with the first reference. */
  | { readonly type: "object.begins"; readonly by: string }
  | { readonly type: "object.gets" | "object.puts"; readonly by: string }
  /** refcount_inc_not_zero(): takes a reference unless the count is 0. */
  | { readonly type: "object.tries"; readonly by: string }
  /** Ghost: a holder goes away and leaks its reference. */
  | { readonly type: "object.forgets"; readonly by: string };

type CountedObjectEmits =
  /** By the last put. */
  | { readonly type: "object.freed"; readonly by: string }
  | { readonly type: "object.tried"; readonly by: string; readonly ok: boolean };

const REFCOUNT = "include/linux/refcount.h";

const s = setup({
  types: {
    context: {} as CountedObjectContext,
    events: {} as CountedObjectEvent,
    emitted: {} as CountedObjectEmits,
    input: {} as { readonly holder: string },
  },
});

const without = (holders: readonly string[], by: string): readonly string[] => {
  const at = holders.indexOf(by);
  return at < 0 ? holders : holders.toSpliced(at, 1);
};
const isNamed = s.assign({ useAfterFree: true });
const gets = s.assign(({ context, event }) => ({
  count: context.count + 1,
  holders: [...context.holders, event.by].sort(),
}));
const tried = (ok: boolean) => s.emit(({ event }) => ({ type: "object.tried", by: event.by, ok }) as const);
const puts = s.assign(({ context, event }) => ({
  count: context.count - 1,
  holders: without(context.holders, event.by),
}));

export const countedObject = s.createMachine({
  id: "counted-object",
  description: "an object with a reference count",
  meta: {
    origin: linux(REFCOUNT, "refcount_inc", "refcount_dec_and_test"),
    lane: "an object with a reference count; its first reference belongs to {holder}",
    messages: messages<CountedObjectEmits>({
      "object.freed": {
        says: "frees the object: {by} has put the last reference",
        origin: linux(REFCOUNT, "refcount_dec_and_test"),
      },
      "object.tried": {
        says: "{ok?gives a reference to:refuses a reference, because the count is 0, to} {by}",
        origin: linux(REFCOUNT, "refcount_inc_not_zero"),
      },
    }),
  },
  context: ({ input }) => ({ count: 1, holders: [input.holder], leaked: false, useAfterFree: false }),
  initial: "alive",
  states: {
    alive: {
      description: "the reference count is above 0",
      on: {
        "object.gets": { actions: gets },
        "object.tries": { actions: [gets, tried(true)] },
        "object.puts": [
          {
            guard: ({ context }) => context.count === 1,
            target: "freed",
            actions: [puts, s.emit(({ event }) => ({ type: "object.freed", by: event.by }) as const)],
          },
          { actions: puts },
        ],
        "object.forgets": {
          actions: assign(({ context, event }) => ({
            holders: without(context.holders, event.by),
            count: context.leaked ? context.count - 1 : context.count,
            leaked: true,
          })),
        },
      },
    },
    freed: {
      description: "the memory is freed",
      on: {
        "object.begins": {
          target: "alive",
          actions: assign(({ event }) => ({ count: 1, holders: [event.by] })),
        },
        "object.gets": { actions: isNamed },
        "object.tries": { actions: tried(false) },
        "object.puts": { actions: isNamed },
        "object.forgets": {},
      },
    },
  },
});
