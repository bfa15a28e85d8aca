/**
 * IOMMU_HWPT_ALLOC of Linux 7.3, and how an HWPT goes, as lists of steps.
 *
 * Models  Linux 7.3.4, drivers/iommu/iommufd/hw_pagetable.c: iommufd_hwpt_alloc(), iommufd_hwpt_paging_alloc(),
 *         iommufd_hwpt_nested_alloc(), iommufd_viommu_alloc_hwpt_nested(), iommufd_hwpt_paging_destroy(),
 *         iommufd_hwpt_nested_destroy() and their abort functions. The fault queue is looked up last: by then there is an HWPT
 *         to undo.
 * Omits   Dirty tracking, the data of drivers, several IOMMU instances.
 */
import { EFAULT, EINVAL, ENOENT, ENOMEM, EOPNOTSUPP } from "../../../include/iommu.ts";
import type { Named } from "../objects-7.3/object-messages.ts";
import { change, object, type HwptAsked, type Plan, type Step } from "./ioctl-steps.ts";
import { undoes } from "./plan-table.ts";
import type { Table } from "./page-tables.ts";

const refuses = (error: number, failed: Plan): Plan => [{ do: "refuse", error, failed }];

/** By the object that the HWPT is to lie on, which was looked up. */
export function allocatesHwpt(base: Named, asked: HwptAsked, failed: Plan): Plan {
  const fails: Plan = [change("put", base), ...failed];
  const puts = change("put", base);
  const { fault, nestParent } = asked;
  if (base.kind === "ioas")
    return fault !== null && nestParent
      ? refuses(EOPNOTSUPP, fails)
      : [...makes("hwpt-paging", base, asked, "iommufd_hwpt_paging_alloc", fails), puts];
  if (base.kind !== "hwpt-paging" && base.kind !== "viommu") return refuses(EINVAL, fails);
  if (nestParent) return refuses(EOPNOTSUPP, fails);
  return base.kind === "hwpt-paging"
    ? [{ do: "read-table", hwpt: base.at, use: { name: "nest", asked }, failed: fails }, puts]
    : [...makes("hwpt-nested", base, asked, "iommufd_viommu_alloc_hwpt_nested", fails), puts];
}

/** iommufd_hwpt_nested_alloc() */
export const nestsOn = (parent: Table, asked: HwptAsked, failed: Plan): Plan =>
  parent.auto || !parent.nestParent
    ? refuses(EINVAL, failed)
    : makes("hwpt-nested", object(parent.kind, parent.hwpt), asked, "iommufd_hwpt_nested_alloc", failed);

function makes(kind: Table["kind"], base: Named, asked: HwptAsked, where: string, failed: Plan): Plan {
  const { hwpt, pasid: pasidCompat, nestParent, fault } = asked;
  const own = object(kind, hwpt);
  const fails: Plan = [undoes(hwpt), ...failed];
  const withoutDomain: Plan = [
    { do: "destroy", object: own, aborts: true },
    change("unref", base),
    change("abort", own),
    ...failed,
  ];
  return [
    { do: "allocate-object", object: own, as: "id", failed },
    change("ref", base),
    { do: "may-fail", in: where, error: ENOMEM, failed: withoutDomain },
    { do: "make-table", as: "id", table: { hwpt, kind, base, queue: null, pasidCompat, nestParent, auto: false } },
    ...(kind === "hwpt-paging"
      ? [{ do: "may-fail", in: "iopt_table_add_domain", error: ENOMEM, failed: fails } as const]
      : []),
    ...(fault === null
      ? []
      : ([
          { do: "look-up", id: fault, kind: "fault", error: ENOENT, failed: fails },
          { do: "use", as: { name: "add-queue", hwpt } },
        ] as const)),
    { do: "may-fail", in: "iommufd_ucmd_respond", error: EFAULT, failed: fails },
    change("publish", own),
  ];
}

/** The fault queue that was looked up becomes that of the HWPT. */
export const addsQueue = (fault: Named, hwpt: number): Plan => [
  { do: "set-queue", hwpt, queue: fault.at },
  change("ref", fault),
  change("put", fault),
];

/** What an HWPT gives back. */
const givesBack = ({ hwpt, queue, base }: Table): Plan => [
  { do: "free-table", hwpt },
  ...(queue === null ? [] : [change("unref", object("fault", queue))]),
  change("unref", base),
];

/** After the destroy function was entered. */
export const destroysTable = (table: Table): Plan => givesBack(table);

/** iommufd_object_abort_and_destroy() */
export function undoesTable(table: Table): Plan {
  const own = object(table.kind, table.hwpt);
  const enters: Step = { do: "destroy", object: own, aborts: true };
  return [enters, ...givesBack(table), change("abort", own)];
}
