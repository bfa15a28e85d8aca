/**
 * I/O page faults: nothing is pinned before a device misses it, and what is idle is given back.
 *
 * Models  RFC v1 with the reclaim that was asked for (VFIO facts 1.1, 4.1; rows 5, 22, 24-26), and the fault handling of
 *         a network card (4.4): the guest knows nothing of it; a fault pins and maps, pressure takes back.
 * Omits   limits and least-recently-mapped order (system pin-limit), the path of the report (all page fault systems).
 */
import { emit, setup } from "xstate";
import type { PolicyAnswers, PolicyAsked, WorkAsked, WorkDone } from "./vocabulary.ts";

export const demandPin = setup({
  types: {
    context: {},
    events: {} as PolicyAsked | WorkDone,
    emitted: {} as PolicyAnswers | WorkAsked,
  },
}).createMachine({
  id: "demand-pin",
  context: {},
  on: {
    "policy.before-dma": { actions: emit(({ event }) => ({ type: "policy.ready", by: event.by })) },
    "policy.after-dma": { actions: emit(({ event }) => ({ type: "policy.left", by: event.by })) },
    "fault.reports": { actions: emit(({ event: { page, by } }) => ({ type: "work.asks", work: "hold", page, by })) },
    "policy.pressure": {
      actions: emit(({ event: { page } }) => ({ type: "work.asks", work: "release", page, by: "pressure" })),
    },
    "work.done": [
      {
        guard: ({ event }) => event.work === "hold",
        actions: emit(({ event }) => ({ type: "fault.answered", by: event.by, code: "success" })),
      },
      {},
    ],
  },
});
