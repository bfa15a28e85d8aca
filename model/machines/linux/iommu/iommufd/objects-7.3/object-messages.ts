/** Messages to and from the table of objects of an iommufd context. `by` names the thread that calls. */

/** enum iommufd_object_type, as far as the machines have it. */
export type ObjectKind =
  | "ioas"
  | "device"
  | "hwpt-paging"
  | "hwpt-nested"
  | "fault"
  | "viommu"
  | "vdevice"
  | "veventq"
  | "hw-queue"
  | "access"
  | "selftest";

/** That of a device's group, and that of a vIOMMU, which calls take for writing. */
export type CallLock = "igroup->lock" | "veventqs_rwsem";

/** A pointer to an object: its kind and the number of its memory, which no other object has had. */
export type Named = { readonly kind: ObjectKind; readonly at: number };

export type ObjectTableEvent =
  /** Takes the lowest free ID; nobody finds the object until it is published. */
  | ({ readonly type: "object.allocates"; readonly by: string } & Named)
  | ({ readonly type: "object.publishes" } & Named)
  /** Gives the ID back without publishing the object. */
  | ({ readonly type: "object.aborts" } & Named)
  | {
      readonly type: "object.looks-up";
      readonly by: string;
      readonly id: number;
      /** Null: an object of any kind. */
      readonly kind: ObjectKind | null;
    }
  /** A user and a short user more, of an object at hand, unless it is being destroyed. */
  | ({ readonly type: "object.locks"; readonly by: string } & Named)
  | ({ readonly type: "object.refs" | "object.unrefs" } & Named)
  /** A user more, if the object is still in the table. */
  | ({ readonly type: "object.tries-users"; readonly by: string } & Named)
  /** IOMMU_DESTROY: by its ID, if nobody but the table uses it. */
  | { readonly type: "object.removes"; readonly by: string; readonly id: number }
  /** By the kernel, which gives back a user of its own; a tombstone keeps the ID. */
  | ({
      readonly type: "object.leaves";
      readonly by: string;
      readonly tombstone: boolean;
      /** The short users were waited for, so that the table has none. */
      readonly waited: boolean;
    } & Named)
  /** Drops a short user, that of the table or that of a thread, and says whether it was the last one. */
  | ({ readonly type: "object.drops-wait"; readonly by: string } & Named)
  /** Whether no short user is left. */
  | ({ readonly type: "object.awaits"; readonly by: string } & Named)
  | ({ readonly type: "object.frees" } & Named)
  /** The end of the context: removes the first object after the ID that only the table uses. */
  | { readonly type: "object.sweeps"; readonly by: string; readonly after: number };

export type ObjectTableEmits =
  | { readonly type: "object.allocated"; readonly by: string; readonly id: number; readonly at: number }
  | ({ readonly type: "object.found"; readonly by: string } & (Named | { readonly kind: null; readonly at: null }))
  /** What iommufd_object_remove() and others answer, and which object it was. */
  | {
      readonly type: "object.answered";
      readonly by: string;
      readonly result: number;
      readonly kind: ObjectKind | null;
      readonly at: number | null;
      readonly id: number;
    };
