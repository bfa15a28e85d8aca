/**
 * Memory that lives as long as its reference count says, and who really holds a reference.
 *
 * Models  refcount_t or kref with a release that frees: Linux lib/refcount.c, lib/kref.c. The count is what the kernel
 *         knows; `holders` is ghost state: who was given a reference and has not given it back. Freed memory can still be
 *         named; that is remembered, and changes nothing else.
 * Omits   what is in the memory. How many references were left behind: one keeps it for ever, more are not counted. A
 *         second object at the same address while the first is still named: the fault is remembered before that.
 */
import { assign, setup } from "xstate";

export type CountedObjectContext = {
  readonly count: number;
  /** Ghost: one entry for each reference, sorted. */
  readonly holders: readonly string[];
  /** Ghost: somebody who held a reference is gone, and has not put it. Never cleared. */
  readonly leaked: boolean;
  /** Somebody took, put or used it after it was freed. Never cleared. */
  readonly useAfterFree: boolean;
};

export type CountedObjectEvent =
  /** It is allocated, with the first reference. */
  | { readonly type: "object.begins"; readonly by: string }
  | { readonly type: "object.gets" | "object.puts"; readonly by: string }
  /** Takes a reference unless there is none any more (refcount_inc_not_zero()). */
  | { readonly type: "object.tries"; readonly by: string }
  /** Ghost: a holder goes away, and does not put its reference. */
  | { readonly type: "object.forgets"; readonly by: string };

const s = setup({
  types: {
    context: {} as CountedObjectContext,
    events: {} as CountedObjectEvent,
    emitted: {} as
      /** By the last put. */
      | { readonly type: "object.freed"; readonly by: string }
      | { readonly type: "object.tried"; readonly by: string; readonly ok: boolean },
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
  context: ({ input }) => ({ count: 1, holders: [input.holder], leaked: false, useAfterFree: false }),
  initial: "alive",
  states: {
    alive: {
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
