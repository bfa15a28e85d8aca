/**
 * The thread of the SMMU driver that takes stall records from the event queue and reports them.
 *
 * Models  Linux arm_smmu_evtq_thread(), arm_smmu_handle_evt() (iopf-core 2.2): one record at a time, its slot freed
 *         before it is handled; a stall is a group of its own, flagged Last, with the STAG as group index. The core's
 *         function runs under streams_mutex (S), so nothing else is reported meanwhile.
 *         What the core refuses is answered by whom the generation says (iopf-core 1.5): in 6.1 by this thread.
 * Omits   records that are no stalls, streams without a master (D7), acknowledging overflow: stalls cause none. What a
 *         record says of the access (RnW, InD, PnU): here each stall asks for reading and writing, so that what is resolved
 *         is never less than what was asked for. Stalls of stage 2, which 6.1 neither reports nor answers (-EFAULT): it has
 *         the SMMU stall for stage 1 only.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import { OK, pageResponse, READ, WRITE, type Fault, type PageResponse } from "../../../include/iommu.ts";

const s = setup({
  types: {
    context: {} as { answersErrors: boolean; fault: Fault | null },
    events: {} as
      | {
          readonly type: "evtq.record";
          readonly device: number;
          readonly stag: number;
          readonly page: number;
          readonly instance: number;
        }
      | { readonly type: "reported"; readonly device: number; readonly result: number },
    emitted: {} as PageResponse | { readonly type: "driver.reports-fault"; readonly fault: Fault },
    input: {} as { answersErrors: boolean },
  },
});

export const evtqThread = s.createMachine({
  id: "evtq-thread",
  context: ({ input }) => ({ answersErrors: input.answersErrors, fault: null }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "evtq.record": {
          target: "reporting",
          actions: [
            assign({
              fault: ({ event: { device, stag, page, instance } }) => ({
                device,
                pasid: null,
                grp: stag,
                page,
                perm: READ | WRITE,
                last: true,
                instance,
              }),
            }),
            emit(({ context }) => ({ type: "driver.reports-fault", fault: context.fault! })),
          ],
        },
      },
    },
    reporting: {
      on: {
        reported: {
          target: "idle",
          actions: enqueueActions(({ context: { answersErrors, fault }, event, enqueue }) => {
            if (answersErrors && event.result !== OK) enqueue.emit(pageResponse([fault!], "failure", null));
            enqueue.assign({ fault: null });
          }),
        },
      },
    },
  },
});
