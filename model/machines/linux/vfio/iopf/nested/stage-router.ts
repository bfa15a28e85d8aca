/**
 * The way of one reported fault of a nested translation to its owner: to the guest for stage 1, to the host for stage 2.
 *
 * Models  iommu_report_device_fault() of RFC v2 and v3, with the handler of VFIO on the same thread, and the report of
 *         whole groups of Linux 6.12 (VFIO facts 1.1, 1.5, 5.1; I-31: a stage 1 fault goes to the guest only, a stage 2
 *         fault to the host only). It takes dev->iommu->lock, finds the stage (row 12: the report carries the stage),
 *         looks up the stages that the handler wants (row 45: registration with FLAT, or NESTED with the level), and then
 *         resolves, delivers or refuses the fault. The record of a stall has the stage; for a page request software walks
 *         stage 1, or remembers the pages that stage 1 maps, and must forget them when the guest invalidates (H40: software
 *         walks stage 1 while the guest unmaps). The error of a report is answered outside the lock (`errorsAnsweredBy`).
 * Omits   the way from the device to its container, memory that the host needs to map a page, allocations. Responses of the
 *         core of 6.12 to requests that are not the last (D4), which drivers/page-requests/request-service.ts has.
 */
import { and, assign, emit, setup } from "xstate";
import { OK, pageResponse, type Fault } from "../../../include/iommu.ts";
import {
  FROM,
  stageRouterSays,
  type StageRouterContext,
  type StageRouterEmits,
  type StageRouterEvent,
  type StageRouterRules,
} from "./stage-router-messages.ts";
import { judged } from "./stage-verdict.ts";

export { stageRouterSteps } from "./stage-router-messages.ts";
export type { StageRouterContext } from "./stage-router-messages.ts";

type At = { readonly context: StageRouterContext };

const s = setup({
  types: {
    context: {} as StageRouterContext,
    events: {} as StageRouterEvent,
    emitted: {} as StageRouterEmits,
    input: {} as { readonly rules: StageRouterRules; readonly name: string },
  },
  guards: {
    collects: ({ context }) => context.rules.delivery === "whole-group",
    isLast: ({ context }) => context.members.at(-1)?.last === true,
    guesses: ({ context }) => context.rules.stageRule === "undefined",
    filtersEarly: ({ context }) => context.rules.stageFilter === "iommu-driver",
    unlocks: ({ context }) => context.rules.filterUnlocks,
    isGuests: ({ context }) => context.stage === 1,
    locksRing: ({ context }) => context.rules.ringLock,
    isSmmus: ({ context }) => context.rules.errorsAnsweredBy === "arm-smmu-v3",
    isIntels: ({ context }) => context.rules.errorsAnsweredBy === "intel",
  },
});

const reported = ({ context: { members } }: At): Fault => members.at(-1)!;
const isAsked = ({ context, event }: At & { event: StageRouterEvent }): boolean =>
  event.type === "handler.stages" && (context.stage === null || event.stages.includes(context.stage));
const forgets = s.assign({ members: [], addresses: [], stage: null, truth: null });
const returns = s.emit((at) => ({ type: "reported", device: reported(at).device, result: OK }));
const releases = s.emit(({ context }) => ({ type: "lock.releases", owner: context.name }));
/** Only the last request of a group gets a response. */
const answers = (code: "success" | "invalid" | "failure") =>
  s.enqueueActions(({ context: { members }, enqueue }) => {
    if (members.at(-1)!.last) enqueue.emit(pageResponse(members, code, null));
  });

