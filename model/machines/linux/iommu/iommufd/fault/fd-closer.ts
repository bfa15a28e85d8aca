/**
 * The last reference to the file of a fault queue goes.
 *
 * Models  Linux drivers/iommu/iommufd/fault.c: iommufd_fault_fops_release() (iopf-core 3.2): the reference of the file to
 *         the object is dropped, and the one to the context, whose pointer is a field of the object. Before the fix it
 *         was read only after the drop, when the object may be gone (B22, B-33). Groups are not answered here (D18).
 * Omits   whoever holds the file (dup, SCM_RIGHTS): the fault queue counts the calls that are inside.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";

export const CLOSE_ORDERS = {
  "read-then-drop": ["reads", "drops", "puts"],
  "drop-then-read": ["drops", "reads", "puts"],
} as const;

export type CloseOrder = keyof typeof CLOSE_ORDERS;
type Step = "reads" | "drops" | "puts";

const TYPES = { reads: "object.reads-context", drops: "file.drops", puts: "file.released" } as const;

const s = setup({
  types: {
    context: {} as { order: CloseOrder; queue: number | null; left: readonly Step[] },
    events: {} as { readonly type: "closer.closes"; readonly queue: number } | { readonly type: "closer.steps" },
    emitted: {} as { readonly type: "file.closes" | (typeof TYPES)[Step]; readonly queue: number },
    input: {} as { order: CloseOrder },
  },
});

export const fdCloser = s.createMachine({
  id: "fd-closer",
  context: ({ input }) => ({ order: input.order, queue: null, left: [] }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "closer.closes": {
          target: "releasing",
          actions: [
            assign({ queue: ({ event }) => event.queue, left: ({ context }) => CLOSE_ORDERS[context.order] }),
            emit(({ event }) => ({ type: "file.closes", queue: event.queue })),
          ],
        },
      },
    },
    releasing: {
      on: {
        "closer.steps": [
          {
            guard: ({ context }) => context.left.length === 1,
            target: "idle",
            actions: [
              emit(({ context }) => ({ type: TYPES[context.left[0]!], queue: context.queue! })),
              assign({ queue: null, left: [] }),
            ],
          },
          {
            actions: [
              emit(({ context }) => ({ type: TYPES[context.left[0]!], queue: context.queue! })),
              assign({ left: ({ context }) => context.left.slice(1) }),
            ],
          },
        ],
      },
    },
  },
});

export const fdCloserSteps: readonly Message[] = [{ type: "closer.steps" }];
