/**
 * Where an IOMMU driver finds the device of a requester ID, with what the IOMMU layer keeps for the device: dev->iommu and the
 * data of the driver. They exist from probe to release, independent of references to the device.
 *
 * Models  Linux drivers/iommu/intel/iommu.c: device_rbtree_insert(), device_rbtree_find(), device_rbtree_remove(),
 *         intel_iommu_release_device(); drivers/iommu/iommu.c: iommu_release_device(), which ends in dev_iommu_free()
 *         (iopf-core 2.1; I32: ops are called only while the device exists). A lookup returns a pointer without a
 *         reference. Every step of a report and every response reads through that pointer; a read after the free sets
 *         `useAfterFree`.
 * Omits   the lock of the tree: it makes each event one step. Errors of the probe. That AMD's driver keeps its own data of a
 *         device that was released: dev->iommu, through which it is read, is gone.
 */
import { assign, emit, setup } from "xstate";
import { linux612, messages } from "../../../../../said.ts";

export type DeviceTableContext = {
  /** Whether a lookup finds the device. */
  readonly listed: boolean;
  /** dev->iommu and the data of the driver exist. */
  readonly data: boolean;
  /** They were read after the free. Never cleared. */
  readonly useAfterFree: boolean;
};

export type DeviceTableEvent =
  | { readonly type: "device.looks-up" }
  | { readonly type: "device.is-listed" | "device.is-unlisted" | "device.frees-data" }
  /** Reads through dev->iommu: the attach handle, fault_param, and ops->page_response. */
  | { readonly type: "handle.looks-up" | "param.gets" | "driver.page-response" };

type DeviceTableEmits = { readonly type: "device.found"; readonly found: boolean };

const s = setup({
  types: {
    context: {} as DeviceTableContext,
    events: {} as DeviceTableEvent,
    emitted: {} as DeviceTableEmits,
  },
});

const reads = s.assign({ useAfterFree: ({ context }) => context.useAfterFree || !context.data });

export const deviceTable = s.createMachine({
  id: "device-table",
  description: "the table of devices of an IOMMU driver (iommu->device_rbtree)",
  meta: {
    origin: linux612("drivers/iommu/intel/iommu.c", "device_rbtree_find"),
    lane: "iommu->device_rbtree, with dev->iommu",
    messages: messages<DeviceTableEmits>({ "device.found": "{found?finds the device:does not find the device}" }),
  },
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
