/**
 * The thread of the user that maps and unmaps ranges of IOVA, and detaches the device.
 *
 * Models  VFIO_IOMMU_MAP_DMA and VFIO_IOMMU_UNMAP_DMA (VFIO facts 2.2, 2.3) without the pages that they work on: check, link,
 *         pin; or check, and mapping by mapping unmap, unlink, count. A lazy mapping is only linked (row 70). Detaching the
 *         device unmaps everything, and leaves pages to those that have access to them, as in iommufd.
 * Omits   UNMAP_ALL and the release of a container, which go from mapping to mapping and not by a range. In a kernel whose
 *         ends wrap (B-19) they reach a mapping at the top that no range finds, but their loop over its pages never runs:
 *         it is unlinked, and its pages stay pinned, after UNMAP_ALL also translated.
 *         Also flags, failures of allocations, several threads; drivers let their pages go inside the call (dma_unmap), and the
 *         study accounting has the loop around that.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { pageOf, pagesIn, rangeOf, type AddressRange, type AddressSpace } from "./address.ts";
import type { ListAsked, ListedDma, ListEmits, ListVerdict } from "./dma-list.ts";
import type { UnpinStarts } from "./unpin-loop.ts";

export interface RangeUserRules {
  readonly name: string;
  readonly lock: string;
  readonly space: AddressSpace;
  /** Whether pages of a lazy mapping stay pinned, and are to be put. */
  readonly lazyPins: boolean;
}

export interface RangeUserContext {
  readonly rules: RangeUserRules;
  readonly op: "none" | "map" | "unmap" | "detach";
  readonly range: AddressRange;
  readonly lazy: boolean;
  readonly dma: ListedDma | null;
  readonly verdict: ListVerdict;
  /** Bytes that UNMAP has removed so far, and will report. */
  readonly removed: number;
  /** Ghost: bytes of the range that were mapped when it began. */
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
/** Drivers and accesses that have pages of it give them back, unless only the device goes. */
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
  context: ({ input }) => ({ rules: input, ...NOTHING }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "user.maps": {
          target: "locking",
          actions: assign(({ context: { rules }, event: { page, pages, lazy } }) => ({
            op: "map" as const,
            range: rangeOf(page, pages, rules.space),
            lazy,
          })),
        },
        "user.unmaps": {
          target: "locking",
          actions: assign(({ context: { rules }, event: { page, pages } }) => ({
            op: "unmap" as const,
            range: rangeOf(page, pages, rules.space),
          })),
        },
        "user.detaches": {
          target: "locking",
          actions: assign(({ context: { rules } }) => ({
            op: "detach" as const,
            range: rangeOf(0, pagesIn(rules.space), rules.space),
          })),
        },
      },
    },
    locking: { on: { "user.locks": { target: "checking", actions: "locks" } } },
    checking: {
      on: {
        "user.checks": { actions: "checks" },
        "list.checked": [
          { guard: ({ event }) => event.verdict !== "free", target: "returning", actions: "learns" },
          { guard: "maps", target: "linking", actions: "learns" },
          { target: "looking", actions: "learns" },
        ],
      },
    },
    linking: {
      on: {
        "user.links": [
          { guard: "isLazy", target: "returning", actions: "links" },
          { target: "pinning", actions: "links" },
        ],
      },
    },
    pinning: { on: { "user.pins": { target: "while-pinning", actions: "pins" } } },
    /** The loop is at work. */
    "while-pinning": {
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
      on: {
        "user.looks": {
          actions: emit(({ context: { rules, range } }) => ({ type: "list.finds", by: rules.name, range })),
        },
        "list.found": [
          { guard: "findsNothing", target: "returning" },
          { target: "unpinning", actions: assign({ dma: ({ event }) => event.dma }) },
        ],
      },
    },
    unpinning: { on: { "user.unpins": { target: "while-unpinning", actions: "unpins" } } },
    "while-unpinning": { on: { "unpin.done": { target: "unlinking" } } },
    unlinking: {
      on: {
        "user.unlinks": {
          target: "looking",
          actions: [
            emit(({ context }) => ({ type: "list.unlinks", first: context.dma!.first })),
            assign(({ context: { removed, dma } }) => ({ removed: removed + dma!.size, dma: null })),
          ],
        },
      },
    },
    /** The ioctl has its result, and returns. */
    returning: { on: { "user.returns": { target: "idle", actions: "returns" } } },
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
