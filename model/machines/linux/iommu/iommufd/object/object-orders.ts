/**
 * How a fault object is made, and how that is undone when a step fails, as lists of steps.
 *
 * Models  Linux 6.12, drivers/iommu/iommufd/fault.c: iommufd_fault_alloc(), and main.c: iommufd_object_abort_and_destroy()
 *         (iopf-core 3.1).
 */
export type CreationStep =
  /** Memory, and an ID that look-ups do not find yet. */
  | "allocate"
  | "open-file"
  /** The file becomes a user of the object, and holds the iommufd context. */
  | "take"
  | "get-descriptor"
  /** ID and descriptor are copied to user space. */
  | "respond"
  /** Look-ups find the ID from here on. */
  | "publish"
  | "install";

export type UndoStep =
  | "put-file"
  /** Waits until release() of the file has returned. */
  | "await-release"
  /** Drops what release() has dropped. */
  | "drop-again"
  | "free";

export const CREATION_ORDERS = {
  "when-complete": ["allocate", "open-file", "take", "get-descriptor", "respond", "publish", "install"],
  /** 7.3.4: iommufd_fault_alloc() installs the descriptor, and iommufd_fops_ioctl() publishes the ID after it has returned. */
  "after-install": ["allocate", "open-file", "take", "get-descriptor", "respond", "install", "publish"],
  /** User space is told the number of a descriptor that is not reserved. */
  "descriptor-late": ["allocate", "open-file", "take", "respond", "get-descriptor", "publish", "install"],
  /** Other threads find an object whose allocation may still fail. */
  "at-once": ["allocate", "publish", "open-file", "take", "get-descriptor", "respond", "install"],
} as const satisfies { readonly [name: string]: readonly CreationStep[] };

export const CAN_FAIL: readonly CreationStep[] = ["open-file", "get-descriptor", "respond"];

/** After the file was made. */
export const UNDO_ORDERS = {
  "releases-first": ["put-file", "await-release", "free"],
  /** B20 (double release on failure): the error path drops what the release of the file has dropped. */
  "drops-twice": ["put-file", "await-release", "drop-again", "free"],
  /** B21 (deferred fput): the release comes when the task returns to user space, after the object was freed. */
  "frees-first": ["put-file", "free"],
  /** Both defects, as Linux 6.12 was released. */
  "linux-6.12.0": ["put-file", "drop-again", "free"],
  /** Waits for a release that cannot begin while it holds the file. */
  "waits-first": ["await-release", "put-file", "free"],
  /** Does not free the object. */
  "keeps-object": ["put-file", "await-release"],
} as const satisfies { readonly [name: string]: readonly UndoStep[] };

export type CreationOrder = keyof typeof CREATION_ORDERS;
export type UndoOrder = keyof typeof UNDO_ORDERS;
