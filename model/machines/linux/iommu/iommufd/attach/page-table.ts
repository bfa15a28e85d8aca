/**
 * A page table object of iommufd (HWPT) with its domain: its users, and the attachments that the driver counts.
 *
 * Models  Linux 6.12, drivers/iommu/iommufd/hw_pagetable.c: the users of the object, of which an attach takes one for each
 *         device and a detach drops one; intel/iommu.c: domain_attach_iommu() and domain_detach_iommu(), the count of the
 *         domain on its IOMMU (iopf-core 3.1; B23: a replace by a device that is not attached; B45: a detach of a PASID that
 *         was not attached). User space destroys it at any time, and is refused while it has users.
 * Omits   Mappings, and the IOAS below. An HWPT that is made again has the same number.
 */
import { assign, emit, setup } from "xstate";
import { linux612, messages } from "../../../../../said.ts";

/** A count that reaches this stays here, like a saturated refcount_t: more attachments than a group can have. */
const SATURATED = 7;
const more = (count: number): number => Math.min(count + 1, SATURATED);
const less = (count: number): number => (count === SATURATED ? count : count - 1);

export interface PageTableContext {
  readonly hwpt: number;
  readonly users: number;
  /** Attachments that the driver counts. */
  readonly uses: number;
  /** A count went below zero, or the HWPT was used after it was freed. */
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
  description: "an HWPT with its users and the attachments of its domain",
  meta: {
    origin: linux612("drivers/iommu/iommufd/hw_pagetable.c", "iommufd_hwpt_alloc"),
    lane: "HWPT {hwpt}",
    messages: messages<PageTableEmits>({
      "hwpt.got": {
        says: "{ok?hands HWPT:refuses HWPT} {hwpt} to {by}",
        origin: linux612("drivers/iommu/iommufd/main.c", "iommufd_get_object"),
      },
    }),
  },
  context: ({ input }) => ({ ...input, users: 0, uses: 0, unbalanced: false }),
  initial: "allocated",
  states: {
    allocated: {
      description: "the HWPT exists, with {users} users",
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
        "hwpt.destroys": {
          description: "destroys HWPT {hwpt}",
          meta: { origin: linux612("drivers/iommu/iommufd/main.c", "iommufd_destroy") },
          guard: "isUnused",
          target: "destroyed",
        },
      },
    },
    destroyed: {
      description: "the HWPT was freed",
      on: {
        "hwpt.gets": { actions: emit(({ event }) => ({ type: "hwpt.got", by: event.by, ok: false })) },
        "hwpt.puts": { actions: loses },
        "domain.takes": { actions: loses },
        "domain.drops": { actions: loses },
        "hwpt.allocates": {
          description: "makes HWPT {hwpt} again",
          meta: { origin: linux612("drivers/iommu/iommufd/hw_pagetable.c", "iommufd_hwpt_alloc") },
          target: "allocated",
          actions: assign({ users: 0, uses: 0 }),
        },
      },
    },
  },
});

export const pageTableSteps = [{ type: "hwpt.destroys" }, { type: "hwpt.allocates" }] as const;
