/**
 * A device that tells its driver of its faults by itself, on an event queue of its own.
 *
 * Models  the device specific fault path (row 62): with or without the IOMMU's queue, what arrives is a request that the
 *         tables do not allow, and it goes into the same report function. One request at a time, never lost.
 * Omits   how the device is told to go on: its driver's page_response op stands for it.
 */
import { emit, setup } from "xstate";
import type { PageRequest } from "../../../../units.ts";
import { READ, WRITE, type Fault } from "../../include/iommu.ts";

export const deviceFaultThread = setup({
  types: {
    events: {} as ({ readonly type: "pri.request" } & PageRequest) | { readonly type: "reported" },
    emitted: {} as { readonly type: "driver.reports-fault"; readonly fault: Fault },
  },
}).createMachine({
  id: "device-fault-thread",
  initial: "idle",
  states: {
    idle: {
      on: {
        "pri.request": {
          target: "reporting",
          actions: emit(({ event: { device, pasid, prgi, page, last, instance } }) => ({
            type: "driver.reports-fault",
            fault: { device, pasid, grp: prgi, page, perm: READ | WRITE, last, instance },
          })),
        },
      },
    },
    reporting: { on: { reported: { target: "idle" } } },
  },
});
