/**
 * The fault handler of RFC v1 and v2 as they were posted: registered for a device, and called for each fault on the thread
 * that reports the fault. It sends the response before it returns.
 *
 * Models  vfio_iommu_dev_fault_handler() with vfio_iommu_type1_dynamic_dma_map() of RFC v1 patch 2, or with
 *         vfio_iommu_type1_dma_map_iopf() of RFC v2 patch 3 (VFIO facts 1.1): it runs with dev->iommu->lock held, calls
 *         iommu_page_response() itself, and returns 0. For PRI it would respond request by request (row 58: the handler
 *         should get whole groups): the core has no pending copy of a request that is not the last of its group, and
 *         drops the response to it.
 * Omits   the way from the device to its container (VFIO facts 1.1, step F1), which rfc/ has, and the fault type (step
 *         F2).
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import { OK, type Fault, type ResponseCode } from "../../include/iommu.ts";
import { linux61, messages, rfc } from "../../../../said.ts";

export type DeviceFaultHandlerEmits =
  | { readonly type: "resolver.starts"; readonly by: string; readonly pages: readonly number[] }
  | {
      readonly type: "page.responds";
      readonly device: number;
      readonly grp: number;
      readonly pasid: number | null;
      readonly code: ResponseCode;
      readonly version: number;
      readonly by: null;
    }
  | { readonly type: "response.sent"; readonly by: string }
  | { readonly type: "response.leaves"; readonly device: number }
  | { readonly type: "handler.returns"; readonly device: number; readonly result: number };

export interface DeviceFaultHandlerContext {
  readonly name: string;
  readonly fault: Fault | null;
  readonly pages: readonly number[];
  readonly code: "success" | "invalid";
}

/** Its own steps. */
export const deviceFaultHandlerSteps: readonly Message[] = [{ type: "handler.responds" }, { type: "handler.leaves" }];

const RESPONSE = linux61("drivers/iommu/iommu.c", "iommu_page_response");

const s = setup({
  types: {
    context: {} as DeviceFaultHandlerContext,
    events: {} as
      | { readonly type: "handler.called"; readonly fault: Fault }
      | { readonly type: "resolver.done"; readonly code: "success" | "invalid" }
      | { readonly type: "handler.responds" | "handler.leaves" }
      | { readonly type: "response.returns"; readonly locked: boolean },
    emitted: {} as DeviceFaultHandlerEmits,
    input: {} as { name: string },
  },
});

export const deviceFaultHandler = s.createMachine({
  id: "device-fault-handler",
  description: "the fault handler of RFC v1 and v2, on the thread that reports the fault",
  meta: {
    origin: rfc("v1 patch 2", "vfio_iommu_dev_fault_handler", "vfio_iommu_type1_dynamic_dma_map"),
    lane: "the registered fault handler of a device, vfio_iommu_dev_fault_handler()",
    messages: messages<DeviceFaultHandlerEmits>({
      "resolver.starts": "has page(s) {pages} mapped",
      "page.responds": { says: "responds {code} to group {grp} of device {device}", origin: RESPONSE },
      "response.sent": "has responded",
      "response.leaves": { says: "drops dev->iommu->fault_param->lock of device {device}", origin: RESPONSE },
      "handler.returns": { says: "returns {result}", origin: rfc("v1 patch 2", "vfio_iommu_dev_fault_handler") },
    }),
  },
  context: ({ input }) => ({ name: input.name, fault: null, pages: [], code: "success" }),
  initial: "idle",
  states: {
    idle: {
      description: "no fault is being handled",
      on: {
        "handler.called": {
          target: "resolving",
          actions: [
            assign({ fault: ({ event }) => event.fault, pages: ({ event }) => [event.fault.page] }),
            emit(({ context }) => ({ type: "resolver.starts", by: context.name, pages: context.pages })),
          ],
        },
      },
    },
    resolving: {
      description: "the page is being resolved",
      on: { "resolver.done": { target: "responding", actions: assign({ code: ({ event }) => event.code }) } },
    },
    responding: {
      description: "the page is resolved, and the response is still to be sent",
      on: {
        "handler.responds": {
          description: "responds {code}",
          meta: { origin: RESPONSE },
          actions: [
            emit(({ context: { fault, code } }) => ({
              type: "page.responds",
              device: fault!.device,
              grp: fault!.grp,
              pasid: fault!.pasid,
              code,
              version: 1,
              by: null,
            })),
            emit(({ context }) => ({ type: "response.sent", by: context.name })),
          ],
        },
        "response.returns": [{ guard: ({ event }) => event.locked, target: "leaving" }, { target: "returning" }],
      },
    },
    leaving: {
      description: "inside iommu_page_response(), which holds the lock of the fault data",
      on: {
        "handler.leaves": {
          description: "returns 0 from iommu_page_response() and from the handler",
          meta: { origin: RESPONSE },
          target: "idle",
          actions: [
            emit(({ context }) => ({ type: "response.leaves", device: context.fault!.device })),
            emit(({ context }) => ({ type: "handler.returns", device: context.fault!.device, result: OK })),
            assign({ fault: null, pages: [], code: "success" }),
          ],
        },
      },
    },
    returning: {
      description: "the response is sent, and the handler is about to return",
      on: {
        "handler.leaves": {
          description: "returns 0",
          target: "idle",
          actions: [
            emit(({ context }) => ({ type: "handler.returns", device: context.fault!.device, result: OK })),
            assign({ fault: null, pages: [], code: "success" }),
          ],
        },
      },
    },
  },
});
