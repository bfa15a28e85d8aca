/**
 * The pin of one page for VFIO: the steps that DMA_MAP, the replay at attach, a page fault and an mdev driver take alike,
 * and the error path when one of them fails. The caller holds iommu->lock.
 *
 * Models  vfio_pin_pages_remote(), vfio_pin_page_external() and vfio_iommu_type1_dynamic_dma_map() of RFC v1 (VFIO facts
 *         1.1 F7 to F9, 2.2, 2.4): get and pin the page, charge it, then record it as an IOMMU entry or in dma->pfn_list.
 *         A page that is in the list only gets another reference. A zero page is put at once and MMIO is never pinned;
 *         neither is charged (I-41: reserved, MMIO and zero pages are never charged). MMIO has no struct page, so a
 *         driver that wants one is refused (B-14: a PFNMAP page became a bogus struct page; B-38: iommufd rejects DMABUF
 *         pages).
 * Omits   batches: it takes one page at a time and tests the limit for each; ranges/pin-loop.ts has batches and runs.
 *         iopf/fault-resolver.ts, which is coarser, has eviction.
 */
import { assign, emit, setup } from "xstate";
import type { DmaFound } from "./accounted-dma.ts";
import { linux, linux61, messages } from "../../../../../said.ts";

export type PageKind = "ram" | "zero" | "mmio";
/** The caller: DMA_MAP or a replay, a page fault, or a driver. */
export type PinPurpose = "map" | "fault" | "list";
export type PinResult = "success" | "limit" | "gone" | "failed";

/** The rules in which designs differ. */
export interface PinningDesign {
  /** When the pin of a driver is charged. */
  readonly mdevCharges: "without-domain" | "unless-mapped";
  /** Whether a fault charges a page that a driver has pinned before. */
  readonly faultCharges: "unless-listed" | "always";
  readonly undo: "directly" | "by-list-of-fault" | "by-list-of-mdev";
  readonly pinReturn: "zero" | "count";
  readonly zeroPages: "put-at-get" | "never-put";
  /** Whether a driver gets a page without struct page. */
  readonly mmioPins: "refused" | "as-ram";
  readonly chargeTest: "with-charge" | "before-charge";
}

export interface PagePinningRules {
  readonly name: string;
  readonly container: number;
  readonly kinds: readonly PageKind[];
  readonly design: PinningDesign;
}

export interface PagePinningContext {
  readonly rules: PagePinningRules;
  readonly by: string | null;
  readonly page: number | null;
  readonly purpose: PinPurpose | null;
  readonly mm: number | null;
  /** Whether it is to be charged; whether it was. */
  readonly accounts: boolean;
  readonly charged: boolean;
  readonly reason: PinResult;
}

const STEPS = ["gets", "tests", "charges", "records", "fails", "undoes-charge", "undoes-pin"] as const;

type PagePinningEmits =
  | { readonly type: "dma.finds"; readonly page: number; readonly by: string }
  | { readonly type: "dma.maps" | "dma.lists" | "dma.charges"; readonly page: number }
  | { readonly type: "mm.gets"; readonly mm: number; readonly page: number; readonly by: string }
  | { readonly type: "mm.charges"; readonly mm: number; readonly by: string }
  | { readonly type: "mm.measures"; readonly mm: number; readonly by: string }
  | { readonly type: "mm.uncharges"; readonly mm: number; readonly container: number; readonly page: number }
  | { readonly type: "host.unpins"; readonly page: number }
  | { readonly type: "pinning.done"; readonly by: string; readonly result: PinResult };

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";
const GET = linux(TYPE1, "vaddr_get_pfns");
const CHARGE = linux(TYPE1, "vfio_lock_acct");
const PUT = linux(TYPE1, "put_pfn");

