/**
 * The fault handler of an SVA domain, which shares the page tables of a process: it queues work, and the work handles the
 * faults of the group one after the other, responds and frees the group.
 *
 * Models  Linux 6.12, drivers/iommu/iommu-sva.c: iommu_sva_iopf_handler(), iommu_sva_handle_iopf() (iopf-core 1.4). The work
 *         reads the mm through the attach handle, which it borrows: I12 (no group points to a freed handle), D14 (AMD and
 *         SMMUv3 do not flush before they free it). The first fault that fails is the last one that is handled, and gives
 *         the code of the response: I19 (Success only if every page of the group is mapped). With `locks` the response
 *         takes the lock of bind and unbind: B3 (a flush under that lock deadlocks).
 * Omits   the handling of one fault: address-spaces.ts has it. A second work at the same time. -EBUSY of a group that is
 *         queued already: each group is delivered once.
 */
import { assign, enqueueActions, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import type { AttachHandle, Domain } from "../io-pgfault/6.12/attach-handles.ts";
import { linux, linux612, messages } from "../../../../said.ts";
import { groupSays } from "../io-pgfault/6.12/fault-param-messages.ts";
import { OK, type Fault, type ResponseCode } from "../../include/iommu.ts";
import { mutexSays } from "../../lib/mutex.ts";
import { handleMmSays, type HandleMm, type MemberResolved } from "./address-spaces.ts";

export interface SvaHandlerRules {
  /** Whether a response takes the lock of bind and unbind. */
  readonly locks: boolean;
  /** "first": a deliberate defect; the work responds with the code of the first fault. */
  readonly handles: "all" | "first";
}

/** Linux 6.12.117. */
export const SVA_6_12: SvaHandlerRules = { locks: false, handles: "all" };

/** The domain of a process: iommu_sva_domain_alloc(). */
export const svaDomainOf = (mm: number): Domain => ({ handler: "iommu_sva_iopf_handler", nested: false, mm });

type Named = { readonly device: number; readonly group: number };
type Work = Named & {
  readonly handle: AttachHandle;
  readonly members: readonly Fault[];
  /** The attach handle is freed. */
  readonly dangling: boolean;
};

export interface SvaHandlerContext {
  readonly rules: SvaHandlerRules;
  readonly works: readonly Work[];
  /** The group inside iommu_sva_iopf_handler(), which is not queued yet. */
  readonly delivered: Work | null;
  /** The group inside iommu_sva_handle_iopf(). */
  readonly work: Work | null;
  /** Number of members that the work has handled. */
  readonly handled: number;
  readonly code: ResponseCode;
  /** The work used a freed handle. Never cleared. */
  readonly useAfterFree: boolean;
}

export type SvaHandlerEmits =
  /** To itself: the group is queued, or queue_work() found it freed. */
  | { readonly type: "sva.delivers" }
  | ({ readonly type: "work.queues" | "work.forgets" | "work.done" | "group.frees" | "group.forgets" } & Named)
  | ({ readonly type: "group.responds"; readonly code: ResponseCode } & Named)
  | HandleMm
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string }
  | { readonly type: "handler.returns"; readonly device: number; readonly result: number };

/** The steps of iommu_sva_handle_iopf(). */
export const svaHandlerSteps = ({ locks }: SvaHandlerRules): readonly Message[] => [
  { type: "sva.resolves" },
  ...(locks ? [{ type: "sva.locks" }] : []),
  { type: "sva.responds" },
  { type: "sva.frees" },
];

const s = setup({
  types: {
    context: {} as SvaHandlerContext,
    events: {} as
      | ({
          readonly type: "group.delivered";
          readonly handle: AttachHandle;
          readonly members: readonly Fault[];
        } & Named)
      | ({ readonly type: "work.runs" | "work.queued" | "group.freed" } & Named)
      | { readonly type: "sva.delivers" }
      | { readonly type: "handle.freed"; readonly handle: AttachHandle }
      | MemberResolved
      | { readonly type: "sva.resolves" | "sva.locks" | "sva.responds" | "sva.frees" },
    emitted: {} as SvaHandlerEmits,
    input: {} as SvaHandlerRules,
  },
  guards: { locks: ({ context }) => context.rules.locks },
});

const is = (a: Named) => (b: Named) => a.device === b.device && a.group === b.group;
const marked = (handle: AttachHandle) => (work: Work) =>
  JSON.stringify(work.handle) === JSON.stringify(handle) ? { ...work, dangling: true } : work;

/** The mm is read through the attach handle for each fault again. */
const resolves = s.enqueueActions(({ context: { work, handled, useAfterFree }, enqueue }) => {
  const { handle, members, dangling } = work!;
  enqueue.assign({ useAfterFree: useAfterFree || dangling });
  enqueue.emit({ type: "mm.handles-fault", worker: 0, mm: handle.domain.mm ?? null, member: members[handled]! });
});
const isEnd = ({ rules, work, handled }: SvaHandlerContext, code: ResponseCode): boolean =>
  code !== "success" || rules.handles === "first" || handled + 1 === work!.members.length;
const goesOn = s.assign({ handled: ({ context }) => context.handled + 1 });
const ends = s.assign({
  handled: 0,
  code: ({ context, event }) => (event.type === "member.resolved" ? event.code : context.code),
});
const responds = s.enqueueActions(({ context: { rules, work, code }, enqueue }) => {
  enqueue.emit({ type: "group.responds", device: work!.device, group: work!.group, code });
  if (rules.locks) enqueue.emit({ type: "lock.releases", owner: "worker", lock: "bind-lock" });
});
const frees = s.enqueueActions(({ context: { work }, enqueue }) => {
  const { device, group } = work!;
  enqueue.emit({ type: "group.frees", device, group });
  enqueue.emit({ type: "work.done", device, group });
  enqueue.assign({ work: null, code: "success" });
});

