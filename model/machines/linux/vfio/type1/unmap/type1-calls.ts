/**
 * The calls that meet in a type1 container while VFIO_IOMMU_UNMAP_DMA calls drivers, as lists of steps: which lock each
 * takes, in which order, and what it does under it.
 *
 * Models  Linux 6.1.192 and 6.12.117, where these functions read alike. drivers/vfio/vfio_iommu_type1.c:
 *         vfio_dma_do_unmap(), vfio_dma_do_map(), vfio_iommu_type1_pin_pages(), vfio_iommu_type1_unpin_pages(),
 *         vfio_iommu_type1_register_device(), vfio_iommu_type1_unregister_device(). The last close of a device calls
 *         close_device() and then unregisters the device (vfio_device_fops_release() in 6.1, vfio_df_device_last_close()
 *         in 6.12). The dma_unmap() callbacks: intel_vgpu_dma_unmap(), vfio_ap_mdev_dma_unmap(), vfio_ccw_dma_unmap().
 *         A slow callback is no case of its own, because another thread may run between any two steps.
 *         Finer than accounting/mdev-callback.ts and accounting/mdev-pinner.ts, which have one callback (look-up and unpin
 *         under the driver's lock), one mapping, and devices that close only when they hold nothing.
 * Omits   Charges and the pages themselves, which the focused model `accounting` has.
 *         Ranges of several mappings: one call meets one mapping.
 *         group->group_lock and dev_set->lock, which an open or a close holds around its steps. No UNMAP, pin or callback
 *         takes them, so they close no circle here.
 *         open_device(), which an open calls after it has registered the device (6.12) or before that (6.1). It takes
 *         neither iommu->lock nor device_list_lock, and it takes a driver's lock only outside of them
 *         (vfio_ap_mdev_set_kvm(): mdevs_lock), so it closes no circle.
 *         Devices without dma_unmap(), as those of vfio-pci: vfio_iommu_type1_register_device() returns before it takes a
 *         lock.
 *         A reset of vfio_ap in 6.12 that fails. close_device() then keeps saved_iova, and the callback calls
 *         vfio_unpin_pages() after it, as the callback of 6.1 does.
 *         A driver that pins the next page before it unpins the one of before, as vfio_ap does: both happen under its lock.
 *         The stale saved_iova of vfio_ap in 6.1, which its callback leaves behind when it has unpinned. Here the record
 *         goes with the pin, so a second call of that callback finds nothing in pfn_list.
 */

/** How the driver's dma_unmap() callback unpins. */
export type CallbackOrder =
  /** intel_vgpu_dma_unmap(), vfio_ap_mdev_dma_unmap() of 6.12: the driver's lock is held over look-up and unpin. */
  | "lookup-and-unpin-locked"
  /** vfio_ap_mdev_dma_unmap() of 6.1: no lock, no look-up, one page at dma->iova. */
  | "unpin-always"
  /** vfio_ccw_dma_unmap(): cp_iova_pinned() under io_mutex, which is dropped; then a reset, which unpins everything. */
  | "check-then-unpin-all";

export interface Type1Rules {
  readonly driver: CallbackOrder;
  /** device_list_lock taken inside iommu->lock (Linux), or outside of it (the fix). */
  readonly listLock: "inside" | "outside";
  /** By device. */
  readonly driverLocks: readonly string[];
  /** Ranges that drivers may have pages of. */
  readonly ranges: readonly number[];
  /**
   * What a driver does with the page that it has pinned, if its device refuses it. "keeps": vfio_ap_irq_enable() neither
   * unpins nor records it, and unpins the page of before.
   */
  readonly refusedPin: "unpins" | "keeps";
  /** Whether the page that a driver pins is the first of its mapping. */
  readonly pinnedPage: "first" | "later";
}

export const IOMMU_LOCK = "iommu-lock";
export const LIST_LOCK = "device-list-lock";

