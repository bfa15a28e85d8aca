/**
 * The command queue of an IOMMU, as the hardware consumes it: invalidations, wait commands and page responses in order.
 *
 * Models  hardware facts I5 and I7, S7 (a fence covers every earlier invalidation) and S32 (commands take effect in
 *         order). An invalidation is consumed at once and completes later. A wait command is consumed only when every
 *         earlier invalidation has completed. Nothing behind it takes effect before, and this includes page responses.
 * Omits   errors and time-outs of commands (K27, what a fence does after an ATC invalidation time-out):
 *         atc-invalidation.ts has them. The queue in memory is a channel of the system.
 */
import { produce } from "immer";
import { assign, emit, setup } from "xstate";
import { clause, iommus, messages } from "../../said.ts";
import type { ResponseCode } from "../../units.ts";

export type CommandQueueEvent =
  | { readonly type: "command.invalidates-iotlb"; readonly page: number; readonly domain: number }
  | { readonly type: "command.invalidates-atc"; readonly page: number; readonly device: number }
  /** `owner` names the thread that polls for its completion. */
  | { readonly type: "command.fences"; readonly owner: string }
  | {
      readonly type: "command.responds";
      readonly device: number;
      readonly prgi: number;
      readonly code: ResponseCode;
      readonly instance: number;
    }
  /** SMMU CMD_RESUME: the stalled transaction is retried or terminated. */
  | {
      readonly type: "command.resumes";
      readonly device: number;
      readonly stag: number;
      readonly action: "retry" | "abort";
      readonly instance: number;
    }
  | { readonly type: "iotlb.invalidated"; readonly page: number; readonly domain: number }
  | { readonly type: "atc.invalidation-completed"; readonly page: number; readonly device: number };

export type CommandQueueEmits =
  | { readonly type: "iotlb.invalidates"; readonly page: number; readonly domain: number }
  | { readonly type: "atc.invalidation-request"; readonly device: number; readonly page: number }
  | { readonly type: "fence.completed"; readonly owner: string }
  | {
      readonly type: "pri.response";
      readonly device: number;
      readonly prgi: number;
      readonly code: ResponseCode;
      readonly instance: number;
      readonly by: "software";
    }
  | {
      readonly type: "stall.resumed";
      readonly device: number;
      readonly stag: number;
      readonly action: "retry" | "abort";
      readonly instance: number;
    };

export interface CommandQueueContext {
  /** Invalidations that have not completed, in order of submission. */
  readonly outstanding: readonly {
    readonly page: number;
    readonly domain: number | null;
    readonly device: number | null;
  }[];
}

const s = setup({
  types: {
    context: {} as CommandQueueContext,
    events: {} as CommandQueueEvent,
    emitted: {} as CommandQueueEmits,
  },
});

export const commandQueue = s.createMachine({
  id: "command-queue",
  description: "the command queue of an IOMMU, consumed in order",
  meta: {
    origin: iommus("VT-d 6.5.2, SMMUv3 4"),
    lane: "the command queue of the IOMMU",
    messages: messages<CommandQueueEmits>({
      "iotlb.invalidates": "invalidates the IOTLB of domain {domain} for page {page}",
      "atc.invalidation-request": {
        says: "sends an Invalidate Request for page {page} to device {device}",
        origin: clause("pcie", "10.3 (ATS Invalidation)"),
      },
      "fence.completed": {
        says: "completes the wait command: the earlier invalidations have completed",
        origin: iommus("VT-d inv_wait_dsc, SMMUv3 CMD_SYNC, RISC-V IOFENCE.C"),
      },
      "pri.response": {
        says: "sends the response {code} for group {prgi} to device {device}",
        origin: clause("pcie", "10.4 (Page Request Services)"),
      },
      "stall.resumed": {
        says: "resumes the stalled transaction {stag} of device {device}: {action}",
        origin: clause("smmu", "4.7.1 (CMD_RESUME)"),
      },
    }),
  },
  context: { outstanding: [] },
  on: {
    "command.invalidates-iotlb": {
      actions: [
        assign(({ context, event: { page, domain } }) =>
          produce(context, (draft) => void draft.outstanding.push({ page, domain, device: null })),
        ),
        emit(({ event: { page, domain } }) => ({ type: "iotlb.invalidates", page, domain })),
      ],
    },
    "command.invalidates-atc": {
      actions: [
        assign(({ context, event: { page, device } }) =>
          produce(context, (draft) => void draft.outstanding.push({ page, domain: null, device })),
        ),
        emit(({ event: { page, device } }) => ({ type: "atc.invalidation-request", device, page })),
      ],
    },
    "iotlb.invalidated": {
      actions: assign(({ context, event }) => without(context, event.page, event.domain, null)),
    },
    "atc.invalidation-completed": {
      actions: assign(({ context, event }) => without(context, event.page, null, event.device)),
    },
    /** The wait command stays at the head of the queue while an invalidation is outstanding. */
    "command.fences": {
      guard: ({ context }) => context.outstanding.length === 0,
      actions: emit(({ event }) => ({ type: "fence.completed", owner: event.owner })),
    },
    "command.responds": {
      actions: emit(({ event: { device, prgi, code, instance } }) => ({
        type: "pri.response",
        device,
        prgi,
        code,
        instance,
        by: "software",
      })),
    },
    "command.resumes": {
      actions: emit(({ event: { device, stag, action, instance } }) => ({
        type: "stall.resumed",
        device,
        stag,
        action,
        instance,
      })),
    },
  },
});

function without(
  context: CommandQueueContext,
  page: number,
  domain: number | null,
  device: number | null,
): CommandQueueContext {
  return produce(context, (draft) => {
    const at = draft.outstanding.findIndex(
      (one) => one.page === page && one.domain === domain && one.device === device,
    );
    if (at >= 0) draft.outstanding.splice(at, 1);
  });
}
