/**
 * Between a worker of Linux 6.1's IOPF core, which asks for one fault after the other, and VFIO's resolving.
 *
 * Models  what iopf_handle_single() would be with VFIO behind it instead of process memory (row 58).
 * Omits   nothing: it only translates.
 */
import { emit, setup } from "xstate";
import type { Fault, ResponseCode } from "../../include/iommu.ts";

const s = setup({
  types: {
    context: {} as { name: string; worker: number },
    events: {} as
      | { readonly type: "worker.resolves"; readonly worker: number; readonly member: Fault }
      | { readonly type: "resolver.done"; readonly code: "success" | "invalid" },
    emitted: {} as
      | { readonly type: "resolver.starts"; readonly by: string; readonly pages: readonly number[] }
      | { readonly type: "member.resolved"; readonly worker: number; readonly code: ResponseCode },
    input: {} as { name: string; worker: number },
  },
});

export const memberResolver = s.createMachine({
  id: "member-resolver",
  context: ({ input }) => ({ ...input }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "worker.resolves": {
          target: "resolving",
          actions: emit(({ context, event }) => ({
            type: "resolver.starts",
            by: context.name,
            pages: [event.member.page],
          })),
        },
      },
    },
    resolving: {
      on: {
        "resolver.done": {
          target: "idle",
          actions: emit(({ context, event }) => ({
            type: "member.resolved",
            worker: context.worker,
            code: event.code,
          })),
        },
      },
    },
  },
});
