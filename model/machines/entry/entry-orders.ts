/**
 * What a driver does to the entry of a device in the tables of its IOMMU, as lists of steps: the first of each is right.
 *
 * Models  Linux 6.12, intel/iommu.c: dmar_domain_attach_device(), device_block_translation(), and
 *         intel_iommu_attach_device(), which replaces a table by the one after the other; intel/pasid.c:
 *         intel_pasid_tear_down_entry(); intel/cache.c: cache_tag_assign_domain(), cache_tag_unassign_domain()
 *         (iopf-core 2.1; B38, B39).
 */
export type EntryStep =
  /** The count of the table, which may not go while it is above zero: taken when the call begins, as iommufd does. */
  | "drop"
  | "ats-on"
  | "ats-off"
  /** The tags say what a flush of the table has to reach: the IOTLB, and the cache of the device if its ATS is on now. */
  | "assign-tags"
  | "unassign-tags"
  /** The entry has two words; that it is present is in the first. */
  | "write-second"
  | "write-first"
  | "clear-present"
  | "zero-first"
  | "zero-second"
  /** Waits for reads of the entry that have begun, and ends what hardware keeps of it. */
  | "invalidate";

const WRITE = ["write-second", "write-first"] as const;
const TEAR_DOWN = ["clear-present", "invalidate", "zero-first", "zero-second"] as const;

export const ENTRY_ATTACH_ORDERS = {
  standard: ["ats-on", "assign-tags", ...WRITE],
  /** The tags come when hardware may already use the entry. */
  "tags-last": [...WRITE, "ats-on", "assign-tags"],
  /** It is present before it is whole. */
  "present-first": ["ats-on", "assign-tags", "write-first", "write-second"],
} as const satisfies { readonly [name: string]: readonly EntryStep[] };

export const ENTRY_DETACH_ORDERS = {
  standard: [...TEAR_DOWN, "unassign-tags", "ats-off", "drop"],
  /** 6.12: the tags go while hardware still uses the entry. */
  "tags-first": ["unassign-tags", "ats-off", ...TEAR_DOWN, "drop"],
  /** B39: with ATS off, the tag of the device's cache is not looked for. */
  "ats-off-first": [...TEAR_DOWN, "ats-off", "unassign-tags", "drop"],
  /** B38: the entry is zeroed while hardware may have read half of it. */
  "zero-first": ["zero-first", "zero-second", "invalidate", "unassign-tags", "ats-off", "drop"],
  /** What hardware has of the entry stays. */
  "no-invalidation": ["clear-present", "zero-first", "zero-second", "unassign-tags", "ats-off", "drop"],
  /** I16: the table is counted for ever. */
  "keeps-count": [...TEAR_DOWN, "unassign-tags", "ats-off"],
} as const satisfies { readonly [name: string]: readonly EntryStep[] };

/** Steps after `old` are about the table that is left; the first ones, and those after `new`, about the other. */
export const ENTRY_REPLACE_ORDERS = {
  "break-then-make": ["assign-tags", "clear-present", "invalidate", ...WRITE, "old", "unassign-tags", "drop"],
  /** Word by word, while it is present. */
  "in-place": ["assign-tags", ...WRITE, "invalidate", "old", "unassign-tags", "drop"],
  /** 6.12: detached as there, then attached as there. */
  "detach-then-attach": ["old", ...ENTRY_DETACH_ORDERS["tags-first"], "new", ...ENTRY_ATTACH_ORDERS["tags-last"]],
} as const satisfies { readonly [name: string]: readonly (EntryStep | "old" | "new")[] };

export type EntryAttachOrder = keyof typeof ENTRY_ATTACH_ORDERS;
export type EntryDetachOrder = keyof typeof ENTRY_DETACH_ORDERS;
export type EntryReplaceOrder = keyof typeof ENTRY_REPLACE_ORDERS;
