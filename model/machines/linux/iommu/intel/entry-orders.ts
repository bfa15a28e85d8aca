/**
 * What a driver does to the entry of a device in the tables of its IOMMU, as lists of steps: the first of each is right.
 *
 * Models  Linux 6.12.117 (iopf-core 2.1; B38, B39). Of the RID, a paging domain: intel/iommu.c dmar_domain_attach_device(),
 *         where the tags come after the entry ("tags-last"), device_block_translation(), where they go before it
 *         ("tags-first"), and intel_iommu_attach_device(), which replaces a table by the one after the other. Of a PASID:
 *         intel_iommu_set_dev_pasid() and intel_svm_set_dev_pasid(), where the tags come first ("standard"), and
 *         intel_iommu_remove_dev_pasid(), where they go first ("tags-first"). Of a nested domain of the RID:
 *         intel/nested.c intel_nested_attach_dev(), which blocks, then assigns the tags, then writes the entry
 *         ("detach-then-tag"), and device_block_translation() again. What they share: intel/pasid.c
 *         intel_pasid_tear_down_entry(), which ends with intel_iommu_drain_pasid_prq(); intel/cache.c
 *         cache_tag_assign_domain(), cache_tag_unassign_domain().
 * Omits   domains without tags (identity, blocked): nobody unmaps in them. Legacy mode, whose entry is that of the context
 *         table. The tags of the parent of a nested domain, which come and go with its own. 6.1, which has no host here: it
 *         has no tags, and a flush goes through the list of devices of the domain. A device enters that before its entry is
 *         written (domain_add_dev_info()), and leaves it after its entry is torn down: at a detach in
 *         dmar_remove_one_dev_info(), at a replace in device_block_translation(). Its cache is flushed only while
 *         info->ats_enabled is set. device_block_translation() clears that first (iommu_disable_dev_iotlb()), so that these
 *         flushes end while the entry is present, as with "tags-first"; dmar_remove_one_dev_info() clears it after.
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
  | "invalidate"
  /** The hardware part of the drain of page requests, where the device has PRI: it invalidates the device's cache again. */
  | "drain-prq";

const WRITE = ["write-second", "write-first"] as const;
const TEAR_DOWN = ["clear-present", "invalidate", "zero-first", "zero-second", "drain-prq"] as const;

export const ENTRY_ATTACH_ORDERS = {
  standard: ["ats-on", "assign-tags", ...WRITE],
  /** 6.12, a paging domain of the RID: the tags come when hardware may already use the entry. */
  "tags-last": [...WRITE, "ats-on", "assign-tags"],
  /** It is present before it is whole. */
  "present-first": ["ats-on", "assign-tags", "write-first", "write-second"],
} as const satisfies { readonly [name: string]: readonly EntryStep[] };

export const ENTRY_DETACH_ORDERS = {
  standard: [...TEAR_DOWN, "unassign-tags", "ats-off", "drop"],
  /** 6.12, of a RID and of a PASID: the tags go while hardware still uses the entry. */
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

/** device_block_translation(). */
const BLOCK = ["old", "unassign-tags", "ats-off", ...TEAR_DOWN] as const;

/** Steps after `old` are about the table that is left; the first ones, and those after `new`, about the other. */
export const ENTRY_REPLACE_ORDERS = {
  "break-then-make": ["assign-tags", "clear-present", "invalidate", ...WRITE, "old", "unassign-tags", "drop"],
  /** Word by word, while it is present. */
  "in-place": ["assign-tags", ...WRITE, "invalidate", "old", "unassign-tags", "drop"],
  /** 6.12, a paging domain of the RID: blocked, then attached; iommufd drops the old table when both are done. */
  "detach-then-attach": [...BLOCK, "new", ...ENTRY_ATTACH_ORDERS["tags-last"], "old", "drop"],
  /** 6.12, a nested domain: blocked, then the tags, then the entry. */
  "detach-then-tag": [...BLOCK, "new", ...ENTRY_ATTACH_ORDERS.standard, "old", "drop"],
} as const satisfies { readonly [name: string]: readonly (EntryStep | "old" | "new")[] };

/**
 * Who attaches. By the RID ATS is turned on and off with the entry. By a PASID it is left as it is: on, since the RID was
 * attached. intel_nested_attach_dev() of 6.12 leaves it off, as device_block_translation() has turned it off.
 */
export type AttachPath = "rid" | "pasid" | "nested";

export type EntryAttachOrder = keyof typeof ENTRY_ATTACH_ORDERS;
export type EntryDetachOrder = keyof typeof ENTRY_DETACH_ORDERS;
export type EntryReplaceOrder = keyof typeof ENTRY_REPLACE_ORDERS;
