/**
 * The fault handler of the RFC from where it has found its container to the end: on the thread that reports the fault, or
 * later on a thread of its own.
 *
 * Models  vfio_iommu_type1_dma_map_iopf(), in v1 vfio_iommu_type1_dynamic_dma_map() (VFIO facts 1.1, steps F3 to F12): it
 *         follows the node that the lookup returned, takes iommu->lock (L), resolves the page, drops the lock, responds,
 *         and drops its reference. The design says which reference: on the memory of the container, on the group as a
 *         container user (D-17: the last user tears the group down), or none (D-11: the raw node may be freed). Other
 *         threads may run between two steps.
 * Omits   the steps under iommu->lock, which unpinned-resolver.ts and vfio-dma.ts have. `dangling` and `touched` are
 *         ghosts.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { linux61, messages, rfc, whereIs } from "../../../../../said.ts";
import { iommuLockSays } from "../../type1/words.ts";

export interface RfcHandlerRules {
  readonly name: string;
  readonly device: number;
  readonly reference: "memory" | "user" | "none";
  /** In v1, where a device is enabled when it is bound, the handler has another name. */
  readonly enabledBy: "bind" | "ioctl";
  /** Whether the thread that reports the fault waits for the handler. */
  readonly synchronous: boolean;
}

export interface RfcHandlerContext {
  readonly rules: RfcHandlerRules;
  readonly page: number | null;
  readonly code: "success" | "invalid";
  /** The node that it points to was freed. */
  readonly dangling: boolean;
  /** It followed a pointer to freed memory. */
  readonly touched: boolean;
  /** It read a bitmap that does not exist (D-13: ENABLE after mappings exist). */
  readonly nullUse: boolean;
}

export type RfcHandlerEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly lock: string; readonly owner: string }
  | { readonly type: "container.resolves"; readonly by: string; readonly page: number }
  | { readonly type: "access.answered"; readonly device: number; readonly code: "success" | "invalid" }
  | { readonly type: "device.answers" | "handler.done"; readonly device: number }
  | { readonly type: "container.puts" | "detach.starts"; readonly device: number; readonly by: string };

const RESPONSE = linux61("drivers/iommu/iommu.c", "iommu_page_response");
const HANDLER = whereIs(rfc("v3 patch 2", "vfio_iommu_type1_dma_map_iopf"), "rules.enabledBy", {
  bind: rfc("v1 patch 2", "vfio_iommu_type1_dynamic_dma_map"),
});
const USER = rfc("v1 patch 2", "vfio_iommu_dev_fault_handler");

const s = setup({
  types: {
    context: {} as RfcHandlerContext,
    events: {} as
      | { readonly type: "handler.starts"; readonly page: number }
      | { readonly type: `handler.${"follows" | "locks" | "resolves" | "unlocks" | "responds" | "puts"}` }
      | { readonly type: "dma.resolved"; readonly code: "success" | "invalid" | "no-bitmap" }
      | { readonly type: "container.put"; readonly last: boolean }
      | { readonly type: "detach.done" | "pointer.dangles" },
    emitted: {} as RfcHandlerEmits,
    input: {} as RfcHandlerRules,
  },
  guards: { holdsNothing: ({ context }) => context.rules.reference === "none" },
});

const lock = (type: "lock.acquires" | "lock.releases") =>
  s.emit(({ context: { rules } }) => ({ type, lock: "L", owner: rules.name }));
const touches = s.assign({ touched: ({ context }) => context.touched || context.dangling });
const responds = s.enqueueActions(({ context: { rules, code }, enqueue }) => {
  enqueue.emit({ type: "access.answered", device: rules.device, code });
  enqueue.emit({ type: "device.answers", device: rules.device });
});
const ends = s.enqueueActions(({ context: { rules }, enqueue }) => {
  enqueue.assign({ page: null, code: "success", dangling: false });
  if (rules.synchronous) enqueue.emit({ type: "handler.done", device: rules.device });
});
const isUser = ({ context }: { context: RfcHandlerContext }): boolean => context.rules.reference === "user";

