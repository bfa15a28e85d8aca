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
 * Omits   pre-mapping and selective faulting (ranges/pin-loop.ts and selective/pin-scope.ts have them), and a bound on
 *         retries.
 */
import { emit, setup } from "xstate";
import {
  unpinnedResolverSays,
  type UnpinnedResolverContext,
  type UnpinnedResolverEmits,
  type UnpinnedResolverEvent,
  type UnpinnedResolverRules,
} from "./unpinned-resolver-messages.ts";
import { linux, linux61, rfc } from "../../../../said.ts";

export { unpinnedResolverSteps } from "./unpinned-resolver-messages.ts";
export type { UnpinnedResolverContext, UnpinnedResolverRules } from "./unpinned-resolver-messages.ts";

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";

const s = setup({
  types: {
    context: {} as UnpinnedResolverContext,
    events: {} as UnpinnedResolverEvent,
    emitted: {} as UnpinnedResolverEmits,
    input: {} as UnpinnedResolverRules,
  },
  guards: {
    retries: ({ context }) => context.rules.retries,
    isOther: ({ context, event }) => event.type === "resolver.reclaims" && event.page !== context.page,
    ignoresAddresses: ({ context }) => context.rules.whileWithheld === "ignores",
    refusesAddresses: ({ context }) => context.rules.whileWithheld === "refuses",
  },
});

type Its = { readonly context: UnpinnedResolverContext };
const mapsForWriting = ({ rules, write }: UnpinnedResolverContext): boolean => write || rules.readMaps === "writable";
/** The bit that answers for the access, and that a mapping sets. */
const bitOf = ({ rules, page }: UnpinnedResolverContext, writing: boolean): number =>
  page! + (rules.bitPer === "permission" && writing ? rules.firstWriteBit : 0);

const named = ({ context }: Its) => ({ by: context.rules.name, page: context.page! });
const begins = s.assign(({ context, event }) =>
  event.type === "resolver.starts" ? { page: event.pages[0]!, write: event.write ?? true } : context,
);
const locks = s.emit(({ context }) => ({ type: "lock.acquires", owner: context.rules.name }));
const unlocks = s.emit(({ context }) => ({ type: "lock.releases", owner: context.rules.name }));
const awaits = s.emit(({ context }) => ({ type: "vaddr.awaits", by: context.rules.name }));
const reclaims = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type === "resolver.reclaims")
    enqueue.emit({ type: "operation.starts", kind: "reclaim", pages: [event.page], by: context.rules.name });
});
const copies = s.emit((it) => ({
  type: "operation.starts",
  kind: "copy",
  pages: [it.context.page!],
  by: it.context.rules.name,
}));
const maps = s.enqueueActions(({ context, enqueue }) => {
  const { rules, page, frame } = context;
  for (const domain of mapsForWriting(context) ? rules.domains.write : rules.domains.read)
    enqueue.emit({ type: "translation.maps", page: page!, domain, frame: frame! });
});
const tells = s.emit(({ context }) => ({ type: "resolver.done", by: context.rules.name, code: context.code }));
const refuses = s.assign({ code: "invalid" });
const keepsFrame = s.assign({
  frame: ({ context, event }) => (event.type === "mm.got" ? event.frame : context.frame),
});
const forgetsFrame = s.assign({ frame: null });
const forgets = s.assign({ page: null, write: false, frame: null, code: "success" });

export const unpinnedResolver = s
  .extend({
    actions: {
      begins,
      locks,
      unlocks,
      awaits,
      reclaims,
      copies,
      maps,
      tells,
      refuses,
      keepsFrame,
      forgetsFrame,
      forgets,
    },
  })
  .createMachine({
    id: "unpinned-resolver",
    description: "the VFIO fault handler of RFC v2 and v3, which unpins a page once it is mapped",
    meta: {
      origin: rfc("v3 patch 3", "vfio_iommu_type1_dma_map_iopf"),
      lane: "the VFIO fault handler ({name})",
      messages: unpinnedResolverSays,
    },
    context: ({ input }) => ({ rules: input, page: null, write: false, frame: null, code: "success" }),
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
          "resolver.puts": {
            description: "unpins page {page}",
            meta: { origin: linux(TYPE1, "put_pfn") },
            target: "unlocking",
            actions: emit(({ context }) => ({ type: "mm.puts", page: context.page! })),
          },
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