const s = setup({
  types: {
    context: {} as PagePinningContext,
    events: {} as
      | {
          readonly type: "pinning.starts";
          readonly page: number;
          readonly purpose: PinPurpose;
          readonly by: string;
        }
      | { readonly type: `pinning.${(typeof STEPS)[number]}` }
      | DmaFound
      | { readonly type: "host.pinned" | "mm.gone" | "account.charged" | "account.refused" }
      | { readonly type: "account.level"; readonly over: boolean },
    emitted: {} as PagePinningEmits,
    input: {} as PagePinningRules,
  },
  guards: {
    isMmio: ({ context }) => kindOf(context) === "mmio",
    refusesMmio: ({ context }) =>
      kindOf(context) === "mmio" && context.purpose === "list" && context.rules.design.mmioPins === "refused",
    putsZero: ({ context }) => kindOf(context) === "zero" && context.rules.design.zeroPages === "put-at-get",
    accounts: ({ context }) => context.accounts,
    testsFirst: ({ context }) => context.accounts && context.rules.design.chargeTest === "before-charge",
    /** B-10: the count 1 of a success is taken for an error, unless a charge overwrites it. */
    mistakesCount: ({ context: { rules, purpose, accounts } }) =>
      rules.design.pinReturn === "count" && purpose === "list" && !accounts,
    /** D-01, B-09: the undo looks for the page in a list that does not have it, and the pin leaks. */
    undoesByList: ({ context: { rules, purpose } }) =>
      (rules.design.undo === "by-list-of-fault" && purpose === "fault") ||
      (rules.design.undo === "by-list-of-mdev" && purpose === "list"),
    isCharged: ({ context }) => context.charged,
    isPinned: ({ context }) => kindOf(context) === "ram",
    isListed: ({ context, event }) => event.type === "dma.found" && context.purpose === "list" && event.refs > 0,
    isMapped: ({ context, event }) => event.type === "dma.found" && context.purpose !== "list" && event.mapped,
  },
});

function kindOf({ rules, page }: PagePinningContext): PageKind {
  return rules.kinds[page!]!;
}

/** Whether this pin is charged (VFIO facts 2.4). */
function isToCharge(context: PagePinningContext, found: DmaFound): boolean {
  const { design } = context.rules;
  if (kindOf(context) !== "ram") return false;
  if (context.purpose === "list") return design.mdevCharges === "unless-mapped" ? !found.mapped : !found.attached;
  return found.refs === 0 || (context.purpose === "fault" && design.faultCharges === "always");
}

const finds = s.emit(({ context: { rules, page } }) => ({ type: "dma.finds", page: page!, by: rules.name }));
const remembers = s.assign(({ context, event }) =>
  event.type === "dma.found" ? { mm: event.owner, accounts: isToCharge(context, event) } : {},
);
const gets = s.emit(({ context: { rules, page, mm } }) => ({ type: "mm.gets", mm: mm!, page: page!, by: rules.name }));
const unpins = s.emit(({ context: { page } }) => ({ type: "host.unpins", page: page! }));
const uncharges = s.emit(({ context: { rules, mm, page } }) => {
  const { container } = rules;
  return { type: "mm.uncharges", mm: mm!, container, page: page! };
});
const records = s.emit(({ context: { page, purpose } }) => ({
  type: purpose === "list" ? "dma.lists" : "dma.maps",
  page: page!,
}));
const NOTHING = { by: null, page: null, purpose: null, mm: null, accounts: false, charged: false, reason: "success" };
const ends = (result?: PinResult) =>
  s.enqueueActions(({ context, enqueue }) => {
    enqueue.assign(NOTHING as Partial<PagePinningContext>);
    enqueue.emit({ type: "pinning.done", by: context.by!, result: result ?? context.reason });
  });

