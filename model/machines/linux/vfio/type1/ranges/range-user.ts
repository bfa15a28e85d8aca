/**
 * The thread of the VMM that maps and unmaps ranges of IOVA, and detaches the device.
 *
 * Models  VFIO_IOMMU_MAP_DMA and VFIO_IOMMU_UNMAP_DMA (VFIO facts 2.2, 2.3) around the loops over pages: check, link,
 *         pin; or check, and unmap, unlink and count mapping by mapping. A lazy mapping is only linked (row 70: no
 *         pinning at attach or DMA_MAP for a device with IOPF). A detach of the device unmaps everything and leaves the
 *         pages of an access to it, as iommufd does.
 * Omits   what accounting/type1-user.ts has: the repeated notification of drivers; here they give their pages back inside
 *         the call of dma_unmap(). VFIO_DMA_UNMAP_FLAG_ALL and the release of a container, which walk the tree and do not
 *         look up a range. In a kernel whose ends wrap (B-19) they reach a mapping at the top that no range finds, but
 *         the loop over its pages ends at once: the mapping is unlinked, its pages stay pinned, and with the flag they
 *         stay translated. Other flags, failed allocations, a second thread.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { pageOf, pagesIn, rangeOf, type AddressRange, type AddressSpace } from "./address.ts";
import { listAskedSays, type ListAsked, type ListedDma, type ListEmits, type ListVerdict } from "./dma-list.ts";
import type { UnpinStarts } from "./unpin-loop.ts";
import { atWill, linux, messages } from "../../../../../said.ts";
import { iommuLockSays } from "../words.ts";

export interface RangeUserRules {
  readonly name: string;
  readonly lock: string;
  readonly space: AddressSpace;
  /** Whether pages of a lazy mapping stay pinned and have to be unpinned. */
  readonly lazyPins: boolean;
}

export interface RangeUserContext {
  readonly rules: RangeUserRules;
  readonly op: "none" | "map" | "unmap" | "detach";
  readonly range: AddressRange;
  readonly lazy: boolean;
  readonly dma: ListedDma | null;
  readonly verdict: ListVerdict;
  /** Bytes that UNMAP has removed so far and will return. */
  readonly removed: number;
  /** Ghost: bytes of the range that were mapped when the ioctl began. */
  readonly covered: number;
}

type Pages = { readonly page: number; readonly pages: number };
export type RangeUserEvent =
  | ({ readonly type: "user.maps"; readonly lazy: boolean } & Pages)
  | ({ readonly type: "user.unmaps" } & Pages)
  | { readonly type: "user.detaches" }
  | { readonly type: `user.${"locks" | "checks" | "links" | "pins" | "looks" | "unpins" | "unlinks" | "returns"}` }
  | ListEmits
  | { readonly type: "loop.mapped"; readonly pages: number }
  | { readonly type: "loop.done" | "unpin.done" };

export type RangeUserEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string }
  | ListAsked
  | UnpinStarts
  | ({ readonly type: "loop.starts"; readonly by: string } & Pages)
  | ({ readonly type: "pages.let-go" } & Pages);

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";

const s = setup({
  types: {
    context: {} as RangeUserContext,
    events: {} as RangeUserEvent,
    emitted: {} as RangeUserEmits,
    input: {} as RangeUserRules,
  },
  guards: {
    maps: ({ context }) => context.op === "map",
    isLazy: ({ context }) => context.lazy,
    findsNothing: ({ event }) => event.type === "list.found" && event.dma === null,
  },
});

const NOTHING = {
  op: "none",
  range: { first: 0, size: 0 },
  lazy: false,
  dma: null,
  verdict: "free",
  removed: 0,
  covered: 0,
} as const;
const pagesOf = ({ first, size }: AddressRange, space: AddressSpace): Pages => ({
  page: pageOf(first, space),
  pages: pageOf(size, space),
});
const locks = s.emit(({ context: { rules } }) => ({ type: "lock.acquires", owner: rules.name, lock: rules.lock }));
const checks = s.emit(({ context: { rules, op, range } }) => ({
  type: op === "map" ? "list.checks-map" : "list.checks-unmap",
  by: rules.name,
  range,
}));
const learns = s.assign(({ event }) =>
  event.type === "list.checked" ? { verdict: event.verdict, covered: event.covered } : {},
);
const links = s.emit(({ context: { range, lazy } }) => ({ type: "list.links", range, lazy }));
const pins = s.emit(({ context: { rules, range } }) => ({
  type: "loop.starts",
  by: rules.name,
  ...pagesOf(range, rules.space),
}));
/** Drivers and accesses give the pages of the mapping back, unless the device is detached. */
const unpins = s.enqueueActions(({ context: { rules, op, dma }, enqueue }) => {
  const pages = pagesOf(dma!, rules.space);
  if (op === "unmap") enqueue.emit({ type: "pages.let-go", ...pages });
  enqueue.emit({ type: "unpin.starts", by: rules.name, ...pages, puts: !dma!.lazy || rules.lazyPins });
});
const returns = s.enqueueActions(({ context: { rules }, enqueue }) => {
  enqueue.emit({ type: "lock.releases", owner: rules.name, lock: rules.lock });
  enqueue.assign(NOTHING);
});

