/**
 * The threads that begin an operation on an address space: the process itself, which waits inside its system call, and
 * threads of the kernel.
 *
 * Models  munmap, MADV_DONTNEED, fork, a write by the CPU, exit (row 16: an MMU notifier to avoid pinning; row 25: mappings
 *         only grow); migration and the OOM reaper; and the update of addresses around an exec of the VMM (UPDATE_VADDR, VFIO
 *         facts 2.1; B-04: waiting for an address that user space never updates; I-43: no pin uses an invalid address).
 *         The process withholds its addresses and gives new ones later, or never.
 * Omits   Other threads of the process.
 */
import { assign, emit, setup } from "xstate";
import { atWill, linux, linux61, messages } from "../../../../said.ts";
import type { Message } from "../../../../../checker/json.ts";
import type { MmEvent } from "./address-space.ts";

type Asks = { readonly type: "space.asks"; readonly kind: MmEvent; readonly page: number; readonly by: string };

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";

type MmProcessEmits =
  | Asks
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | { readonly type: "vaddr.withheld" | "vaddr.repaired" };

export const mmProcess = setup({
  types: {
    context: {} as { readonly name: string; readonly withholds: boolean },
    events: {} as
      | { readonly type: "process.calls"; readonly kind: MmEvent; readonly page: number }
      | { readonly type: "process.withholds" | "process.repairs" | "operation.done" },
    emitted: {} as MmProcessEmits,
    input: {} as { name: string },
  },
}).createMachine({
  id: "mm-process",
  description: "the process whose memory devices use",
  meta: {
    origin: atWill("the process"),
    lane: "{name}: a process with a container",
    messages: messages<MmProcessEmits>({
      "space.asks": "begins {kind} of page {page}",
      "lock.acquires": "takes iommu->lock",
      "lock.releases": "drops iommu->lock",
      "vaddr.withheld": { says: "invalidates the vaddr of its mappings", origin: linux(TYPE1, "vfio_dma_do_unmap") },
      "vaddr.repaired": { says: "gives new addresses for its mappings", origin: linux(TYPE1, "vfio_dma_do_map") },
    }),
  },
  context: ({ input }) => ({ ...input, withholds: false }),
  initial: "running",
  states: {
    running: {
      description: "the process runs in user space",
      on: {
        "process.calls": [
          {
            description: "begins to exit",
            guard: ({ event }) => event.kind === "exit",
            target: "exiting",
            actions: emit(({ context, event: { kind, page } }) => asks(context.name, kind, page)),
          },
          {
            description: "begins {kind} of page {page}, and waits for it",
            target: "calling",
            actions: emit(({ context, event: { kind, page } }) => asks(context.name, kind, page)),
          },
        ],
        /** One ioctl each, under the lock from beginning to end. */
        "process.withholds": {
          description: "withholds its addresses: UNMAP_DMA with the VADDR flag",
          meta: { origin: linux(TYPE1, "vfio_dma_do_unmap") },
          guard: ({ context }) => !context.withholds,
          actions: [
            emit(({ context }) => ({ type: "lock.acquires", owner: context.name })),
            emit({ type: "vaddr.withheld" }),
            emit(({ context }) => ({ type: "lock.releases", owner: context.name })),
            assign({ withholds: true }),
          ],
        },
        "process.repairs": {
          description: "gives new addresses: MAP_DMA with the VADDR flag",
          meta: { origin: linux(TYPE1, "vfio_dma_do_map") },
          guard: ({ context }) => context.withholds,
          actions: [
            emit(({ context }) => ({ type: "lock.acquires", owner: context.name })),
            emit({ type: "vaddr.repaired" }),
            emit(({ context }) => ({ type: "lock.releases", owner: context.name })),
            assign({ withholds: false }),
          ],
        },
      },
    },
    calling: {
      description: "the process is inside a system call or a page fault",
      on: { "operation.done": { target: "running" } },
    },
    exiting: { description: "the process is in exit()", on: { "operation.done": { target: "gone" } } },
    gone: { description: "the process has exited" },
  },
});

