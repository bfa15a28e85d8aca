/**
 * The handler of page faults, inside of a worker or of the thread that reports. For one device it may never return.
 *
 * Models  A handler that waits for somebody who does not come: handle_mm_fault() for a page of a file whose server does not
 *         answer, mmap_lock of a process that holds it, a guest. iommufd_fault_iopf_handler() hands the group to user space
 *         and waits for nobody.
 * Omits   What it does with the page, and refusals: a response is a response.
 */
import { assign, setup } from "xstate";
import { atWill, linux612, messages } from "../../../../../said.ts";
import type { Work } from "../6.12/iopf-queue-messages.ts";
import { HANGS, isOf, type Detached } from "./hung-device.ts";

export interface HandlerRules {
  /** It hands groups to user space. */
  readonly hands: boolean;
}

export interface HangingHandlerContext {
  readonly rules: HandlerRules;
  readonly work: Work | null;
  /** Whose handlers a detach has interrupted. */
  readonly interrupted: readonly Detached[];
}

export type HangingHandlerEmits =
  | ({ readonly type: "group.responds" } & Work)
  | ({ readonly type: "work.done" } & Work)
  | ({ readonly type: "user.gets" } & Work);

const s = setup({
  types: {
    context: {} as HangingHandlerContext,
    events: {} as
      | ({ readonly type: "work.runs" } & Work)
      | { readonly type: "handler.returns"; readonly device: number }
      | { readonly type: "hung.returns" }
      | ({ readonly type: "handler.is-interrupted" } & Detached),
    emitted: {} as HangingHandlerEmits,
    input: {} as { readonly rules: HandlerRules },
  },
});

/** Whether it waits for nobody who may not come. */
const returns = ({ rules, work, interrupted }: HangingHandlerContext): boolean =>
  work !== null && (rules.hands || work.device !== HANGS || interrupted.some((one) => isOf(one, work)));

const ends = s.enqueueActions(({ context: { rules, work }, enqueue }) => {
  enqueue.assign({ work: null });
  enqueue.emit({ type: rules.hands ? "user.gets" : "group.responds", ...work! });
  enqueue.emit({ type: "work.done", ...work! });
});

export const hangingHandler = s.createMachine({
  id: "hanging-handler",
  description: "a handler of page faults that may hang",
  meta: {
    origin: linux612("drivers/iommu/iommu-sva.c", "iommu_sva_handle_iopf"),
    lane: "a handler of page faults",
    messages: messages<HangingHandlerEmits>({
      "group.responds": "answers group {group} of device {device}",
      "work.done": "returns",
      "user.gets": {
        says: "hands group {group} of device {device} to user space",
        origin: linux612("drivers/iommu/iommufd/fault.c", "iommufd_fault_iopf_handler"),
      },
    }),
  },
  context: ({ input: { rules } }) => ({ rules, work: null, interrupted: [] }),
  initial: "idle",
  states: {
    idle: {
      description: "handles nothing",
      on: {
        "work.runs": {
          target: "handling",
          actions: assign({ work: ({ event: { device, group } }) => ({ device, group }) }),
        },
      },
    },
    handling: {
      description: "handles a group",
      on: {
        "handler.returns": {
          description: "is done with a group of device {device}",
          guard: ({ context, event }) => context.work?.device === event.device && returns(context),
          target: "idle",
          actions: ends,
        },
        "hung.returns": {
          description: "gets what it has waited for",
          meta: { origin: atWill("whoever the handler waits for") },
          guard: ({ context }) => !returns(context),
          target: "idle",
          actions: ends,
        },
      },
    },
  },
  on: {
    "handler.is-interrupted": {
      actions: assign({
        interrupted: ({ context, event: { device, of } }) => [...context.interrupted, { device, of }],
      }),
    },
  },
});
