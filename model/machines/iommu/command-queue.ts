/**
 * The consumer end of the command queue of an IOMMU: invalidations, fences and page responses in one order.
 *
 * Models  hardware facts 0.9, 6 (I5, I7), S7, S32: commands are consumed in order; an invalidation completes later, a
 *         fence is consumed only when every earlier invalidation has completed, and nothing behind a fence takes effect
 *         before it, page responses included.
 * Omits   errors and time-outs of commands (K27 "never"), and which queue a command came through: the queue itself is a
 *         channel of the system.
 */
import { produce } from "immer";
import { assign, emit, setup } from "xstate";
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
  /** SMMU CMD_RESUME: the stalled transaction is tried again, or terminated. */
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
    /** Not handled while an invalidation is outstanding: the fence stays at the head of the queue. */
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
