/**
 * Which HWPT a device gets, as lists of steps: one that the caller names, or one that iommufd finds or makes for an IOAS.
 *
 * Models  Linux 7.3.4, drivers/iommu/iommufd/device.c: iommufd_device_change_pt(), iommufd_device_auto_get_domain();
 *         hw_pagetable.c: iommufd_hwpt_paging_alloc() with immediate_attach; iommufd_private.h: iommufd_hw_pagetable_put().
 *         A new HWPT is attached before the mappings of the IOAS are in it; a replace makes it whole first.
 * Omits   ioas->mutex, which is held over all of it. An automatic HWPT that another thread destroys meanwhile.
 */
import { EINVAL, ENOMEM } from "../../../include/iommu.ts";
import type { Named } from "../objects-7.3/object-messages.ts";
import { change, object, type AttachCall, type Plan, type Slot, type Step } from "./ioctl-steps.ts";
import { detachOf } from "./plan-attach.ts";
import type { Table } from "./page-tables.ts";

const paging = (hwpt: number): Named => object("hwpt-paging", hwpt);

/** The HWPT gives way: destroyed while it was never published. */
export const undoes = (hwpt: number): Step => ({ do: "read-table", hwpt, use: { name: "undo" }, failed: [] });

/** iommufd_device_do_attach() or iommufd_device_do_replace() with this HWPT. */
const tries = (hwpt: number, call: AttachCall, slot: Slot, failed: Plan): Plan => [
  { do: "read-table", hwpt, use: { name: call, slot }, failed },
];

/** iommufd_device_change_pt(), with the object that was looked up. */
export function changesTable(found: Named, call: AttachCall, slot: Slot, failed: Plan): Plan {
  const fails: Plan = [change("put", found), ...failed];
  const puts: Plan = [change("put", found), { do: "put-old" }];
  if (found.kind === "ioas") return [{ do: "list-autos", ioas: found, slot, call, failed: fails }, ...puts];
  return found.kind === "hwpt-paging" || found.kind === "hwpt-nested"
    ? [...tries(found.at, call, slot, fails), ...puts]
    : [{ do: "refuse", error: EINVAL, failed: fails }];
}

/** One automatic HWPT after the other; EINVAL: it does not fit. */
export function triesAutos(
  autos: readonly number[],
  ioas: Named,
  call: AttachCall,
  slot: Slot,
  made: number,
  failed: Plan,
): Plan {
  const [hwpt, ...others] = autos;
  if (hwpt === undefined) return makesAuto(made, ioas, call, slot, failed);
  const next: Step = {
    do: "unless-invalid",
    invalid: triesAutos(others, ioas, call, slot, made, failed),
    other: failed,
  };
  return [
    change("lock-object", paging(hwpt)),
    ...tries(hwpt, call, slot, [change("put", paging(hwpt)), next]),
    { do: "read-table", hwpt, use: { name: "tell" }, failed: [] },
    change("put", paging(hwpt)),
  ];
}

function makesAuto(hwpt: number, ioas: Named, call: AttachCall, slot: Slot, failed: Plan): Plan {
  const fails: Plan = [undoes(hwpt), ...failed];
  const isImmediate = call === "attach";
  const maps: Step = {
    do: "may-fail",
    in: "iopt_table_add_domain",
    error: ENOMEM,
    failed: isImmediate ? [...detachOf(slot, false), ...fails] : fails,
  };
  const attaches = tries(hwpt, call, slot, fails);
  return [
    { do: "allocate-object", object: paging(hwpt), as: "hwpt", failed },
    change("ref", ioas),
    {
      do: "may-fail",
      in: "iommufd_hwpt_paging_alloc",
      error: ENOMEM,
      failed: [
        { do: "destroy", object: paging(hwpt), aborts: true },
        change("unref", ioas),
        change("abort", paging(hwpt)),
        ...failed,
      ],
    },
    { do: "make-table", as: "hwpt", table: tableOf(hwpt, ioas) },
    ...(isImmediate ? [...attaches, maps] : [maps, ...attaches]),
    { do: "set-auto", hwpt },
    change("publish", paging(hwpt)),
  ];
}

const tableOf = (hwpt: number, base: Named): Omit<Table, "id"> => ({
  hwpt,
  kind: "hwpt-paging",
  base,
  queue: null,
  pasidCompat: false,
  nestParent: false,
  auto: false,
});

/** iommufd_hw_pagetable_put(): an automatic HWPT goes with its last user. */
export const putsTable = ({ kind, hwpt, auto }: Table): Plan =>
  auto ? [{ do: "leave", object: object(kind, hwpt), waited: false }] : [change("unref", object(kind, hwpt))];
