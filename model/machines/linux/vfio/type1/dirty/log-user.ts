/**
 * A thread of user space in an ioctl of the dirty log, or one that changes what it covers. Under the container's lock it
 * looks at the container and then carries out a list of steps, which the request determines.
 *
 * Models  VFIO_IOMMU_DIRTY_PAGES with START, STOP and GET, DMA_MAP, DMA_UNMAP with GET_DIRTY, attach and detach (VFIO facts
 *         2.5). START allocates mapping by mapping, and takes back what it has when an allocation fails (B-01).
 * Omits   waiting for drivers in DMA_UNMAP (a study of its own): pages that are pinned are not unmapped here.
 */
import { assign, emit, setup } from "xstate";
import type { LogTold } from "./dirty-container.ts";

export type LogRequest = "start" | "stop" | "get" | "map" | "unmap" | "attach" | "detach";

/** The rules in which designs differ. */
export interface LogUserDesign {
  /** What GET does with the bitmap once it is copied. */
  readonly getOrder: "clear-then-remark" | "remark-then-clear" | "clear-only" | "clear-then-copy";
  readonly unmapReports: boolean;
  /** Which bitmaps START frees when an allocation fails. */
  readonly startUnwinds: "previous" | "failed-one";
  /** Whether START drops the lock also when it fails. */
  readonly failedStart: "unlocks" | "keeps-lock";
}

/** A step on a mapping, or on a group. */
type Step =
  | {
      readonly type:
        | "log.allocates"
        | "log.frees"
        | "log.fills"
        | "log.copies"
        | "log.clears"
        | "log.remarks"
        | "log.links"
        | "log.unlinks"
        | "log.maps"
        | "log.unmaps"
        | "log.report-begins"
        | "log.report-ends";
      readonly mapping: number;
    }
  | { readonly type: "log.attaches" | "log.detaches"; readonly group: number }
  | { readonly type: "log.turns"; readonly on: boolean };

export interface LogUserContext {
  readonly name: string;
  readonly design: LogUserDesign;
  readonly request: LogRequest | null;
  /** The mapping or group that the request is for. */
  readonly target: number;
  readonly steps: readonly Step[];
  readonly failed: boolean;
}

const on = (mapping: number, ...types: readonly Exclude<Step, { group: number } | { on: boolean }>["type"][]): Step[] =>
  types.map((type) => ({ type, mapping }));

const AFTER_COPY = {
  "clear-then-remark": ["log.copies", "log.clears", "log.remarks"],
  "remark-then-clear": ["log.copies", "log.remarks", "log.clears"],
  "clear-only": ["log.copies", "log.clears"],
  "clear-then-copy": ["log.clears", "log.copies", "log.remarks"],
} as const;

/** What the request comes to, as the container is. */
function stepsOf({ request, target, design }: LogUserContext, told: LogTold): readonly Step[] {
  const linked = told.linked.flatMap((is, mapping) => (is ? [mapping] : []));
  const programs: { readonly [request in LogRequest]: () => readonly Step[] } = {
    start: () =>
      told.tracking ? [] : [...linked.flatMap((m) => on(m, "log.allocates")), { type: "log.turns", on: true }],
    stop: () => (told.tracking ? [{ type: "log.turns", on: false }, ...linked.flatMap((m) => on(m, "log.frees"))] : []),
    get: () =>
      told.tracking
        ? linked.flatMap((m) =>
            on(m, "log.report-begins", "log.fills", ...AFTER_COPY[design.getOrder], "log.report-ends"),
          )
        : [],
    map: () =>
      told.linked[target]
        ? []
        : on(target, "log.links", "log.maps", ...(told.tracking ? (["log.allocates"] as const) : [])),
    unmap: () => unmap(target, design, told),
    attach: () => (told.attached[target] ? [] : [{ type: "log.attaches", group: target }]),
    detach: () => (told.attached[target] ? [{ type: "log.detaches", group: target }] : []),
  };
  return programs[request!]();
}

function unmap(target: number, { unmapReports }: LogUserDesign, { linked, pinned, tracking }: LogTold): Step[] {
  if (!linked[target] || pinned[target]) return [];
  const reports = tracking && unmapReports ? (["log.fills", "log.copies"] as const) : [];
  const frees = tracking ? (["log.frees"] as const) : [];
  return on(target, ...reports, "log.unmaps", "log.unlinks", ...frees);
}

const STEPS = ["locks", "looks", "steps", "unlocks"] as const;

const s = setup({
  types: {
    context: {} as LogUserContext,
    events: {} as
      | { readonly type: "user.begins"; readonly request: LogRequest; readonly target: number }
      | { readonly type: `user.${(typeof STEPS)[number]}` | "user.allocation-fails" }
      | LogTold,
    emitted: {} as
      | Step
      | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
      | { readonly type: "log.asks"; readonly by: string },
    input: {} as { name: string; design: LogUserDesign },
  },
  guards: {
    isNothing: ({ context, event }) => event.type === "log.told" && stepsOf(context, event).length === 0,
    keepsLock: ({ context: { failed, design } }) => failed && design.failedStart === "keeps-lock",
    startAllocates: ({ context: { request, steps } }) => request === "start" && steps[0]?.type === "log.allocates",
  },
});

/** B-01: what goes back is every bitmap before the one that failed, or that one again and again. */
const unwinds = s.assign({
  failed: true,
  steps: ({ context: { steps, design } }) => {
    const failed = steps.flatMap((step) => (step.type === "log.allocates" ? [step.mapping] : []))[0]!;
    const previous = Array.from({ length: failed }, (_, k) => failed - 1 - k);
    return previous.map(
      (m) => ({ type: "log.frees", mapping: design.startUnwinds === "previous" ? m : failed }) as const,
    );
  },
});
const forgets = s.assign({ request: null, target: 0, failed: false });
const performs = s.enqueueActions(({ context: { steps }, enqueue }) => {
  enqueue.assign({ steps: steps.slice(1) });
  enqueue.emit(steps[0]!);
});

export const logUser = s.createMachine({
  id: "log-user",
  context: ({ input }) => ({ ...input, request: null, target: 0, steps: [], failed: false }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "user.begins": {
          target: "locking",
          actions: assign({ request: ({ event }) => event.request, target: ({ event }) => event.target }),
        },
      },
    },
    locking: {
      on: {
        "user.locks": {
          target: "looking",
          actions: emit(({ context }) => ({ type: "lock.acquires", owner: context.name })),
        },
      },
    },
    looking: {
      on: {
        "user.looks": { actions: emit(({ context }) => ({ type: "log.asks", by: context.name })) },
        "log.told": [
          { guard: "isNothing", target: "unlocking" },
          { target: "working", actions: assign({ steps: ({ context, event }) => stepsOf(context, event) }) },
        ],
      },
    },
    working: {
      always: { guard: ({ context }) => context.steps.length === 0, target: "unlocking" },
      on: {
        "user.steps": { actions: performs },
        "user.allocation-fails": { guard: "startAllocates", actions: unwinds },
      },
    },
    unlocking: {
      on: {
        "user.unlocks": [
          { guard: "keepsLock", target: "idle", actions: forgets },
          {
            target: "idle",
            actions: [emit(({ context }) => ({ type: "lock.releases", owner: context.name })), forgets],
          },
        ],
      },
    },
  },
});

/** What it does once it has begun; `fails`: whether START may find no memory. */
export const logUserSteps = (fails: boolean) => [
  ...STEPS.map((step) => ({ type: `user.${step}` })),
  ...(fails ? [{ type: "user.allocation-fails" }] : []),
];
