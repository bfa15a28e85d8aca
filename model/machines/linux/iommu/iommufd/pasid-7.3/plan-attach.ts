/**
 * How Linux 7.3 attaches an HWPT to a PASID of a device, replaces it and detaches it, as lists of steps under igroup->lock.
 *
 * Models  Linux 7.3.4, drivers/iommu/iommufd/device.c: iommufd_hw_pagetable_attach(), iommufd_device_do_replace(),
 *         iommufd_hw_pagetable_detach(), iommufd_hwpt_pasid_compat(), iommufd_hwpt_attach_device(),
 *         iommufd_hwpt_replace_device(), iommufd_hwpt_detach_device(); drivers/iommu/iommu.c: iommu_attach_group_handle(),
 *         iommu_replace_group_handle(), iommu_detach_group_handle(), iommu_attach_device_pasid(),
 *         iommu_replace_device_pasid(), iommu_detach_device_pasid(), __iommu_set_group_pasid().
 *         Against 6.12: the driver enables and disables page faults as it sets a domain. The handle is stored after the driver
 *         has succeeded, also by an attach. There is no drain besides the driver's.
 * Omits   Reserved regions and MSI. A PASID that another subsystem has attached. A device in reset (recovery_cnt). Virtual
 *         functions with PRI. Devices of the IOMMU group that are not bound to iommufd.
 */
import { EBUSY, EINVAL, ENOMEM } from "../../../include/iommu.ts";
import { attachHandle, type Attachment, type Domain } from "../../io-pgfault/6.12/attach-handles.ts";
import type { GroupSeen } from "./attached-pasids.ts";
import { change, object, type Plan, type Slot, type Step } from "./ioctl-steps.ts";
import { domainOf, type Table } from "./page-tables.ts";

const ATTACH = "iommufd_hw_pagetable_attach";
const hwptOf = ({ kind, hwpt }: Table) => object(kind, hwpt);
const unlocks = ({ device }: Slot): Step => ({ do: "unlock-group", device });
const times = (count: number, step: Step): Plan => Array.from({ length: count }, () => step);

/** The devices that the IOMMU core calls the driver for. */
const reached = ({ bound }: GroupSeen, { pasid }: Slot): readonly number[] =>
  bound.filter(({ maxPasids }) => pasid === 0 || maxPasids > 0).map(({ device }) => device);

/** iommu_attach_device_pasid(): the PASID is beyond what a device of the group has. */
const isTooBig = ({ bound }: GroupSeen, { pasid }: Slot): boolean =>
  pasid > 0 && bound.some(({ maxPasids }) => maxPasids > 0 && pasid >= maxPasids);

/** iommufd_hwpt_pasid_compat() */
const isCompatible = ({ rid, hasPasids }: GroupSeen, { pasidCompat }: Table, { pasid }: Slot): boolean =>
  pasid === 0 ? pasidCompat || !hasPasids : pasidCompat && (rid === null || rid.pasidCompat);

/** One device after the other; after a failure those before it go back to the old domain. */
function switches(seen: GroupSeen, slot: Slot, domain: Domain | null, old: Domain | null, failed: Plan): Plan {
  const devices = reached(seen, slot);
  const back = (done: readonly number[]): Plan =>
    done.map((device) => ({ do: "set-domain", device, pasid: slot.pasid, domain: old, old: domain, failed: [] }));
  return devices.map((device, index) => ({
    do: "set-domain",
    device,
    pasid: slot.pasid,
    domain,
    old,
    failed: [...back(devices.slice(0, index)), ...failed],
  }));
}

const handleFor = ({ device, pasid }: Slot, table: Table): Attachment => ({
  pasid,
  domain: domainOf(table),
  idev: device,
});

