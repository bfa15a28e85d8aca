/**
 * The VFIO fault handler without a lasting pin, from the lookup to the result: it gets the page, maps it, and relies on
 * an MMU notifier to unmap the page when the kernel takes the page away. The caller sends the response.
 *
 * Models  vfio_iommu_type1_dma_map_iopf() of RFC v2 and v3 (VFIO facts 1.1, 1.3): under iommu->lock it looks the page up,
 *         gets and pins it, maps it, sets its bit and unpins it at once. Getting a page may call back into the notifier,
 *         which wants the same lock (D-06: the handler holds iommu->lock in get_user_pages()): get_user_pages() may
 *         reclaim another page, and it copies a page that is shared until it is written. With `retries` it follows KVM
 *         and HMM (VFIO facts 4.3; I-14: no page is mapped that was looked up before an invalidation): it reads the
 *         sequence count, gets the page without iommu->lock, takes the lock, compares the count, and starts over if an
 *         invalidation has begun. The process may be gone, the range unmapped, or the vaddr invalid.
 *         Pre-mapping (RFC v2 and v3, VFIO facts 1.1, F7 to F10): the handler goes on with the pages behind the one that
 *         faulted, up to the first that is mapped already or lies outside of the mapping. Coarser than
 *         type1/ranges/pin-loop.ts, which has batches and runs of frames.
 * Omits   selective faulting (selective/pin-scope.ts has it), and a bound on retries.
 */
import { emit } from "xstate";
import { unpinnedResolverSays } from "./unpinned-resolver-messages.ts";
import { bitOf, mapsForWriting, named, unpinnedResolverParts } from "./unpinned-resolver-parts.ts";
import { linux, linux61, rfc } from "../../../../said.ts";

export { unpinnedResolverSteps } from "./unpinned-resolver-messages.ts";
export type { UnpinnedResolverContext, UnpinnedResolverRules } from "./unpinned-resolver-messages.ts";

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";

