/**
 * The calls of a program on an iommufd context of Linux 7.3, as lists of steps. Devices are those of iommufd's selftest, whose
 * test ioctls do what VFIO does for its own: bind, attach, replace and detach.
 *
 * Models  Linux 7.3.4, drivers/iommu/iommufd/main.c: iommufd_fops_ioctl(), iommufd_destroy(); eventq.c:
 *         iommufd_fault_alloc(); hw_pagetable.c: iommufd_hwpt_alloc(); device.c: iommufd_device_bind(),
 *         iommufd_device_attach(); selftest.c: iommufd_test_mock_domain(), iommufd_test_mock_domain_replace(),
 *         iommufd_test_pasid_attach(), iommufd_test_pasid_replace(), iommufd_test_pasid_detach(),
 *         iommufd_test_pasid_check_hwpt(), iommufd_test_trigger_iopf().
 */
import { EFAULT, EINVAL, ENOENT, ENOMEM, type Fault } from "../../../include/iommu.ts";
import type { Named } from "../objects-7.3/object-messages.ts";
import type { GroupSeen } from "./attached-pasids.ts";
import {
  change,
  object,
  RETURNS_ERROR,
  RETURNS_OK,
  type AttachCall,
  type HwptAsked,
  type Plan,
  type Slot,
  type Step,
} from "./ioctl-steps.ts";
import { detachOf } from "./plan-attach.ts";
import { unbinds } from "./plan-destroy.ts";

export type IoctlEvent =
  /** Test ioctls. `self` is the ID of the device's selftest object, `table` that of an HWPT or IOAS. */
  | ({ readonly type: "ioctl.attaches" | "ioctl.replaces"; readonly self: number; readonly table: number } & Slot)
  | ({ readonly type: "ioctl.detaches"; readonly self: number } & Slot)
  | ({ readonly type: "ioctl.checks"; readonly self: number; readonly table: number | null } & Slot)
  | {
      readonly type: "ioctl.makes-device";
      readonly device: number;
      readonly maxPasids: number;
      readonly ioas: number;
    }
  /** `id`: that of the device. */
  | { readonly type: "ioctl.faults"; readonly id: number; readonly fault: Fault }
  /** `self`: the ID of the device, `base` that of the IOAS, HWPT or vIOMMU. */
  | ({ readonly type: "ioctl.allocates-hwpt"; readonly self: number; readonly base: number } & Omit<HwptAsked, "hwpt">)
  | { readonly type: "ioctl.creates-queue"; readonly queue: number }
  | { readonly type: "ioctl.destroys"; readonly id: number };

const copies = (failed: Plan): Step => ({ do: "may-fail", in: "copy_struct_from_user", error: EFAULT, failed });
const responds = (failed: Plan): Step => ({ do: "may-fail", in: "iommufd_ucmd_respond", error: EFAULT, failed });
const looksUp = (id: number, kind: Named["kind"] | null, error: number, failed: Plan): Step => ({
  do: "look-up",
  id,
  kind,
  error,
  failed,
});

/** A test ioctl of a device: what it does between the look-up of its object and the put. */
function ofDevice(self: number, device: number, does: (failed: Plan) => Plan): Plan {
  const puts = change("put", object("selftest", device));
  return [
    copies(RETURNS_ERROR),
    looksUp(self, "selftest", ENOENT, RETURNS_ERROR),
    ...does([puts, ...RETURNS_ERROR]),
    puts,
    ...RETURNS_OK,
  ];
}

const changes = (call: AttachCall, table: number, slot: Slot, failed: Plan): Plan => [
  looksUp(table, null, ENOENT, failed),
  { do: "use", as: { name: "change-table", call, slot, failed } },
];

/** iommufd_device_attach() */
const attaches = (table: number, slot: Slot, failed: Plan): Plan => [
  ...changes("attach", table, slot, failed),
  change("ref", object("device", slot.device)),
];

function makesDevice(device: number, maxPasids: number, ioas: number): Plan {
  const [test, bound] = [object("selftest", device), object("device", device)];
  const slot = { device, pasid: 0 };
  const withoutTest: Plan = [change("abort", test), ...RETURNS_ERROR];
  const withoutBind: Plan = [...unbinds(device), ...withoutTest];
  return [
    copies(RETURNS_ERROR),
    { do: "allocate-object", object: test, as: "stdev", failed: RETURNS_ERROR },
    { do: "may-fail", in: "mock_dev_create", error: ENOMEM, failed: withoutTest },
    { do: "allocate-object", object: bound, as: "idev", failed: withoutTest },
    {
      do: "may-fail",
      in: "iommufd_bind_iommu",
      error: ENOMEM,
      failed: [{ do: "destroy", object: bound, aborts: true }, change("abort", bound), ...withoutTest],
    },
    { do: "bind", device, maxPasids },
    change("ref", bound),
    change("publish", bound),
    ...attaches(ioas, slot, withoutBind),
    responds([...detachOf(slot, true), ...withoutBind]),
    change("publish", test),
    ...RETURNS_OK,
  ];
}

