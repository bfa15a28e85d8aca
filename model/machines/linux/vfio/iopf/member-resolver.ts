/**
 * The call from a worker of the IOPF core of Linux 6.1, fault by fault, into the VFIO fault handler.
 *
 * Models  iopf_handle_single() with VFIO behind it in place of handle_mm_fault() (row 58: VFIO reuses the IOPF handler).
 * Omits   nothing: it passes the call and the result on.
 */
import { emit, setup } from "xstate";
import type { Fault, ResponseCode } from "../../include/iommu.ts";
import { linux61, messages } from "../../../../said.ts";

type MemberResolverEmits =
  | { readonly type: "resolver.starts"; readonly by: string; readonly pages: readonly number[] }
  | { readonly type: "member.resolved"; readonly worker: number; readonly code: ResponseCode };

const s = setup({
  types: {
    context: {} as { name: string; worker: number },
    events: {} as
      | { readonly type: "worker.resolves"; readonly worker: number; readonly member: Fault }
      | { readonly type: "resolver.done"; readonly code: "success" | "invalid" },
    emitted: {} as MemberResolverEmits,
    input: {} as { name: string; worker: number },
  },
});

export const memberResolver = s.createMachine({
  id: "member-resolver",
  description: "iopf_handle_single() with the VFIO fault handler behind it",
  meta: {
    origin: linux61("drivers/iommu/io-pgfault.c", "iopf_handle_single"),
    lane: "iopf_handle_single() of worker {worker}",
    messages: messages<MemberResolverEmits>({
      "resolver.starts": "has page(s) {pages} resolved",
      "member.resolved": "returns {code} to worker {worker}",
    }),
  },
  context: ({ input }) => ({ ...input }),
  initial: "idle",
  states: {
    idle: {
      description: "no fault is being handled",
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
      description: "the fault is being handled",
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
