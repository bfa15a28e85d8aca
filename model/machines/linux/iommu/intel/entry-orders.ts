/**
 * The steps of a call that changes the table entry of a device, as lists. The first order of each table is right.
 *
 * Models  Linux 6.12.117 (iopf-core 2.1; B38: the entry is zeroed while hardware may read it; B39: ATS is disabled before the
 *         cache tags are removed).
 *         A paging domain of the RID: intel/iommu.c dmar_domain_attach_device() assigns the tags after the entry
 *         ("tags-last"), device_block_translation() removes them before it ("tags-first"), and intel_iommu_attach_device()
 *         replaces a page table by the one after the other.
 *         A PASID: intel_iommu_set_dev_pasid() and intel_svm_set_dev_pasid() assign the tags first ("standard"), and
 *         intel_iommu_remove_dev_pasid() removes them first ("tags-first").
 *         A nested domain of the RID: intel/nested.c intel_nested_attach_dev() blocks, then assigns the tags, then writes the
 *         entry ("detach-then-tag"), and device_block_translation() again.
 *         Common to all: intel/pasid.c intel_pasid_tear_down_entry(), which ends with intel_iommu_drain_pasid_prq();
 *         intel/cache.c cache_tag_assign_domain(), cache_tag_unassign_domain().
 * Omits   domains without tags (identity, blocked), in which no page is unmapped. Legacy mode, whose entry is in the context
 *         table. The tags of the parent of a nested domain, which come and go with its own. Linux 6.1, which has no tags: a
 *         flush walks the list of devices of the domain. A device enters that list before its entry is written
 *         (domain_add_dev_info()), and leaves it after its entry is torn down: at a detach in dmar_remove_one_dev_info(),
 *         at a replace in device_block_translation(). A flush reaches its cache only while info->ats_enabled is set.
 *         device_block_translation() clears that first (iommu_disable_dev_iotlb()), so these flushes end while the entry is
 *         present, as with "tags-first"; dmar_remove_one_dev_info() clears it after.
 */
export type EntryStep =
  /** Puts the reference to the page table, which the call took at its begin, as iommufd does. */
  | "drop"
  | "ats-on"
  | "ats-off"
  /** A tag says what a flush of the page table reaches: the IOTLB, and the device TLB if ATS is on now. */
  | "assign-tags"
  | "unassign-tags"
  /** The entry has two words; the Present bit is in the first. */
  | "write-second"
  | "write-first"
  | "clear-present"
  | "zero-first"
  | "zero-second"
  /** Waits for reads of the entry that have begun, and invalidates its copies in hardware. */
  | "invalidate"
  /** The hardware part of the drain, for a device with PRI: it invalidates the device TLB again. */
  | "drain-prq";

const WRITE = ["write-second", "write-first"] as const;
const TEAR_DOWN = ["clear-present", "invalidate", "zero-first", "zero-second", "drain-prq"] as const;

export const ENTRY_ATTACH_ORDERS = {
  standard: ["ats-on", "assign-tags", ...WRITE],
  /** 6.12, a paging domain of the RID: the tags are assigned when hardware may already use the entry. */
  "tags-last": [...WRITE, "ats-on", "assign-tags"],
  /** The entry is present before it is complete. */
  "present-first": ["ats-on", "assign-tags", "write-first", "write-second"],
} as const satisfies { readonly [name: string]: readonly EntryStep[] };

export const ENTRY_DETACH_ORDERS = {
  standard: [...TEAR_DOWN, "unassign-tags", "ats-off", "drop"],
  /** 6.12, a RID and a PASID: the tags are removed while hardware still uses the entry. */
  "tags-first": ["unassign-tags", "ats-off", ...TEAR_DOWN, "drop"],
  /** B39 (ATS disabled before the tags are removed): with ATS off, the device TLB tag is not found and stays. */
  "ats-off-first": [...TEAR_DOWN, "ats-off", "unassign-tags", "drop"],
  /** B38 (entry zeroed before it is invalidated): hardware may have read half of the entry. */
  "zero-first": ["zero-first", "zero-second", "invalidate", "unassign-tags", "ats-off", "drop"],
  /** Copies of the entry stay in hardware. */
  "no-invalidation": ["clear-present", "zero-first", "zero-second", "unassign-tags", "ats-off", "drop"],
  /** Leaves the words of the entry as they are, without Present: the next teardown warns. */
  "keeps-entry": ["clear-present", "invalidate", "drain-prq", "unassign-tags", "ats-off", "drop"],
  /** I16 (counters balance on every path): the reference to the page table leaks. */
  "keeps-count": [...TEAR_DOWN, "unassign-tags", "ats-off"],
  /** I16: ATS of the device stays on. */
  "keeps-ats": [...TEAR_DOWN, "unassign-tags", "drop"],
} as const satisfies { readonly [name: string]: readonly EntryStep[] };

/** device_block_translation(). */
const BLOCK = ["old", "unassign-tags", "ats-off", ...TEAR_DOWN] as const;

/** Steps after "old" concern the replaced page table; the first ones and those after "new" concern the new one. */
export const ENTRY_REPLACE_ORDERS = {
  "break-then-make": ["assign-tags", "clear-present", "invalidate", ...WRITE, "old", "unassign-tags", "drop"],
  /** Word by word, while it is present. */
  "in-place": ["assign-tags", ...WRITE, "invalidate", "old", "unassign-tags", "drop"],
  /** 6.12, a paging domain of the RID: blocked, then attached; iommufd drops the old table when both are done. */
  "detach-then-attach": [...BLOCK, "new", ...ENTRY_ATTACH_ORDERS["tags-last"], "old", "drop"],
  /** 6.12, a nested domain: blocked, then the tags, then the entry. ATS stays off. */
  "detach-then-tag": [...BLOCK, "new", "assign-tags", ...WRITE, "old", "drop"],
} as const satisfies { readonly [name: string]: readonly (EntryStep | "old" | "new")[] };

/**
 * The path of an attach. "rid": ATS is turned on and off with the entry. "pasid": ATS stays on, since the RID is attached.
 * "nested": intel_nested_attach_dev() of 6.12 leaves ATS off after device_block_translation() has turned it off.
 */
export type AttachPath = "rid" | "pasid" | "nested";

export type EntryAttachOrder = keyof typeof ENTRY_ATTACH_ORDERS;
export type EntryDetachOrder = keyof typeof ENTRY_DETACH_ORDERS;
export type EntryReplaceOrder = keyof typeof ENTRY_REPLACE_ORDERS;
