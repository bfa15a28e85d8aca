/**
 * struct iommufd_group: the HWPT of an IOMMU group, its attached devices, and the attach handle that a fault report follows
 * to a device.
 *
 * Models  Linux 6.12, drivers/iommu/iommufd/device.c: struct iommufd_group, and struct iommufd_attach_handle, whose `idev` is
 *         the device that attached first, or replaced last (D9: the reports of its siblings carry its name); io-pgfault.c:
 *         find_fault_handler() (iopf-core 1.4, 3.2).
 * Omits   Handles of PASIDs, whose faults have another handler. The lock, which the callers hold. Partial faults, and groups
 *         for which memory is missing (linux/iommu/io-pgfault).
 *         The handle that a fault had when it was reported: a record that is read after a replace has stored its handle, and
 *         before the faults of the old one are answered, names the old `idev`. Here it names the new one.
 */
import type { Slot } from "../../../../../units.ts";
import { assign, emit, enqueueActions, setup } from "xstate";
import { atWill, linux612, messages } from "../../../../../said.ts";

/** The device that a report names: `idev` of the attach handle, or the device of the request (its fault parameter). */
export type ReportNames = "first-attached" | "faulting-device";

const DEVICE = "drivers/iommu/iommufd/device.c";
const IOPF = "drivers/iommu/io-pgfault.c";

export interface GroupInput {
  readonly names: ReportNames;
  /** Page tables with a fault queue. */
  readonly faulting: readonly number[];
}

export interface GroupContext extends GroupInput {
  /** HWPT of requests without PASID, and of the one PASID. */
  readonly rid: number | null;
  readonly pasid: number | null;
  /** Attached devices, ascending. */
  readonly members: readonly number[];
  /** The device that the handle points to, and whether it was freed since. */
  readonly handle: { readonly device: number; readonly freed: boolean } | null;
}

export type GroupEvent =
  | { readonly type: "group.looks"; readonly by: string }
  | { readonly type: "group.stores"; readonly slot: Slot; readonly hwpt: number | null; readonly device: number | null }
  | { readonly type: "group.adds" | "group.removes" | "group.forgets"; readonly device: number }
  | { readonly type: "fault.reports"; readonly device: number; readonly param: boolean }
  | { readonly type: "report.names"; readonly device: number };

export type GroupEmits =
  | {
      readonly type: "group.seen";
      readonly by: string;
      readonly rid: number | null;
      readonly pasid: number | null;
      readonly members: readonly number[];
    }
  | { readonly type: "fault.queued"; readonly device: number; readonly hwpt: number }
  | { readonly type: "fault.answered"; readonly device: number; readonly code: "invalid" | "no-param" }
  | { readonly type: "report.named"; readonly device: number; readonly names: number; readonly dangling: boolean };

const s = setup({
  types: {
    context: {} as GroupContext,
    events: {} as GroupEvent,
    emitted: {} as GroupEmits,
    input: {} as GroupInput,
  },
});

const without = (members: readonly number[], device: number): readonly number[] =>
  members.filter((one) => one !== device);

export const iommufdGroup = s.createMachine({
  id: "iommufd-group",
  description: "an IOMMU group of iommufd: its HWPT, its members and its attach handle",
  meta: {
    origin: linux612(DEVICE, "iommufd_hw_pagetable_attach"),
    lane: "struct iommufd_group",
    messages: messages<GroupEmits>({
      "group.seen": {
        says: "tells {by}: HWPT {rid}, HWPT of the PASID {pasid}, members [{members}]",
        origin: atWill("the thread that reads it"),
      },
      "fault.queued": {
        says: "queues the fault of device {device} for HWPT {hwpt}",
        origin: linux612("drivers/iommu/iommufd/fault.c", "iommufd_fault_iopf_handler"),
      },
      "fault.answered": {
        says: "answers the fault of device {device} by itself: {code}",
        origin: linux612(IOPF, "iommu_report_device_fault"),
      },
      "report.named": {
        says: "reports the fault of device {device} as one of device {names}",
        origin: linux612("drivers/iommu/iommufd/fault.c", "iommufd_compose_fault_message"),
      },
    }),
  },
  context: ({ input }) => ({ ...input, rid: null, pasid: null, members: [], handle: null }),
  on: {
    "group.looks": {
      actions: emit(({ context: { rid, pasid, members }, event: { by } }) => ({
        type: "group.seen",
        by,
        rid,
        pasid,
        members,
      })),
    },
    "group.stores": [
      { guard: ({ event }) => event.slot === "pasid", actions: assign({ pasid: ({ event }) => event.hwpt }) },
      {
        actions: assign(({ event: { hwpt, device } }) => ({
          rid: hwpt,
          handle: hwpt === null ? null : { device: device!, freed: false },
        })),
      },
    ],
    "group.adds": {
      actions: assign({
        members: ({ context, event }) =>
          [...without(context.members, event.device), event.device].sort((a, b) => a - b),
      }),
    },
    "group.removes": {
      actions: assign({ members: ({ context, event }) => without(context.members, event.device) }),
    },
    /** The object of the device is freed, and a handle that points to it dangles. */
    "group.forgets": {
      guard: ({ context, event }) => context.handle?.device === event.device,
      actions: assign({ handle: ({ event }) => ({ device: event.device, freed: true }) }),
    },
    /** Without a handler, or without a fault parameter, the core answers by itself. */
    "fault.reports": {
      actions: enqueueActions(({ context: { rid, faulting }, event: { device, param }, enqueue }) => {
        if (rid === null || !faulting.includes(rid)) enqueue.emit({ type: "fault.answered", device, code: "invalid" });
        else if (!param) enqueue.emit({ type: "fault.answered", device, code: "no-param" });
        else enqueue.emit({ type: "fault.queued", device, hwpt: rid });
      }),
    },
    "report.names": {
      actions: emit(({ context: { names, handle }, event: { device } }) =>
        names === "faulting-device" || !handle
          ? { type: "report.named", device, names: device, dangling: false }
          : { type: "report.named", device, names: handle.device, dangling: handle.freed },
      ),
    },
  },
});
