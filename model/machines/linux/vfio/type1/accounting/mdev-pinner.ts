/**
 * A driver of a mediated device, on the thread of a vCPU: it pins all pages of the mapping for its device, unpins them
 * again, and leaves. Its record of what it holds is under a lock of its own, which it takes first.
 *
 * Models  VFIO facts 2.2 (pin_pages, unpin_pages), 2.7, rows 47 and 72; the cache lock of i915 GVT (2.3): whoever pins or
 *         unpins holds it, and so does dma_unmap (mdev-callback.ts). All pages of a call or none: what was pinned before
 *         a failure is unpinned again.
 * Omits   several ranges, sizes; what the device does with the pages.
 */
import { and, assign, emit, setup } from "xstate";
import type { PinPurpose, PinResult } from "./page-pinning.ts";
import type { DmaFound } from "./accounted-dma.ts";

/** The rules in which designs differ. */
export interface PinnerDesign {
  /** Whether a pin also makes sure of an entry, as the RFC's author came to agree (VFIO facts 1.4). */
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
  readonly design: PinnerDesign;
}

export interface MdevPinnerContext {
  readonly rules: MdevPinnerRules;
  readonly open: boolean;
  /** Its record: it has the pages pinned. */
  readonly holds: boolean;
  /** It was told that the mapping, or the container, goes, and waits for that. */
  readonly told: boolean;
  readonly page: number;
  readonly failed: boolean;
}

const STEPS = ["takes-cache", "locks", "pins-next", "unwinds", "unpins-next", "unlocks", "drops-cache"] as const;
const CLOSING = ["takes-list", "deregisters"] as const;

