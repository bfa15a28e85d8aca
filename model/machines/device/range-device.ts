/**
 * A device that accesses one page of the address space: it reaches a frame, or faults, waits for the response and retries.
 *
 * Models  one access at a time with recoverable faults.
 * Omits   the ATC and the IOTLB (atc-entry.ts and translation.ts have them), groups and credits (prg-slot.ts has them), and
 *         read or write: every access is the same.
 */
import { assign, emit, setup } from "xstate";
import { atWill, clause, messages } from "../../said.ts";
import type { DomainEmits } from "../iommu/iova-domain.ts";

export interface RangeDeviceContext {
  readonly name: string;
  readonly page: number | null;
}

export type RangeDeviceEmits =
  | { readonly type: "domain.reads"; readonly by: string; readonly page: number; readonly pages: number }
  | { readonly type: "page.requested"; readonly page: number };

const s = setup({
  types: {
    context: {} as RangeDeviceContext,
    events: {} as
      | { readonly type: "device.touches"; readonly page: number }
      | { readonly type: "device.retries" }
      | Extract<DomainEmits, { readonly type: "domain.read" }>
      | { readonly type: "page.answered"; readonly code: "success" | "invalid" },
    emitted: {} as RangeDeviceEmits,
    input: {} as { readonly name: string },
  },
});

const walks = s.emit(({ context: { name, page } }) => ({ type: "domain.reads", by: name, page: page!, pages: 1 }));

export const rangeDevice = s.extend({ actions: { walks } }).createMachine({
  id: "range-device",
  description: "a device with one access at a time",
  meta: {
    origin: atWill("a device"),
    lane: "the device",
    messages: messages<RangeDeviceEmits>({
      "domain.reads": "accesses page {page}",
      "page.requested": { says: "requests page {page}", origin: clause("pcie", "10.4 (Page Request Services)") },
    }),
  },
  context: ({ input }) => ({ ...input, page: null }),
  initial: "idle",
  states: {
    idle: {
      description: "no access is in progress",
      on: {
        "device.touches": {
          description: "accesses page {page}",
          target: "accessing",
          actions: [assign({ page: ({ event }) => event.page }), "walks"],
        },
      },
    },
    accessing: {
      description: "the access is being translated, or is to be retried after Success",
      on: {
        "device.retries": { description: "retries the access to page {page}", actions: "walks" },
        "domain.read": [
          {
            guard: ({ event }) => event.frames[0] === null,
            target: "waiting",
            actions: emit(({ context }) => ({ type: "page.requested", page: context.page! })),
          },
          { target: "idle", actions: assign({ page: null }) },
        ],
      },
    },
    waiting: {
      description: "the page is requested, and the response is outstanding",
      on: {
        "page.answered": [
          { guard: ({ event }) => event.code === "success", target: "accessing" },
          { target: "idle", actions: assign({ page: null }) },
        ],
      },
    },
  },
});