function createsQueue(queue: number): Plan {
  const own = object("fault", queue);
  const aborts: Plan = [change("abort", own), ...RETURNS_ERROR];
  const enters: Step = { do: "destroy", object: own, aborts: true };
  return [
    copies(RETURNS_ERROR),
    { do: "allocate-object", object: own, as: "id", failed: RETURNS_ERROR },
    { do: "may-fail", in: "iommufd_eventq_init", error: ENOMEM, failed: [enters, ...aborts] },
    { do: "create-queue", queue },
    change("ref", own),
    responds([{ do: "close-file", queue }, change("unref", own), enters, { do: "destroy-queue", queue }, ...aborts]),
    change("publish", own),
    ...RETURNS_OK,
  ];
}

/** iommufd_hwpt_alloc() */
function allocates(self: number, base: number, asked: HwptAsked): Plan {
  const puts = change("put", object("device", asked.device));
  const failed: Plan = [puts, ...RETURNS_ERROR];
  return [
    copies(RETURNS_ERROR),
    looksUp(self, "device", ENOENT, RETURNS_ERROR),
    looksUp(base, null, EINVAL, failed),
    { do: "use", as: { name: "alloc-hwpt", asked, failed } },
    puts,
    ...RETURNS_OK,
  ];
}

/** `made`: the number of the next HWPT. */
export function planOf(event: IoctlEvent, made: number): Plan {
  switch (event.type) {
    case "ioctl.attaches": {
      const { self, device, pasid, table } = event;
      const slot = { device, pasid };
      return ofDevice(self, device, (failed) => [
        ...attaches(table, slot, failed),
        responds([...detachOf(slot, true), ...failed]),
      ]);
    }
    case "ioctl.replaces": {
      const { self, device, pasid, table } = event;
      return ofDevice(self, device, (failed) => [
        ...changes("replace", table, { device, pasid }, failed),
        responds(failed),
      ]);
    }
    case "ioctl.detaches":
      return ofDevice(event.self, event.device, () => detachOf({ device: event.device, pasid: event.pasid }, true));
    case "ioctl.checks": {
      const { self, device, pasid, table } = event;
      const slot = { device, pasid };
      return ofDevice(self, device, (failed) =>
        table === null
          ? [{ do: "read-group", slot, use: { name: "check", hwpt: null }, failed }]
          : [looksUp(table, null, ENOENT, failed), { do: "use", as: { name: "check", slot, failed } }],
      );
    }
    case "ioctl.makes-device":
      return makesDevice(event.device, event.maxPasids, event.ioas);
    case "ioctl.faults": {
      const { id, fault } = event;
      return [
        copies(RETURNS_ERROR),
        looksUp(id, "device", ENOENT, RETURNS_ERROR),
        { do: "report", fault },
        change("put", object("device", fault.device)),
        ...RETURNS_OK,
      ];
    }
    case "ioctl.allocates-hwpt": {
      const { self, base, device, fault, pasid, nestParent } = event;
      return allocates(self, base, { device, hwpt: made, fault, pasid, nestParent });
    }
    case "ioctl.creates-queue":
      return createsQueue(event.queue);
    case "ioctl.destroys":
      return [copies(RETURNS_ERROR), { do: "remove", id: event.id, failed: RETURNS_ERROR }, ...RETURNS_OK];
  }
}

/** iommufd_test_pasid_check_hwpt(), with the HWPT that was looked up. */
export function checksTable(found: Named, slot: Slot, failed: Plan): Plan {
  const puts = change("put", found);
  const fails: Plan = [puts, ...failed];
  if (found.kind !== "hwpt-paging" && found.kind !== "hwpt-nested")
    return [{ do: "refuse", error: EINVAL, failed: fails }];
  return [{ do: "read-group", slot, use: { name: "check", hwpt: found.at }, failed: fails }, puts];
}

/** Whether exactly this HWPT is attached; null: none is. */
export const checks = ({ attach }: GroupSeen, hwpt: number | null, failed: Plan): Plan =>
  (attach?.table.hwpt ?? null) === hwpt ? [] : [{ do: "refuse", error: EINVAL, failed }];
