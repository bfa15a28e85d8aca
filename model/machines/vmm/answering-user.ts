/**
 * User space that answers groups of a fault queue, if and when it likes.
 *
 * Models  read(2) and write(2) on the file of the queue as one thread: take a group, answer it, free it (iopf-core 3.2).
 * Omits   cookies and buffers: study iommufd has them.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";
import { takesAny, type TakesNext } from "../linux/iommu/iommufd/fault/auto-answer.ts";

const s = setup({
  types: {
    context: {} as { group: number | null },
    events: {} as
      | { readonly type: "user.answers" | "user.takes" | "user.responds" | "user.frees" }
      | { readonly type: "answer.taken"; readonly group: number | null },
    emitted: {} as
      | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string }
      | TakesNext
      | { readonly type: "group.responds"; readonly device: 0; readonly group: number; readonly code: "success" }
      | { readonly type: "group.frees"; readonly device: 0; readonly group: number },
  },
});

export const answeringUser = s.createMachine({
  id: "answering-user",
  context: { group: null },
  initial: "idle",
  states: {
    idle: {
      on: {
        "user.answers": {
          target: "taking",
          actions: emit({ type: "lock.acquires", owner: "user", lock: "fault-mutex" }),
        },
      },
    },
    taking: {
      on: {
        "user.takes": { actions: emit(takesAny("user")) },
        "answer.taken": [
          {
            guard: ({ event }) => event.group === null,
            target: "idle",
            actions: emit({ type: "lock.releases", owner: "user", lock: "fault-mutex" }),
          },
          { target: "responding", actions: assign({ group: ({ event }) => event.group }) },
        ],
      },
    },
    responding: {
      on: {
        "user.responds": {
          target: "freeing",
          actions: emit(({ context }) => ({
            type: "group.responds",
            device: 0,
            group: context.group!,
            code: "success",
          })),
        },
      },
    },
    freeing: {
      on: {
        "user.frees": {
          target: "idle",
          actions: [
            emit(({ context }) => ({ type: "group.frees", device: 0, group: context.group! })),
            emit({ type: "lock.releases", owner: "user", lock: "fault-mutex" }),
            assign({ group: null }),
          ],
        },
      },
    },
  },
});

/** What it does inside the kernel once it has begun. */
export const answeringUserSteps: readonly Message[] = [
  { type: "user.takes" },
  { type: "user.responds" },
  { type: "user.frees" },
];
