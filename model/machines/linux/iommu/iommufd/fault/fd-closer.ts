/**
 * iommufd_fault_fops_release(): the last reference to the file of a fault queue is dropped.
 *
 * Models  Linux 6.12, drivers/iommu/iommufd/fault.c: iommufd_fault_fops_release() (iopf-core 3.2). It drops the reference of
 *         the file to the object, and the one to the iommufd context, whose pointer is a field of the object. Before the
 *         fix that pointer was read after the drop, when the object may be freed (B22, B-33: use after free on release).
 *         Groups are not answered here (D18: they stay outstanding until detach).
 * Omits   Other holders of the file (dup(2), SCM_RIGHTS): the fault queue counts the calls in progress.
 */
import { assign, emit, setup } from "xstate";
import { atWill, linux612, messages } from "../../../../../said.ts";
import type { Message } from "../../../../../../checker/json.ts";

const FAULT = "drivers/iommu/iommufd/fault.c";

export const CLOSE_ORDERS = {
  "read-then-drop": ["reads", "drops", "puts"],
  "drop-then-read": ["drops", "reads", "puts"],
} as const;

export type CloseOrder = keyof typeof CLOSE_ORDERS;
type Step = "reads" | "drops" | "puts";

const TYPES = { reads: "object.reads-context", drops: "file.drops", puts: "file.released" } as const;

type FdCloserEmits = { readonly type: "file.closes" | (typeof TYPES)[Step]; readonly queue: number };

const s = setup({
  types: {
    context: {} as { order: CloseOrder; queue: number | null; left: readonly Step[] },
    events: {} as { readonly type: "closer.closes"; readonly queue: number } | { readonly type: "closer.steps" },
    emitted: {} as FdCloserEmits,
    input: {} as { order: CloseOrder },
  },
});

export const fdCloser = s.createMachine({
  id: "fd-closer",
  description: "the release of the file of a fault queue",
  meta: {
    origin: linux612(FAULT, "iommufd_fault_fops_release"),
    lane: "the thread that closes the fault queue",
    messages: messages<FdCloserEmits>({
      "file.closes": { says: "drops the last reference to the file of queue {queue}", origin: atWill("user space") },
      "object.reads-context": "reads the ictx field of queue {queue}",
      "file.drops": "drops the reference of the file to queue {queue}",
      "file.released": {
        says: "drops its reference to the iommufd context",
        origin: linux612("drivers/iommu/iommufd/main.c", "iommufd_ctx_put"),
      },
    }),
  },
  context: ({ input }) => ({ order: input.order, queue: null, left: [] }),
  initial: "idle",
  states: {
    idle: {
      description: "no file is being released",
      on: {
        "closer.closes": {
          description: "closes the file of queue {queue}",
          meta: { origin: atWill("user space") },
          target: "releasing",
          actions: [
            assign({ queue: ({ event }) => event.queue, left: ({ context }) => CLOSE_ORDERS[context.order] }),
            emit(({ event }) => ({ type: "file.closes", queue: event.queue })),
          ],
        },
      },
    },
    releasing: {
      description: "in release() of the file of queue {queue}",
      on: {
        "closer.steps": [
          {
            description: "takes the next step of release()",
            meta: { listed: true },
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
