/**
 * How a fault object is made, and unmade when something fails, as lists of steps.
 *
 * Models  Linux 6.12, drivers/iommu/iommufd/fault.c: iommufd_fault_alloc(), and main.c: iommufd_object_abort_and_destroy()
 *         (iopf-core 3.1).
 */
export type CreationStep =
  /** Memory and an ID that nobody finds yet. */
  | "allocate"
  | "open-file"
  /** The file becomes a user of the object, and holds the iommufd context. */
  | "take"
  | "get-descriptor"
  /** ID and descriptor are copied to user space. */
  | "respond"
  /** The ID is found from here on. */
  | "publish"
  | "install";

export type UndoStep =
  | "put-file"
  /** Until release() of the file has returned. */
  | "await-release"
  /** What the release drops as well. */
  | "drop-again"
  | "free";

export const CREATION_ORDERS = {
  "when-complete": ["allocate", "open-file", "take", "get-descriptor", "respond", "publish", "install"],
  /** Others find an object that may have to be taken back. */
  "at-once": ["allocate", "publish", "open-file", "take", "get-descriptor", "respond", "install"],
} as const satisfies { readonly [name: string]: readonly CreationStep[] };

export const CAN_FAIL: readonly CreationStep[] = ["open-file", "get-descriptor", "respond"];

/** Once there is a file. */
export const UNDO_ORDERS = {
  "releases-first": ["put-file", "await-release", "free"],
  /** B20: the error path drops what the release of the file has dropped. */
  "drops-twice": ["put-file", "await-release", "drop-again", "free"],
  /** B21: the release comes when the task returns to user space, after the object has gone. */
  "frees-first": ["put-file", "free"],
  /** Both, as 6.12 was released. */
  "linux-6.12.0": ["put-file", "drop-again", "free"],
  /** It waits for a release that it holds up. */
  "waits-first": ["await-release", "put-file", "free"],
  /** Nobody frees the object. */
  "keeps-object": ["put-file", "await-release"],
} as const satisfies { readonly [name: string]: readonly UndoStep[] };

export type CreationOrder = keyof typeof CREATION_ORDERS;
export type UndoOrder = keyof typeof UNDO_ORDERS;
