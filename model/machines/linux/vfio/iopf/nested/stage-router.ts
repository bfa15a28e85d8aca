/**
 * The way of one reported fault of a nested translation to its owner: the guest for stage 1, the host for stage 2.
 *
 * Models  iommu_report_device_fault() of RFC v2 and v3 with VFIO's handler on the same thread, and the whole-group report
 *         of Linux 6.12 (VFIO facts 1.1, 1.5, 5.1; rows 11-13, 40-42, 45, 58; I-31): take the lock of the report, find the
 *         stage (from the record of a stall, or by walking stage 1 for a page request), look who asked for that stage,
 *         then resolve, deliver, or refuse. Software may remember which pages the guest's table maps instead of walking it
 *         each time; it must forget them when the guest invalidates (N5, H40).
 * Omits   the way from device to container, and what the host needs to map a page; allocations.
 */
import { and, assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { OK, pageResponse, type Fault, type PageResponse } from "../../../include/iommu.ts";
import type { Miss } from "../../../../iommu/nested-translation.ts";

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
  /** H40. How long it remembers that stage 1 maps a page, so that a fault there is the host's without another walk. */
  readonly verdictKept: "never" | "until-invalidation" | "for-ever";
  /** B-41: whether the ring to user space is locked before its head is read. */
  readonly ringLock: boolean;
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
  /** Pages that stage 1 maps, as it remembers: a set. */
  readonly known: readonly number[];
}

const STEPS = [
  "locks",
  "collects",
  "finds",
  "looks-up",
  "resolves",
  "reads-head",
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
  | { readonly type: "guest.invalidates"; readonly page: number }
  | { readonly type: "handler.stages"; readonly stages: readonly number[] }
  | { readonly type: "faults.delivered"; readonly ok: boolean };

export type StageRouterEmits =
  | PageResponse
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | { readonly type: "faults.holds" | "faults.collects"; readonly fault: Fault }
  | { readonly type: "stages.finds"; readonly slot: number; readonly pages: readonly number[] }
  | { readonly type: "handler.reads" | "ring.reads-head"; readonly device: number }
  | { readonly type: "host.maps"; readonly addresses: readonly number[] }
  | { readonly type: "faults.delivers"; readonly members: readonly Fault[] }
  | { readonly type: "reported"; readonly device: number; readonly result: number };

export const stageRouterSteps = (rules: StageRouterRules): readonly Message[] => [
  ...STEPS.filter((step) => step !== "reads-head" || !rules.ringLock).map((step) => ({ type: `router.${step}` })),
  ...(rules.stageRule === "undefined" ? [1, 2].map((stage) => ({ type: "router.guesses", stage })) : []),
];

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

/** What the host resolves of a fault of stage 2. */
const addressesOf = (rules: StageRouterRules, pages: readonly number[], { addresses }: Miss): readonly number[] =>
  rules.stage2Address === "input" ? pages : addresses;

/** Whether the walk got through stage 1: what is missing, if anything, are pages of the fault themselves. */
const passesFirst = ({ stage, addresses }: Miss, pages: readonly number[]): boolean =>
  stage !== 1 && addresses.every((address) => pages.includes(address));

/** What the rule makes of the truth. */
function judged({ rules, members, known }: StageRouterContext, miss: Miss) {
  const pages = members.map(({ page }) => page);
  const remembers = rules.verdictKept !== "never";
  const knows = remembers && pages.every((page) => known.includes(page));
  const learns = remembers && passesFirst(miss, pages);
  return {
    truth: miss.stage,
    stage: knows ? (2 as const) : rules.stageRule === "assumed-guest" ? (1 as const) : miss.stage,
    addresses: miss.stage !== 2 ? (knows ? pages : miss.addresses) : addressesOf(rules, pages, miss),
    known: learns ? [...new Set([...known, ...pages])].sort((a, b) => a - b) : known,
  };
}

export const stageRouter = s.extend({ actions: { forgets, returns, releases } }).createMachine({
  id: "stage-router",
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
        "router.looks-up": { actions: emit((at) => ({ type: "handler.reads", device: reported(at).device })) },
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
    /** Without the lock, others may write between this and the delivery. */
    "reading-head": {
      on: {
        "router.reads-head": {
          target: "delivering",
          actions: emit((at) => ({ type: "ring.reads-head", device: reported(at).device })),
        },
      },
    },
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
