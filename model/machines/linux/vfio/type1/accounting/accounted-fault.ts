/**
 * A page fault on a container that pins and charges pages when they fault, as far as the accounts go: under iommu->lock
 * the page is looked up, pinned, charged and mapped. Then the device gets its response.
 *
 * Models  vfio_iommu_type1_dynamic_dma_map() of RFC v1 (VFIO facts 1.1, F3 to F12: from mutex_lock() to the response),
 *         with what can go wrong: no mapping, the limit, no memory, an mm that is gone, an invalid vaddr. A container has
 *         one fault at a time.
 * Omits   the way of the fault to the handler and the effect of the response, which the page fault systems have.
 *         iopf/fault-resolver.ts has the same function for all pages of a group, and eviction.
 */
import { assign, emit, setup } from "xstate";
import type { PinResult } from "./page-pinning.ts";
import type { DmaFound } from "./accounted-dma.ts";
import { atWill, linux, linux61, messages, rfc } from "../../../../../said.ts";
import { namedLockSays } from "../words.ts";

export interface FaultDesign {
  /** The response when the limit is reached or memory is short. */
  readonly shortage: "invalid" | "failure";
  readonly checksVaddr: boolean;
}

export interface AccountedFaultRules {
  readonly name: string;
  readonly lock: string;
  readonly design: FaultDesign;
}

/** The reason for the response. */
export type FaultReason = PinResult | "violation" | "vaddr";

export interface AccountedFaultContext {
  readonly rules: AccountedFaultRules;
  readonly page: number | null;
  readonly reason: FaultReason | null;
  readonly code: "success" | "invalid" | "failure" | null;
}

const STEPS = ["locks", "finds", "unlocks", "answers"] as const;

type AccountedFaultEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string }
  | { readonly type: "dma.finds"; readonly page: number; readonly by: string }
  | { readonly type: "pinning.starts"; readonly page: number; readonly purpose: "fault"; readonly by: string };

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";

const s = setup({
  types: {
    context: {} as AccountedFaultContext,
    events: {} as
      | { readonly type: "device.accesses"; readonly page: number }
      | { readonly type: `fault.${(typeof STEPS)[number]}` }
      | DmaFound
      | { readonly type: "pinning.done"; readonly result: PinResult },
    emitted: {} as AccountedFaultEmits,
    input: {} as AccountedFaultRules,
  },
  guards: {
    faults: ({ event }) => event.type === "dma.found" && event.attached && !event.mapped,
    isOutside: ({ event }) => event.type === "dma.found" && (!event.linked || !event.attached),
    isMapped: ({ event }) => event.type === "dma.found" && event.mapped,
    isInvalid: ({ context, event }) => event.type === "dma.found" && event.invalid && context.rules.design.checksVaddr,
  },
});

/** D-23: RFC v1 answers Invalid to a shortage, as to an access that is not allowed. */
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
  description: "the fault handler of RFC v1, as far as pins and charges go",
  meta: {
    origin: rfc("v1 patch 2", "vfio_iommu_type1_dynamic_dma_map"),
    lane: "the fault handler of a container",
    messages: messages<AccountedFaultEmits>({
      ...namedLockSays,
      "dma.finds": { says: "looks up page {page}", origin: linux(TYPE1, "vfio_find_dma") },
      "pinning.starts": { says: "pins page {page} for a fault", origin: linux(TYPE1, "vfio_pin_page_external") },
    }),
  },
  context: ({ input }) => ({ rules: input, page: null, reason: null, code: null }),
  initial: "idle",
  states: {
    idle: {
      description: "no fault is being handled",
      on: {
        "device.accesses": {
          description: "meets an access of the device to page {page}",
          meta: { origin: atWill("the device") },
          actions: emit(({ context: { rules }, event: { page } }) => ({ type: "dma.finds", page, by: rules.name })),
        },
        /** The IOMMU looks the page up without a lock. */
        "dma.found": [
          { guard: "faults", target: "locking", actions: assign({ page: ({ event }) => event.page }) },
          { actions: [] },
        ],
      },
    },
    locking: {
      description: "page {page} has faulted, and iommu->lock is wanted",
      on: {
        "fault.locks": {
          description: "takes iommu->lock",
          target: "finding",
          actions: emit(({ context: { rules } }) => ({ type: "lock.acquires", owner: rules.name, lock: rules.lock })),
        },
      },
    },
    finding: {
      description: "holds iommu->lock; page {page} is to be looked up",
      on: {
        "fault.finds": {
          description: "looks up page {page}",
          meta: { origin: linux(TYPE1, "vfio_find_dma") },
          actions: finds,
        },
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
      description: "page {page} is being pinned, charged and mapped",
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
      description: "the result is {code} ({reason}), and iommu->lock is still held",
      on: {
        "fault.unlocks": {
          description: "drops iommu->lock",
          target: "answering",
          actions: emit(({ context: { rules } }) => ({ type: "lock.releases", owner: rules.name, lock: rules.lock })),
        },
      },
    },
    answering: {
      description: "iommu->lock is dropped, and the response is still to be sent",
      on: {
        "fault.answers": {
          description: "responds {code} for page {page}",
          meta: { origin: linux61("drivers/iommu/iommu.c", "iommu_page_response") },
          target: "idle",
          actions: s.assign({ page: null, reason: null, code: null }),
        },
      },
    },
  },
});

/** Its own steps: accesses without an entry, and their handling. */
export const accountedFaultSteps = (pages: readonly number[]) => [
  ...pages.map((page) => ({ type: "device.accesses", page })),
  ...STEPS.map((step) => ({ type: `fault.${step}` })),
];
