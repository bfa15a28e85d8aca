/** The rules, events, guards and actions of an mdev driver that pins (mdev-pinner.ts), and where its steps are from. */
import { setup } from "xstate";
import { atWill, linux, messages } from "../../../../../said.ts";
import { namedLockSays } from "../words.ts";
import type { DmaFound } from "./accounted-dma.ts";
import type { PinPurpose, PinResult } from "./page-pinning.ts";

/** The rules in which designs differ. */
export interface PinnerDesign {
  /** Whether a pin also maps the page, as the RFC's author came to agree to (VFIO facts 1.4). */
  readonly lockdown: "pins" | "pins-and-maps";
  readonly vaddrWithMdev: "refused" | "waits";
  readonly pinDuringUnmap: "allowed" | "refused";
  readonly listLock: "inside" | "apart";
  readonly unpinFails: "never" | "half-way";
  readonly closeUnpins: boolean;
  readonly checksVaddr: boolean;
}

export interface MdevPinnerRules {
  readonly name: string;
  readonly lock: string;
  readonly list: string;
  readonly cache: string;
  readonly pages: number;
  /** Whether it pins again while DMA_UNMAP is under way. */
  readonly repins: boolean;
  /** Whether its device is closed until it opens it, and may be closed again; else it is open all the time. */
  readonly closes: boolean;
  readonly design: PinnerDesign;
}

export interface MdevPinnerContext {
  readonly rules: MdevPinnerRules;
  readonly open: boolean;
  /** Its record: it has pinned the pages. */
  readonly holds: boolean;
  /** The mapping or the container goes, and it pins no more until that is over. */
  readonly told: boolean;
  readonly page: number;
  readonly failed: boolean;
}

const STEPS = ["takes-cache", "locks", "pins-next", "unwinds", "unpins-next", "unlocks", "drops-cache"] as const;
const CLOSING = ["takes-list", "deregisters"] as const;

export type MdevPinnerEvent =
  | { readonly type: "pinner.pins" | "pinner.unpins" | "pinner.opens" | "pinner.closes" | "pinner.stops" }
  | { readonly type: `pinner.${(typeof STEPS)[number] | (typeof CLOSING)[number]}` }
  | { readonly type: "driver.asked"; readonly by: string }
  | { readonly type: "driver.forgets" | "driver.resumes" | "driver.leaves" }
  | DmaFound
  | { readonly type: "pinning.done"; readonly result: PinResult }
  | { readonly type: "putting.done" };

export type MdevPinnerEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string }
  | { readonly type: "dma.finds"; readonly page: number; readonly by: string }
  | { readonly type: "pinning.starts"; readonly page: number; readonly purpose: PinPurpose; readonly by: string }
  | { readonly type: "putting.starts"; readonly page: number; readonly purpose: "list"; readonly by: string }
  | { readonly type: "driver.told"; readonly by: string; readonly holds: boolean };

/** Its own steps; `closes`: whether its device is ever closed. */
export const mdevPinnerSteps = ({ closes, fails: stops }: { readonly closes: boolean; readonly fails: boolean }) =>
  ["pins", "unpins", ...STEPS, ...(closes ? ["opens", "closes", ...CLOSING] : []), ...(stops ? ["stops"] : [])].map(
    (step) => ({ type: `pinner.${step}` }),
  );

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";

/** Where the steps are from. */
export const FROM = {
  pin: linux(TYPE1, "vfio_iommu_type1_pin_pages"),
  unpin: linux(TYPE1, "vfio_iommu_type1_unpin_pages"),
  close: linux(TYPE1, "vfio_iommu_type1_unregister_device"),
  cache: linux("drivers/gpu/drm/i915/gvt/kvmgt.c", "intel_gvt_dma_map_guest_page"),
  uncache: linux("drivers/gpu/drm/i915/gvt/kvmgt.c", "intel_gvt_dma_unmap_guest_page"),
  driver: atWill("an mdev driver"),
} as const;

/** What the messages say. */
export const mdevPinnerSays = messages<MdevPinnerEmits>({
  ...namedLockSays,
  "dma.finds": { says: "looks up page {page}", origin: linux(TYPE1, "vfio_find_dma") },
  "pinning.starts": { says: "pins page {page} ({purpose})", origin: linux(TYPE1, "vfio_pin_page_external") },
  "putting.starts": { says: "unpins page {page}", origin: linux(TYPE1, "vfio_unpin_page_external") },
  "driver.told": "{holds?has pages of the range pinned:has no page of the range pinned}",
});

const s = setup({
  types: {
    context: {} as MdevPinnerContext,
    events: {} as MdevPinnerEvent,
    emitted: {} as MdevPinnerEmits,
    input: {} as MdevPinnerRules,
  },
  guards: {
    mayPin: ({ context: { open, holds, told } }) => open && !holds && !told,
    holds: ({ context }) => context.holds,
    mayClose: ({ context: { rules, open, holds } }) => open && (!holds || !rules.design.closeUnpins),
    isClosed: ({ context }) => !context.open,
    mayOpen: ({ context }) => !context.open && !context.told,
    isAll: ({ context: { page, rules } }) => page === rules.pages,
    isNone: ({ context }) => context.page === 0,
    failsHalfWay: ({ context }) => context.rules.design.unpinFails === "half-way",
    isSuccess: ({ event }) => event.type === "pinning.done" && event.result === "success",
    isApart: ({ context }) => context.rules.design.listLock === "apart",
    waitsForVaddr: ({ context: { rules }, event }) =>
      event.type === "dma.found" && event.invalid && rules.design.vaddrWithMdev === "waits",
    /** No such mapping, an invalid vaddr, or a mapping that goes. */
    isRefused: ({ context: { rules }, event }) =>
      event.type === "dma.found" &&
      (!event.linked ||
        (event.invalid && rules.design.checksVaddr) ||
        (event.removing && rules.design.pinDuringUnmap === "refused")),
    mapsFirst: ({ context: { rules }, event }) =>
      event.type === "dma.found" && event.attached && !event.mapped && rules.design.lockdown === "pins-and-maps",
  },
});

const acquires = (which: "lock" | "list" | "cache") =>
  s.emit(({ context: { rules } }) => ({ type: "lock.acquires", owner: rules.name, lock: rules[which] }));
const drops = (which: "lock" | "list" | "cache") =>
  s.emit(({ context: { rules } }) => ({ type: "lock.releases", owner: rules.name, lock: rules[which] }));
const starts = (purpose: PinPurpose) =>
  s.emit(({ context: { rules, page } }) => ({ type: "pinning.starts", page, purpose, by: rules.name }));
const puts = s.emit(({ context: { rules, page } }) => ({
  type: "putting.starts",
  page,
  purpose: "list",
  by: rules.name,
}));
const back = s.assign({ page: ({ context }) => context.page - 1 });
const next = s.assign({ page: ({ context }) => context.page + 1 });
const fails = s.assign({ failed: true });

export const mdevPinnerSetup = s;
export const ACTIONS = { acquires, drops, starts, puts, back, next, fails };
