/**
 * A thread of user space in an ioctl of the dirty log, or in one that changes what the log covers. Under iommu->lock it reads
 * the container and then takes a list of steps, which the request determines.
 *
 * Models  VFIO_IOMMU_DIRTY_PAGES with START, STOP and GET, DMA_MAP, DMA_UNMAP with GET_DIRTY_BITMAP, attach and detach of a
 *         group (VFIO facts 2.5). START allocates mapping by mapping, and frees what it has when an allocation fails (B-01:
 *         the wrong bitmap is freed).
 * Omits   The calls to drivers in DMA_UNMAP, which linux/vfio/type1/unmap has: a mapping with pinned pages is not
 *         unmapped here.
 */
import { assign, emit, setup } from "xstate";
import { atWill, linux, messages } from "../../../../../said.ts";
import type { LogTold } from "./page-messages.ts";
import { iommuLockSays } from "../words.ts";

export type LogRequest = "start" | "stop" | "get" | "map" | "unmap" | "attach" | "detach";

/** The rules in which designs differ. */
export interface LogUserDesign {
  /** What GET does with the bitmap after the copy. */
  readonly getOrder: "clear-then-remark" | "remark-then-clear" | "clear-only" | "clear-then-copy";
  readonly unmapReports: boolean;
  /** Which bitmaps START frees when an allocation fails. */
  readonly startUnwinds: "previous" | "failed-one";
  /** Whether a START that fails drops the lock. */
  readonly failedStart: "unlocks" | "keeps-lock";
}

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";

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

/** The steps of the request on the container as it is. */
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

type LogUserEmits =
  | Step
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | { readonly type: "log.asks"; readonly by: string };

const STEPS = ["locks", "looks", "steps", "unlocks"] as const;

const s = setup({
  types: {
    context: {} as LogUserContext,
    events: {} as
      | { readonly type: "user.begins"; readonly request: LogRequest; readonly target: number }
      | { readonly type: `user.${(typeof STEPS)[number]}` | "user.allocation-fails" }
      | LogTold,
    emitted: {} as LogUserEmits,
    input: {} as { name: string; design: LogUserDesign },
  },
  guards: {
    isNothing: ({ context, event }) => event.type === "log.told" && stepsOf(context, event).length === 0,
    keepsLock: ({ context: { failed, design } }) => failed && design.failedStart === "keeps-lock",
    startAllocates: ({ context: { request, steps } }) => request === "start" && steps[0]?.type === "log.allocates",
  },
});

/** B-01 (the wrong bitmap is freed): frees every bitmap before the one that failed, or that one again and again. */
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
  description: "a thread of user space that uses the dirty log",
  meta: {
    origin: linux(TYPE1, "vfio_iommu_type1_dirty_pages"),
    lane: "{name}: a thread that uses the dirty log",
    messages: messages<LogUserEmits>({
      ...iommuLockSays,
      "log.asks": "reads the mappings and groups of the container",
      "log.allocates": {
        says: "allocates the bitmap of mapping {mapping}",
        origin: linux(TYPE1, "vfio_dma_bitmap_alloc"),
      },
      "log.frees": { says: "frees the bitmap of mapping {mapping}", origin: linux(TYPE1, "vfio_dma_bitmap_free") },
      "log.fills": {
        says: "marks all of mapping {mapping}, if a group may write to everything",
        origin: linux(TYPE1, "update_user_bitmap"),
      },
      "log.copies": {
        says: "copies the bitmap of mapping {mapping} to user space",
        origin: linux(TYPE1, "update_user_bitmap"),
      },
      "log.clears": { says: "clears the bitmap of mapping {mapping}", origin: linux(TYPE1, "vfio_iova_dirty_bitmap") },
      "log.remarks": {
        says: "marks the pinned pages of mapping {mapping}",
        origin: linux(TYPE1, "vfio_dma_populate_bitmap"),
      },
      "log.links": { says: "links mapping {mapping}", origin: linux(TYPE1, "vfio_link_dma") },
      "log.unlinks": { says: "unlinks mapping {mapping}", origin: linux(TYPE1, "vfio_unlink_dma") },
      "log.maps": { says: "pins and maps mapping {mapping}", origin: linux(TYPE1, "vfio_pin_map_dma") },
      "log.unmaps": { says: "unmaps mapping {mapping}", origin: linux(TYPE1, "vfio_unmap_unpin") },
      "log.report-begins": {
        says: "begins the report of mapping {mapping}",
        origin: linux(TYPE1, "vfio_iova_dirty_bitmap"),
      },
      "log.report-ends": {
        says: "ends the report of mapping {mapping}",
        origin: linux(TYPE1, "vfio_iova_dirty_bitmap"),
      },
      "log.attaches": { says: "attaches group {group}", origin: linux(TYPE1, "vfio_iommu_type1_attach_group") },
      "log.detaches": { says: "detaches group {group}", origin: linux(TYPE1, "vfio_iommu_type1_detach_group") },
      "log.turns": "{on?sets:clears} dirty_page_tracking",
    }),
  },
  context: ({ input }) => ({ ...input, request: null, target: 0, steps: [], failed: false }),
  initial: "idle",
  states: {
    idle: {
      description: "outside of the kernel",
      meta: { origin: atWill("the program") },
      on: {
        "user.begins": {
          description: "begins {request} (mapping or group {target})",
          target: "locking",
          actions: assign({ request: ({ event }) => event.request, target: ({ event }) => event.target }),
        },
      },
    },
    locking: {
      description: "iommu->lock is to be taken, for {request}",
      meta: { origin: atWill("the program") },
      on: {
        "user.locks": {
          description: "takes iommu->lock for {request}",
          target: "looking",
          actions: emit(({ context }) => ({ type: "lock.acquires", owner: context.name })),
        },
      },
    },
    looking: {
      description: "reads the container, for {request}",
      meta: { origin: atWill("the program") },
      on: {
        "user.looks": {
          description: "reads the container for {request}",
          actions: emit(({ context }) => ({ type: "log.asks", by: context.name })),
        },
        "log.told": [
          { guard: "isNothing", target: "unlocking" },
          { target: "working", actions: assign({ steps: ({ context, event }) => stepsOf(context, event) }) },
        ],
      },
    },
    working: {
      description: "takes the steps of {request}",
      always: { guard: ({ context }) => context.steps.length === 0, target: "unlocking" },
      on: {
        "user.steps": { description: "takes the next step of {request}", meta: { listed: true }, actions: performs },
        "user.allocation-fails": {
          description: "fails to allocate the next bitmap",
          meta: { origin: linux(TYPE1, "vfio_dma_bitmap_alloc_all") },
          guard: "startAllocates",
          actions: unwinds,
        },
      },
    },
    unlocking: {
      description: "iommu->lock is to be dropped, after {request}",
      meta: { origin: atWill("the program") },
      on: {
        "user.unlocks": [
          { description: "returns with iommu->lock held", guard: "keepsLock", target: "idle", actions: forgets },
          {
            description: "drops iommu->lock and returns",
            target: "idle",
            actions: [emit(({ context }) => ({ type: "lock.releases", owner: context.name })), forgets],
          },
        ],
      },
    },
  },
});

/** Its spontaneous steps inside a call; `fails`: whether START may find no memory. */
export const logUserSteps = (fails: boolean) => [
  ...STEPS.map((step) => ({ type: `user.${step}` })),
  ...(fails ? [{ type: "user.allocation-fails" }] : []),
];
