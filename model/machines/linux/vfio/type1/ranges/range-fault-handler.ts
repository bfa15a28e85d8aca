/**
 * The fault handler over ranges: it gets the record of a request, whose page is a number, turns it into an address, finds
 * the mapping, and pins and maps the page with the pages after it.
 *
 * Models  the report of an IOMMU driver, which turns bits [63:12] of a request into an address (B36: VT-d reported the
 *         page number instead), and vfio_iommu_type1_dma_map_iopf() with pre-mapping (VFIO facts 1.1, F3 to F12: from
 *         mutex_lock() to the response), on a thread of its own, as a worker of the IOPF core would run it.
 * Omits   what iopf/unpinned-resolver.ts has: the MMU notifier, reclaim and an invalid vaddr. Permissions, failures,
 *         groups of requests, and the core between driver and handler.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { addressOf, pageOf, rangeOf, type AddressSpace } from "./address.ts";
import { listAskedSays, type ListAsked, type ListEmits } from "./dma-list.ts";
import type { DomainEmits } from "../../../../iommu/iova-domain.ts";
import { linux, linux61, messages, rfc } from "../../../../../said.ts";
import { iommuLockSays } from "../words.ts";

export interface RangeHandlerRules {
  readonly name: string;
  readonly lock: string;
  readonly space: AddressSpace;
  /** What is reported as the address of the fault (B36: VT-d reported the page number). */
  readonly faultUnit: "address" | "page-number";
  /** The most pages that it maps, from the faulting page on. */
  readonly mapsAhead: number;
}

export interface RangeHandlerContext {
  readonly rules: RangeHandlerRules;
  /** Ghost: the page that the device touched. */
  readonly touched: number | null;
  /** The page that the report names. */
  readonly page: number | null;
  /** Pages from there to the end of the mapping or of the pre-map. */
  readonly pages: number;
}

export type RangeHandlerEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string }
  | Extract<ListAsked, { readonly by: string }>
  | { readonly type: "domain.reads"; readonly by: string; readonly page: number; readonly pages: number }
  | { readonly type: "loop.starts"; readonly by: string; readonly page: number; readonly pages: number }
  | { readonly type: "page.answered"; readonly code: "success" | "invalid" };

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";
const RESPONSE = linux61("drivers/iommu/iommu.c", "iommu_page_response");
const PIN = rfc("v3 patch 4", "pin_pages_iopf");

const s = setup({
  types: {
    context: {} as RangeHandlerContext,
    events: {} as
      | { readonly type: "page.requested"; readonly page: number }
      | { readonly type: `handler.${"locks" | "finds" | "reads" | "starts" | "answers"}` }
      | ListEmits
      | DomainEmits
      | { readonly type: "loop.done" },
    emitted: {} as RangeHandlerEmits,
    input: {} as RangeHandlerRules,
  },
});

/** The page of the address that the IOMMU driver reports. */
const reported = ({ space, faultUnit }: RangeHandlerRules, page: number): number =>
  pageOf(faultUnit === "address" ? addressOf(page, space) : page, space);

/** The number of pages before the first mapped one. */
const absent = (frames: readonly (number | null)[]): number => {
  const mapped = frames.findIndex((frame) => frame !== null);
  return mapped < 0 ? frames.length : mapped;
};

const NOTHING = { touched: null, page: null, pages: 0 } as const;
const answers = (code: "success" | "invalid") =>
  s.enqueueActions(({ context: { rules }, enqueue }) => {
    enqueue.emit({ type: "lock.releases", owner: rules.name, lock: rules.lock });
    enqueue.emit({ type: "page.answered", code });
    enqueue.assign(NOTHING);
  });

