/**
 * One page request group index of a device, for tests: it sends a request that is not the last, then the last one. After a
 * response it may use the index again.
 *
 * Models  PCIe 10.4 (Page Request Services), as far as the tests of the IOPF core need it.
 * Omits   the queue between device and driver, credits and pages; device/prg-slot.ts has them.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import { clause, messages } from "../../../../said.ts";
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
  description: "a page request group index of a device",
  meta: {
    origin: clause("pcie", "10.4 (Page Request Services)"),
    lane: "page request group index {grp} of device 0",
    messages: messages<SlotEmits>({ "driver.reports-fault": "requests page {fault.page} for PRGI {fault.grp}" }),
  },
  context: ({ input }) => ({ grp: input.grp, answeredTwice: false }),
  initial: "free",
  states: {
    free: {
      description: "no request uses the index",
      on: {
        "slot.sends-first": {
          description: "sends the first request of PRGI {grp}",
          target: "begun",
          actions: emit(({ context: { grp } }) => ({ type: "driver.reports-fault", fault: request(grp, false) })),
        },
      },
    },
    begun: {
      description: "the first request is sent, and the last one is not",
      on: {
        "slot.sends-last": {
          description: "sends the last request of PRGI {grp}",
          target: "waiting",
          actions: emit(({ context: { grp } }) => ({ type: "driver.reports-fault", fault: request(grp, true) })),
        },
      },
    },
    waiting: {
      description: "waits for the response",
      on: { "driver.page-response": { target: "free" } },
    },
  },
  on: { "driver.page-response": { actions: assign({ answeredTwice: true }) } },
});

const request = (grp: number, last: boolean): Fault => ({ device: 0, pasid: null, grp, page: grp, perm: 1, last });