export const rfcHandler = s.createMachine({
  id: "rfc-handler",
  description: "the fault handler of the RFC for one device, and the reference that it holds",
  meta: {
    origin: HANDLER,
    lane: "the fault handler for device {device}",
    messages: messages<RfcHandlerEmits>({
      ...iommuLockSays,
      "container.resolves": "resolves page {page}",
      "access.answered": { says: "responds {code} to device {device}", origin: RESPONSE },
      "device.answers": { says: "takes the fault of device {device} off the pending list", origin: RESPONSE },
      "handler.done": "returns to the thread that reported the fault of device {device}",
      "container.puts": { says: "drops its container user of device {device}", origin: USER },
      "detach.starts": { says: "held the last reference and detaches the group of device {device}", origin: USER },
    }),
  },
  context: ({ input }) => ({
    rules: input,
    page: null,
    code: "success",
    dangling: false,
    touched: false,
    nullUse: false,
  }),
  initial: "idle",
  states: {
    idle: {
      description: "no fault is being handled",
      on: {
        "handler.starts": [
          { guard: "holdsNothing", target: "following", actions: assign({ page: ({ event }) => event.page }) },
          { target: "locking", actions: assign({ page: ({ event }) => event.page }) },
        ],
      },
    },
    following: {
      description: "has a raw pointer to the node, and no reference",
      on: {
        "handler.follows": {
          description: "follows the pointer from the node to the container",
          target: "locking",
          actions: touches,
        },
      },
    },
    locking: {
      description: "wants iommu->lock",
      on: {
        "handler.locks": {
          description: "takes iommu->lock",
          target: "resolving",
          actions: [lock("lock.acquires"), touches],
        },
      },
    },
    resolving: {
      description: "holds iommu->lock; page {page} is to be resolved",
      on: {
        "handler.resolves": {
          description: "resolves page {page}",
          actions: emit(({ context: { rules, page } }) => ({
            type: "container.resolves",
            by: rules.name,
            page: page!,
          })),
        },
        "dma.resolved": [
          {
            guard: ({ event }) => event.code === "no-bitmap",
            target: "unlocking",
            actions: assign({ nullUse: true, code: "invalid" }),
          },
          {
            target: "unlocking",
            actions: assign({ code: ({ event }) => (event.code === "success" ? "success" : "invalid") }),
          },
        ],
      },
    },
    unlocking: {
      description: "the result is {code}, and iommu->lock is still held",
      on: {
        "handler.unlocks": { description: "drops iommu->lock", target: "responding", actions: lock("lock.releases") },
      },
    },
    responding: {
      description: "iommu->lock is dropped, and the response is still to be sent",
      on: {
        "handler.responds": [
          {
            description: "responds {code}",
            meta: { origin: RESPONSE },
            guard: isUser,
            target: "putting",
            actions: responds,
          },
          { target: "idle", actions: [responds, ends] },
        ],
      },
    },
    putting: {
      description: "the response is sent, and the container user is still held",
      on: {
        "handler.puts": {
          description: "drops its container user",
          meta: { origin: USER },
          actions: emit(({ context: { rules } }) => ({
            type: "container.puts",
            device: rules.device,
            by: rules.name,
          })),
        },
        "container.put": [
          {
            guard: ({ event }) => event.last,
            target: "tearing-down",
            actions: emit(({ context: { rules } }) => ({
              type: "detach.starts",
              device: rules.device,
              by: rules.name,
            })),
          },
          { target: "idle", actions: ends },
        ],
      },
    },
    "tearing-down": {
      description: "held the last reference; the group is being detached",
      on: { "detach.done": { target: "idle", actions: ends } },
    },
  },
  on: {
    "pointer.dangles": {
      guard: ({ context }) => context.page !== null && context.rules.reference === "none",
      actions: assign({ dangling: true }),
    },
  },
});

/** Its own steps; only a container user has a reference to drop, and only a raw pointer is followed. */
export const rfcHandlerSteps = (reference: RfcHandlerRules["reference"]): readonly Message[] =>
  [
    ...(reference === "none" ? ["follows"] : []),
    "locks",
    "resolves",
    "unlocks",
    "responds",
    ...(reference === "user" ? ["puts"] : []),
  ].map((step) => ({ type: `handler.${step}` }));
