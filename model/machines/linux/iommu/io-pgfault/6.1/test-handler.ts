/**
 * A registered fault handler for tests. It accepts every fault of a device and does nothing, or refuses every one.
 *
 * Models  the contract of iommu_dev_fault_handler_t in Linux 6.1: 0 promises a later call of iommu_page_response(), and any
 *         other result undoes the report (iopf-core 1.3).
 * Omits   the response: another component calls iommu_page_response().
 */
import { assign, emit, setup } from "xstate";
import type { Json } from "../../../../../../checker/json.ts";
import { atWill, messages } from "../../../../../said.ts";
import { EIO, OK, type Fault } from "../../../include/iommu.ts";

/** `refusing`: the set of devices whose faults the handler refuses. */
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
  description: "a registered fault handler for tests",
  meta: {
    origin: atWill("a test"),
    lane: "the registered fault handler",
    messages: messages<TestHandlerEmits>({ "handler.returns": "returns {result}" }),
  },
  context: { refusing: [] },
  on: {
    "test-handler.is-told": {
      description: "{refuses?refuses:takes} the faults of device {device} from now on",
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
