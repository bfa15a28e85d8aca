/**
 * Which VM a VFIO group belongs to: one pointer without a reference.
 *
 * Models  Linux 6.2, struct vfio_group::kvm, and vfio_file_set_kvm().
 * Omits   which VM: there is one.
 */
import { assign, emit, setup } from "xstate";

export interface VmPointerContext {
  readonly names: boolean;
}

export const vmPointer = setup({
  types: {
    context: {} as VmPointerContext,
    events: {} as
      { readonly type: "pointer.names" | "pointer.forgets" } | { readonly type: "pointer.looks"; readonly by: string },
    emitted: {} as { readonly type: "pointer.seen"; readonly by: string; readonly names: boolean },
  },
}).createMachine({
  id: "vm-pointer",
  context: { names: false },
  on: {
    "pointer.names": { actions: assign({ names: true }) },
    "pointer.forgets": { actions: assign({ names: false }) },
    "pointer.looks": {
      actions: emit(({ context: { names }, event: { by } }) => ({ type: "pointer.seen", by, names })),
    },
  },
});
