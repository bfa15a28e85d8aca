/**
 * The event queue thread of the SMMU driver: it takes stall records from the queue and reports them to the IOPF core.
 *
 * Models  arm_smmu_evtq_thread() and arm_smmu_handle_evt() (IOPF core facts 2.2). The thread takes one record at a time and
 *         frees its slot in the queue before it handles the record. A stall is a group of its own, flagged Last, with the
 *         STAG as group index. The report runs under smmu->streams_mutex, so that nothing else is reported meanwhile. If
 *         iommu_report_device_fault() returns an error, this thread responds in 6.1 ("Nobody cared, abort the access"), and
 *         the core itself in 6.12 (IOPF core facts 1.5).
 * Omits   records that are no stalls, and the acknowledgement of an overflow: stalls cause none. Streams without a master (D7, a
 *         stall of an unknown stream gets no response), which stall-driver.ts has. The access in the record (RnW, InD,
 *         PnU): here each stall requests read and write, so that the handler maps at least what the device requests. Stalls
 *         of stage 2, which 6.1 neither reports nor answers (-EFAULT): there the SMMU stalls for stage 1 only.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import { linux, linux61, messages } from "../../../../../said.ts";
import {
  OK,
  pageResponse,
  pageResponseSays,
  READ,
  WRITE,
  type Fault,
  type PageResponse,
} from "../../../include/iommu.ts";

export type EvtqThreadEmits = PageResponse | { readonly type: "driver.reports-fault"; readonly fault: Fault };

const SMMU = "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c";

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
    emitted: {} as EvtqThreadEmits,
    input: {} as { answersErrors: boolean },
  },
});

export const evtqThread = s.createMachine({
  id: "evtq-thread",
  description: "the event queue thread of the SMMU driver",
  meta: {
    origin: linux(SMMU, "arm_smmu_evtq_thread", "arm_smmu_handle_evt"),
    lane: "the event queue thread, arm_smmu_evtq_thread()",
    messages: messages<EvtqThreadEmits>({
      "driver.reports-fault": {
        says: "reports the stall of page {fault.page} with stag {fault.grp} of device {fault.device}",
        origin: linux(SMMU, "arm_smmu_handle_evt"),
      },
      "driver.page-response": { says: pageResponseSays, origin: linux61(SMMU, "arm_smmu_handle_evt") },
    }),
  },
  context: ({ input }) => ({ answersErrors: input.answersErrors, fault: null }),
  initial: "idle",
  states: {
    idle: {
      description: "no record is being handled",
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
      description: "a stall is being reported, under smmu->streams_mutex",
      meta: { origin: linux(SMMU, "arm_smmu_handle_evt") },
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