export const pagePinning = s.createMachine({
  id: "page-pinning",
  description: "the pin of one page: get, charge, record, and the error path",
  meta: {
    origin: linux(TYPE1, "vfio_pin_page_external", "vfio_pin_pages_remote"),
    lane: "the pin of a page in container {container}, under iommu->lock",
    messages: messages<PagePinningEmits>({
      "dma.finds": { says: "looks up page {page}", origin: linux(TYPE1, "vfio_find_dma") },
      "dma.maps": { says: "maps page {page}", origin: linux(TYPE1, "vfio_iommu_map") },
      "dma.lists": {
        says: "adds page {page} to dma->pfn_list, or a reference to it",
        origin: linux(TYPE1, "vfio_add_to_pfn_list"),
      },
      "dma.charges": { says: "counts page {page} in dma->locked_vm", origin: CHARGE },
      "mm.gets": { says: "gets page {page} from mm {mm}", origin: GET },
      "mm.charges": { says: "charges a page to locked_vm of mm {mm}", origin: CHARGE },
      "mm.measures": "compares locked_vm of mm {mm} with the limit",
      "mm.uncharges": { says: "takes page {page} off locked_vm of mm {mm}", origin: CHARGE },
      "host.unpins": "unpins page {page}",
      "pinning.done": "returns {result} to {by}",
    }),
  },
  context: ({ input }) => ({ rules: input, ...NOTHING }) as PagePinningContext,
  initial: "idle",
  states: {
    idle: {
      description: "no page is being pinned",
      on: {
        "pinning.starts": {
          target: "getting",
          actions: assign({
            by: ({ event }) => event.by,
            page: ({ event }) => event.page,
            purpose: ({ event }) => event.purpose,
          }),
        },
      },
    },
    getting: {
      description: "page {page} is to be got from the process",
      on: {
        "pinning.gets": {
          description: "looks up page {page} and gets it from the process",
          meta: { origin: GET },
          actions: finds,
        },
        "dma.found": [
          { guard: "isListed", target: "idle", actions: [records, ends("success")] },
          { guard: "isMapped", target: "idle", actions: ends("success") },
          { guard: "refusesMmio", target: "idle", actions: ends("failed") },
          { guard: "isMmio", target: "recording", actions: remembers },
          { actions: [remembers, gets] },
        ],
        "host.pinned": [
          /** vaddr_get_pfns() of 6.1; in 6.12 pin_user_pages_remote() does not pin a zero page. */
          {
            guard: "putsZero",
            target: "recording",
            meta: { origin: linux61(TYPE1, "vaddr_get_pfns") },
            actions: unpins,
          },
          { guard: "mistakesCount", target: "idle", actions: ends("failed") },
          { guard: "testsFirst", target: "testing" },
          { guard: "accounts", target: "charging" },
          { target: "recording" },
        ],
        "mm.gone": { target: "idle", actions: ends("gone") },
      },
    },
    /** Deliberate defect: the limit is tested in a step before the charge. */
    testing: {
      description: "the limit is to be tested before page {page} is charged",
      on: {
        "pinning.tests": {
          description: "compares locked_vm with the limit",
          actions: emit(({ context: { rules, mm } }) => ({ type: "mm.measures", mm: mm!, by: rules.name })),
        },
        "account.level": [
          { guard: ({ event }) => event.over, target: "undoing-pin", actions: s.assign({ reason: "limit" }) },
          { target: "charging" },
        ],
        "mm.gone": { target: "undoing-pin", actions: s.assign({ reason: "gone" }) },
      },
    },
    charging: {
      description: "page {page} is pinned and not yet charged",
      on: {
        "pinning.charges": {
          description: "charges page {page} to locked_vm",
          meta: { origin: CHARGE },
          actions: emit(({ context: { rules, mm } }) => ({ type: "mm.charges", mm: mm!, by: rules.name })),
        },
        "account.charged": {
          target: "recording",
          actions: [s.assign({ charged: true }), emit(({ context }) => ({ type: "dma.charges", page: context.page! }))],
        },
        "account.refused": { target: "undoing-pin", actions: s.assign({ reason: "limit" }) },
        "mm.gone": { target: "undoing-pin", actions: s.assign({ reason: "gone" }) },
      },
    },
    recording: {
      description: "page {page} is pinned and charged, and not yet recorded",
      on: {
        "pinning.records": {
          description: "records page {page} ({purpose})",
          meta: { listed: true },
          target: "idle",
          actions: [records, ends("success")],
        },
        /** iommu_map() or vfio_add_to_pfn_list() fails. */
        "pinning.fails": [
          {
            description: "fails to map page {page}, or to add it to dma->pfn_list ({purpose})",
            meta: { origin: linux(TYPE1, "vfio_iommu_type1_pin_pages", "vfio_pin_map_dma") },
            guard: "undoesByList",
            target: "idle",
            actions: ends("failed"),
          },
          { guard: "isPinned", target: "undoing-pin", actions: s.assign({ reason: "failed" }) },
          { target: "idle", actions: ends("failed") },
        ],
      },
    },
    "undoing-charge": {
      description: "the record failed: page {page} is unpinned and still charged",
      on: {
        "pinning.undoes-charge": {
          description: "takes page {page} off locked_vm",
          meta: { origin: CHARGE },
          target: "idle",
          actions: [uncharges, ends()],
        },
      },
    },
    "undoing-pin": {
      description: "page {page} is refused ({reason}) and still pinned",
      meta: { origin: PUT },
      on: {
        "pinning.undoes-pin": [
          { description: "unpins page {page}", guard: "isCharged", target: "undoing-charge", actions: unpins },
          { target: "idle", actions: [unpins, ends()] },
        ],
      },
    },
  },
});

/** Its own steps; `fails`: the record may fail; `tests`: the limit is tested in a step of its own. */
export const pinningSteps = (fails: boolean, tests: boolean) =>
  STEPS.filter((step) => (fails || !["fails", "undoes-charge"].includes(step)) && (tests || step !== "tests")).map(
    (step) => ({ type: `pinning.${step}` }),
  );