export const rangeFaultHandler = s.createMachine({
  id: "range-fault-handler",
  description: "the fault handler of RFC v2 and v3 with pre-mapping, over ranges",
  meta: {
    origin: rfc("v3 patch 4", "vfio_iommu_type1_dma_map_iopf"),
    lane: "the VFIO fault handler",
    messages: messages<RangeHandlerEmits>({
      ...iommuLockSays,
      "list.checks-map": listAskedSays["list.checks-map"],
      "list.checks-unmap": listAskedSays["list.checks-unmap"],
      "list.finds": listAskedSays["list.finds"],
      "domain.reads": "reads the bits of {pages} page(s) from page {page} on",
      "loop.starts": { says: "pins and maps {pages} page(s) from page {page} on", origin: PIN },
      "page.answered": { says: "responds {code}", origin: RESPONSE },
    }),
  },
  context: ({ input }) => ({ rules: input, ...NOTHING }),
  initial: "idle",
  states: {
    idle: {
      description: "no fault is being handled",
      on: {
        "page.requested": {
          target: "locking",
          actions: assign(({ context, event: { page } }) => ({ touched: page, page: reported(context.rules, page) })),
        },
      },
    },
    locking: {
      description: "page {page} is reported, and iommu->lock is wanted",
      on: {
        "handler.locks": {
          description: "takes iommu->lock",
          target: "finding",
          actions: emit(({ context: { rules } }) => ({ type: "lock.acquires", owner: rules.name, lock: rules.lock })),
        },
      },
    },
    finding: {
      description: "holds iommu->lock; the mapping of page {page} is to be found",
      on: {
        "handler.finds": {
          description: "looks up page {page}",
          meta: { origin: linux(TYPE1, "vfio_find_dma") },
          actions: emit(({ context: { rules, page } }) => ({
            type: "list.finds",
            by: rules.name,
            range: rangeOf(page!, 1, rules.space),
          })),
        },
        "list.found": [
          { guard: ({ event }) => event.dma === null, target: "refusing" },
          {
            target: "reading",
            actions: assign(({ context: { rules, page }, event }) => ({
              pages: Math.min(
                rules.mapsAhead,
                pageOf(event.dma!.first, rules.space) + pageOf(event.dma!.size, rules.space) - page!,
              ),
            })),
          },
        ],
      },
    },
    reading: {
      description: "the bits from page {page} on are to be read",
      on: {
        "handler.reads": {
          description: "reads the bits of {pages} page(s) from page {page} on",
          actions: emit(({ context: { rules, page, pages } }) => ({
            type: "domain.reads",
            by: rules.name,
            page: page!,
            pages,
          })),
        },
        "domain.read": [
          {
            guard: ({ event }) => event.type === "domain.read" && absent(event.frames) === 0,
            target: "serving",
          },
          { target: "mapping", actions: assign({ pages: ({ event }) => absent(event.frames) }) },
        ],
      },
    },
    mapping: {
      description: "{pages} page(s) from page {page} on are to be mapped",
      on: {
        "handler.starts": {
          description: "pins and maps {pages} page(s) from page {page} on",
          meta: { origin: PIN },
          target: "while-mapping",
          actions: emit(({ context: { rules, page, pages } }) => ({
            type: "loop.starts",
            by: rules.name,
            page: page!,
            pages,
          })),
        },
      },
    },
    "while-mapping": { description: "the loop pins and maps the pages", on: { "loop.done": { target: "serving" } } },
    serving: {
      description: "page {page} is mapped, and the response is still to be sent",
      on: {
        "handler.answers": {
          description: "drops iommu->lock and responds Success",
          target: "idle",
          actions: answers("success"),
        },
      },
    },
    refusing: {
      description: "page {page} is in no mapping, and the response is still to be sent",
      on: {
        "handler.answers": {
          description: "drops iommu->lock and responds Invalid",
          target: "idle",
          actions: answers("invalid"),
        },
      },
    },
  },
});

export const rangeHandlerSteps: readonly Message[] = ["locks", "finds", "reads", "starts", "answers"].map((step) => ({
  type: `handler.${step}`,
}));
