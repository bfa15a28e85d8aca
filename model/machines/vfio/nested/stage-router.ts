/**
 * The way of one reported fault of a nested translation to its owner: the guest for stage 1, the host for stage 2.
 *
 * Models  iommu_report_device_fault() of RFC v2 and v3 with VFIO's handler on the same thread, and the whole-group report
 *         of Linux 6.12 (VFIO facts 1.1, 1.5, 5.1; rows 11-13, 40-42, 45, 58; I-31): take the lock of the report, find the
 *         stage (from the record of a stall, or by walking stage 1 for a page request), look who asked for that stage,
 *         then resolve, deliver, or refuse.
 * Omits   the way from device to container, and what the host needs to map a page; allocations.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../checker/json.ts";
import { OK, pageResponse, type Fault, type PageResponse } from "../../iopf/fault.ts";
import type { Miss } from "../../hardware/nested-translation.ts";

export interface StageRouterRules {
  /** Row 58. Whether each request is routed as it comes, or a whole group. */
  readonly delivery: "per-request" | "whole-group";
  /**
   * How the stage is told: as record or walk say; always the guest's (Linux 6.12, where stage 2 is pinned); or by a
   * variable that nothing was assigned to (D-27).
   */
  readonly stageRule: "told" | "assumed-guest" | "undefined";
  /** H22: which address of a stage 2 fault is resolved, the guest physical one or what the device used. */
  readonly stage2Address: "guest-physical" | "input";
  /** Row 13. Who turns away a stage that nobody asked for: VFIO's handler, or the IOMMU driver by flags. */
  readonly stageFilter: "vfio" | "iommu-driver";
  /** D-03: whether the driver's filter drops the lock of the report. */
  readonly filterUnlocks: boolean;
}

export interface StageRouterContext {
  readonly rules: StageRouterRules;
  readonly name: string;
  /** In order of arrival; a whole group, or the request that was reported. */
  readonly members: readonly Fault[];
  readonly addresses: readonly number[];
  readonly stage: 1 | 2 | null;
  /** Ghost: the stage at which it happened, whatever the rule makes of it. */
  readonly truth: 1 | 2 | null;
}

const STEPS = [
  "locks",
  "collects",
  "finds",
  "looks-up",
  "resolves",
  "delivers",
  "answers",
  "refuses",
  "unlocks",
] as const;

export type StageRouterEvent =
  | { readonly type: "driver.reports-fault"; readonly fault: Fault }
  | { readonly type: `router.${(typeof STEPS)[number]}` }
  | { readonly type: "router.guesses"; readonly stage: 1 | 2 }
  | { readonly type: "faults.collected"; readonly members: readonly Fault[] }
  | ({ readonly type: "stages.found" } & Miss)
  | { readonly type: "handler.stages"; readonly stages: readonly number[] }
  | { readonly type: "faults.delivered"; readonly ok: boolean };

export type StageRouterEmits =
  | PageResponse
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | { readonly type: "faults.holds" | "faults.collects"; readonly fault: Fault }
  | { readonly type: "stages.finds"; readonly slot: number; readonly pages: readonly number[] }
  | { readonly type: "handler.reads" }
  | { readonly type: "host.maps"; readonly addresses: readonly number[] }
  | { readonly type: "faults.delivers"; readonly members: readonly Fault[] }
  | { readonly type: "reported"; readonly device: number; readonly result: number };

export const stageRouterSteps = (rules: StageRouterRules): readonly Message[] => [
  ...STEPS.map((step) => ({ type: `router.${step}` })),
  ...(rules.stageRule === "undefined" ? [1, 2].map((stage) => ({ type: "router.guesses", stage })) : []),
];

type At = { readonly context: StageRouterContext };

const s = setup({
  types: {
    context: {} as StageRouterContext,
    events: {} as StageRouterEvent,
    emitted: {} as StageRouterEmits,
    input: {} as StageRouterRules,
  },
  guards: {
    collects: ({ context }) => context.rules.delivery === "whole-group",
    isLast: ({ context }) => context.members.at(-1)?.last === true,
    guesses: ({ context }) => context.rules.stageRule === "undefined",
    filtersEarly: ({ context }) => context.rules.stageFilter === "iommu-driver",
    unlocks: ({ context }) => context.rules.filterUnlocks,
  },
});

