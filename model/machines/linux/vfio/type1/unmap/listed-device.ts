/**
 * A device of an emulated IOMMU group: whether it is in iommu->device_list, and what its driver has recorded as pinned.
 *
 * Models  struct vfio_device::iommu_entry, and the driver's own record of its pins (gvt_dma of i915, saved_iova of vfio_ap,
 *         page_array of vfio_ccw), which the driver's lock protects. The walk of vfio_notify_dma_unmap() calls the devices
 *         of the list. For each it reads dma->iova and dma->size anew, or passes on the copy that it made (the fix).
 * Omits   A device without a dma_unmap() callback, such as one of vfio-pci, which is never in the list.
 */
import { assign, emit, setup } from "xstate";
import { atWill, linux, messages } from "../../../../../said.ts";

export interface ListedDeviceContext {
  readonly device: number;
  /** At the beginning of a round. */
  readonly first: { readonly listed: boolean; readonly pins: readonly number[] };
  /** Ranges in which its driver has a page pinned, sorted. */
  readonly pins: readonly number[];
  readonly mappingInWalk: "read-each-time" | "copied";
}

type ListedDeviceEmits =
  | { readonly type: "device.told"; readonly by: string; readonly holds: boolean }
  | { readonly type: "mapping.read" | "callback.done"; readonly by: string }
  | { readonly type: "callback.begins"; readonly by: string; readonly device: number };

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";

type Input = Omit<ListedDeviceContext, "pins">;

const s = setup({
  types: {
    context: {} as ListedDeviceContext,
    events: {} as
      | { readonly type: "device.lists" | "device.unlists" | "round.begins" }
      | { readonly type: "device.asked"; readonly range: number; readonly by: string }
      | { readonly type: "device.records" | "device.forgets"; readonly range: number }
      | { readonly type: "callback.starts"; readonly by: string },
    emitted: {} as ListedDeviceEmits,
    input: {} as Input,
  },
  guards: { isListedFirst: ({ context }) => context.first.listed },
  actions: { renews: assign({ pins: ({ context }) => context.first.pins }) },
});

const isCalled = s.enqueueActions(({ context: { device, mappingInWalk }, event, enqueue }) => {
  if (event.type !== "callback.starts") return;
  if (mappingInWalk === "read-each-time") enqueue.emit({ type: "mapping.read", by: event.by });
  enqueue.emit({ type: "callback.begins", by: event.by, device });
});

export const listedDevice = s.createMachine({
  id: "listed-device",
  description: "a device with a dma_unmap() callback, and the pins that its driver has recorded",
  meta: {
    origin: linux(TYPE1, "vfio_iommu_type1_register_device"),
    lane: "struct vfio_device of device {device}",
    messages: messages<ListedDeviceEmits>({
      "device.told": {
        says: "{holds?finds:does not find} the range in the record of the driver of device {device}",
        origin: atWill("the driver"),
      },
      "mapping.read": { says: "reads dma->iova and dma->size", origin: linux(TYPE1, "vfio_notify_dma_unmap") },
      "callback.done": {
        says: "skips device {device}, which is not in the list",
        origin: linux(TYPE1, "vfio_notify_dma_unmap"),
      },
      "callback.begins": {
        says: "enters dma_unmap() of device {device}",
        origin: linux(TYPE1, "vfio_notify_dma_unmap"),
      },
    }),
  },
  context: ({ input }) => ({ ...input, pins: input.first.pins }),
  initial: "new",
  on: {
    "round.begins": [
      { guard: "isListedFirst", target: ".listed", actions: "renews" },
      { target: ".unlisted", actions: "renews" },
    ],
    "device.asked": {
      actions: emit(({ context: { pins }, event: { by, range } }) => ({
        type: "device.told",
        by,
        holds: pins.includes(range),
      })),
    },
    "device.records": {
      actions: assign({ pins: ({ context: { pins }, event: { range } }) => [...pins, range].sort((a, b) => a - b) }),
    },
    "device.forgets": {
      actions: assign({ pins: ({ context: { pins }, event: { range } }) => pins.filter((pin) => pin !== range) }),
    },
  },
  states: {
    new: {
      description: "before the first round",
      always: [{ guard: "isListedFirst", target: "listed" }, { target: "unlisted" }],
    },
    unlisted: {
      description: "the device is not in iommu->device_list",
      on: {
        "device.lists": { target: "listed" },
        "callback.starts": { actions: emit(({ event: { by } }) => ({ type: "callback.done", by })) },
      },
    },
    listed: {
      description: "the device is in iommu->device_list",
      on: { "device.unlists": { target: "unlisted" }, "callback.starts": { actions: isCalled } },
    },
  },
});
