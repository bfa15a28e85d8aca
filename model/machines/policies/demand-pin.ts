/**
 * I/O page faults as a policy: a page is pinned when a device faults on it, and idle pages are released.
 *
 * Models  RFC v1 with the reclaim that reviewers requested (VFIO facts 1.1, 4.1; rows 5, 22, 24 to 26), and the fault handling
 *         of a network card (4.4). The guest takes no part: a fault pins and maps, memory pressure releases.
 * Omits   limits and the least recently mapped order, which linux/vfio/iopf/limit has; the path of the report, which the
 *         page fault systems have.
 */
import { emit, setup } from "xstate";
import { atWill, messages, rfc } from "../../said.ts";
import { policySays, type PolicyAnswers, type PolicyAsked, type WorkAsked, type WorkDone } from "./vocabulary.ts";

/** No part of the policy: the calls return at once. */
const GUEST = atWill("the guest kernel");

export const demandPin = setup({
  types: {
    context: {},
    events: {} as PolicyAsked | WorkDone,
    emitted: {} as PolicyAnswers | WorkAsked,
  },
}).createMachine({
  id: "demand-pin",
  description: "the VFIO fault handler, which pins a page when a device faults on it",
  meta: {
    origin: rfc("v1 patch 2", "vfio_iommu_dev_fault_handler"),
    lane: "the VFIO fault handler",
    messages: messages<PolicyAnswers | WorkAsked>({
      ...policySays,
      "policy.ready": { says: policySays["policy.ready"], origin: GUEST },
      "policy.left": { says: policySays["policy.left"], origin: GUEST },
    }),
  },
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
