/**
 * A process that binds its address space to some other device, perhaps behind another IOMMU.
 *
 * Models  iommu_sva_bind_device() of 6.12 and 7.3: it takes iommu_sva_lock, which there is once for all devices.
 * Omits   Everything that it does under the lock.
 */
import { setup } from "xstate";
import { mutexSays } from "../../lib/mutex.ts";
import { atWill, linux612 } from "../../../../said.ts";

const s = setup({
  types: {
    events: {} as { readonly type: "bind.begins" | "bind.steps" },
    emitted: {} as {
      readonly type: "lock.acquires" | "lock.releases";
      readonly lock: string;
      readonly owner: string;
    },
  },
});

/** The one iommu_sva_lock. */
export const SVA_LOCK = "sva-lock";
const ME = { lock: SVA_LOCK, owner: "binder" };

export const svaBinder = s.createMachine({
  id: "sva-binder",
  description: "a process that binds another device",
  meta: {
    origin: linux612("drivers/iommu/iommu-sva.c", "iommu_sva_bind_device"),
    lane: "a process that binds another device",
    messages: mutexSays("iommu_sva_lock"),
  },
  initial: "idle",
  states: {
    idle: {
      description: "binds nothing",
      on: {
        "bind.begins": {
          description: "begins to bind a device",
          meta: { origin: atWill("a process") },
          target: "locking",
        },
      },
    },
    locking: {
      description: "is about to take iommu_sva_lock",
      on: {
        "bind.steps": {
          description: "takes iommu_sva_lock",
          target: "binding",
          actions: s.emit({ type: "lock.acquires", ...ME }),
        },
      },
    },
    binding: {
      description: "binds the device",
      on: {
        "bind.steps": {
          description: "drops iommu_sva_lock",
          target: "idle",
          actions: s.emit({ type: "lock.releases", ...ME }),
        },
      },
    },
  },
});
