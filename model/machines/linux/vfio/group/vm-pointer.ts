/**
 * group->kvm: the VM that a VFIO group belongs to, a pointer without a reference.
 *
 * Models  Linux 6.2, struct vfio_group::kvm, and vfio_file_set_kvm(). In 6.1.192 it is under group_lock, in 6.12.117
 *         vfio_group_set_kvm() stores it under kvm_ref_lock, a spinlock.
 * Omits   Several VMs: there is one.
 */
import { assign, setup } from "xstate";
import { linux, linux612, messages } from "../../../../said.ts";

export interface VmPointerContext {
  readonly names: boolean;
}

type VmPointerEmits = { readonly type: "pointer.seen"; readonly by: string; readonly names: boolean };

const s = setup({
  types: {
    context: {} as VmPointerContext,
    events: {} as
      | { readonly type: "pointer.names" | "pointer.forgets" }
      | { readonly type: "pointer.looks" | "pointer.checks"; readonly by: string },
    emitted: {} as VmPointerEmits,
  },
});

const tells = s.enqueueActions(({ context: { names }, event, enqueue }) => {
  if (event.type === "pointer.looks" || event.type === "pointer.checks")
    enqueue.emit({ type: "pointer.seen", by: event.by, names });
});

export const vmPointer = s.extend({ actions: { tells } }).createMachine({
  id: "vm-pointer",
  description: "the pointer of a VFIO group to its VM",
  meta: {
    origin: linux("drivers/vfio/vfio_main.c", "vfio_file_set_kvm"),
    lane: "group->kvm",
    messages: messages<VmPointerEmits>({
      "pointer.seen": {
        says: "tells {by} that the group {names?has a VM:has no VM}",
        origin: linux612("drivers/vfio/vfio_main.c", "vfio_device_get_kvm_safe"),
      },
    }),
  },
  context: { names: false },
  on: {
    "pointer.names": { actions: assign({ names: true }) },
    "pointer.forgets": { actions: assign({ names: false }) },
    "pointer.looks": { actions: "tells" },
    "pointer.checks": { actions: "tells" },
  },
});