/** iommufd_auto_response_faults(), and the end of the old handle. */
function lets(seen: GroupSeen, { device, pasid }: Slot, iommuGroup: number): Plan {
  const { table, idev } = seen.attach!;
  const old: Attachment = { pasid, domain: domainOf(table), idev };
  const { queue } = table;
  return [
    ...(queue === null
      ? []
      : ([
          { do: "lock-queue", queue, handle: attachHandle(iommuGroup, old) },
          { do: "answer", queue, handle: attachHandle(iommuGroup, old) },
          { do: "unlock-queue", queue },
        ] as const)),
    { do: "free-handle", device, ...old },
  ];
}

export function attaches(seen: GroupSeen, table: Table, slot: Slot, failed: Plan): Plan {
  const { device, pasid } = slot;
  const fails = [unlocks(slot), ...failed];
  const refuses = (error: number): Plan => [{ do: "refuse", error, failed: fails }];
  const allocates: Step = { do: "may-fail", in: ATTACH, error: ENOMEM, failed: fails };
  const joins: Plan = [change("ref", hwptOf(table)), { do: "add", device, pasid }, unlocks(slot)];
  if (seen.attach?.devices.includes(device)) return [allocates, ...refuses(EBUSY)];
  if (seen.attach)
    return seen.attach.table.hwpt === table.hwpt ? [allocates, ...joins] : [allocates, ...refuses(EINVAL)];
  if (!isCompatible(seen, table, slot)) return [allocates, ...refuses(EINVAL)];
  if (isTooBig(seen, slot)) return [allocates, ...refuses(EINVAL)];
  return [
    allocates,
    { do: "may-fail", in: "iommufd_hwpt_attach_device", error: ENOMEM, failed: fails },
    ...switches(seen, slot, domainOf(table), null, fails),
    { do: "insert", device, ...handleFor(slot, table) },
    { do: "store", device, pasid, table },
    ...joins,
  ];
}

/** The caller puts the old HWPT after it has dropped the lock. */
export function replaces(seen: GroupSeen, table: Table, slot: Slot, iommuGroup: number, failed: Plan): Plan {
  const { device, pasid } = slot;
  const fails = [unlocks(slot), ...failed];
  const refuses: Plan = [{ do: "refuse", error: EINVAL, failed: fails }];
  if (!seen.attach?.devices.includes(device)) return refuses;
  const { table: old, devices } = seen.attach;
  if (old.hwpt === table.hwpt) return [unlocks(slot)];
  if (!isCompatible(seen, table, slot)) return refuses;
  return [
    { do: "may-fail", in: "iommufd_hwpt_replace_device", error: ENOMEM, failed: fails },
    ...switches(seen, slot, domainOf(table), domainOf(old), fails),
    { do: "replace-handle", device, ...handleFor(slot, table) },
    ...lets(seen, slot, iommuGroup),
    { do: "store", device, pasid, table },
    ...times(devices.length, change("ref", hwptOf(table))),
    ...times(devices.length - 1, change("unref", hwptOf(old))),
    { do: "keep-old", table: old },
    unlocks(slot),
  ];
}

/** A PASID that nobody of the group has attached is nothing to detach. */
export function detaches(seen: GroupSeen, slot: Slot, iommuGroup: number, unrefs: boolean): Plan {
  const { device, pasid } = slot;
  if (!seen.attach) return [unlocks(slot)];
  const { table, devices } = seen.attach;
  const isLast = devices.every((one) => one === device);
  return [
    { do: "remove-device", device, pasid },
    ...(isLast
      ? ([
          ...switches(seen, slot, null, domainOf(table), []),
          { do: "erase", device, pasid },
          ...lets(seen, slot, iommuGroup),
          { do: "clear", device, pasid },
        ] as const)
      : []),
    unlocks(slot),
    { do: "keep-old", table },
    { do: "put-old" },
    ...(unrefs ? [change("unref", object("device", device))] : []),
  ];
}

/** iommufd_device_detach(), or without `unrefs` iommufd_hw_pagetable_detach(). */
export const detachOf = (slot: Slot, unrefs: boolean): Plan => [
  { do: "lock-group", device: slot.device },
  { do: "read-group", slot, use: { name: "detach", unrefs }, failed: [] },
];
