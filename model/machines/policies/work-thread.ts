/**
 * A thread of the host that makes pages reachable or takes them back, one request at a time, under the container's lock.
 *
 * Models  what the policies have in common (VFIO facts 1.1, 2.2, 2.3, 4.4): lock, look whether the page is mapped already,
 *         do the work (page-hold.ts, page-release.ts), unlock, answer. Answering is a step of its own: the page may be
 *         taken back between the unlock and the answer. `trusts` is a host that goes by coIOMMU's shared table instead of
 *         its own records.
 * Omits   failures, and requests for several pages.
 */
import { assign, emit, setup } from "xstate";
import type { Work, WorkAsked, WorkDone } from "./vocabulary.ts";

export interface WorkThreadContext {
  readonly name: string;
  readonly trusts: boolean;
  readonly work: Work | null;
  readonly page: number | null;
  readonly by: string | null;
}

const s = setup({
  types: {
    context: {} as WorkThreadContext,
    events: {} as
      | WorkAsked
      | { readonly type: "work.locks" | "work.unlocks" | "work.answers" }
      | { readonly type: "container.found"; readonly mapped: boolean }
      | { readonly type: "hold.done" | "release.done" },
    emitted: {} as
      | WorkDone
      | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
      | { readonly type: "container.finds"; readonly page: number; readonly by: string }
      | { readonly type: "hold.starts"; readonly page: number; readonly by: string; readonly mapped: boolean }
      | { readonly type: "release.starts"; readonly page: number; readonly by: string },
    input: {} as { name: string; trusts: boolean },
  },
});

export const WORK_STEPS = ["locks", "unlocks", "answers"].map((step) => ({ type: `work.${step}` }));

const releases = s.emit(({ context: { name, page } }) => ({ type: "release.starts", page: page!, by: name }));
const holds = s.emit(({ context: { name, page, trusts }, event }) => ({
  type: "hold.starts",
  page: page!,
  by: name,
  mapped: event.type === "container.found" && event.mapped && !trusts,
}));

export const workThread = s.extend({ actions: { releases, holds } }).createMachine({
  id: "work-thread",
  context: ({ input }) => ({ ...input, work: null, page: null, by: null }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "work.asks": {
          target: "locking",
          actions: assign(({ event: { work, page, by } }) => ({ work, page, by })),
        },
      },
    },
    locking: {
      on: {
        "work.locks": {
          target: "finding",
          actions: [
            emit(({ context }) => ({ type: "lock.acquires", owner: context.name })),
            emit(({ context: { name, page } }) => ({ type: "container.finds", page: page!, by: name })),
          ],
        },
      },
    },
    finding: {
      on: {
        "container.found": [
          { guard: ({ context }) => context.work === "hold", target: "working", actions: "holds" },
          { guard: ({ event }) => event.mapped, target: "working", actions: "releases" },
          { target: "unlocking" },
        ],
      },
    },
    working: { on: { "hold.done": { target: "unlocking" }, "release.done": { target: "unlocking" } } },
    unlocking: {
      on: {
        "work.unlocks": {
          target: "answering",
          actions: emit(({ context }) => ({ type: "lock.releases", owner: context.name })),
        },
      },
    },
    answering: {
      on: {
        "work.answers": {
          target: "idle",
          actions: [
            emit(({ context: { work, by } }) => ({ type: "work.done", work: work!, by: by! })),
            assign({ work: null, page: null, by: null }),
          ],
        },
      },
    },
  },
});