function asks(by: string, kind: MmEvent, page: number): Asks {
  return { type: "space.asks", kind, page, by };
}

export const processSteps = (
  pages: readonly number[],
  kinds: readonly MmEvent[],
  updates: boolean,
): readonly Message[] => [
  ...kinds.flatMap((kind) =>
    (kind === "exit" ? pages.slice(0, 1) : pages).map((page) => ({ type: "process.calls", kind, page })),
  ),
  ...(updates ? [{ type: "process.withholds" }, { type: "process.repairs" }] : []),
];

/** Threads of the kernel, which do not wait for the operation. */
export const kernelThread = setup({
  types: {
    context: {} as { readonly name: string },
    events: {} as
      | { readonly type: "kernel.asks"; readonly kind: MmEvent; readonly page: number }
      | { readonly type: "operation.done" },
    emitted: {} as Asks,
    input: {} as { name: string },
  },
}).createMachine({
  id: "kernel-thread",
  description: "a thread of the kernel that works on the process's memory",
  meta: {
    origin: atWill("a thread of the kernel"),
    lane: "{name}: a thread of the kernel",
    messages: messages<Asks>({
      "space.asks": "begins {kind} of page {page}",
    }),
  },
  context: ({ input }) => input,
  on: {
    "kernel.asks": {
      description: "begins {kind} of page {page}",
      actions: emit(({ context, event: { kind, page } }) => asks(context.name, kind, page)),
    },
    "operation.done": {},
  },
});

export const kernelSteps = (pages: readonly number[], kinds: readonly MmEvent[]): readonly Message[] =>
  kinds.flatMap((kind) => pages.map((page) => ({ type: "kernel.asks", kind, page })));

type VaddrStateEmits = { readonly type: "vaddr.read"; readonly by: string; readonly invalid: boolean };

/**
 * Whether the addresses behind a container are valid.
 *
 * Models  vaddr_invalid_count of the container (VFIO facts 2.1; I-43: no pin uses an invalid address), read and
 *         written under iommu->lock. After the process has exited no new addresses come; its exit wakes up the waiters, or
 *         with `exitWakes: false` they sleep forever.
 */
export const vaddrState = setup({
  types: {
    context: {} as { readonly exitWakes: boolean },
    events: {} as
      | { readonly type: "vaddr.withheld" | "vaddr.repaired" | "mm.died" }
      | { readonly type: "vaddr.reads" | "vaddr.awaits"; readonly by: string },
    emitted: {} as VaddrStateEmits,
    input: {} as { exitWakes: boolean },
  },
}).createMachine({
  id: "vaddr-state",
  description: "whether the addresses behind a container are valid",
  meta: {
    origin: linux61(TYPE1, "vfio_find_dma_valid"),
    lane: "iommu->vaddr_invalid_count",
    messages: messages<VaddrStateEmits>({
      "vaddr.read": "tells {by} that {invalid?a vaddr is invalid:every vaddr is valid}",
    }),
  },
  context: ({ input }) => input,
  initial: "valid",
  states: {
    /** Also after the process has exited: getting a page fails then. */
    valid: {
      description: "no vaddr is invalid",
      on: {
        "mm.died": {},
        "vaddr.withheld": { target: "withheld" },
        "vaddr.reads": { actions: emit(({ event }) => ({ type: "vaddr.read", by: event.by, invalid: false })) },
        "vaddr.awaits": {},
      },
    },
    withheld: {
      description: "a vaddr is invalid, and new addresses are to come",
      on: {
        "vaddr.repaired": { target: "valid" },
        "mm.died": [{ guard: ({ context }) => context.exitWakes, target: "valid" }, {}],
        "vaddr.reads": { actions: emit(({ event }) => ({ type: "vaddr.read", by: event.by, invalid: true })) },
      },
    },
  },
});
