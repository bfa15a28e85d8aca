/**
 * A thread of the VMM that unmaps the memory of a container whose pages have no pins, and maps it again, beside an MMU notifier
 * that does the same page by page.
 *
 * Models  DMA_UNMAP of RFC v2 and v3 (VFIO facts 1.2; I-01: after it no table and no cache translates the range): under
 *         iommu->lock it unlinks the mapping, unmaps the pages whose bits are set, clears the bits, and syncs once at the end. The
 *         callback of the notifier takes the same lock (N2). The orders are data, so that a step left out or two steps swapped are
 *         changes of a list.
 * Omits   Runs of bits, and drivers that have pinned pages (type1-unmap). The bitmap is freed with the mapping.
 */
import { assign, setup } from "xstate";
import { atWill, linux, messages, rfc } from "../../../../said.ts";
import { takingBack, takingBackSays, type TakingBackMessage } from "../../iommu/drivers/taking-back.ts";
import type { TakingBackStep } from "../../iommu/drivers/taking-back.ts";

export type UnmapThreadStep = TakingBackStep | "lock" | "unlock" | "link" | "unlink";

export const UNMAP_ORDERS = {
  "under-lock": ["lock", "unlink", "clear-entry", "clear-bit", "invalidate-iotlb", "wait", "unlock"],
  /** The callback finds no bit, and the memory management frees what the IOTLB still holds. */
  "sync-unlocked": ["lock", "unlink", "clear-entry", "clear-bit", "unlock", "invalidate-iotlb", "wait"],
  "unlinks-unlocked": ["unlink", "lock", "clear-entry", "clear-bit", "invalidate-iotlb", "wait", "unlock"],
  /** A handler may map the page again before the mapping is unlinked. */
  "unlinks-last": [
    "lock",
    "clear-entry",
    "clear-bit",
    "invalidate-iotlb",
    "wait",
    "unlock",
    "lock",
    "unlink",
    "unlock",
  ],
  "no-sync": ["lock", "unlink", "clear-entry", "clear-bit", "unlock"],
} as const satisfies { readonly [order: string]: readonly UnmapThreadStep[] };
export type UnmapOrder = keyof typeof UNMAP_ORDERS;

const MAPS = ["lock", "link", "unlock"] as const satisfies readonly UnmapThreadStep[];

export interface UnmapThreadInput {
  readonly name: string;
  readonly order: UnmapOrder;
  readonly pages: readonly number[];
  readonly domains: readonly number[];
  readonly firstWriteBit: number;
}

export interface UnmapThreadContext extends UnmapThreadInput {
  readonly left: readonly UnmapThreadStep[];
}

export type UnmapThreadEmits =
  | TakingBackMessage<string>
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | { readonly type: "container.links" | "container.unlinks"; readonly region: number };

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";
const MUTEX = "kernel/locking/mutex.c";

const s = setup({
  types: {
    context: {} as UnmapThreadContext,
    events: {} as
      { readonly type: "unmap.begins" | "unmap.maps" | "unmap.steps" } | { readonly type: "fence.completed" },
    emitted: {} as UnmapThreadEmits,
    input: {} as UnmapThreadInput,
  },
  guards: {
    isWait: ({ context }) => context.left[0] === "wait",
    isLast: ({ context }) => context.left.length === 1,
    isDone: ({ context }) => context.left.length === 0,
  },
});

function messagesOf(step: UnmapThreadStep, context: UnmapThreadContext): readonly UnmapThreadEmits[] {
  const { name, pages, domains, firstWriteBit } = context;
  switch (step) {
    case "lock":
      return [{ type: "lock.acquires", owner: name }];
    case "unlock":
      return [{ type: "lock.releases", owner: name }];
    case "link":
      return [{ type: "container.links", region: 0 }];
    case "unlink":
      return [{ type: "container.unlinks", region: 0 }];
    case "wait":
      return [{ type: "command.fences", owner: name }];
    case "clear-entry":
    case "invalidate-iotlb":
    case "invalidate-atc":
    case "clear-bit": {
      const of = step === "clear-bit" ? pages.flatMap((page) => [page, page + firstWriteBit]) : pages;
      return of.flatMap((page) => takingBack(step, page, { domains, devices: [] }, name));
    }
    default:
      return step satisfies never;
  }
}

const performs = s.enqueueActions(({ context, enqueue }) => {
  enqueue.assign({ left: context.left.slice(1) });
  for (const message of messagesOf(context.left[0]!, context)) enqueue.emit(message);
});
const next = { meta: { listed: true }, actions: performs } as const;

export const unmapThread = s.createMachine({
  id: "unmap-thread",
  description: "a thread of the VMM that unmaps memory without pins, and maps it again",
  meta: {
    origin: rfc("v3 patch 6", "vfio_unmap_unpin"),
    lane: "{name}: the VMM in DMA_UNMAP and DMA_MAP",
    messages: messages<UnmapThreadEmits>({
      ...takingBackSays,
      "lock.acquires": { says: "takes iommu->lock", origin: linux(MUTEX, "mutex_lock") },
      "lock.releases": { says: "drops iommu->lock", origin: linux(MUTEX, "mutex_unlock") },
      "container.links": { says: "links the mapping", origin: linux(TYPE1, "vfio_dma_do_map") },
      "container.unlinks": { says: "unlinks the mapping, and frees it", origin: linux(TYPE1, "vfio_remove_dma") },
    }),
  },
  context: ({ input }) => ({ ...input, left: [] }),
  initial: "mapped",
  states: {
    mapped: {
      description: "the memory is mapped",
      on: {
        "unmap.begins": {
          description: "calls VFIO_IOMMU_UNMAP_DMA",
          meta: { origin: atWill("the VMM") },
          target: "unmapping",
          actions: assign({ left: ({ context }) => UNMAP_ORDERS[context.order] }),
        },
      },
    },
    unmapping: {
      description: "in VFIO_IOMMU_UNMAP_DMA",
      always: { guard: "isDone", target: "unmapped" },
      on: {
        "unmap.steps": [
          { description: "takes the next step of the unmap", ...next, guard: "isWait", target: "waiting" },
          { ...next },
        ],
      },
    },
    waiting: {
      description: "waits until its invalidations are complete",
      on: { "fence.completed": { target: "unmapping" } },
    },
    unmapped: {
      description: "VFIO_IOMMU_UNMAP_DMA has returned",
      on: {
        "unmap.maps": {
          description: "calls VFIO_IOMMU_MAP_DMA",
          meta: { origin: atWill("the VMM") },
          target: "mapping",
          actions: assign({ left: MAPS }),
        },
      },
    },
    mapping: {
      description: "in VFIO_IOMMU_MAP_DMA",
      on: {
        "unmap.steps": [
          { description: "takes the last step of the map", ...next, guard: "isLast", target: "mapped" },
          { description: "takes the next step of the map", ...next },
        ],
      },
    },
  },
});