const s = setup({
  types: {
    context: {} as MdevPinnerContext,
    events: {} as
      | { readonly type: "pinner.pins" | "pinner.unpins" | "pinner.opens" | "pinner.closes" | "pinner.stops" }
      | { readonly type: `pinner.${(typeof STEPS)[number] | (typeof CLOSING)[number]}` }
      | { readonly type: "driver.asked"; readonly by: string }
      | { readonly type: "driver.forgets" | "driver.resumes" | "driver.leaves" }
      | DmaFound
      | { readonly type: "pinning.done"; readonly result: PinResult }
      | { readonly type: "putting.done" },
    emitted: {} as
      | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string }
      | { readonly type: "dma.finds"; readonly page: number; readonly by: string }
      | { readonly type: "pinning.starts"; readonly page: number; readonly purpose: PinPurpose; readonly by: string }
      | { readonly type: "putting.starts"; readonly page: number; readonly purpose: "list"; readonly by: string }
      | { readonly type: "driver.told"; readonly by: string; readonly holds: boolean },
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
    /** No such mapping, an address that is about to change, or a mapping that goes. */
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

export const mdevPinner = s.createMachine({
  id: "mdev-pinner",
  context: ({ input }) => ({ rules: input, open: true, holds: false, told: false, page: 0, failed: false }),
  on: {
    "driver.asked": {
      actions: [
        assign({ told: ({ context }) => !context.rules.repins }),
        emit(({ context: { holds, open }, event }) => ({ type: "driver.told", by: event.by, holds: holds && open })),
      ],
    },
    "driver.forgets": { actions: assign({ holds: false }) },
    "driver.resumes": { actions: assign({ told: false }) },
  },
  initial: "idle",
  states: {
    idle: {
      on: {
        "pinner.pins": { guard: "mayPin", target: "pin.caching" },
        "pinner.unpins": { guard: "holds", target: "unpin.caching" },
        "pinner.closes": [
          { guard: and(["mayClose", "isApart"]), target: "close.listing" },
          { guard: "mayClose", target: "close.locking" },
        ],
        "pinner.opens": { guard: "mayOpen", actions: assign({ open: true }) },
        "driver.leaves": { guard: "isClosed", actions: assign({ told: true }) },
      },
    },
    pin: {
      initial: "caching",
      states: {
        caching: { on: { "pinner.takes-cache": { target: "locking", actions: acquires("cache") } } },
        locking: { on: { "pinner.locks": { target: "pinning", actions: acquires("lock") } } },
        pinning: {
          always: { guard: "isAll", target: "unlocking" },
          on: {
            "pinner.pins-next": {
              actions: emit(({ context: { rules, page } }) => ({ type: "dma.finds", page, by: rules.name })),
            },
            "dma.found": [
              /** The lock is dropped while it waits (B-04). */
              { guard: "waitsForVaddr", target: "locking", actions: drops("lock") },
              { guard: "isRefused", target: "unwinding", actions: fails },
              { guard: "mapsFirst", target: "mapping", actions: starts("fault") },
              { target: "listing", actions: starts("list") },
            ],
          },
        },
        mapping: {
          on: {
            "pinning.done": [
              { guard: "isSuccess", target: "pinning" },
              { target: "unwinding", actions: fails },
            ],
          },
        },
        listing: {
          on: {
            "pinning.done": [
              { guard: "isSuccess", target: "pinning", actions: next },
              { target: "unwinding", actions: fails },
            ],
          },
        },
        unwinding: {
          always: { guard: "isNone", target: "unlocking" },
          on: { "pinner.unwinds": { target: "putting", actions: [back, puts] } },
        },
        putting: { on: { "putting.done": { target: "unwinding" } } },
        unlocking: {
          on: {
            "pinner.unlocks": {
              target: "uncaching",
              actions: [drops("lock"), assign({ holds: ({ context }) => !context.failed, page: 0, failed: false })],
            },
          },
        },
        uncaching: { on: { "pinner.drops-cache": { target: "#mdev-pinner.idle", actions: drops("cache") } } },
      },
    },
    unpin: {
      initial: "caching",
      states: {
        caching: { on: { "pinner.takes-cache": { target: "locking", actions: acquires("cache") } } },
        locking: {
          on: {
            "pinner.locks": [
              { guard: "holds", target: "unpinning", actions: acquires("lock") },
              /** dma_unmap was faster. */
              { target: "unlocking", actions: acquires("lock") },
            ],
          },
        },
        unpinning: {
          always: { guard: "isAll", target: "unlocking" },
          on: {
            "pinner.unpins-next": { target: "putting", actions: puts },
            /** D-21: it runs out of memory, and its caller believes that everything is unpinned. */
            "pinner.stops": { guard: "failsHalfWay", target: "unlocking" },
          },
        },
        putting: { on: { "putting.done": { target: "unpinning", actions: next } } },
        unlocking: {
          on: {
            "pinner.unlocks": {
              target: "uncaching",
              actions: [drops("lock"), assign({ holds: false, page: 0 })],
            },
          },
        },
        uncaching: { on: { "pinner.drops-cache": { target: "#mdev-pinner.idle", actions: drops("cache") } } },
      },
    },
    close: {
      initial: "locking",
      states: {
        locking: { on: { "pinner.locks": { target: "listing", actions: acquires("lock") } } },
        listing: { on: { "pinner.takes-list": { target: "deregistering", actions: acquires("list") } } },
        deregistering: {
          on: {
            "pinner.deregisters": [
              {
                guard: "isApart",
                target: "#mdev-pinner.idle",
                actions: [drops("list"), assign({ open: false, holds: false })],
              },
              {
                target: "#mdev-pinner.idle",
                actions: [drops("list"), drops("lock"), assign({ open: false, holds: false })],
              },
            ],
          },
        },
      },
    },
  },
});

/** What it does on its own; `closes`: whether its device is ever closed. */
export const mdevPinnerSteps = ({ closes, fails: stops }: { readonly closes: boolean; readonly fails: boolean }) =>
  ["pins", "unpins", ...STEPS, ...(closes ? ["opens", "closes", ...CLOSING] : []), ...(stops ? ["stops"] : [])].map(
    (step) => ({ type: `pinner.${step}` }),
  );
