/**
 * A vIOMMU: the part of an IOMMU that a guest gets, with the virtual IDs of its devices and its queues of events.
 *
 * Models  Linux 7.3, drivers/iommu/iommufd/viommu.c: viommu->vdevs, where a slot is reserved before the vDEVICE is stored and
 *         is cleared only if it still holds this vDEVICE (J21, J23, J24); viommu->veventqs, with one queue of each type (J40);
 *         driver.c: iommufd_viommu_get_vdev_id(), iommufd_viommu_find_dev(), iommufd_viommu_report_event() (J29b, J43).
 *         veventqs_rwsem is taken by who asks (J41): event-reporter.ts looks up a queue and uses it under the lock, in two steps.
 * Omits   The lock where the driver is that of the selftest, whose report is one step.
 */
import { assign, setup } from "xstate";
import { linuxAt, messages } from "../../../../../said.ts";
import { EOPNOTSUPP, OK } from "../../../include/iommu.ts";
import { answered, answerSays, described, type Answers } from "./call-messages.ts";
import { EEXIST } from "./errors.ts";
import type { Named } from "./object-messages.ts";

export type SlotClear = "if-own" | "always" | "never";

export interface ViommuContext {
  readonly at: number;
  /** What a vDEVICE that goes does with the slot of its virtual ID; 7.3.4 clears it if it holds this vDEVICE. */
  readonly slotClear: SlotClear;
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
  | { readonly type: "veventq.found"; readonly by: string; readonly veventq: Named | null }
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
      | ({ readonly type: "veventq.looks-up"; readonly ofType: number } & By)
      | ({
          readonly type: "vevent.is-reported";
          readonly ofType: number;
          readonly virt: number;
          readonly memory: number;
        } & By),
    emitted: {} as ViommuEmits,
    input: {} as { readonly at: number } & Partial<ViommuContext>,
  },
});

const isSame = (a: Named | null, b: Named): boolean => a !== null && a.kind === b.kind && a.at === b.at;
const clears = (rule: SlotClear, isOwn: boolean): boolean => rule === "always" || (rule === "if-own" && isOwn);
const describes = s.emit(({ context, event }) => described(event.by, { parent: context.parent }));

const VIOMMU = "drivers/iommu/iommufd/viommu.c";
const DRIVER = "drivers/iommu/iommufd/driver.c";
const PRIVATE = "drivers/iommu/iommufd/iommufd_private.h";

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
        "veventq.found": {
          says: "hands {by} {veventq?a:no} queue of events",
          origin: linuxAt("7.3.4", PRIVATE, "iommufd_viommu_find_veventq"),
        },
        "vevent.arrives": {
          says: "puts an event of virtual ID {virt} into the queue",
          origin: linuxAt("7.3.4", DRIVER, "iommufd_viommu_report_event"),
        },
      }),
    },
  },
  context: ({ input }) => ({ slotClear: "if-own", parent: null, slots: [], queues: [], ...input }),
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
        slots: ({ context: { slots, slotClear }, event: { virt, vdevice } }) =>
          slots.filter((slot) => slot.virt !== virt || !clears(slotClear, isSame(slot.vdevice, vdevice))),
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
    "veventq.looks-up": {
      actions: s.emit(({ context, event }) => ({
        type: "veventq.found",
        by: (event as By).by,
        veventq: context.queues.find(({ type }) => type === typeOf(event))?.veventq ?? null,
      })),
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
