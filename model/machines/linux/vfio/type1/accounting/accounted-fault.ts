/**
 * A page fault on a container whose pages are pinned and charged when they fault, as far as the accounts see it: the page is
 * looked up, pinned, charged and mapped under the container's lock, and the device is answered.
 *
 * Models  patch 4 of RFC v1 (VFIO facts 1.1 F3-F12), with what can go wrong: no mapping, the limit, no memory, an mm that
 *         is gone, an address that is about to change. One fault of a container at a time.
 * Omits   how the fault comes here and what the answer does (pri-flat, stall-flat).
 */
import { assign, emit, setup } from "xstate";
import type { PinResult } from "./page-pinning.ts";
import type { DmaFound } from "./accounted-dma.ts";

export interface FaultDesign {
  /** What the device is told when the limit is met or memory is short. */
  readonly shortage: "invalid" | "failure";
  readonly checksVaddr: boolean;
}

export interface AccountedFaultRules {
  readonly name: string;
  readonly lock: string;
  readonly design: FaultDesign;
}

/** Why it ends as it does. */
export type FaultReason = PinResult | "violation" | "vaddr";

export interface AccountedFaultContext {
  readonly rules: AccountedFaultRules;
  readonly page: number | null;
  readonly reason: FaultReason | null;
  readonly code: "success" | "invalid" | "failure" | null;
}

const STEPS = ["locks", "finds", "unlocks", "answers"] as const;

const s = setup({
  types: {
    context: {} as AccountedFaultContext,
    events: {} as
      | { readonly type: "device.accesses"; readonly page: number }
      | { readonly type: `fault.${(typeof STEPS)[number]}` }
      | DmaFound
      | { readonly type: "pinning.done"; readonly result: PinResult },
    emitted: {} as
      | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string }
      | { readonly type: "dma.finds"; readonly page: number; readonly by: string }
      | { readonly type: "pinning.starts"; readonly page: number; readonly purpose: "fault"; readonly by: string },
    input: {} as AccountedFaultRules,
  },
  guards: {
    faults: ({ event }) => event.type === "dma.found" && event.attached && !event.mapped,
    isOutside: ({ event }) => event.type === "dma.found" && (!event.linked || !event.attached),
    isMapped: ({ event }) => event.type === "dma.found" && event.mapped,
    isInvalid: ({ context, event }) => event.type === "dma.found" && event.invalid && context.rules.design.checksVaddr,
  },
});

/** D-23: RFC v1 answers a shortage as if the access were forbidden. */
function codeFor(reason: FaultReason, { shortage }: FaultDesign): AccountedFaultContext["code"] {
  if (reason === "success") return "success";
  if (reason === "violation" || reason === "gone") return "invalid";
  return reason === "vaddr" ? "failure" : shortage;
}

const finds = s.emit(({ context: { rules, page } }) => ({ type: "dma.finds", page: page!, by: rules.name }));
const ends = (reason: FaultReason) =>
  s.assign(({ context }) => ({ reason, code: codeFor(reason, context.rules.design) }));

export const accountedFault = s.createMachine({
  id: "accounted-fault",
  context: ({ input }) => ({ rules: input, page: null, reason: null, code: null }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "device.accesses": {
          actions: emit(({ context: { rules }, event: { page } }) => ({ type: "dma.finds", page, by: rules.name })),
        },
        /** The IOMMU looks the page up, without any lock. */
        "dma.found": [
          { guard: "faults", target: "locking", actions: assign({ page: ({ event }) => event.page }) },
          { actions: [] },
        ],
      },
    },
    locking: {
      on: {
        "fault.locks": {
          target: "finding",
          actions: emit(({ context: { rules } }) => ({ type: "lock.acquires", owner: rules.name, lock: rules.lock })),
        },
      },
    },
    finding: {
      on: {
        "fault.finds": { actions: finds },
        "dma.found": [
          { guard: "isOutside", target: "unlocking", actions: ends("violation") },
          { guard: "isMapped", target: "unlocking", actions: ends("success") },
          { guard: "isInvalid", target: "unlocking", actions: ends("vaddr") },
          {
            target: "resolving",
            actions: emit(({ context: { rules, page } }) => ({
              type: "pinning.starts",
              page: page!,
              purpose: "fault",
              by: rules.name,
            })),
          },
        ],
      },
    },
    resolving: {
      on: {
        "pinning.done": {
          target: "unlocking",
          actions: assign(({ context, event }) => ({
            reason: event.result,
            code: codeFor(event.result, context.rules.design),
          })),
        },
      },
    },
    unlocking: {
      on: {
        "fault.unlocks": {
          target: "answering",
          actions: emit(({ context: { rules } }) => ({ type: "lock.releases", owner: rules.name, lock: rules.lock })),
        },
      },
    },
    answering: {
      on: { "fault.answers": { target: "idle", actions: s.assign({ page: null, reason: null, code: null }) } },
    },
  },
});

/** What it does on its own: accesses that miss, and their handling. */
export const accountedFaultSteps = (pages: readonly number[]) => [
  ...pages.map((page) => ({ type: "device.accesses", page })),
  ...STEPS.map((step) => ({ type: `fault.${step}` })),
];
