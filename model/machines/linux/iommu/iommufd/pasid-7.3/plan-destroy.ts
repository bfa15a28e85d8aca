/**
 * How the objects of an iommufd context of Linux 7.3 go: one by IOMMU_DESTROY, or all with the context, as lists of steps.
 *
 * Models  Linux 7.3.4, drivers/iommu/iommufd/main.c: iommufd_object_remove(), iommufd_fops_release(); the destroy functions of
 *         device.c, eventq.c and selftest.c: iommufd_device_destroy(), iommufd_fault_destroy(), iommufd_selftest_destroy().
 *         A device of the selftest is a user of its iommufd object, as a driver of VFIO is.
 * Omits   Objects of which another machine has the destroy function: it hears that the function is entered.
 */
import type { Named } from "../objects-7.3/object-messages.ts";
import { change, object, type Plan } from "./ioctl-steps.ts";
import { detachOf } from "./plan-attach.ts";

/** The destroy function of the type. */
function own({ kind, at }: Named): Plan {
  if (kind === "hwpt-paging" || kind === "hwpt-nested")
    return [{ do: "read-table", hwpt: at, use: { name: "destroy" }, failed: [] }];
  if (kind === "selftest") return [...detachOf({ device: at, pasid: 0 }, true), ...unbinds(at)];
  if (kind === "device") return [{ do: "unbind", device: at }];
  return kind === "fault"
    ? [
        { do: "answer", queue: at, handle: null },
        { do: "destroy-queue", queue: at },
      ]
    : [];
}

/** iommufd_device_unbind() */
export const unbinds = (device: number): Plan => [
  { do: "drop-wait", object: object("device", device) },
  { do: "leave", object: object("device", device), waited: true },
];

/** The object has left the table. */
export const destroys = (what: Named): Plan => [
  { do: "destroy", object: what, aborts: false },
  ...own(what),
  change("free", what),
];

/** The same, after its short users are gone. */
export const awaitsAndDestroys = (what: Named): Plan => [{ do: "drop-wait", object: what }, ...destroys(what)];

/** iommufd_fops_release() */
export const releases: Plan = [{ do: "sweep", after: 0 }];
