/**
 * vfio_pin_pages() and vfio_unpin_pages() for a list of pages. The caller holds iommu->lock.
 *
 * Models  vfio_iommu_type1_pin_pages() and vfio_iommu_type1_unpin_pages() (VFIO facts 2.2, 2.7, 3.2). In Linux the call
 *         pins and records, and maps nothing (row 72: vfio_pin_pages only pins and records). A lockdown, as the RFC's
 *         author came to agree to, also charges and maps the page (row 71: pinned pages never fault): it runs the steps
 *         of a fault. A page that a fault has mapped already is only recorded, and a released page stays mapped until it
 *         is evicted. All pages or none (I-19: a lockdown is atomic): a failure gives back the pages so far. DMA_MAP of
 *         memory that must not fault takes the same steps.
 * Omits   what type1/accounting/page-pinning.ts has: a record that fails, and zero pages and MMIO. Protection bits.
 */
import { emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import type { Keeping } from "./pin-scope.ts";
import { linux, messages, proposal, rfc } from "../../../../../said.ts";
import { onePageSays } from "../../type1/words.ts";

export interface LockdownRules {
  readonly api: "pins-only" | "pins-and-maps";
  /** Whether a call that only pins also charges; Linux does not charge if the container has an IOMMU domain. */
  readonly charges: boolean;
  /** Whether a failure gives back the pages so far. */
  readonly unwinds: boolean;
  /** Whether a page that is refused a charge is unpinned (D-01 and B-09: the undo finds nothing, and the pin leaks). */
  readonly undoesPin: boolean;
}

interface Order {
  readonly by: string;
  readonly pages: readonly number[];
  readonly keeping: Keeping;
}

const STEPS = ["fills", "looks", "pins", "charges", "undoes-pin", "adds", "removes", "unpins"] as const;

export type LockdownEvent =
  | ({ readonly type: "lockdown.starts" | "lockdown.releases" } & Order)
  | { readonly type: `lockdown.${(typeof STEPS)[number]}` }
  /** D-21: vfio_remove_from_range_list() finds no memory for a split, and the loop ends early. */
  | { readonly type: "lockdown.stops-half-way" }
  | { readonly type: "resolver.done"; readonly code: "success" | "invalid" }
  | { readonly type: "container.found"; readonly linked: boolean }
  | { readonly type: "pins.held"; readonly held: boolean }
  | { readonly type: "pins.added" }
  | { readonly type: "pins.removed"; readonly last: boolean }
  | { readonly type: "host.pinned" }
  | { readonly type: "account.charged" | "account.refused" };

export type LockdownEmits =
  | { readonly type: "resolver.starts"; readonly pages: readonly number[] }
  | { readonly type: "container.finds" | "pins.asks" | "host.pins"; readonly page: number; readonly by: string }
  | {
      readonly type: "pins.adds" | "pins.removes";
      readonly page: number;
      readonly keeping: Keeping;
      readonly by: string;
    }
  | { readonly type: "host.unpins"; readonly page: number }
  | { readonly type: "account.charges"; readonly by: string }
  | { readonly type: "account.uncharges" }
  | { readonly type: "lockdown.done"; readonly by: string; readonly ok: boolean };

export interface LockdownContext {
  readonly rules: LockdownRules;
  readonly order: Order | null;
  /** Pages done. */
  readonly done: number;
  /** It gives back the pages so far, because a page was refused. */
  readonly failed: boolean;
}

export const lockdownSteps: readonly Message[] = STEPS.map((step) => ({ type: `lockdown.${step}` }));

const NAME = "lockdown";

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";
const LIST = linux(TYPE1, "vfio_add_to_pfn_list");
const PUT = linux(TYPE1, "vfio_iova_put_vfio_pfn");
const LOCKDOWN = proposal("vfio_pin_pages() that pins, charges and maps");

const s = setup({
  types: {
    context: {} as LockdownContext,
    events: {} as LockdownEvent,
    emitted: {} as LockdownEmits,
    input: {} as LockdownRules,
  },
  guards: {
    maps: ({ context: { rules, order } }) => rules.api === "pins-and-maps" || order?.keeping === "static",
    isLast: ({ context: { order, done } }) => done === order!.pages.length - 1,
    charges: ({ context }) => context.rules.charges,
    mustUnwind: ({ context: { rules, done } }) => rules.unwinds && done > 0,
  },
});

const page = ({ order, done }: LockdownContext): number => order!.pages[done]!;
const begins = s.assign({
  order: ({ context, event }) =>
    event.type === "lockdown.starts" || event.type === "lockdown.releases"
      ? { by: event.by, pages: event.pages, keeping: event.keeping }
      : context.order,
});
const advances = s.assign({ done: ({ context }) => context.done + 1 });
const tells = s.enqueueActions(({ context: { order, failed }, enqueue }) => {
  enqueue.assign({ order: null, done: 0, failed: false });
  enqueue.emit({ type: "lockdown.done", by: order!.by, ok: !failed });
});
const unpins = s.enqueueActions(({ context, enqueue }) => {
  enqueue.emit({ type: "host.unpins", page: page(context) });
  if (context.rules.charges) enqueue.emit({ type: "account.uncharges" });
});
const undoesPin = s.enqueueActions(({ context, enqueue }) => {
  if (context.rules.undoesPin) enqueue.emit({ type: "host.unpins", page: page(context) });
});
const fails = s.assign({ failed: true });
/** Back over the pages so far. */
const turns = s.assign({
  order: ({ context: { order, done } }) => ({ ...order!, pages: order!.pages.slice(0, done) }),
  done: 0,
});
/** The page was refused: the pages so far go back, or stay as they are, which is a deliberate defect. */
const refused = [
  { guard: "mustUnwind", target: "giving", actions: ["fails", "turns"] },
  { target: "idle", actions: ["fails", "tells"] },
] as const;

export const lockdown = s
  .extend({ actions: { begins, advances, tells, unpins, undoesPin, fails, turns } })
  .createMachine({
    id: "lockdown",
    description: "vfio_pin_pages() and vfio_unpin_pages() for a list of pages",
    meta: {
      origin: linux(TYPE1, "vfio_iommu_type1_pin_pages", "vfio_iommu_type1_unpin_pages"),
      lane: "vfio_pin_pages() and vfio_unpin_pages()",
      messages: messages<LockdownEmits>({
        ...onePageSays,
        "resolver.starts": { says: "has page(s) {pages} pinned, charged and mapped", origin: LOCKDOWN },
        "pins.asks": { says: "looks for page {page} in dma->pfn_list", origin: linux(TYPE1, "vfio_iova_get_vfio_pfn") },
        "pins.adds": { says: "adds page {page} to dma->pfn_list", origin: LIST },
        "pins.removes": { says: "drops a reference of page {page} in dma->pfn_list", origin: PUT },
        "lockdown.done": "{ok?returns success to:returns an error to} {by}",
      }),
    },
    context: ({ input }) => ({ rules: input, order: null, done: 0, failed: false }),
    initial: "idle",
    states: {
      idle: {
        description: "no call is under way",
        on: {
          "lockdown.starts": { target: "taking", actions: "begins" },
          "lockdown.releases": { target: "giving", actions: "begins" },
        },
      },
      taking: {
        description: "the next page is to be pinned",
        on: {
          "lockdown.fills": {
            description: "has the next page pinned, charged and mapped",
            meta: { origin: LOCKDOWN },
            guard: "maps",
            target: "filling",
            actions: emit(({ context }) => ({ type: "resolver.starts", pages: [page(context)] })),
          },
          "lockdown.looks": {
            description: "looks up the next page",
            meta: { listed: true, origin: linux(TYPE1, "vfio_find_dma") },
            guard: ({ context: { rules, order } }) => rules.api === "pins-only" && order?.keeping === "ring",
            target: "looking",
            actions: emit(({ context }) => ({ type: "container.finds", page: page(context), by: NAME })),
          },
        },
      },
      filling: {
        description: "the page is being pinned, charged and mapped",
        on: { "resolver.done": [{ guard: ({ event }) => event.code === "success", target: "adding" }, ...refused] },
      },
      looking: {
        description: "the page is being looked up",
        on: {
          "container.found": [
            {
              guard: ({ event }) => event.linked,
              actions: emit(({ context }) => ({ type: "pins.asks", page: page(context), by: NAME })),
            },
            ...refused,
          ],
          "pins.held": [{ guard: ({ event }) => event.held, target: "adding" }, { target: "pinning" }],
        },
      },
      pinning: {
        description: "the page is in a mapping and is to be pinned",
        on: {
          "lockdown.pins": {
            description: "pins the page",
            meta: { listed: true, origin: linux(TYPE1, "vfio_pin_page_external") },
            actions: emit(({ context }) => ({ type: "host.pins", page: page(context), by: NAME })),
          },
          "host.pinned": [{ guard: "charges", target: "charging" }, { target: "adding" }],
        },
      },
      charging: {
        description: "the page is pinned and not yet charged",
        on: {
          "lockdown.charges": {
            description: "charges the page to locked_vm",
            meta: { origin: linux(TYPE1, "vfio_lock_acct") },
            actions: emit({ type: "account.charges", by: NAME }),
          },
          "account.charged": { target: "adding" },
          "account.refused": { target: "undoing" },
        },
      },
      undoing: {
        description: "the page is pinned and was refused a charge",
        on: {
          "lockdown.undoes-pin": [
            {
              description: "gives up the refused page, and the pages before it",
              meta: { origin: linux(TYPE1, "vfio_pin_page_external") },
              guard: "mustUnwind",
              target: "giving",
              actions: ["undoesPin", "fails", "turns"],
            },
            {
              description: "gives up the refused page",
              meta: { origin: linux(TYPE1, "vfio_pin_page_external") },
              target: "idle",
              actions: ["undoesPin", "fails", "tells"],
            },
          ],
        },
      },
      adding: {
        description: "the page is pinned and not yet in dma->pfn_list",
        on: {
          "lockdown.adds": {
            description: "adds the page to dma->pfn_list",
            meta: { listed: true, origin: LIST },
            actions: emit(({ context }) => ({
              type: "pins.adds",
              page: page(context),
              keeping: context.order!.keeping,
              by: NAME,
            })),
          },
          "pins.added": [
            { guard: "isLast", target: "idle", actions: "tells" },
            { target: "taking", actions: "advances" },
          ],
        },
      },
      giving: {
        description: "the next page is to be unpinned",
        meta: { origin: linux(TYPE1, "vfio_iommu_type1_unpin_pages") },
        on: {
          "lockdown.removes": {
            description: "drops a reference of the page in dma->pfn_list",
            meta: { listed: true, origin: PUT },
            actions: emit(({ context }) => ({
              type: "pins.removes",
              page: page(context),
              keeping: context.order!.keeping,
              by: NAME,
            })),
          },
          "pins.removed": [
            { guard: ({ context, event }) => event.last && context.rules.api === "pins-only", target: "unpinning" },
            { guard: "isLast", target: "idle", actions: "tells" },
            { actions: "advances" },
          ],
          "lockdown.stops-half-way": {
            description: "stops half way, because the range list finds no memory",
            meta: { origin: rfc("v3 patch 7", "vfio_remove_from_range_list") },
            guard: ({ context }) => context.done > 0 && !context.failed,
            target: "idle",
            actions: "tells",
          },
        },
      },
      unpinning: {
        description: "the page is out of dma->pfn_list and still pinned",
        meta: { origin: linux(TYPE1, "vfio_iommu_type1_unpin_pages") },
        on: {
          "lockdown.unpins": [
            {
              description: "unpins the page",
              meta: { origin: linux(TYPE1, "vfio_unpin_page_external") },
              guard: "isLast",
              target: "idle",
              actions: ["unpins", "tells"],
            },
            { target: "giving", actions: ["unpins", "advances"] },
          ],
        },
      },
    },
  });
