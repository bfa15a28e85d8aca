/**
 * The handler of page faults over ranges: from the record of a request, whose page is a number, to an address, to the
 * mapping, and back to the pages that it pins and maps ahead.
 *
 * Models  the report of an IOMMU driver, which turns bits [63:12] of a request into an address (B36), and F3-F12 of the RFC
 *         (VFIO facts 1.1) in 6.12's place, a thread of its own.
 * Omits   permissions, failures, groups of requests, and the core between driver and handler.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { addressOf, pageOf, rangeOf, type AddressSpace } from "./address.ts";
import type { ListAsked, ListEmits } from "./dma-list.ts";
import type { DomainEmits } from "../../../../iommu/iova-domain.ts";

export interface RangeHandlerRules {
  readonly name: string;
  readonly lock: string;
  readonly space: AddressSpace;
  /** B36: what is reported as the address of the fault. */
  readonly faultUnit: "address" | "page-number";
  /** Pages that it maps from the faulting one on, at most. */
  readonly mapsAhead: number;
}

export interface RangeHandlerContext {
  readonly rules: RangeHandlerRules;
  /** Ghost: the page that the device touched. */
  readonly touched: number | null;
  /** The page that the report names. */
  readonly page: number | null;
  /** Pages from there to the end of the mapping, or of what it maps ahead. */
  readonly pages: number;
}

export type RangeHandlerEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string }
  | Extract<ListAsked, { readonly by: string }>
  | { readonly type: "domain.reads"; readonly by: string; readonly page: number; readonly pages: number }
  | { readonly type: "loop.starts"; readonly by: string; readonly page: number; readonly pages: number }
  | { readonly type: "page.answered"; readonly code: "success" | "invalid" };

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

/** What an IOMMU driver reports, and which page that is the address of. */
const reported = ({ space, faultUnit }: RangeHandlerRules, page: number): number =>
  pageOf(faultUnit === "address" ? addressOf(page, space) : page, space);

/** How many pages are not mapped before the first that is. */
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
  context: ({ input }) => ({ rules: input, ...NOTHING }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "page.requested": {
          target: "locking",
          actions: assign(({ context, event: { page } }) => ({ touched: page, page: reported(context.rules, page) })),
        },
      },
    },
    locking: {
      on: {
        "handler.locks": {
          target: "finding",
          actions: emit(({ context: { rules } }) => ({ type: "lock.acquires", owner: rules.name, lock: rules.lock })),
        },
      },
    },
    finding: {
      on: {
        "handler.finds": {
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
    /** The bitmap: what is mapped already is served without work, and ends what is mapped ahead. */
    reading: {
      on: {
        "handler.reads": {
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
      on: {
        "handler.starts": {
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
    /** The loop is at work. */
    "while-mapping": { on: { "loop.done": { target: "serving" } } },
    serving: { on: { "handler.answers": { target: "idle", actions: answers("success") } } },
    refusing: { on: { "handler.answers": { target: "idle", actions: answers("invalid") } } },
  },
});

export const rangeHandlerSteps: readonly Message[] = ["locks", "finds", "reads", "starts", "answers"].map((step) => ({
  type: `handler.${step}`,
}));
