/**
 * iommufd_fault_iopf_handler(): the fault handler of a domain with a fault queue. On the thread that reports the fault it
 * moves the whole group to the queue of a file that user space reads.
 *
 * Models  Linux 6.12 and later, drivers/iommu/iommufd/fault.c: iommufd_fault_iopf_handler() (iopf-core 3.2): take the group
 *         off the pending list of the IOPF core, append it to the deliver list, wake up the pollers. Between the first two
 *         the group is on no list (D11: only the driver's drain covers that window). Before 738e6f32e61d the group stayed on
 *         the pending list (B6, B-27: the use after free by two owners). Before 3d49020a327c the deliver list was under
 *         the mutex that a reader holds while it copies (B12, B-31: the handler waits for a reader that faults).
 * Omits   Errors: this handler never refuses a group. The reads through the attach handle, with which it begins, belong to
 *         the report. A handle that is freed after them counts as used when the group is appended, which names it.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import { linux612, messages } from "../../../../../said.ts";
import type { Message } from "../../../../../../checker/json.ts";
import type { AttachHandle } from "../../io-pgfault/6.12/attach-handles.ts";
import { OK, type Fault } from "../../../include/iommu.ts";

const FAULT = "drivers/iommu/iommufd/fault.c";

/** The `handler` of a domain that this machine serves. */
export type QueueHandler = {
  readonly hwpt: number;
  readonly queue: number;
  /** The domain is a nesting parent; B24 (a nesting parent must not have a fault queue). */
  readonly parent: boolean;
};

export interface FaultHandlerRules {
  /** Whether the group leaves the pending list (iopf_group_dequeue()), or stays on it too. */
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
  /** The attach handle of the group in hand was freed, or the group itself. */
  readonly handleFreed: boolean;
  readonly groupFreed: boolean;
  /** It was used after it was freed. Never cleared. */
  readonly useAfterFree: boolean;
}

export type FaultHandlerEmits =
  | { readonly type: "group.dequeues" | "group.forgets"; readonly device: number; readonly group: number }
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly queue: number }
  | {
      readonly type: "deliver.appends";
      readonly queue: number;
      readonly device: number;
      readonly group: number;
      readonly handle: AttachHandle;
      readonly faults: readonly Fault[];
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
  const { queue } = target(context);
  const { device, group, handle, members: faults } = hand!;
  enqueue.assign({ useAfterFree: context.useAfterFree || handleFreed || groupFreed });
  // The use is remembered; a list into freed memory is not modelled further.
  if (groupFreed) enqueue.emit({ type: "group.forgets", device, group });
  else enqueue.emit({ type: "deliver.appends", queue, device, group, handle, faults, dangling: handleFreed });
});

export const faultHandler = s.extend({ actions: { keeps, appends } }).createMachine({
  id: "fault-handler",
  description: "the fault handler of iommufd, on the thread that reports the fault",
  meta: {
    origin: linux612(FAULT, "iommufd_fault_iopf_handler"),
    lane: "iommufd_fault_iopf_handler()",
    messages: messages<FaultHandlerEmits>({
      "group.dequeues": {
        says: "takes group {group} off the pending list",
        origin: linux612("drivers/iommu/io-pgfault.c", "iopf_group_dequeue"),
      },
      "group.forgets": "uses group {group} after it was freed",
      "lock.acquires": "takes the mutex of queue {queue}",
      "lock.releases": "drops the mutex of queue {queue}",
      "deliver.appends": "appends group {group} to the deliver list",
      "queue.wakes": "wakes up the threads that poll queue {queue}",
      "handler.returns": "returns {result} to iommu_report_device_fault()",
    }),
  },
  context: ({ input }) => ({ rules: input, hand: null, handleFreed: false, groupFreed: false, useAfterFree: false }),
  initial: "idle",
  states: {
    idle: {
      description: "no group is being handled",
      on: {
        "group.delivered": [
          { guard: "dequeues", target: "dequeuing", actions: "keeps" },
          { guard: "locks", target: "locking", actions: "keeps" },
          { target: "appending", actions: "keeps" },
        ],
      },
    },
    dequeuing: {
      description: "the group is still on the pending list of the IOPF core",
      on: {
        "handler.dequeues": [
          {
            description: "takes group {hand.group} off the pending list",
            meta: { origin: linux612("drivers/iommu/io-pgfault.c", "iopf_group_dequeue") },
            guard: "locks",
            target: "locking",
            actions: dequeues(),
          },
          { target: "appending", actions: dequeues() },
        ],
      },
    },
    locking: {
      description: "the mutex of the queue is to be taken",
      on: {
        "handler.locks": {
          description: "takes the mutex of the queue",
          target: "appending",
          actions: emit(({ context }) => ({ type: "lock.acquires", owner: "handler", queue: target(context).queue })),
        },
      },
    },
    appending: {
      description: "the group is to be appended to the deliver list",
      on: {
        "handler.appends": {
          description: "appends group {hand.group} to the deliver list",
          target: "waking",
          actions: "appends",
        },
      },
    },
    waking: {
      description: "the group is on the deliver list, and no poller was woken up yet",
      on: {
        "handler.wakes": {
          description: "wakes up the threads that poll, and returns",
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