export const rangeUser = s.extend({ actions: { locks, checks, learns, links, pins, unpins, returns } }).createMachine({
  id: "range-user",
  description: "the thread of the VMM that maps and unmaps ranges",
  meta: {
    origin: atWill("the VMM"),
    lane: "a thread of the VMM in VFIO_IOMMU_MAP_DMA and VFIO_IOMMU_UNMAP_DMA",
    messages: messages<RangeUserEmits>({
      ...iommuLockSays,
      ...listAskedSays,
      "loop.starts": {
        says: "pins and maps {pages} page(s) from page {page} on",
        origin: linux(TYPE1, "vfio_pin_map_dma"),
      },
      "unpin.starts": { says: "unmaps {pages} page(s) from page {page} on", origin: linux(TYPE1, "vfio_unmap_unpin") },
      "pages.let-go": {
        says: "calls dma_unmap() for {pages} page(s) from page {page} on",
        origin: linux(TYPE1, "vfio_notify_dma_unmap"),
      },
    }),
  },
  context: ({ input }) => ({ rules: input, ...NOTHING }),
  initial: "idle",
  states: {
    idle: {
      description: "no ioctl is under way",
      on: {
        "user.maps": {
          description: "begins to map {pages} page(s) from page {page} on{lazy?, to be pinned by faults:}",
          target: "locking",
          actions: assign(({ context: { rules }, event: { page, pages, lazy } }) => ({
            op: "map" as const,
            range: rangeOf(page, pages, rules.space),
            lazy,
          })),
        },
        "user.unmaps": {
          description: "begins to unmap {pages} page(s) from page {page} on",
          target: "locking",
          actions: assign(({ context: { rules }, event: { page, pages } }) => ({
            op: "unmap" as const,
            range: rangeOf(page, pages, rules.space),
          })),
        },
        "user.detaches": {
          description: "begins to detach the device",
          target: "locking",
          actions: assign(({ context: { rules } }) => ({
            op: "detach" as const,
            range: rangeOf(0, pagesIn(rules.space), rules.space),
          })),
        },
      },
    },
    locking: {
      description: "wants iommu->lock ({op})",
      on: { "user.locks": { description: "takes iommu->lock", target: "checking", actions: "locks" } },
    },
    checking: {
      description: "holds iommu->lock; the range is to be checked ({op})",
      on: {
        "user.checks": {
          description: "checks the range ({op})",
          meta: { origin: linux(TYPE1, "vfio_find_dma") },
          actions: "checks",
        },
        "list.checked": [
          { guard: ({ event }) => event.verdict !== "free", target: "returning", actions: "learns" },
          { guard: "maps", target: "linking", actions: "learns" },
          { target: "looking", actions: "learns" },
        ],
      },
    },
    linking: {
      description: "the range is free, and the mapping is to be linked",
      on: {
        "user.links": [
          {
            description: "links the mapping",
            meta: { origin: linux(TYPE1, "vfio_link_dma") },
            guard: "isLazy",
            target: "returning",
            actions: "links",
          },
          { target: "pinning", actions: "links" },
        ],
      },
    },
    pinning: {
      description: "the mapping is linked, and its pages are to be pinned",
      on: {
        "user.pins": {
          description: "pins and maps the pages of the mapping",
          meta: { origin: linux(TYPE1, "vfio_pin_map_dma") },
          target: "while-pinning",
          actions: "pins",
        },
      },
    },
    "while-pinning": {
      description: "the loop pins and maps the pages",
      on: {
        "loop.mapped": {
          actions: emit(({ context, event }) => ({
            type: "list.grows",
            bytes: rangeOf(0, event.pages, context.rules.space).size,
          })),
        },
        "loop.done": { target: "returning" },
      },
    },
    looking: {
      description: "the next mapping of the range is to be found",
      on: {
        "user.looks": {
          description: "looks for the next mapping of the range",
          meta: { origin: linux(TYPE1, "vfio_find_dma_first_node") },
          actions: emit(({ context: { rules, range } }) => ({ type: "list.finds", by: rules.name, range })),
        },
        "list.found": [
          { guard: "findsNothing", target: "returning" },
          { target: "unpinning", actions: assign({ dma: ({ event }) => event.dma }) },
        ],
      },
    },
    unpinning: {
      description: "the mapping is found, and its pages are to be unpinned",
      on: {
        "user.unpins": {
          description: "unmaps and unpins the pages of the mapping",
          meta: { origin: linux(TYPE1, "vfio_unmap_unpin") },
          target: "while-unpinning",
          actions: "unpins",
        },
      },
    },
    "while-unpinning": {
      description: "the loop unmaps and unpins the pages",
      on: { "unpin.done": { target: "unlinking" } },
    },
    unlinking: {
      description: "the pages are unpinned, and the mapping is to be unlinked",
      on: {
        "user.unlinks": {
          description: "unlinks the mapping and counts its bytes",
          meta: { origin: linux(TYPE1, "vfio_remove_dma") },
          target: "looking",
          actions: [
            emit(({ context }) => ({ type: "list.unlinks", first: context.dma!.first })),
            assign(({ context: { removed, dma } }) => ({ removed: removed + dma!.size, dma: null })),
          ],
        },
      },
    },
    returning: {
      description: "the result is known, and iommu->lock is still held",
      on: { "user.returns": { description: "drops iommu->lock and returns", target: "idle", actions: "returns" } },
    },
  },
});

export const rangeUserSteps: readonly Message[] = [
  "locks",
  "checks",
  "links",
  "pins",
  "looks",
  "unpins",
  "unlinks",
  "returns",
].map((step) => ({ type: `user.${step}` }));
