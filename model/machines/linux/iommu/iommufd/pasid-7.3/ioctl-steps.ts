/**
 * The steps of the calls of iommufd in Linux 7.3, as lists. A step that can fail has the list that follows its failure; the
 * rest of the list that it is in is dropped then. So the error paths of the kernel (`goto out_...`) are written here.
 */
import type { Fault } from "../../../include/iommu.ts";
import type { AttachHandle, Attachment, Domain } from "../../io-pgfault/6.12/attach-handles.ts";
import type { Named, ObjectKind } from "../objects-7.3/object-messages.ts";
import type { Table } from "./page-tables.ts";

export type Plan = readonly Step[];

/** What follows if the step fails; the errno is kept for the return value. */
type OrElse = { readonly failed: Plan };

/** A device and the PASID of a call; 0: requests without PASID. */
export type Slot = { readonly device: number; readonly pasid: number };

/** Steps that another part of the kernel hears of. */
export type OuterStep =
  /** iommufd_get_object(); `error` is what the call makes of an ID without such an object. */
  | ({ readonly do: "look-up"; readonly id: number; readonly kind: ObjectKind | null; readonly error: number } & OrElse)
  | { readonly do: ObjectChange; readonly object: Named }
  /** The call returns the ID under this name. */
  | ({ readonly do: "allocate-object"; readonly object: Named; readonly as: string } & OrElse)
  /** iommufd_object_remove() by ID: what is found is destroyed. */
  | ({ readonly do: "remove"; readonly id: number } & OrElse)
  /** iommufd_object_remove() by the kernel, which gives back its own user. A refusal is nothing to the caller. */
  | { readonly do: "leave"; readonly object: Named; readonly waited: boolean }
  /** iommufd_object_dec_wait(); the second one sleeps. */
  | { readonly do: "drop-wait"; readonly object: Named }
  | { readonly do: "await"; readonly object: Named }
  /** The destroy function of the object is entered. `aborts`: the object was never published. */
  | { readonly do: "destroy"; readonly object: Named; readonly aborts: boolean }
  | { readonly do: "sweep"; readonly after: number }
  | { readonly do: "make-table"; readonly table: Omit<Table, "id">; readonly as: string }
  | { readonly do: "set-queue"; readonly hwpt: number; readonly queue: number }
  | { readonly do: "set-auto" | "free-table"; readonly hwpt: number }
  /** Reads a page table, and goes on with what is named. */
  | ({ readonly do: "read-table"; readonly hwpt: number; readonly use: TableUse } & OrElse)
  | ({ readonly do: "list-autos"; readonly ioas: Named; readonly slot: Slot; readonly call: AttachCall } & OrElse)
  | { readonly do: "lock-group" | "unlock-group"; readonly device: number }
  /** Reads the group under its lock, and goes on with what is named. */
  | ({ readonly do: "read-group"; readonly slot: Slot; readonly use: GroupUse } & OrElse)
  | ({ readonly do: "store"; readonly table: Table } & Slot)
  | ({ readonly do: "add" | "remove-device" | "clear" } & Slot)
  | { readonly do: "bind"; readonly device: number; readonly maxPasids: number }
  | { readonly do: "unbind"; readonly device: number }
  /** The driver's attach_dev() or set_dev_pasid(); null: of the blocking domain. */
  | ({ readonly do: "set-domain"; readonly domain: Domain | null; readonly old: Domain | null } & Slot & OrElse)
  | ({ readonly do: "insert" | "replace-handle" | "free-handle" } & Attachment & Pick<Slot, "device">)
  | ({ readonly do: "erase" } & Slot)
  | { readonly do: "lock-queue"; readonly queue: number; readonly handle: AttachHandle }
  /** Of this attach handle; null: of all. Goes on until no group is left. */
  | { readonly do: "answer"; readonly queue: number; readonly handle: AttachHandle | null }
  | { readonly do: "unlock-queue" | "create-queue" | "destroy-queue" | "close-file"; readonly queue: number }
  | { readonly do: "report"; readonly fault: Fault }
  | { readonly do: "return"; readonly result: number | "error" };

export type ObjectChange = "lock-object" | "put" | "ref" | "unref" | "publish" | "abort" | "free";

/** Steps of the call itself, which nothing outside hears of. */
export type InnerStep =
  /** kzalloc(), a copy from or to user space: it fails with this errno, if it fails. */
  | ({ readonly do: "may-fail"; readonly in: string; readonly error: number } & OrElse)
  | ({ readonly do: "refuse"; readonly error: number } & OrElse)
  /** By the kind of the object that was looked up last. */
  | { readonly do: "use"; readonly as: ObjectUse }
  /** After a failure: whether it was EINVAL. */
  | { readonly do: "unless-invalid"; readonly invalid: Plan; readonly other: Plan }
  | { readonly do: "tell"; readonly as: string; readonly id: number }
  /** The caller is to put the HWPT that it has taken off a device. */
  | { readonly do: "keep-old"; readonly table: Table }
  | { readonly do: "put-old" };

export type Step = OuterStep | InnerStep;

export type AttachCall = "attach" | "replace";

/** What is done with a page table that was read. */
export type TableUse =
  | { readonly name: AttachCall; readonly slot: Slot }
  | { readonly name: "nest"; readonly asked: HwptAsked }
  | { readonly name: "destroy" | "undo" | "tell" | "put" };

/** What is done with the group that was read. */
export type GroupUse =
  | { readonly name: AttachCall; readonly table: Table }
  /** `unrefs`: iommufd_device_detach(), which gives back the user that the attach has taken. */
  | { readonly name: "detach"; readonly unrefs: boolean }
  /** Whether this HWPT is attached; null: none. */
  | { readonly name: "check"; readonly hwpt: number | null };

/** What is done with the object that was looked up. */
export type ObjectUse =
  | { readonly name: "change-table"; readonly call: AttachCall; readonly slot: Slot; readonly failed: Plan }
  | { readonly name: "alloc-hwpt"; readonly asked: HwptAsked; readonly failed: Plan }
  | { readonly name: "add-queue"; readonly hwpt: number }
  | { readonly name: "check"; readonly slot: Slot; readonly failed: Plan };

/** IOMMU_HWPT_ALLOC. */
export type HwptAsked = {
  readonly device: number;
  /** The number of its memory. */
  readonly hwpt: number;
  /** The ID of the fault queue, with IOMMU_HWPT_FAULT_ID_VALID. */
  readonly fault: number | null;
  readonly pasid: boolean;
  readonly nestParent: boolean;
};

export const object = (kind: ObjectKind, at: number): Named => ({ kind, at });
export const change = (does: ObjectChange, what: Named): Step => ({ do: does, object: what });
export const RETURNS_ERROR: Plan = [{ do: "return", result: "error" }];
export const RETURNS_OK: Plan = [{ do: "return", result: 0 }];
