/** What a design of iommufd's objects may choose: locks, counts, waits, and their order. */

export interface CallRules {
  /** iommufd_put_object(): which count goes first. With the other order a destroy that has waited still sees a user. */
  readonly putOrder: "users-first" | "wait-first";
  /** When the destroy of a vEVENTQ drops its user of the vIOMMU, whose lock it holds and whose list it is in. */
  readonly veventqPut: "after-unlock" | "in-abort";
  /** How the unbind of a device finds out whether user space is destroying the vDEVICE already. */
  readonly unbindFinds: "tries-users" | "takes-users" | "under-lock";
  /** What becomes of the ID of a vDEVICE that went with its device. */
  readonly deadId: "tombstone" | "freed";
  /** IOMMU_DESTROY looks at the table alone, or takes a user of the object first. */
  readonly destroyNames: "id" | "reference";
  /** Whether a destroy waits for the short users of its object. */
  readonly destroyWaits: "short-users" | "nothing";
  /** What a vDEVICE holds of its device. */
  readonly vdeviceHolds: "device" | "nothing";
}

/** main.c, viommu.c, device.c and eventq.c of 7.3.4. */
export const CALLS_7_3: CallRules = {
  putOrder: "users-first",
  veventqPut: "in-abort",
  unbindFinds: "tries-users",
  deadId: "tombstone",
  destroyNames: "id",
  destroyWaits: "short-users",
  vdeviceHolds: "device",
};
