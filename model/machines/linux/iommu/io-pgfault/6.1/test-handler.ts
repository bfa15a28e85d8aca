/**
 * A registered fault handler that takes every fault of a device and does nothing, or refuses every one, as it is told.
 *
 * Models  the contract of iommu_dev_fault_handler_t in Linux 6.1: 0 promises that somebody will call
 *         iommu_page_response(); anything else undoes the report (iopf-core 1.3).
 * Omits   the answer: whoever calls iommu_page_response() is not part of the handler.
 */
import { assign, emit, setup } from "xstate";
import type { Json } from "../../../../../../checker/json.ts";
import { EIO, OK, type Fault } from "../../../include/iommu.ts";

/** Devices whose faults it refuses: a set. */
export type TestHandlerContext = { readonly refusing: readonly number[] };

export type TestHandlerEvent =
  | { readonly type: "test-handler.is-told"; readonly device: number; readonly refuses: boolean }
  | {
      readonly type: "handler.called";
      readonly device: number;
      readonly handler: Json;
      readonly fault: Fault;
      readonly unrecoverable: boolean;
    };

export type TestHandlerEmits = { readonly type: "handler.returns"; readonly device: number; readonly result: number };

export const testHandler = setup({
  types: { context: {} as TestHandlerContext, events: {} as TestHandlerEvent, emitted: {} as TestHandlerEmits },
}).createMachine({
  id: "test-handler",
  context: { refusing: [] },
  on: {
    "test-handler.is-told": {
      actions: assign({
        refusing: ({ context: { refusing }, event: { device, refuses } }) =>
          [...refusing.filter((other) => other !== device), ...(refuses ? [device] : [])].sort((a, b) => a - b),
      }),
    },
    "handler.called": {
      actions: emit(({ context: { refusing }, event: { device } }) => ({
        type: "handler.returns",
        device,
        result: refusing.includes(device) ? EIO : OK,
      })),
    },
  },
});
