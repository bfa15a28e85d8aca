/**
 * The handler of a domain that shares the page tables of a process: it queues work, and the work resolves the group,
 * answers and frees it.
 *
 * Models  Linux 6.12, drivers/iommu/iommu-sva.c: iommu_sva_iopf_handler(), iommu_sva_handle_iopf() (iopf-core 1.4): the
 *         work reads the mm through the attach handle, which it only borrows (I12, D14), and takes a reference to the mm
 *         that fails once the process has exited (I-42). In 6.1 the driver's answer took the lock of bind and unbind
 *         (B3).
 * Omits   what makes a page resolvable; a group of which a page is refused.
 */
import { assign, enqueueActions, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import type { AttachHandle } from "../io-pgfault/6.12/attach-handles.ts";
import { OK, type Fault, type ResponseCode } from "../../include/iommu.ts";

export interface SvaHandlerRules {
  /** Whether an answer takes the lock of bind and unbind. */
  readonly locks: boolean;
  /** mmget_not_zero(). */
  readonly checksMm: boolean;
}

type Named = { readonly device: number; readonly group: number };
type Work = Named & {
  readonly handle: AttachHandle;
  readonly pages: readonly number[];
  /** The handle was freed meanwhile. */
  readonly dangling: boolean;
};

export interface SvaHandlerContext {
  readonly rules: SvaHandlerRules;
  readonly works: readonly Work[];
  /** Delivered, and not yet on the workqueue: within one step. */
  readonly delivered: Work | null;
  /** In the hands of the worker. */
  readonly work: Work | null;
  readonly code: ResponseCode;
  readonly mmAlive: boolean;
  /** A freed handle was used. Never cleared. */
  readonly useAfterFree: boolean;
  /** Ghost: Success for a process that had exited when its mm was asked for. Never cleared. */
  readonly resolvedDead: boolean;
}

export type SvaHandlerEmits =
  /** To itself: the group is on the workqueue, or never will be. */
  | { readonly type: "sva.delivers" }
  | ({ readonly type: "work.queues" | "work.forgets" | "work.done" | "group.frees" | "group.forgets" } & Named)
  | ({ readonly type: "group.responds"; readonly code: ResponseCode } & Named)
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string }
  | { readonly type: "handler.returns"; readonly device: number; readonly result: number };

/** What the worker does in it. */
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
      | { readonly type: "process.exits" | "process.begins" }
      | { readonly type: "sva.resolves" | "sva.locks" | "sva.responds" | "sva.frees" },
    emitted: {} as SvaHandlerEmits,
    input: {} as SvaHandlerRules,
  },
  guards: { locks: ({ context }) => context.rules.locks },
});

const is = (a: Named) => (b: Named) => a.device === b.device && a.group === b.group;
const marked = (handle: AttachHandle) => (work: Work) =>
  JSON.stringify(work.handle) === JSON.stringify(handle) ? { ...work, dangling: true } : work;

const resolves = s.assign(({ context: { rules, work, mmAlive, useAfterFree, resolvedDead } }) => {
  const code: ResponseCode = mmAlive || !rules.checksMm ? "success" : "invalid";
  return {
    code,
    useAfterFree: useAfterFree || work!.dangling,
    resolvedDead: resolvedDead || (code === "success" && !mmAlive),
  };
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

export const svaHandler = s.extend({ actions: { resolves, responds, frees } }).createMachine({
  id: "sva-handler",
  context: ({ input }) => ({
    rules: input,
    works: [],
    delivered: null,
    work: null,
    code: "success",
    mmAlive: true,
    useAfterFree: false,
    resolvedDead: false,
  }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "work.runs": {
          target: "resolving",
          actions: assign(({ context: { works }, event }) => ({
            work: works.find(is(event))!,
            works: works.filter((other) => !is(event)(other)),
          })),
        },
      },
    },
    resolving: {
      on: {
        "sva.resolves": [
          { guard: "locks", target: "locking", actions: "resolves" },
          { target: "responding", actions: "resolves" },
        ],
      },
    },
    locking: {
      on: {
        "sva.locks": {
          target: "responding",
          actions: s.emit({ type: "lock.acquires", owner: "worker", lock: "bind-lock" }),
        },
      },
    },
    responding: { on: { "sva.responds": { target: "freeing", actions: "responds" } } },
    freeing: { on: { "sva.frees": { target: "idle", actions: "frees" } } },
  },
  on: {
    "group.delivered": {
      actions: enqueueActions(({ event: { device, group, handle, members }, enqueue }) => {
        const work = { device, group, handle, pages: members.map(({ page }) => page), dangling: false };
        enqueue.assign({ delivered: work });
        enqueue.emit({ type: "work.queues", device, group });
        enqueue.emit({ type: "sva.delivers" });
        enqueue.emit({ type: "handler.returns", device, result: OK });
      }),
    },
    "work.queued": {
      actions: assign(({ context: { works, delivered } }) => ({
        works: [...works, delivered!].sort((a, b) => a.group - b.group),
        delivered: null,
      })),
    },
    /** A group that could not be queued had been freed: the pointer to it is let go. */
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
    /** Its work item lies in freed memory: the worker would run into it. */
    "group.freed": {
      guard: ({ context, event }) => context.works.some(is(event)),
      actions: enqueueActions(({ context, event: { device, group }, enqueue }) => {
        enqueue.assign({ works: context.works.filter((other) => !is({ device, group })(other)), useAfterFree: true });
        enqueue.emit({ type: "work.forgets", device, group });
        enqueue.emit({ type: "group.forgets", device, group });
      }),
    },
    "process.exits": { actions: assign({ mmAlive: false }) },
    "process.begins": { actions: assign({ mmAlive: true }) },
  },
});
