/**
 * Pinning one page for VFIO: the straight line that DMA_MAP, the replay at attach, a page fault and an mdev driver's pin
 * all go through, and the way back when one of its steps fails. Whoever calls it holds the container's lock.
 *
 * Models  vfio_pin_pages_remote(), vfio_pin_page_external(), and patch 4 of RFC v1 (VFIO facts 1.1 F7-F9, 2.2, 2.4): get
 *         and pin the page, charge it, then record it as an entry of the IOMMU or in pfn_list. A page that is in the list
 *         already is only counted. Zero pages are put at once and MMIO is never pinned; neither is charged (I-41). MMIO
 *         has no struct page, so a driver, who would be given one, is refused (B-14, B-38).
 * Omits   batches: one page at a time, so that the limit is tested for each.
 */
import { assign, emit, setup } from "xstate";
import type { DmaFound } from "./accounted-dma.ts";

export type PageKind = "ram" | "zero" | "mmio";
/** For whom: DMA_MAP or a replay, a page fault, or a driver. */
export type PinPurpose = "map" | "fault" | "list";
export type PinResult = "success" | "limit" | "gone" | "failed";

/** The rules in which designs differ. */
export interface PinningDesign {
  /** What a driver's pin is charged for. */
  readonly mdevCharges: "without-domain" | "unless-mapped";
  /** Whether a fault charges a page that a driver pinned before. */
  readonly faultCharges: "unless-listed" | "always";
  readonly undo: "directly" | "by-list-of-fault" | "by-list-of-mdev";
  readonly pinReturn: "zero" | "count";
  readonly zeroPages: "put-at-get" | "never-put";
  /** Whether a driver is given what has no struct page. */
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
    emitted: {} as
      | { readonly type: "dma.finds"; readonly page: number; readonly by: string }
      | { readonly type: "dma.maps" | "dma.lists" | "dma.charges"; readonly page: number }
      | { readonly type: "mm.gets"; readonly mm: number; readonly page: number; readonly by: string }
      | { readonly type: "mm.charges"; readonly mm: number; readonly by: string }
      | { readonly type: "mm.measures"; readonly mm: number; readonly by: string }
      | { readonly type: "mm.uncharges"; readonly mm: number; readonly container: number; readonly page: number }
      | { readonly type: "host.unpins"; readonly page: number }
      | { readonly type: "pinning.done"; readonly by: string; readonly result: PinResult },
    input: {} as PagePinningRules,
  },
  guards: {
    isMmio: ({ context }) => kindOf(context) === "mmio",
    refusesMmio: ({ context }) =>
      kindOf(context) === "mmio" && context.purpose === "list" && context.rules.design.mmioPins === "refused",
    putsZero: ({ context }) => kindOf(context) === "zero" && context.rules.design.zeroPages === "put-at-get",
    accounts: ({ context }) => context.accounts,
    testsFirst: ({ context }) => context.accounts && context.rules.design.chargeTest === "before-charge",
    /** B-10: the count 1 of a success is taken for an error, where nothing is charged that would reset it. */
    mistakesCount: ({ context: { rules, purpose, accounts } }) =>
      rules.design.pinReturn === "count" && purpose === "list" && !accounts,
    /** D-01, B-09: pin and charge are undone through a list that the page is not in. */
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
  context: ({ input }) => ({ rules: input, ...NOTHING }) as PagePinningContext,
  initial: "idle",
  states: {
    idle: {
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
      on: {
        "pinning.gets": { actions: finds },
        "dma.found": [
          { guard: "isListed", target: "idle", actions: [records, ends("success")] },
          { guard: "isMapped", target: "idle", actions: ends("success") },
          { guard: "refusesMmio", target: "idle", actions: ends("failed") },
          { guard: "isMmio", target: "recording", actions: remembers },
          { actions: [remembers, gets] },
        ],
        "host.pinned": [
          { guard: "putsZero", target: "recording", actions: unpins },
          { guard: "mistakesCount", target: "idle", actions: ends("failed") },
          { guard: "testsFirst", target: "testing" },
          { guard: "accounts", target: "charging" },
          { target: "recording" },
        ],
        "mm.gone": { target: "idle", actions: ends("gone") },
      },
    },
    /** Departure: the limit is tested, and the charge added in a step of its own. */
    testing: {
      on: {
        "pinning.tests": {
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
      on: {
        "pinning.charges": {
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
      on: {
        "pinning.records": { target: "idle", actions: [records, ends("success")] },
        /** iommu_map() or the insertion into the list fails. */
        "pinning.fails": [
          { guard: "undoesByList", target: "idle", actions: ends("failed") },
          { guard: "isCharged", target: "undoing-charge", actions: s.assign({ reason: "failed" }) },
          { guard: "isPinned", target: "undoing-pin", actions: s.assign({ reason: "failed" }) },
          { target: "idle", actions: ends("failed") },
        ],
      },
    },
    "undoing-charge": {
      on: {
        "pinning.undoes-charge": {
          target: "undoing-pin",
          actions: emit(({ context: { rules, mm, page } }) => ({
            type: "mm.uncharges",
            mm: mm!,
            container: rules.container,
            page: page!,
          })),
        },
      },
    },
    "undoing-pin": { on: { "pinning.undoes-pin": { target: "idle", actions: [unpins, ends()] } } },
  },
});

/** What it does on its own; `fails`: recording may fail; `tests`: the limit is tested in a step of its own. */
export const pinningSteps = (fails: boolean, tests: boolean) =>
  STEPS.filter((step) => (fails || !["fails", "undoes-charge"].includes(step)) && (tests || step !== "tests")).map(
    (step) => ({ type: `pinning.${step}` }),
  );
