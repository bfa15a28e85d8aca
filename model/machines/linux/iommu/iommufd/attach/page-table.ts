/**
 * A page table object of iommufd (HWPT) with its domain: its users, and the attachments that the driver counts.
 *
 * Models  Linux 6.12, drivers/iommu/iommufd/hw_pagetable.c: the users of the object, of which an attach takes one for each
 *         device and a detach drops one; intel/iommu.c: domain_attach_iommu() and domain_detach_iommu(), the count of the
 *         domain on its IOMMU (iopf-core 3.1; B23: a replace by a device that is not attached; B45: a detach of a PASID that
 *         was not attached). User space destroys it at any time, and gets EBUSY while it has users. An HWPT with a fault
 *         queue holds a reference to it: iommufd_hwpt_alloc(), __iommufd_hwpt_destroy(). Whoever looks up one that was
 *         destroyed, or never allocated, gets ENOENT: iommufd_get_object().
 * Omits   Mappings, and the IOAS below. The parent of a nested HWPT, which has one more user for it. Short-term users, for which
 *         the destroy waits (object/iommufd-object.ts). Several IOMMUs, of which each has a count. An HWPT that is made again
 *         has the same number.
 */
import { assign, emit, setup } from "xstate";
import { linux612, messages } from "../../../../../said.ts";
import { EBUSY, ENOENT, OK } from "../../../include/iommu.ts";

/** A count that reaches this stays here, like a saturated refcount_t: more attachments than a group can have. */
const SATURATED = 7;
const more = (count: number): number => Math.min(count + 1, SATURATED);
const less = (count: number): number => (count === SATURATED ? count : count - 1);

export interface PageTableContext {
  readonly hwpt: number;
  /** Its fault queue. */
  readonly queue: number | null;
  readonly users: number;
  /** Attachments that the driver counts. */
  readonly uses: number;
  /** A count went below zero, or the HWPT was used after it was freed. */
  readonly unbalanced: boolean;
}

export type PageTableEvent =
  | { readonly type: "hwpt.gets" | "hwpt.looks-up"; readonly hwpt: number; readonly by: string }
  | { readonly type: "hwpt.puts" | "domain.takes" | "domain.drops"; readonly hwpt: number }
  | { readonly type: "hwpt.destroys" | "hwpt.allocates" };

export type PageTableEmits =
  | { readonly type: "hwpt.got"; readonly by: string; readonly ok: boolean }
  | { readonly type: "hwpt.found"; readonly by: string; readonly result: number }
  | { readonly type: "queue.refs" | "queue.unrefs"; readonly queue: number }
  | { readonly type: "hwpt.returns"; readonly hwpt: number; readonly result: number };

const s = setup({
  types: {
    context: {} as PageTableContext,
    events: {} as PageTableEvent,
    emitted: {} as PageTableEmits,
    input: {} as { readonly hwpt: number; readonly queue?: number | null },
  },
  guards: {
    hasUsers: ({ context }) => context.users > 0,
    hasUses: ({ context }) => context.uses > 0,
    isUnused: ({ context }) => context.users === 0,
  },
});
const loses = s.assign({ unbalanced: true });

const returns = (result: number) => s.emit(({ context: { hwpt } }) => ({ type: "hwpt.returns", hwpt, result }));
const found = (result: number) =>
  s.emit(({ event }) => ({ type: "hwpt.found", by: "by" in event ? event.by : "", result }));
const says = (type: "queue.refs" | "queue.unrefs") =>
  s.enqueueActions(({ context: { queue }, enqueue }) => {
    if (queue !== null) enqueue.emit({ type, queue });
  });

const machine = (initial: "allocated" | "destroyed") =>
  s.createMachine({
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
        "hwpt.found": {
          says: "is looked up by {by}: {result}",
          origin: linux612("drivers/iommu/iommufd/main.c", "iommufd_get_object"),
        },
        "queue.refs": "takes a reference to fault queue {queue}",
        "queue.unrefs": {
          says: "drops its reference to fault queue {queue}",
          origin: linux612("drivers/iommu/iommufd/hw_pagetable.c", "__iommufd_hwpt_destroy"),
        },
        "hwpt.returns": "returns {result} to user space",
      }),
    },
    context: ({ input: { hwpt, queue = null } }) => ({ hwpt, queue, users: 0, uses: 0, unbalanced: false }),
    initial,
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
          "hwpt.looks-up": { actions: found(OK) },
          "hwpt.puts": [
            { guard: "hasUsers", actions: assign({ users: ({ context }) => less(context.users) }) },
            { actions: loses },
          ],
          "domain.takes": { actions: assign({ uses: ({ context }) => more(context.uses) }) },
          "domain.drops": [
            { guard: "hasUses", actions: assign({ uses: ({ context }) => less(context.uses) }) },
            { actions: loses },
          ],
          "hwpt.destroys": [
            {
              description: "destroys HWPT {hwpt}",
              meta: { origin: linux612("drivers/iommu/iommufd/main.c", "iommufd_destroy") },
              guard: "isUnused",
              target: "destroyed",
              actions: [says("queue.unrefs"), returns(OK)],
            },
            {
              description: "does not destroy HWPT {hwpt}, which has users",
              meta: { origin: linux612("drivers/iommu/iommufd/main.c", "iommufd_object_remove") },
              actions: returns(EBUSY),
            },
          ],
        },
      },
      destroyed: {
        description: "the HWPT was freed",
        on: {
          "hwpt.gets": { actions: emit(({ event }) => ({ type: "hwpt.got", by: event.by, ok: false })) },
          "hwpt.looks-up": { actions: found(ENOENT) },
          /** Nobody destroys an HWPT twice in a search; a script does. */
          ...(initial === "destroyed" && {
            "hwpt.destroys": {
              description: "finds no HWPT {hwpt} to destroy",
              meta: { origin: linux612("drivers/iommu/iommufd/main.c", "iommufd_object_remove") },
              actions: returns(ENOENT),
            },
          }),
          "hwpt.puts": { actions: loses },
          "domain.takes": { actions: loses },
          "domain.drops": { actions: loses },
          "hwpt.allocates": {
            description: "makes HWPT {hwpt} again",
            meta: { origin: linux612("drivers/iommu/iommufd/hw_pagetable.c", "iommufd_hwpt_alloc") },
            target: "allocated",
            actions: [assign({ users: 0, uses: 0 }), says("queue.refs"), returns(OK)],
          },
        },
      },
    },
  });

/** An HWPT that exists from the start. */
export const pageTable = machine("allocated");
/** An HWPT that `hwpt.allocates` makes. */
export const unallocatedPageTable = machine("destroyed");

export const pageTableSteps = [{ type: "hwpt.destroys" }, { type: "hwpt.allocates" }] as const;
