/**
 * A device that touches a page of the address space: it reaches a frame, or faults, waits for the answer and tries again.
 *
 * Models  one access at a time with recoverable faults.
 * Omits   the ATC and the IOTLB, kinds of access: the page fault systems have them.
 */
import { assign, emit, setup } from "xstate";
import type { DomainEmits } from "../iommu/iova-domain.ts";

export interface RangeDeviceContext {
  readonly name: string;
  readonly page: number | null;
}

const s = setup({
  types: {
    context: {} as RangeDeviceContext,
    events: {} as
      | { readonly type: "device.touches"; readonly page: number }
      | { readonly type: "device.retries" }
      | Extract<DomainEmits, { readonly type: "domain.read" }>
      | { readonly type: "page.answered"; readonly code: "success" | "invalid" },
    emitted: {} as
      | { readonly type: "domain.reads"; readonly by: string; readonly page: number; readonly pages: number }
      | { readonly type: "page.requested"; readonly page: number },
    input: {} as { readonly name: string },
  },
});

const walks = s.emit(({ context: { name, page } }) => ({ type: "domain.reads", by: name, page: page!, pages: 1 }));

export const rangeDevice = s.extend({ actions: { walks } }).createMachine({
  id: "range-device",
  context: ({ input }) => ({ ...input, page: null }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "device.touches": {
          target: "accessing",
          actions: [assign({ page: ({ event }) => event.page }), "walks"],
        },
      },
    },
    accessing: {
      on: {
        "device.retries": { actions: "walks" },
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
    /** A request is on its way. */
    waiting: {
      on: {
        "page.answered": [
          { guard: ({ event }) => event.code === "success", target: "accessing" },
          { target: "idle", actions: assign({ page: null }) },
        ],
      },
    },
  },
});