export type Step =
  | { readonly do: "locks" | "unlocks"; readonly lock: string }
  /** Under iommu->lock: the mapping of the range is looked up, and freed if nothing is pinned in it. */
  | { readonly do: "finds"; readonly range: number }
  | { readonly do: "maps"; readonly range: number }
  | { readonly do: "pins"; readonly device: number; readonly range: number; readonly records: boolean }
  /** `first`: the page at dma->iova, whatever the driver has pinned. */
  | { readonly do: "unpins"; readonly device: number; readonly range: number; readonly page: "recorded" | "first" }
  /** The driver looks up whether it has pinned a page of the range, under its lock if it has one. */
  | {
      readonly do: "looks-up";
      readonly device: number;
      readonly range: number;
      readonly found: readonly Step[];
      readonly missing: readonly Step[];
    }
  | { readonly do: "lists" | "unlists"; readonly device: number };

export type Operation =
  | { readonly call: "unmap" | "map"; readonly range: number }
  | { readonly call: "open" | "close"; readonly device: number }
  /** `again`: until a pin fails. */
  | { readonly call: "pin"; readonly device: number; readonly range: number; readonly again: boolean }
  /** The device refuses the page after the driver has pinned it. */
  | { readonly call: "pin-refused"; readonly device: number; readonly range: number }
  | { readonly call: "unpin"; readonly device: number; readonly range: number };

const locked = (lock: string, ...steps: readonly Step[]): readonly Step[] => [
  { do: "locks", lock },
  ...steps,
  { do: "unlocks", lock },
];

/** vfio_unpin_pages() of one page. */
const unpin = (device: number, range: number, page: "recorded" | "first" = "recorded"): readonly Step[] =>
  locked(IOMMU_LOCK, { do: "unpins", device, range, page });

const unpinIfRecorded = (device: number, range: number): Step => ({
  do: "looks-up",
  device,
  range,
  found: unpin(device, range),
  missing: [],
});

const unpinAll = (device: number, { ranges }: Type1Rules): readonly Step[] =>
  ranges.map((range) => unpinIfRecorded(device, range));

/** Both locks, in the order of the design, around a change of device_list. */
function changeList({ listLock }: Type1Rules, step: Step): readonly Step[] {
  return listLock === "inside"
    ? locked(IOMMU_LOCK, ...locked(LIST_LOCK, step))
    : locked(LIST_LOCK, ...locked(IOMMU_LOCK, step));
}

/** The steps of a call, from its entry into the kernel to its return. */
export function stepsOf(operation: Operation, rules: Type1Rules): readonly Step[] {
  switch (operation.call) {
    case "unmap":
      return locked(IOMMU_LOCK, { do: "finds", range: operation.range });
    case "map":
      return locked(IOMMU_LOCK, { do: "maps", range: operation.range });
    case "open":
      return changeList(rules, { do: "lists", device: operation.device });
    case "close": {
      const { device } = operation;
      return [
        ...locked(rules.driverLocks[device]!, ...unpinAll(device, rules)),
        ...changeList(rules, { do: "unlists", device }),
      ];
    }
    case "pin": {
      const { device, range } = operation;
      const missing = locked(IOMMU_LOCK, { do: "pins", device, range, records: true });
      return locked(rules.driverLocks[device]!, { do: "looks-up", device, range, found: [], missing });
    }
    case "pin-refused": {
      const { device, range } = operation;
      return locked(
        rules.driverLocks[device]!,
        ...locked(IOMMU_LOCK, { do: "pins", device, range, records: false }),
        unpinIfRecorded(device, range),
        ...(rules.refusedPin === "unpins" ? unpin(device, range) : []),
      );
    }
    case "unpin": {
      const { device, range } = operation;
      return locked(rules.driverLocks[device]!, unpinIfRecorded(device, range));
    }
  }
}

/** The steps of the dma_unmap() callback of a device for a range. */
export function callbackSteps(device: number, range: number, rules: Type1Rules): readonly Step[] {
  const lock = rules.driverLocks[device]!;
  switch (rules.driver) {
    case "lookup-and-unpin-locked":
      return locked(lock, unpinIfRecorded(device, range));
    case "unpin-always":
      return unpin(device, range, "first");
    case "check-then-unpin-all": {
      const unlock: Step = { do: "unlocks", lock };
      const found: readonly Step[] = [unlock, ...locked(lock, ...unpinAll(device, rules))];
      return [
        { do: "locks", lock },
        { do: "looks-up", device, range, found, missing: [unlock] },
      ];
    }
  }
}