export const unpinnedResolver = unpinnedResolverParts.createMachine({
  id: "unpinned-resolver",
  description: "the VFIO fault handler of RFC v2 and v3, which unpins a page once it is mapped",
  meta: {
    origin: rfc("v3 patch 3", "vfio_iommu_type1_dma_map_iopf"),
    lane: "the VFIO fault handler ({name})",
    messages: unpinnedResolverSays,
  },
  context: ({ input }) => ({ rules: input, page: null, before: 0, write: false, frame: null, code: "success" }),
  initial: "idle",
  states: {
    idle: {
      description: "no fault is being resolved",
      on: {
        "resolver.starts": [
          { guard: "retries", target: "sampling", actions: "begins" },
          { target: "locking", actions: "begins" },
        ],
      },
    },
    sampling: {
      description: "the sequence count is to be read first",
      on: {
        "resolver.samples": {
          description: "reads the sequence count of page {page}",
          meta: { origin: linux("mm/mmu_notifier.c", "mmu_interval_read_begin") },
          actions: emit((it) => ({ type: "mm.samples", ...named(it) })),
        },
        "mm.sampled": { target: "getting" },
      },
    },
    locking: {
      description: "wants iommu->lock",
      on: { "resolver.locks": { description: "takes iommu->lock", target: "looking", actions: "locks" } },
    },
    looking: {
      description: "holds iommu->lock; the vaddr may be invalid",
      always: { guard: "ignoresAddresses", target: "finding" },
      on: {
        "resolver.looks": {
          description: "checks whether the vaddr is valid",
          meta: { origin: linux61(TYPE1, "vfio_find_dma_valid") },
          actions: emit(({ context }) => ({ type: "vaddr.reads", by: context.rules.name })),
        },
        "vaddr.read": [
          { guard: ({ event }) => !event.invalid, target: "finding" },
          { guard: "refusesAddresses", target: "unlocking", actions: "refuses" },
          { target: "parked", actions: "unlocks" },
        ],
      },
    },
    parked: {
      description: "waits without iommu->lock for a valid vaddr",
      on: {
        "resolver.wakes": [
          {
            description: "continues when the vaddr is valid again",
            meta: { origin: linux61(TYPE1, "vfio_wait") },
            guard: "retries",
            target: "sampling",
            actions: ["awaits", "forgetsFrame"],
          },
          { target: "locking", actions: "awaits" },
        ],
      },
    },
    finding: {
      description: "holds iommu->lock; page {page} is to be looked up",
      on: {
        "resolver.finds": {
          description: "looks up page {page} and its bit",
          meta: { origin: linux(TYPE1, "vfio_find_dma") },
          actions: emit(({ context }) => ({
            type: "container.finds",
            by: context.rules.name,
            page: bitOf(context, context.write),
          })),
        },
        "container.found": [
          { guard: ({ event }) => !event.linked, target: "unlocking", actions: "refuses" },
          { guard: ({ event }) => event.mapped, target: "unlocking" },
          { guard: "retries", target: "comparing" },
          { target: "getting" },
        ],
      },
    },
    getting: {
      description: "inside get_user_pages() for page {page}",
      on: {
        "resolver.gets": {
          description: "gets page {page} from the process",
          meta: { origin: linux("mm/gup.c", "pin_user_pages_remote") },
          actions: emit((it) => ({
            type: "mm.gets",
            ...named(it),
            write: mapsForWriting(it.context),
            pins: !it.context.rules.retries,
            checks: it.context.rules.takesReference,
          })),
        },
        "resolver.reclaims": {
          description: "finds no free memory and reclaims page {page}",
          meta: { origin: linux("mm/vmscan.c", "try_to_free_pages") },
          guard: "isOther",
          target: "reclaiming",
          actions: "reclaims",
        },
        "mm.got": [
          { guard: "retries", target: "locking", actions: "keepsFrame" },
          { target: "mapping", actions: "keepsFrame" },
        ],
        /** With `retries` iommu->lock is not held here. */
        "mm.failed": [
          { guard: "retries", target: "idle", actions: ["refuses", "tells", "forgets"] },
          { target: "unlocking", actions: "refuses" },
        ],
        "mm.shared": { target: "copying", actions: "copies" },
      },
    },
    reclaiming: {
      description: "direct reclaim runs inside get_user_pages()",
      on: { "operation.done": { target: "getting" } },
    },
    copying: {
      description: "a shared page is being copied inside get_user_pages()",
      on: { "operation.done": [{ guard: "retries", target: "sampling" }, { target: "getting" }] },
    },
    comparing: {
      description: "the sequence count is to be compared",
      on: {
        "resolver.compares": {
          description: "compares the sequence count of page {page}",
          meta: { origin: linux("include/linux/mmu_notifier.h", "mmu_interval_read_retry") },
          actions: emit((it) => ({ type: "mm.compares", ...named(it) })),
        },
        "mm.compared": [
          { guard: ({ context, event }) => event.changed && context.rules.compares, target: "retrying" },
          { target: "mapping" },
        ],
      },
    },
    retrying: {
      description: "an invalidation began meanwhile, and the fault starts over",
      on: {
        "resolver.unlocks": {
          description: "drops iommu->lock to start over",
          target: "sampling",
          actions: ["unlocks", "forgetsFrame"],
        },
      },
    },
    mapping: {
      description: "has page {page} from the process and has not mapped it",
      on: {
        "resolver.maps": {
          description: "maps page {page}",
          meta: { origin: linux(TYPE1, "vfio_iommu_map") },
          target: "marking",
          actions: "maps",
        },
      },
    },
    marking: {
      description: "page {page} is mapped, and its bit is not set",
      on: {
        "resolver.marks": {
          description: "sets the bit of page {page}",
          target: "putting",
          actions: emit(({ context }) => ({
            type: "container.marks",
            page: bitOf(context, mapsForWriting(context)),
          })),
        },
      },
    },
    putting: {
      description: "page {page} is mapped and still pinned",
      always: { guard: "retries", target: "unlocking" },
      on: {
        "resolver.puts": [
          {
            description: "unpins page {page}, and goes on with the page behind it",
            meta: { origin: linux(TYPE1, "put_pfn") },
            guard: "premaps",
            target: "finding",
            actions: ["puts", "goesOn"],
          },
          {
            description: "unpins page {page}",
            meta: { origin: linux(TYPE1, "put_pfn") },
            target: "unlocking",
            actions: "puts",
          },
        ],
      },
    },
    unlocking: {
      description: "the result is {code}, and iommu->lock is still held",
      on: {
        "resolver.unlocks": {
          description: "drops iommu->lock and returns {code}",
          target: "idle",
          actions: ["unlocks", "tells", "forgets"],
        },
      },
    },
  },
});
