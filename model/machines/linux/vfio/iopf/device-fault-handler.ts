/**
 * The fault handler of RFC v1 as it was posted: registered for the device, called for each fault on the thread that
 * reports it, and answering each fault before it returns.
 *
 * Models  RFC v1 patch 2 (VFIO facts 1.1: the common prefix, F12; row 20): it runs with dev->iommu->lock held, calls
 *         iommu_page_response() itself, and returns 0. For PRI this would answer request by request (VFIO facts 1.1,
 *         notes; row 58): a request that is not the last has no pending copy, and its answer is dropped.
 * Omits   the way from the device to its container (F1, F2).
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import { OK, type Fault, type ResponseCode } from "../../include/iommu.ts";

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

/** What it does on its own. */
export const deviceFaultHandlerSteps: readonly Message[] = [{ type: "handler.responds" }, { type: "handler.leaves" }];

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
  context: ({ input }) => ({ name: input.name, fault: null, pages: [], code: "success" }),
  initial: "idle",
  states: {
    idle: {
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
      on: { "resolver.done": { target: "responding", actions: assign({ code: ({ event }) => event.code }) } },
    },
    responding: {
      on: {
        "handler.responds": {
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
    /** Still inside iommu_page_response(), with the lock of the fault data held. */
    leaving: {
      on: {
        "handler.leaves": {
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
      on: {
        "handler.leaves": {
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
