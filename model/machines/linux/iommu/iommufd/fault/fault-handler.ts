/**
 * The handler of a domain with a fault queue, on the thread that reports the fault: it hands the whole group to the
 * queue of a file that user space reads.
 *
 * Models  Linux 6.12 and later, drivers/iommu/iommufd/fault.c: iommufd_fault_iopf_handler() (iopf-core 3.2): take the
 *         group off the core's pending list, append it to the deliver list, wake whoever polls. Between the first two
 *         the group is on no list (D11). Before 738e6f32e61d the group stayed on the pending list (B6, B-27); before
 *         3d49020a327c the deliver list was under the mutex that a reader holds while it copies (B12, B-31).
 * Omits   refusing a group: it never does.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import type { AttachHandle } from "../../io-pgfault/6.12/attach-handles.ts";
import { OK, type Fault } from "../../../include/iommu.ts";

/** The `handler` of a domain that this machine serves. */
export type QueueHandler = {
  readonly hwpt: number;
  readonly queue: number;
  /** The domain is a nesting parent (B24). */
  readonly parent: boolean;
};

export interface FaultHandlerRules {
  /** Whether it becomes the only owner of the group, or leaves it on the pending list too. */
  readonly publishes: "dequeued" | "shared";
  /** What protects the deliver list: a spinlock of its own (a leaf: one step), or the mutex of the queue. */
  readonly deliverLock: "spinlock" | "mutex";
  readonly wakes: boolean;
}

type Delivered = {
  readonly device: number;
  readonly group: number;
  readonly handle: AttachHandle;
  readonly members: readonly Fault[];
};

export interface FaultHandlerContext {
  readonly rules: FaultHandlerRules;
  readonly hand: Delivered | null;
  /** The attach handle of the group in hand, or the group, was freed meanwhile. */
  readonly handleFreed: boolean;
  readonly groupFreed: boolean;
  /** It was used after that. Never cleared. */
  readonly useAfterFree: boolean;
}

export type FaultHandlerEmits =
  | { readonly type: "group.dequeues" | "group.forgets"; readonly device: number; readonly group: number }
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly queue: number }
  | {
      readonly type: "deliver.appends";
      readonly queue: number;
      readonly group: number;
      readonly hwpt: number;
      readonly pages: readonly number[];
      readonly dangling: boolean;
    }
  | { readonly type: "queue.wakes"; readonly queue: number }
  | { readonly type: "handler.returns"; readonly device: number; readonly result: number };

export const faultHandlerSteps = ({ publishes, deliverLock }: FaultHandlerRules): readonly Message[] => [
  ...(publishes === "dequeued" ? [{ type: "handler.dequeues" }] : []),
  ...(deliverLock === "mutex" ? [{ type: "handler.locks" }] : []),
  { type: "handler.appends" },
  { type: "handler.wakes" },
];

const s = setup({
  types: {
    context: {} as FaultHandlerContext,
    events: {} as
      | ({ readonly type: "group.delivered" } & Delivered)
      | { readonly type: "handle.freed"; readonly handle: AttachHandle }
      | { readonly type: "group.freed"; readonly group: number }
      | { readonly type: "handler.dequeues" | "handler.locks" | "handler.appends" | "handler.wakes" },
    emitted: {} as FaultHandlerEmits,
    input: {} as FaultHandlerRules,
  },
  guards: {
    dequeues: ({ context }) => context.rules.publishes === "dequeued",
    locks: ({ context }) => context.rules.deliverLock === "mutex",
  },
});

const target = ({ hand }: FaultHandlerContext): QueueHandler => hand!.handle.domain.handler as QueueHandler;
const keeps = s.assign(({ event }) => {
  if (event.type !== "group.delivered") return {};
  const { device, group, handle, members } = event;
  return { hand: { device, group, handle, members } };
});
const appends = s.enqueueActions(({ context, enqueue }) => {
  const { hand, handleFreed, groupFreed } = context;
  const { queue, hwpt } = target(context);
  const pages = hand!.members.map(({ page }) => page);
  enqueue.assign({ useAfterFree: context.useAfterFree || handleFreed || groupFreed });
  // The use is remembered; what would be a list into freed memory is not gone on with.
  if (groupFreed) enqueue.emit({ type: "group.forgets", device: hand!.device, group: hand!.group });
  else enqueue.emit({ type: "deliver.appends", queue, group: hand!.group, hwpt, pages, dangling: handleFreed });
});

export const faultHandler = s.extend({ actions: { keeps, appends } }).createMachine({
  id: "fault-handler",
  context: ({ input }) => ({ rules: input, hand: null, handleFreed: false, groupFreed: false, useAfterFree: false }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "group.delivered": [
          { guard: "dequeues", target: "dequeuing", actions: "keeps" },
          { guard: "locks", target: "locking", actions: "keeps" },
          { target: "appending", actions: "keeps" },
        ],
      },
    },
    /** The group is still on the pending list of the core. */
    dequeuing: {
      on: {
        "handler.dequeues": [
          { guard: "locks", target: "locking", actions: dequeues() },
          { target: "appending", actions: dequeues() },
        ],
      },
    },
    locking: {
      on: {
        "handler.locks": {
          target: "appending",
          actions: emit(({ context }) => ({ type: "lock.acquires", owner: "handler", queue: target(context).queue })),
        },
      },
    },
    appending: { on: { "handler.appends": { target: "waking", actions: "appends" } } },
    waking: {
      on: {
        "handler.wakes": {
          target: "idle",
          actions: [
            enqueueActions(({ context, enqueue }) => {
              const { queue } = target(context);
              if (context.rules.deliverLock === "mutex")
                enqueue.emit({ type: "lock.releases", owner: "handler", queue });
              if (context.rules.wakes) enqueue.emit({ type: "queue.wakes", queue });
              enqueue.emit({ type: "handler.returns", device: context.hand!.device, result: OK });
            }),
            assign({ hand: null, handleFreed: false, groupFreed: false }),
          ],
        },
      },
    },
  },
  on: {
    "handle.freed": {
      guard: ({ context, event }) => JSON.stringify(context.hand?.handle) === JSON.stringify(event.handle),
      actions: assign({ handleFreed: true }),
    },
    "group.freed": {
      guard: ({ context, event }) => context.hand?.group === event.group,
      actions: assign({ groupFreed: true }),
    },
  },
});

function dequeues() {
  return s.emit(({ context: { hand } }) => ({
    type: "group.dequeues",
    device: hand!.device,
    group: hand!.group,
  }));
}
