/**
 * One page request group index of a device: it sends a request that is not the last, then the last one, and may use the
 * index again when an answer has come.
 *
 * Models  PCIe ATS, Page Request Interface, as far as the core's own tests need it.
 * Omits   the queue between device and driver, credits, pages: the other end of a test, not of a system.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import type { Fault } from "../../include/iommu.ts";

type SlotEvent =
  | { readonly type: "slot.sends-first" }
  | { readonly type: "slot.sends-last" }
  | { readonly type: "driver.page-response" };

type SlotEmits = { readonly type: "driver.reports-fault"; readonly fault: Fault };

export const slotSteps: readonly Message[] = [{ type: "slot.sends-first" }, { type: "slot.sends-last" }];

export const slot = setup({
  types: {
    context: {} as { readonly grp: number; readonly answeredTwice: boolean },
    events: {} as SlotEvent,
    emitted: {} as SlotEmits,
    input: {} as { readonly grp: number },
  },
}).createMachine({
  id: "slot",
  context: ({ input }) => ({ grp: input.grp, answeredTwice: false }),
  initial: "free",
  states: {
    free: {
      on: {
        "slot.sends-first": {
          target: "begun",
          actions: emit(({ context: { grp } }) => ({ type: "driver.reports-fault", fault: request(grp, false) })),
        },
      },
    },
    begun: {
      on: {
        "slot.sends-last": {
          target: "waiting",
          actions: emit(({ context: { grp } }) => ({ type: "driver.reports-fault", fault: request(grp, true) })),
        },
      },
    },
    waiting: { on: { "driver.page-response": { target: "free" } } },
  },
  on: { "driver.page-response": { actions: assign({ answeredTwice: true }) } },
});

const request = (grp: number, last: boolean): Fault => ({ device: 0, pasid: null, grp, page: grp, perm: 1, last });
