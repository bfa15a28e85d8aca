/**
 * The thread of the SMMU driver that takes stall records from the event queue and reports them.
 *
 * Models  Linux arm_smmu_evtq_thread(), arm_smmu_handle_evt() (iopf-core 2.2): one record at a time, its slot freed
 *         before it is handled; a stall is a group of its own, flagged Last, with the STAG as group index. The core's
 *         function runs under streams_mutex (S), so nothing else is reported meanwhile.
 * Omits   records that are no stalls, streams without a master (D7), acknowledging overflow: stalls cause none.
 */
import { emit, setup } from "xstate";
import { READ, WRITE, type Fault } from "../iopf/fault.ts";

const s = setup({
  types: {
    context: {} as Record<string, never>,
    events: {} as
      | { readonly type: "evtq.record"; readonly device: number; readonly stag: number; readonly page: number; readonly instance: number }
      | { readonly type: "reported"; readonly device: number; readonly result: number },
    emitted: {} as { readonly type: "driver.reports-fault"; readonly fault: Fault },
  },
});

export const evtqThread = s.createMachine({
  id: "evtq-thread",
  context: {},
  initial: "idle",
  states: {
    idle: {
      on: {
        "evtq.record": {
          target: "reporting",
          actions: emit(({ event: { device, stag, page, instance } }) => ({
            type: "driver.reports-fault",
            fault: { device, pasid: null, grp: stag, page, perm: READ | WRITE, last: true, instance },
          })),
        },
      },
    },
    reporting: { on: { reported: { target: "idle" } } },
  },
});