const SVA = "drivers/iommu/iommu-sva.c";
const IOPF = "drivers/iommu/io-pgfault.c";
const HANDLER = linux612(SVA, "iommu_sva_iopf_handler");

export const svaHandler = s.extend({ actions: { resolves, goesOn, ends, responds, frees } }).createMachine({
  id: "sva-handler",
  description: "the fault handler of an SVA domain, and its work",
  meta: {
    origin: linux612(SVA, "iommu_sva_handle_iopf"),
    lane: "the SVA fault handler and its work",
    messages: messages<SvaHandlerEmits>({
      ...groupSays,
      ...mutexSays("the lock of bind and unbind"),
      "work.queues": { says: "queues group {group} as work", origin: HANDLER },
      "sva.delivers": { says: "has called queue_work()", origin: HANDLER },
      "work.forgets": "loses the queued work of group {group}, which is freed",
      "mm.handles-fault": handleMmSays(linux612(SVA, "iommu_sva_handle_iopf")),
      "work.done": {
        says: "returns from the work of group {group}",
        origin: linux612(SVA, "iommu_sva_handle_iopf"),
      },
      "handler.returns": { says: "returns {result}", origin: HANDLER },
    }),
  },
  context: ({ input }) => ({
    rules: input,
    works: [],
    delivered: null,
    work: null,
    handled: 0,
    code: "success",
    useAfterFree: false,
  }),
  initial: "idle",
  states: {
    idle: {
      description: "runs no work",
      on: {
        "work.runs": {
          guard: ({ context: { works }, event }) => works.some(is(event)),
          target: "resolving",
          actions: assign(({ context: { works }, event }) => ({
            work: works.find(is(event))!,
            works: works.filter((other) => !is(event)(other)),
          })),
        },
      },
    },
    resolving: {
      description: "handles the faults of a group",
      on: {
        "sva.resolves": {
          description: "handles the next fault of the group",
          meta: { origin: linux612(SVA, "iommu_sva_handle_mm") },
          actions: "resolves",
        },
        "member.resolved": [
          { guard: ({ context, event }) => !isEnd(context, event.code), actions: "goesOn" },
          { guard: "locks", target: "locking", actions: "ends" },
          { target: "responding", actions: "ends" },
        ],
      },
    },
    locking: {
      description: "waits for the lock of bind and unbind",
      on: {
        "sva.locks": {
          description: "takes the lock of bind and unbind",
          meta: { origin: linux("kernel/locking/mutex.c", "mutex_lock") },
          target: "responding",
          actions: s.emit({ type: "lock.acquires", owner: "worker", lock: "bind-lock" }),
        },
      },
    },
    responding: {
      description: "has handled the faults and not responded",
      on: {
        "sva.responds": {
          description: "responds {code} to group {work.group}",
          meta: { origin: linux612(IOPF, "iopf_group_response") },
          target: "freeing",
          actions: "responds",
        },
      },
    },
    freeing: {
      description: "has responded and not freed the group",
      on: {
        "sva.frees": {
          description: "frees group {work.group}",
          meta: { origin: linux612(IOPF, "iopf_free_group") },
          target: "idle",
          actions: "frees",
        },
      },
    },
  },
  on: {
    "group.delivered": {
      actions: enqueueActions(({ event: { device, group, handle, members }, enqueue }) => {
        const work = { device, group, handle, members, dangling: false };
        enqueue.assign({ delivered: work });
        enqueue.emit({ type: "work.queues", device, group });
        enqueue.emit({ type: "sva.delivers" });
        enqueue.emit({ type: "handler.returns", device, result: OK });
      }),
    },
    "work.queued": [
      {
        guard: ({ context: { delivered }, event }) => delivered !== null && is(event)(delivered),
        actions: assign(({ context: { works, delivered } }) => ({
          works: [...works, delivered!].sort((a, b) => a.device - b.device || a.group - b.group),
          delivered: null,
        })),
      },
      /** Work of another handler. */
      {},
    ],
    /** queue_work() found the group freed: the handler drops its pointer. */
    "sva.delivers": [
      { guard: ({ context }) => context.delivered === null },
      {
        actions: enqueueActions(({ context: { delivered }, enqueue }) => {
          const { device, group } = delivered!;
          enqueue.assign({ delivered: null });
          enqueue.emit({ type: "group.forgets", device, group });
        }),
      },
    ],
    "handle.freed": {
      actions: assign(({ context: { works, work }, event }) => ({
        works: works.map(marked(event.handle)),
        work: work && marked(event.handle)(work),
      })),
    },
    /** The work item is in freed memory: the worker would use it. */
    "group.freed": [
      {
        guard: ({ context, event }) => context.works.some(is(event)),
        actions: enqueueActions(({ context, event: { device, group }, enqueue }) => {
          enqueue.assign({ works: context.works.filter((other) => !is({ device, group })(other)), useAfterFree: true });
          enqueue.emit({ type: "work.forgets", device, group });
          enqueue.emit({ type: "group.forgets", device, group });
        }),
      },
      /** No work of this handler is queued for it. */
      {},
    ],
  },
});
