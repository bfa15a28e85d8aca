/**
 * A device with a fault event queue of its own: its driver, not the IOMMU driver, reports the faults.
 *
 * Models  row 62 of the RFC thread (M8: with or without IOMMU_DEV_FEAT_IOPF only the delivery differs). A request that the
 *         tables do not allow reaches the same report function. The thread reports one request at a time and loses none.
 * Omits   how the device learns that it may continue: the page_response op of the driver stands for it.
 */
import { emit, setup } from "xstate";
import type { PageRequest } from "../../../../units.ts";
import { messages, proposal } from "../../../../said.ts";
import { READ, WRITE, type Fault } from "../../include/iommu.ts";

type DeviceFaultThreadEmits = { readonly type: "driver.reports-fault"; readonly fault: Fault };

export const deviceFaultThread = setup({
  types: {
    events: {} as ({ readonly type: "pri.request" } & PageRequest) | { readonly type: "reported" },
    emitted: {} as DeviceFaultThreadEmits,
  },
}).createMachine({
  id: "device-fault-thread",
  description: "the thread of a device driver that reports the faults of its device",
  meta: {
    origin: proposal("M8 (a device driver that reports faults)"),
    lane: "the device driver's fault thread",
    messages: messages<DeviceFaultThreadEmits>({
      "driver.reports-fault": "reports the fault on page {fault.page} of device {fault.device}",
    }),
  },
  initial: "idle",
  states: {
    idle: {
      description: "waits for a fault of the device",
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
    reporting: {
      description: "is inside iommu_report_device_fault()",
      on: { reported: { target: "idle" } },
    },
  },
});
