/**
 * The file on which user space reads the faults of a group of devices, in order of arrival, and answers each.
 *
 * Models  Linux 6.12, drivers/iommu/iommufd/fault.c: read() and write() as one step, and iommufd_auto_response_faults()
 *         (iopf-core 3.2), with the device id as read() finds it.
 *         Coarser than linux/iommu/iommufd/fault/fault-queue.ts, which has buffers, cookies, locks and groups of several
 *         records.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import { atWill, linux612, messages } from "../../said.ts";
import type { Message } from "../../../checker/json.ts";

const FAULT = "drivers/iommu/iommufd/fault.c";

export interface FaultReportsContext {
  readonly queued: readonly { readonly device: number; readonly hwpt: number }[];
  /** A report named another device than the one that faulted. */
  readonly misnamed: boolean;
  /** A report was made from a device that was freed. */
  readonly dangling: boolean;
}

export type FaultReportsEvent =
  | { readonly type: "fault.queued"; readonly device: number; readonly hwpt: number }
  | { readonly type: "user.reads" }
  | { readonly type: "report.named"; readonly device: number; readonly names: number; readonly dangling: boolean }
  | { readonly type: "reports.answers"; readonly hwpt: number };

export type FaultReportsEmits =
  | { readonly type: "report.names"; readonly device: number }
  | { readonly type: "fault.answered"; readonly device: number; readonly code: "success" | "invalid" };

const s = setup({
  types: {
    context: {} as FaultReportsContext,
    events: {} as FaultReportsEvent,
    emitted: {} as FaultReportsEmits,
  },
  guards: { isWaiting: ({ context }) => context.queued.length > 0 },
});

export const faultReports = s.createMachine({
  id: "fault-reports",
  description: "a fault queue of which each read answers one fault",
  meta: {
    origin: linux612(FAULT, "iommufd_fault_fops_read"),
    lane: "the program that reads the fault queue",
    messages: messages<FaultReportsEmits>({
      "report.names": {
        says: "composes the record of a fault of device {device}",
        origin: linux612(FAULT, "iommufd_compose_fault_message"),
      },
      "fault.answered": {
        says: "responds {code} to the fault of device {device}",
        origin: linux612("drivers/iommu/io-pgfault.c", "iopf_group_response"),
      },
    }),
  },
  context: { queued: [], misnamed: false, dangling: false },
  on: {
    "fault.queued": {
      actions: assign({ queued: ({ context, event: { device, hwpt } }) => [...context.queued, { device, hwpt }] }),
    },
    "user.reads": {
      description: "reads the fault of device {queued.0.device}, and answers it",
      meta: { origin: atWill("the program") },
      guard: "isWaiting",
      actions: emit(({ context }) => ({ type: "report.names", device: context.queued[0]!.device })),
    },
    "report.named": {
      actions: [
        assign(({ context: { queued, misnamed, dangling }, event }) => ({
          queued: queued.slice(1),
          misnamed: misnamed || event.names !== event.device,
          dangling: dangling || event.dangling,
        })),
        emit(({ event: { device } }) => ({ type: "fault.answered", device, code: "success" })),
      ],
    },
    "reports.answers": {
      actions: enqueueActions(({ context: { queued }, event: { hwpt }, enqueue }) => {
        const ofTable = queued.filter((one) => one.hwpt === hwpt);
        for (const { device } of ofTable) enqueue.emit({ type: "fault.answered", device, code: "invalid" });
        enqueue.assign({ queued: queued.filter((one) => one.hwpt !== hwpt) });
      }),
    },
  },
});

export const faultReportsSteps: readonly Message[] = [{ type: "user.reads" }];
