/**
 * A page table object of iommufd (HWPT) with its domain: who holds a reference, and how many attachments the driver counts.
 *
 * Models  Linux 6.12, drivers/iommu/iommufd/hw_pagetable.c: the users of the object, which an attach gets and a detach
 *         puts for each device; intel/iommu.c: domain_attach_iommu() and domain_detach_iommu(), the count of the domain on
 *         its IOMMU (iopf-core 3.1, B23, B45). Destroying it is up to user space, and refused while it has users.
 * Omits   mappings, and the IOAS below. A table that is made again has the number of the one before.
 */
import { assign, emit, setup } from "xstate";

/** A count that gets here stays here, as a refcount_t that saturates: more attachments than a group can have. */
const SATURATED = 7;
const more = (count: number): number => Math.min(count + 1, SATURATED);
const less = (count: number): number => (count === SATURATED ? count : count - 1);

export interface PageTableContext {
  readonly hwpt: number;
  readonly users: number;
  /** Attachments that the driver counts. */
  readonly uses: number;
  /** A count went below zero, or the table was named after it was freed. */
  readonly unbalanced: boolean;
}

export type PageTableEvent =
  | { readonly type: "hwpt.gets"; readonly hwpt: number; readonly by: string }
  | { readonly type: "hwpt.puts" | "domain.takes" | "domain.drops"; readonly hwpt: number }
  | { readonly type: "hwpt.destroys" | "hwpt.allocates" };

export type PageTableEmits = { readonly type: "hwpt.got"; readonly by: string; readonly ok: boolean };

const s = setup({
  types: {
    context: {} as PageTableContext,
    events: {} as PageTableEvent,
    emitted: {} as PageTableEmits,
    input: {} as { readonly hwpt: number },
  },
  guards: {
    hasUsers: ({ context }) => context.users > 0,
    hasUses: ({ context }) => context.uses > 0,
    isUnused: ({ context }) => context.users === 0,
  },
});
const loses = s.assign({ unbalanced: true });

export const pageTable = s.createMachine({
  id: "page-table",
  context: ({ input }) => ({ ...input, users: 0, uses: 0, unbalanced: false }),
  initial: "allocated",
  states: {
    allocated: {
      on: {
        "hwpt.gets": {
          actions: [
            assign({ users: ({ context }) => more(context.users) }),
            emit(({ event }) => ({ type: "hwpt.got", by: event.by, ok: true })),
          ],
        },
        "hwpt.puts": [
          { guard: "hasUsers", actions: assign({ users: ({ context }) => less(context.users) }) },
          { actions: loses },
        ],
        "domain.takes": { actions: assign({ uses: ({ context }) => more(context.uses) }) },
        "domain.drops": [
          { guard: "hasUses", actions: assign({ uses: ({ context }) => less(context.uses) }) },
          { actions: loses },
        ],
        "hwpt.destroys": { guard: "isUnused", target: "destroyed" },
      },
    },
    destroyed: {
      on: {
        "hwpt.gets": { actions: emit(({ event }) => ({ type: "hwpt.got", by: event.by, ok: false })) },
        "hwpt.puts": { actions: loses },
        "domain.takes": { actions: loses },
        "domain.drops": { actions: loses },
        "hwpt.allocates": { target: "allocated", actions: assign({ users: 0, uses: 0 }) },
      },
    },
  },
});

export const pageTableSteps = [{ type: "hwpt.destroys" }, { type: "hwpt.allocates" }] as const;
