/**
 * A vIOMMU: the part of an IOMMU that a guest gets, with the virtual IDs of its devices and its queues of events.
 *
 * Models  Linux 7.3, drivers/iommu/iommufd/viommu.c: viommu->vdevs, where a slot is reserved before the vDEVICE is stored and
 *         is cleared only if it still holds this vDEVICE (J21, J23, J24); viommu->veventqs, with one queue of each type (J40);
 *         driver.c: iommufd_viommu_get_vdev_id(), iommufd_viommu_find_dev(), iommufd_viommu_report_event() (J29b, J43).
 * Omits   veventqs_rwsem: a report, and a change of the list of queues, is one step each (J41).
 */
import { assign, setup } from "xstate";
import { linuxAt, messages } from "../../../../../said.ts";
import { EOPNOTSUPP, OK } from "../../../include/iommu.ts";
import { answered, answerSays, described, type Answers } from "./call-messages.ts";
import { EEXIST } from "./errors.ts";
import type { Named } from "./object-messages.ts";

export interface ViommuContext {
  readonly at: number;
  readonly parent: Named | null;
  /** By virtual ID, ascending; a slot that is reserved has no vDEVICE. */
  readonly slots: readonly { readonly virt: number; readonly vdevice: Named | null; readonly device: Named | null }[];
  readonly queues: readonly { readonly type: number; readonly veventq: Named }[];
}

type By = { readonly by: string };

export type ViommuEmits =
  | Answers
  | { readonly type: "virt.found"; readonly device: Named; readonly virt: number | null }
  | { readonly type: "device.found"; readonly at: number; readonly device: Named | null }
  | {
      readonly type: "vevent.arrives";
      readonly by: string;
      readonly kind: "veventq";
      readonly at: number;
      readonly virt: number;
      readonly memory: number;
    };

const s = setup({
  types: {
    context: {} as ViommuContext,
    events: {} as
      | ({ readonly type: "object.describes" | "object.is-destroyed" } & By)
      | ({ readonly type: "viommu.begins"; readonly parent: Named } & By)
      | ({ readonly type: "viommu.reserves"; readonly virt: number } & By)
      | ({
          readonly type: "viommu.stores";
          readonly virt: number;
          readonly vdevice: Named;
          readonly device: Named;
        } & By)
      | ({ readonly type: "viommu.clears"; readonly virt: number; readonly vdevice: Named } & By)
      | ({ readonly type: "viommu.checks-queue"; readonly ofType: number } & By)
      | ({ readonly type: "viommu.adds-queue"; readonly ofType: number; readonly veventq: Named } & By)
      | ({ readonly type: "viommu.drops-queue"; readonly veventq: Named } & By)
      /** By the driver: the virtual ID of a device, a device by its virtual ID, and an event. */
      | ({ readonly type: "virt.looks-up"; readonly device: Named } & By)
      | ({ readonly type: "device.looks-up"; readonly virt: number } & By)
      | ({
          readonly type: "vevent.is-reported";
          readonly ofType: number;
          readonly virt: number;
          readonly memory: number;
        } & By),
    emitted: {} as ViommuEmits,
    input: {} as { readonly at: number },
  },
});

const isSame = (a: Named | null, b: Named): boolean => a !== null && a.kind === b.kind && a.at === b.at;
const describes = s.emit(({ context, event }) => described(event.by, { parent: context.parent }));

const VIOMMU = "drivers/iommu/iommufd/viommu.c";
const DRIVER = "drivers/iommu/iommufd/driver.c";

export const viommu = s.createMachine({
  id: "viommu",
  description: "a vIOMMU with the virtual IDs of its devices and its queues of events",
  meta: {
    origin: linuxAt("7.3.4", VIOMMU, "iommufd_viommu_alloc_ioctl"),
    lane: "struct iommufd_viommu {at}",
    messages: {
      ...answerSays,
      ...messages<Exclude<ViommuEmits, Answers>>({
        "virt.found": {
          says: "tells the driver the virtual ID of a device",
          origin: linuxAt("7.3.4", DRIVER, "iommufd_viommu_get_vdev_id"),
        },
        "device.found": {
          says: "tells the driver the device of a virtual ID",
          origin: linuxAt("7.3.4", DRIVER, "iommufd_viommu_find_dev"),
        },
        "vevent.arrives": {
          says: "puts an event of virtual ID {virt} into the queue",
          origin: linuxAt("7.3.4", DRIVER, "iommufd_viommu_report_event"),
        },
      }),
    },
  },
  context: ({ input }) => ({ at: input.at, parent: null, slots: [], queues: [] }),
  on: {
    "object.describes": { actions: describes },
    "object.is-destroyed": { actions: describes },
    "viommu.begins": { actions: assign({ parent: ({ event }) => event.parent }) },
    "viommu.reserves": {
      actions: s.enqueueActions(({ context: { slots }, event, enqueue }) => {
        if (event.type !== "viommu.reserves") return;
        const { by, virt } = event;
        const isTaken = slots.some((slot) => slot.virt === virt);
        if (!isTaken)
          enqueue.assign({
            slots: [...slots, { virt, vdevice: null, device: null }].toSorted((a, b) => a.virt - b.virt),
          });
        enqueue.emit(answered(by, isTaken ? EEXIST : OK));
      }),
    },
    "viommu.stores": {
      actions: assign({
        slots: ({ context, event: { virt, vdevice, device } }) =>
          context.slots.map((slot) => (slot.virt === virt ? { virt, vdevice, device } : slot)),
      }),
    },
    "viommu.clears": {
      actions: assign({
        slots: ({ context, event: { virt, vdevice } }) =>
          context.slots.filter((slot) => slot.virt !== virt || !isSame(slot.vdevice, vdevice)),
      }),
    },
    "viommu.checks-queue": {
      actions: s.emit(({ context, event }) =>
        answered(event.by, context.queues.some(({ type }) => type === typeOf(event)) ? EEXIST : OK),
      ),
    },
    "viommu.adds-queue": {
      actions: assign({
        queues: ({ context, event }) => [...context.queues, { type: event.ofType, veventq: event.veventq }],
      }),
    },
    "viommu.drops-queue": {
      actions: assign({
        queues: ({ context, event }) => context.queues.filter(({ veventq }) => !isSame(veventq, event.veventq)),
      }),
    },
    "virt.looks-up": {
      actions: s.emit(({ context, event }) => {
        const { device } = event as Extract<typeof event, { readonly type: "virt.looks-up" }>;
        const slot = context.slots.find((one) => isSame(one.device, device));
        return { type: "virt.found", device, virt: slot?.virt ?? null };
      }),
    },
    "device.looks-up": {
      actions: s.emit(({ context, event }) => {
        const { virt } = event as Extract<typeof event, { readonly type: "device.looks-up" }>;
        const device = context.slots.find((slot) => slot.virt === virt)?.device ?? null;
        return { type: "device.found", at: context.at, device };
      }),
    },
    "vevent.is-reported": {
      actions: s.emit(({ context, event }) => {
        const { by, virt, memory } = event as Extract<typeof event, { readonly type: "vevent.is-reported" }>;
        const queue = context.queues.find(({ type }) => type === typeOf(event))?.veventq;
        return queue
          ? { type: "vevent.arrives", by, kind: "veventq", at: queue.at, virt, memory }
          : answered(by, EOPNOTSUPP);
      }),
    },
  },
});

const typeOf = (event: object): number => (event as { readonly ofType: number }).ofType;
