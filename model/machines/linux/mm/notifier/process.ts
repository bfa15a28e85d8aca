/**
 * Who begins what happens to an address space: the process itself, which waits inside its system call, and the kernel's
 * own threads.
 *
 * Models  munmap, MADV_DONTNEED, fork, a write by the CPU, exit (rows 16, 25); migration and the OOM reaper; and the
 *         update of addresses around an exec of the VMM (UPDATE_VADDR, VFIO facts 2.1; I-43, B-04): the process withholds
 *         its addresses and gives new ones later, or never.
 * Omits   what a process does meanwhile with its other threads: it has one.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import type { MmEvent } from "./address-space.ts";

type Asks = { readonly type: "space.asks"; readonly kind: MmEvent; readonly page: number; readonly by: string };

export const mmProcess = setup({
  types: {
    context: {} as { readonly name: string; readonly withholds: boolean },
    events: {} as
      | { readonly type: "process.calls"; readonly kind: MmEvent; readonly page: number }
      | { readonly type: "process.withholds" | "process.repairs" | "operation.done" },
    emitted: {} as
      | Asks
      | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
      | { readonly type: "vaddr.withheld" | "vaddr.repaired" },
    input: {} as { name: string },
  },
}).createMachine({
  id: "mm-process",
  context: ({ input }) => ({ ...input, withholds: false }),
  initial: "running",
  states: {
    running: {
      on: {
        "process.calls": [
          {
            guard: ({ event }) => event.kind === "exit",
            target: "exiting",
            actions: emit(({ context, event: { kind, page } }) => asks(context.name, kind, page)),
          },
          {
            target: "calling",
            actions: emit(({ context, event: { kind, page } }) => asks(context.name, kind, page)),
          },
        ],
        /** One ioctl each, under the lock from beginning to end. */
        "process.withholds": {
          guard: ({ context }) => !context.withholds,
          actions: [
            emit(({ context }) => ({ type: "lock.acquires", owner: context.name })),
            emit({ type: "vaddr.withheld" }),
            emit(({ context }) => ({ type: "lock.releases", owner: context.name })),
            assign({ withholds: true }),
          ],
        },
        "process.repairs": {
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
    /** Inside a system call, or in a page fault. */
    calling: { on: { "operation.done": { target: "running" } } },
    exiting: { on: { "operation.done": { target: "gone" } } },
    gone: {},
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

/** The kernel's threads: they wait for nobody. */
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
  context: ({ input }) => input,
  on: {
    "kernel.asks": { actions: emit(({ context, event: { kind, page } }) => asks(context.name, kind, page)) },
    "operation.done": {},
  },
});

export const kernelSteps = (pages: readonly number[], kinds: readonly MmEvent[]): readonly Message[] =>
  kinds.flatMap((kind) => pages.map((page) => ({ type: "kernel.asks", kind, page })));

/**
 * Whether the addresses behind a container are valid.
 *
 * Models  vaddr_invalid_count of the container (VFIO facts 2.1; I-43), read and written under its lock. Nobody gives new
 *         addresses for a process that is gone: whoever waits for them is woken, or (`exitWakes: false`) never is.
 */
export const vaddrState = setup({
  types: {
    context: {} as { readonly exitWakes: boolean },
    events: {} as
      | { readonly type: "vaddr.withheld" | "vaddr.repaired" | "mm.died" }
      | { readonly type: "vaddr.reads" | "vaddr.awaits"; readonly by: string },
    emitted: {} as { readonly type: "vaddr.read"; readonly by: string; readonly invalid: boolean },
    input: {} as { exitWakes: boolean },
  },
}).createMachine({
  id: "vaddr-state",
  context: ({ input }) => input,
  initial: "valid",
  states: {
    /** Also of a process that is gone: nothing is got through them then. */
    valid: {
      on: {
        "mm.died": {},
        "vaddr.withheld": { target: "withheld" },
        "vaddr.reads": { actions: emit(({ event }) => ({ type: "vaddr.read", by: event.by, invalid: false })) },
        "vaddr.awaits": {},
      },
    },
    withheld: {
      on: {
        "vaddr.repaired": { target: "valid" },
        "mm.died": [{ guard: ({ context }) => context.exitWakes, target: "valid" }, {}],
        "vaddr.reads": { actions: emit(({ event }) => ({ type: "vaddr.read", by: event.by, invalid: true })) },
      },
    },
  },
});
