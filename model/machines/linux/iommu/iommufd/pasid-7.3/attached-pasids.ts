/**
 * struct iommufd_group of Linux 7.3: for each PASID the HWPT that is attached, and the devices of the IOMMU group that have
 * attached it. PASID 0 stands for requests without PASID.
 *
 * Models  Linux 7.3.4, drivers/iommu/iommufd/device.c: struct iommufd_attach (`pasid_attach` of the group, with its
 *         `device_array`), iommufd_get_group(), iommufd_put_group(). The caller holds igroup->lock.
 * Omits   Reserved regions and MSI.
 */
import { assign, emit, setup } from "xstate";
import { linuxAt, messages } from "../../../../../said.ts";
import type { Table } from "./page-tables.ts";

const DEVICE = "drivers/iommu/iommufd/device.c";
const linux73 = (...functions: readonly string[]) => linuxAt("7.3.4", DEVICE, ...functions);

/** struct iommufd_attach */
export type PasidAttach = {
  readonly pasid: number;
  readonly table: Table;
  /** The device that the attach handle names. */
  readonly idev: number;
  /** Ascending. */
  readonly devices: readonly number[];
};

/** A device that is bound; `maxPasids` 0: it has no PASIDs, and the IOMMU core passes it by. */
export type Bound = { readonly device: number; readonly maxPasids: number };

/** What a call sees under igroup->lock. */
export type GroupSeen = {
  readonly attach: PasidAttach | null;
  /** The HWPT of requests without PASID. */
  readonly rid: Table | null;
  readonly hasPasids: boolean;
  readonly bound: readonly Bound[];
};

type OfDevice = { readonly device: number; readonly pasid: number };

export type AttachedPasidsEvent =
  | ({ readonly type: "group.looks"; readonly by: string } & OfDevice)
  | ({ readonly type: "group.stores"; readonly table: Table } & OfDevice)
  | ({ readonly type: "group.adds" | "group.removes" | "group.clears" } & OfDevice)
  | ({ readonly type: "device.binds" } & Bound)
  | { readonly type: "device.unbinds"; readonly device: number };

export type AttachedPasidsEmits = { readonly type: "group.seen"; readonly by: string } & GroupSeen;

export interface AttachedPasidsContext {
  /** By PASID. */
  readonly attached: readonly PasidAttach[];
  readonly bound: readonly Bound[];
}

const s = setup({
  types: {
    context: {} as AttachedPasidsContext,
    events: {} as AttachedPasidsEvent,
    emitted: {} as AttachedPasidsEmits,
  },
});

const at = (attached: readonly PasidAttach[], pasid: number): PasidAttach | undefined =>
  attached.find((one) => one.pasid === pasid);

const stored = ({ attached }: AttachedPasidsContext, one: PasidAttach): Pick<AttachedPasidsContext, "attached"> => ({
  attached: [...attached.filter(({ pasid }) => pasid !== one.pasid), one].sort((a, b) => a.pasid - b.pasid),
});

function withDevices(
  context: AttachedPasidsContext,
  pasid: number,
  of: (devices: readonly number[]) => readonly number[],
): Partial<AttachedPasidsContext> {
  const found = at(context.attached, pasid);
  return found ? stored(context, { ...found, devices: of(found.devices) }) : {};
}

export const attachedPasids = s.createMachine({
  id: "attached-pasids",
  description: "struct iommufd_group: the HWPT of each PASID of an IOMMU group",
  meta: {
    origin: linux73("iommufd_hw_pagetable_attach"),
    lane: "struct iommufd_group",
    messages: messages<AttachedPasidsEmits>({
      "group.seen": { says: "tells {by} what is attached", origin: linux73("iommufd_group_first_attach") },
    }),
  },
  context: { attached: [], bound: [] },
  on: {
    "group.looks": {
      actions: emit(({ context: { attached, bound }, event: { by, pasid } }) => ({
        type: "group.seen",
        by,
        attach: at(attached, pasid) ?? null,
        rid: at(attached, 0)?.table ?? null,
        hasPasids: attached.some((one) => one.pasid > 0),
        bound,
      })),
    },
    "group.stores": {
      actions: assign(({ context, event: { device, pasid, table } }) =>
        stored(context, { pasid, table, idev: device, devices: at(context.attached, pasid)?.devices ?? [] }),
      ),
    },
    "group.adds": {
      actions: assign(({ context, event: { device, pasid } }) =>
        withDevices(context, pasid, (devices) => [...devices, device].sort((a, b) => a - b)),
      ),
    },
    "group.removes": {
      meta: { origin: linux73("iommufd_hw_pagetable_detach") },
      actions: assign(({ context, event: { device, pasid } }) =>
        withDevices(context, pasid, (devices) => devices.filter((one) => one !== device)),
      ),
    },
    "group.clears": {
      meta: { origin: linux73("iommufd_hw_pagetable_detach") },
      actions: assign({
        attached: ({ context, event }) => context.attached.filter(({ pasid }) => pasid !== event.pasid),
      }),
    },
    "device.binds": {
      meta: { origin: linux73("iommufd_bind_iommu") },
      actions: assign({
        bound: ({ context, event: { device, maxPasids } }) =>
          [...context.bound, { device, maxPasids }].sort((a, b) => a.device - b.device),
      }),
    },
    "device.unbinds": {
      meta: { origin: linux73("iommufd_device_destroy") },
      actions: assign({ bound: ({ context, event }) => context.bound.filter(({ device }) => device !== event.device) }),
    },
  },
});