export const stageRouter = s.extend({ actions: { forgets, returns, releases } }).createMachine({
  id: "stage-router",
  description: "the report of one fault of a nested translation, with VFIO's handler",
  meta: { origin: FROM.report, lane: "the thread that reports faults of a nested device", messages: stageRouterSays },
  context: ({ input }) => ({
    ...input,
    members: [],
    addresses: [],
    stage: null,
    truth: null,
    known: [],
  }),
  initial: "idle",
  on: {
    "guest.invalidates": [
      { guard: ({ context }) => context.rules.verdictKept === "for-ever" },
      { actions: assign({ known: ({ context, event }) => context.known.filter((page) => page !== event.page) }) },
    ],
  },
  states: {
    idle: {
      description: "no fault is being reported",
      on: {
        "driver.reports-fault": { target: "locking", actions: assign({ members: ({ event }) => [event.fault] }) },
      },
    },
    locking: {
      description: "a fault is reported, and dev->iommu->lock is wanted",
      on: {
        "router.locks": [
          {
            description: "takes dev->iommu->lock",
            guard: "collects",
            target: "collecting",
            actions: emit(({ context }) => ({ type: "lock.acquires", owner: context.name })),
          },
          { target: "finding", actions: emit(({ context }) => ({ type: "lock.acquires", owner: context.name })) },
        ],
      },
    },
    collecting: {
      description: "the rest of the group is being collected",
      on: {
        "router.collects": [
          {
            description: "collects the whole group",
            meta: { origin: FROM.partial },
            guard: "isLast",
            actions: emit((at) => ({ type: "faults.collects", fault: reported(at) })),
          },
          {
            description: "keeps the request until the last of its group",
            meta: { origin: FROM.partial },
            target: "unlocking",
            actions: emit((at) => ({ type: "faults.holds", fault: reported(at) })),
          },
        ],
        "faults.collected": { target: "finding", actions: assign({ members: ({ event }) => event.members }) },
      },
    },
    finding: {
      description: "the stage of the fault is to be found",
      on: {
        "router.finds": {
          description: "looks for the stage of the fault",
          actions: emit(({ context: { members } }) => ({
            type: "stages.finds",
            slot: members[0]!.grp,
            pages: members.map(({ page }) => page),
          })),
        },
        "stages.found": [
          { guard: "guesses", target: "guessing", actions: assign(({ context, event }) => judged(context, event)) },
          { target: "routing", actions: assign(({ context, event }) => judged(context, event)) },
        ],
      },
    },
    guessing: {
      description: "the stage is read from a variable that was never assigned",
      on: {
        "router.guesses": {
          description: "takes the fault for one of stage {stage}",
          target: "routing",
          actions: assign({ stage: ({ event }) => event.stage }),
        },
      },
    },
    routing: {
      description: "the stage is {stage}, and its handler is to be looked up",
      on: {
        "router.looks-up": {
          description: "looks up the handler of stage {stage}",
          actions: emit((at) => ({ type: "handler.reads", device: reported(at).device })),
        },
        "handler.stages": [
          { guard: and([isAsked, "isGuests", "locksRing"]), target: "delivering" },
          { guard: and([isAsked, "isGuests"]), target: "reading-head" },
          { guard: isAsked, target: "resolving" },
          { guard: "filtersEarly", target: "filtering" },
          { target: "refusing" },
        ],
      },
    },
    resolving: {
      description: "the fault is one of stage 2 and is to be mapped",
      on: {
        "router.resolves": [
          {
            description: "maps guest physical pages [{addresses}] at stage 2",
            meta: { origin: FROM.handler },
            guard: "isLast",
            target: "answering",
            actions: emit(({ context: { addresses } }) => ({ type: "host.maps", addresses })),
          },
          { target: "unlocking", actions: emit(({ context: { addresses } }) => ({ type: "host.maps", addresses })) },
        ],
      },
    },
    answering: {
      description: "the pages are mapped, and the response is still to be sent",
      on: {
        "router.answers": {
          description: "responds Success",
          meta: { origin: FROM.response },
          target: "unlocking",
          actions: answers("success"),
        },
      },
    },
    "reading-head": {
      description: "the head of the ring is read without the lock of the ring",
      on: {
        "router.reads-head": {
          description: "reads the head of the fault ring without its lock",
          meta: { origin: FROM.region },
          target: "delivering",
          actions: emit((at) => ({ type: "ring.reads-head", device: reported(at).device })),
        },
      },
    },
    delivering: {
      description: "the fault is one of stage 1 and is to be delivered",
      on: {
        "router.delivers": {
          description: "delivers the fault to user space",
          meta: { origin: FROM.transfer },
          actions: emit(({ context: { members } }) => ({ type: "faults.delivers", members })),
        },
        "faults.delivered": [{ guard: ({ event }) => event.ok, target: "unlocking" }, { target: "out-of-space" }],
      },
    },
    "out-of-space": {
      description: "user space has no room for the fault (ENOSPC)",
      on: {
        "router.unlocks": {
          description: "drops dev->iommu->lock and returns ENOSPC",
          target: "turned-away",
          actions: "releases",
        },
      },
    },
    "turned-away": {
      description: "the report has returned ENOSPC",
      on: {
        "router.refuses": [
          {
            description: "responds Invalid after ENOSPC",
            meta: { origin: FROM.failed },
            guard: "isIntels",
            target: "idle",
            actions: [answers("invalid"), "returns", "forgets"],
          },
          {
            description: "responds Failure after ENOSPC",
            meta: { origin: FROM.failed },
            target: "idle",
            actions: [answers("failure"), "returns", "forgets"],
          },
        ],
      },
    },
    refusing: {
      description: "the handler refuses the stage, under dev->iommu->lock",
      on: {
        "router.refuses": {
          description: "responds Invalid, because no handler wants the stage",
          meta: { origin: FROM.handler },
          target: "unlocking",
          actions: answers("invalid"),
        },
      },
    },
    filtering: {
      description: "the core filters the stage before it calls a handler (EOPNOTSUPP)",
      on: {
        "router.unlocks": [
          {
            description: "drops dev->iommu->lock and returns EOPNOTSUPP",
            guard: "unlocks",
            target: "filtered",
            actions: "releases",
          },
          { description: "returns EOPNOTSUPP with dev->iommu->lock held", target: "filtered" },
        ],
      },
    },
    filtered: {
      description: "the report has returned EOPNOTSUPP",
      on: {
        "router.refuses": [
          {
            description: "responds Failure after EOPNOTSUPP",
            meta: { origin: FROM.unwanted },
            guard: "isSmmus",
            target: "idle",
            actions: [answers("failure"), "returns", "forgets"],
          },
          {
            description: "responds Invalid after EOPNOTSUPP",
            meta: { origin: FROM.unwanted },
            target: "idle",
            actions: [answers("invalid"), "returns", "forgets"],
          },
        ],
      },
    },
    unlocking: {
      description: "the fault is dealt with, and dev->iommu->lock is still held",
      on: {
        "router.unlocks": {
          description: "drops dev->iommu->lock and returns",
          target: "idle",
          actions: ["releases", "returns", "forgets"],
        },
      },
    },
  },
});
