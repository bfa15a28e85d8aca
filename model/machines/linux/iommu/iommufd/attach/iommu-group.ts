/**
 * struct iommu_group: the devices of one IOMMU group, which have one domain.
 *
 * Models  Linux 6.12, drivers/iommu/iommu.c: iommu_group_alloc_device() and __iommu_group_free_device(), which put a device
 *         into the group and take it out; __iommu_group_set_domain_internal(), which switches one device after the other, in
 *         the order in which they joined. A device leaves only when its owner has let it go (`device.unbinds`): the bus
 *         unbinds the driver of a device before it releases the device.
 * Omits   a driver that fails to switch a device, after which the others are switched back. The time between two devices:
 *         group->mutex is held over all of them. The default domain, to which the owner gives the devices back.
 */
import { assign, enqueueActions, setup } from "xstate";
import { linux612, messages } from "../../../../../said.ts";

const IOMMU = "drivers/iommu/iommu.c";
const inSwitch = linux612(IOMMU, "__iommu_group_set_domain_internal");

export interface IommuGroupInput {
  readonly iommuGroup: number;
  /** Devices at the beginning, in the order in which they joined. */
  readonly devices: readonly number[];
}

export type IommuGroupEvent =
  | { readonly type: "bus.adds" | "bus.removes"; readonly device: number }
  | { readonly type: "intake.opens"; readonly domain: number }
  | { readonly type: "intake.blocks" };

export type IommuGroupEmits =
  | { readonly type: "device.unbinds"; readonly device: number }
  /** `domain`: null where the device is in none that iommufd gave it. */
  | { readonly type: "device.switches"; readonly device: number; readonly domain: number | null };

const s = setup({
  types: {
    context: {} as IommuGroupInput,
    events: {} as IommuGroupEvent,
    emitted: {} as IommuGroupEmits,
    input: {} as IommuGroupInput,
  },
});

const switches = s.enqueueActions(({ context: { devices }, event, enqueue }) => {
  const domain = event.type === "intake.opens" ? event.domain : null;
  for (const device of devices) enqueue.emit({ type: "device.switches", device, domain });
});

export const iommuGroup = s.createMachine({
  id: "iommu-group",
  description: "struct iommu_group: devices that have one domain",
  meta: {
    origin: linux612(IOMMU, "iommu_group_alloc_device", "__iommu_group_free_device"),
    lane: "struct iommu_group {iommuGroup}",
    messages: messages<IommuGroupEmits>({
      "device.unbinds": {
        says: "releases device {device}, whose driver was unbound",
        origin: linux612(IOMMU, "iommu_release_device"),
      },
      "device.switches": {
        says: "switches device {device} to domain {domain}",
        origin: linux612(IOMMU, "__iommu_device_set_domain"),
      },
    }),
  },
  context: ({ input }) => input,
  on: {
    "bus.adds": {
      meta: { origin: linux612(IOMMU, "iommu_group_alloc_device") },
      guard: ({ context, event }) => !context.devices.includes(event.device),
      actions: assign({ devices: ({ context, event }) => [...context.devices, event.device] }),
    },
    "bus.removes": {
      meta: { origin: linux612(IOMMU, "__iommu_group_free_device") },
      guard: ({ context, event }) => context.devices.includes(event.device),
      actions: enqueueActions(({ context, event: { device }, enqueue }) => {
        enqueue.assign({ devices: context.devices.filter((other) => other !== device) });
        enqueue.emit({ type: "device.unbinds", device });
      }),
    },
    "intake.opens": { meta: { origin: inSwitch }, actions: switches },
    "intake.blocks": { meta: { origin: inSwitch }, actions: switches },
  },
});
