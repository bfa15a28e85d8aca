/**
 * Where an IOMMU driver finds the device of a requester ID, and what the IOMMU layer keeps for it (dev->iommu and the
 * driver's own data): from probe to release, whoever holds a reference to the device itself.
 *
 * Models  Linux drivers/iommu/intel/iommu.c: device_rbtree_insert/find/remove(), intel_iommu_release_device(), and
 *         drivers/iommu/iommu.c: iommu_release_device(), which ends in dev_iommu_free() (iopf-core 2.1, I32). A look-up
 *         hands out a pointer and no reference; every step of a report and every answer reads through it. What is read
 *         after it was freed is remembered.
 * Omits   the lock of the tree itself, which makes each event here one step. Probes that fail.
 */
import { assign, emit, setup } from "xstate";

export type DeviceTableContext = {
  /** Whether a look-up finds the device. */
  readonly listed: boolean;
  /** dev->iommu and the driver's data are there. */
  readonly data: boolean;
  /** They were read after they were freed. Never cleared. */
  readonly useAfterFree: boolean;
};

export type DeviceTableEvent =
  | { readonly type: "device.looks-up" }
  | { readonly type: "device.is-listed" | "device.is-unlisted" | "device.frees-data" }
  /** What a report and an answer read: the attach handle and the fault parameters through dev->iommu, and an op. */
  | { readonly type: "handle.looks-up" | "param.gets" | "driver.page-response" };

const s = setup({
  types: {
    context: {} as DeviceTableContext,
    events: {} as DeviceTableEvent,
    emitted: {} as { readonly type: "device.found"; readonly found: boolean },
  },
});

const reads = s.assign({ useAfterFree: ({ context }) => context.useAfterFree || !context.data });

export const deviceTable = s.createMachine({
  id: "device-table",
  context: { listed: true, data: true, useAfterFree: false },
  on: {
    "device.looks-up": {
      actions: emit(({ context }) => ({ type: "device.found", found: context.listed })),
    },
    "device.is-listed": { actions: assign({ listed: true, data: true }) },
    "device.is-unlisted": { actions: assign({ listed: false }) },
    "device.frees-data": { actions: assign({ data: false }) },
    "handle.looks-up": { actions: reads },
    "param.gets": { actions: reads },
    "driver.page-response": { actions: reads },
  },
});