const reported = ({ context: { members } }: At): Fault => members.at(-1)!;
const isAsked = ({ context, event }: At & { event: StageRouterEvent }): boolean =>
  event.type === "handler.stages" && (context.stage === null || event.stages.includes(context.stage));
const forgets = s.assign({ members: [], addresses: [], stage: null, truth: null });
const returns = s.emit((at) => ({ type: "reported", device: reported(at).device, result: OK }));
const releases = s.emit(({ context }) => ({ type: "lock.releases", owner: context.name }));
/** Nobody answers but the last request of a group. */
const answers = (code: "success" | "invalid" | "failure") =>
  s.enqueueActions(({ context: { members }, enqueue }) => {
    if (members.at(-1)!.last) enqueue.emit(pageResponse(members, code, null));
  });

/** What the rule makes of the truth. */
const judged = ({ rules, members }: StageRouterContext, { stage, addresses }: Miss) => ({
  truth: stage,
  stage: rules.stageRule === "assumed-guest" ? (1 as const) : stage,
  addresses: stage === 2 && rules.stage2Address === "input" ? members.map(({ page }) => page) : addresses,
});

export const stageRouter = s.extend({ actions: { forgets, returns, releases } }).createMachine({
  id: "stage-router",
  context: ({ input }) => ({ rules: input, name: "router", members: [], addresses: [], stage: null, truth: null }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "driver.reports-fault": { target: "locking", actions: assign({ members: ({ event }) => [event.fault] }) },
      },
    },
    locking: {
      on: {
        "router.locks": [
          {
            guard: "collects",
            target: "collecting",
            actions: emit(({ context }) => ({ type: "lock.acquires", owner: context.name })),
          },
          { target: "finding", actions: emit(({ context }) => ({ type: "lock.acquires", owner: context.name })) },
        ],
      },
    },
    collecting: {
      on: {
        "router.collects": [
          { guard: "isLast", actions: emit((at) => ({ type: "faults.collects", fault: reported(at) })) },
          { target: "unlocking", actions: emit((at) => ({ type: "faults.holds", fault: reported(at) })) },
        ],
        "faults.collected": { target: "finding", actions: assign({ members: ({ event }) => event.members }) },
      },
    },
    /** Reads the record, or walks stage 1. */
    finding: {
      on: {
        "router.finds": {
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
      on: { "router.guesses": { target: "routing", actions: assign({ stage: ({ event }) => event.stage }) } },
    },
    routing: {
      on: {
        "router.looks-up": { actions: emit({ type: "handler.reads" }) },
        "handler.stages": [
          { guard: (at) => isAsked(at) && at.context.stage === 1, target: "delivering" },
          { guard: isAsked, target: "resolving" },
          { guard: "filtersEarly", target: "filtering" },
          { target: "refusing" },
        ],
      },
    },
    resolving: {
      on: {
        "router.resolves": [
          {
            guard: "isLast",
            target: "answering",
            actions: emit(({ context: { addresses } }) => ({ type: "host.maps", addresses })),
          },
          { target: "unlocking", actions: emit(({ context: { addresses } }) => ({ type: "host.maps", addresses })) },
        ],
      },
    },
    answering: { on: { "router.answers": { target: "unlocking", actions: answers("success") } } },
    delivering: {
      on: {
        "router.delivers": { actions: emit(({ context: { members } }) => ({ type: "faults.delivers", members })) },
        "faults.delivered": [{ guard: ({ event }) => event.ok, target: "unlocking" }, { target: "out-of-space" }],
      },
    },
    /** ENOSPC: the driver answers Failure by itself. */
    "out-of-space": { on: { "router.refuses": { target: "unlocking", actions: answers("failure") } } },
    /** VFIO's handler answers, still under the lock. */
    refusing: { on: { "router.refuses": { target: "unlocking", actions: answers("invalid") } } },
    /** The report returns EOPNOTSUPP before any handler was called. */
    filtering: {
      on: {
        "router.unlocks": [{ guard: "unlocks", target: "filtered", actions: "releases" }, { target: "filtered" }],
      },
    },
    filtered: {
      on: { "router.refuses": { target: "idle", actions: [answers("invalid"), "returns", "forgets"] } },
    },
    unlocking: { on: { "router.unlocks": { target: "idle", actions: ["releases", "returns", "forgets"] } } },
  },
});
