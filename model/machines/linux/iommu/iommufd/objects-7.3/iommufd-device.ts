/**
 * A device that is bound to an iommufd context, alone in its group: its vDEVICE, and what is attached to its PASIDs.
 *
 * Models  Linux 7.3, drivers/iommu/iommufd/device.c: idev->vdev, idev->destroying and iommufd_device_remove_vdev() (J20, J25);
 *         igroup->pasid_attach with the checks of iommufd_hw_pagetable_attach(), iommufd_device_do_replace() and
 *         iommufd_hwpt_pasid_compat() (J70 to J73); drivers/iommu/iommu.c: the limit of iommu_attach_device_pasid() (J71b).
 *         PASID 0 is the device itself, without PASID (IOMMU_NO_PASID).
 * Omits   Groups of several devices. Reserved regions and MSI. igroup->lock: each check, and each change, is one step.
 */
import { assign, setup } from "xstate";
import { linuxAt } from "../../../../../said.ts";
import { EBUSY, EINVAL, ENOENT, OK } from "../../../include/iommu.ts";
import { answered, answerSays, described, type Answers } from "./call-messages.ts";
import { EEXIST } from "./errors.ts";
import type { Named } from "./object-messages.ts";

export interface Attached {
  readonly pasid: number;
  readonly hwpt: Named;
  /** It was made for devices that use PASIDs: IOMMU_HWPT_ALLOC_PASID. */
  readonly compat: boolean;
  readonly fault: Named | null;
  readonly nested: number;
}

export interface IommufdDeviceContext {
  readonly at: number;
  readonly vdevice: Named | null;
  readonly destroying: boolean;
  readonly maxPasids: number;
  /** Ascending by PASID. */
  readonly attached: readonly Attached[];
}

type By = { readonly by: string };
type OfHwpt = { readonly pasid: number; readonly pasidCompat: number; readonly hwpt: Named } & By;
type Stored = { readonly fault: Named | null; readonly nested: number } & OfHwpt;

const s = setup({
  types: {
    context: {} as IommufdDeviceContext,
    events: {} as
      | ({ readonly type: "object.describes" | "object.is-destroyed" } & By)
      | ({ readonly type: "device.begins"; readonly maxPasids: number } & By)
      | ({ readonly type: "device.claims" | "device.makes-handle" | "device.forgets-vdevice" | "device.ends" } & By)
      | ({ readonly type: "device.names-vdevice"; readonly vdevice: Named } & By)
      | ({ readonly type: "device.checks-attach" | "device.checks-replace" } & OfHwpt)
      | ({ readonly type: "device.stores" } & Stored)
      | ({ readonly type: "device.checks-pasid"; readonly pasid: number; readonly pt: Named | null } & By)
      | ({ readonly type: "device.looks" | "device.unstores"; readonly pasid: number } & By),
    emitted: {} as Answers,
    input: {} as { readonly at: number; readonly vdevice?: Named },
  },
});

const NO_PASID = 0;
const of = ({ attached }: IommufdDeviceContext, pasid: number): Attached | undefined =>
  attached.find((one) => one.pasid === pasid);
const isSame = (a: Named, b: Named): boolean => a.kind === b.kind && a.at === b.at;

/** All HWPTs of a device that uses PASIDs are made for that; a PASID must be one of the device's. */
function misfit(context: IommufdDeviceContext, { pasid, pasidCompat }: OfHwpt): number {
  const { attached, maxPasids } = context;
  if (pasid === NO_PASID) return pasidCompat === 0 && attached.some((one) => one.pasid !== NO_PASID) ? EINVAL : OK;
  const rid = of(context, NO_PASID);
  return pasidCompat === 0 || (rid && !rid.compat) || pasid >= maxPasids ? EINVAL : OK;
}

const DEVICE = "drivers/iommu/iommufd/device.c";

export const iommufdDevice = s.createMachine({
  id: "iommufd-device",
  description: "a device that is bound to an iommufd context",
  meta: {
    origin: linuxAt("7.3.4", DEVICE, "iommufd_device_bind"),
    lane: "struct iommufd_device {at}",
    messages: answerSays,
  },
  context: ({ input }) => ({
    at: input.at,
    vdevice: input.vdevice ?? null,
    destroying: false,
    maxPasids: 0,
    attached: [],
  }),
  on: {
    "object.describes": { actions: s.emit(({ event }) => described(event.by, {})) },
    "object.is-destroyed": { actions: s.emit(({ event }) => described(event.by, {})) },
    "device.begins": { actions: assign({ maxPasids: ({ event }) => event.maxPasids }) },
    "device.claims": {
      actions: s.emit(({ context: { destroying, vdevice }, event }) =>
        answered(event.by, destroying ? ENOENT : vdevice ? EEXIST : OK),
      ),
    },
    "device.names-vdevice": { actions: assign({ vdevice: ({ event }) => event.vdevice }) },
    "device.forgets-vdevice": { actions: assign({ vdevice: null }) },
    "device.ends": {
      actions: [
        assign({ destroying: true }),
        s.emit(({ context, event }) => described(event.by, { vdevice: context.vdevice })),
      ],
    },
    "device.checks-attach": {
      actions: s.emit(({ context, event }) => {
        const asked = event as Extract<typeof event, OfHwpt>;
        return answered(event.by, of(context, asked.pasid) ? EBUSY : misfit(context, asked));
      }),
    },
    /** The same HWPT again is no change; another one is told, with the one that goes. */
    "device.checks-replace": {
      actions: s.emit(({ context, event }) => {
        const asked = event as Extract<typeof event, OfHwpt>;
        const found = of(context, asked.pasid);
        if (!found) return described(asked.by, { old: null }, {}, EINVAL);
        const { hwpt: old, fault, nested } = found;
        if (isSame(old, asked.hwpt)) return described(asked.by, { old: null }, { same: 1 });
        const held = { old, "old-fault": fault };
        return described(asked.by, held, { same: 0, "old-nested": nested }, misfit(context, asked));
      }),
    },
    "device.makes-handle": { actions: s.emit(({ event }) => answered(event.by, OK)) },
    "device.stores": {
      actions: assign({
        attached: ({ context, event: { pasid, hwpt, pasidCompat, fault, nested } }) =>
          [
            ...context.attached.filter((one) => one.pasid !== pasid),
            { pasid, hwpt, compat: pasidCompat === 1, fault, nested },
          ].toSorted((a, b) => a.pasid - b.pasid),
      }),
    },
    "device.looks": {
      actions: s.emit(({ context, event }) => {
        const { by, pasid } = event as Extract<typeof event, { readonly type: "device.looks" | "device.unstores" }>;
        const { hwpt = null, fault = null, nested = 0 } = of(context, pasid) ?? {};
        return described(by, { old: hwpt, "old-fault": fault }, { "old-nested": nested });
      }),
    },
    /** No HWPT is asked for where none is to be attached. */
    "device.checks-pasid": {
      actions: s.emit(({ context, event }) => {
        const { by, pasid, pt } = event as Extract<typeof event, { readonly type: "device.checks-pasid" }>;
        const found = of(context, pasid)?.hwpt ?? null;
        const isEqual = found === null || pt === null ? found === pt : isSame(found, pt);
        return answered(by, isEqual ? OK : EINVAL);
      }),
    },
    "device.unstores": {
      actions: assign({
        attached: ({ context, event }) => context.attached.filter(({ pasid }) => pasid !== event.pasid),
      }),
    },
  },
});
