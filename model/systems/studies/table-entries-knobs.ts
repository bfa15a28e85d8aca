/** The knobs of the focused model `table-entries`: what each choice of its designs and sizes means. */
import { choice, type KnobTable } from "../../knobs.ts";
import type {
  EntryAttachOrder,
  EntryDetachOrder,
  EntryReplaceOrder,
} from "../../machines/linux/iommu/intel/entry-orders.ts";
import type { TableEntriesDesign, TableEntriesSizes } from "./table-entries-design.ts";

const flag = { kind: "flag" } as const;

export const tableEntriesKnobs: KnobTable<TableEntriesDesign> = {
  entryAttach: {
    id: "iopf-core 2.1",
    values: choice({
      standard: "ATS is enabled and the cache tags are assigned, then the entry is written, Present bit last.",
      "tags-last": "The entry is written first, then ATS is enabled and the tags are assigned (6.12, the RID).",
      "present-first": "The word with the Present bit is written before the rest of the entry (deliberate defect).",
    } satisfies { readonly [value in EntryAttachOrder]: string }),
    sentence: "The order of the steps that make the entry of a device.",
  },
  entryDetach: {
    id: "B38",
    values: choice({
      standard:
        "Clear Present, invalidate, zero the entry, drain; then remove the cache tags, disable ATS, drop the table.",
      "tags-first": "The tags are removed and ATS is disabled while hardware still uses the entry (6.12).",
      "ats-off-first": "ATS is disabled before the tags are removed, so that the device TLB tag is left behind.",
      "zero-first": "The entry is zeroed while it is present, so that hardware may read one half of it.",
      "no-invalidation": "The entry is not invalidated, so that hardware keeps a copy (deliberate defect).",
      "keeps-entry": "The words of the entry stay as they are, without Present (deliberate defect).",
      "keeps-count": "The reference to the page table leaks (deliberate defect).",
      "keeps-ats": "ATS of the device stays on (deliberate defect).",
    } satisfies { readonly [value in EntryDetachOrder]: string }),
    sentence: "The order of the steps that take the entry of a device away (intel_pasid_tear_down_entry()).",
  },
  entryReplace: {
    id: "iopf-core 2.1",
    values: choice({
      "break-then-make": "Assign the new tags, clear Present, invalidate, write the entry, then remove the old tags.",
      "in-place": "The entry is written word by word while it is present (deliberate defect).",
      "detach-then-attach": "device_block_translation(), then an attach with the tags last (6.12, the RID).",
      "detach-then-tag": "device_block_translation(), then an attach with the tags first (6.12, a nested domain).",
    } satisfies { readonly [value in EntryReplaceOrder]: string }),
    sentence: "The order of the steps that change the entry to another page table.",
  },
  stallSettings: {
    id: "B40",
    values: choice({
      mirrored: "CD.S and STE.S2S both follow SMMU_IDR0.STALL_MODEL.",
      "first-stage-only": "Only CD.S of the first stage follows SMMU_IDR0.STALL_MODEL, and STE.S2S stays clear.",
      always: "CD.S and STE.S2S are always set (deliberate defect).",
    }),
    sentence: "How the driver sets the stall fields of an entry of SMMUv3.",
  },
  stallModel: {
    id: "hardware facts 4.1",
    values: choice({
      optional: "The SMMU stalls a transaction if the entry says so.",
      forced: "The SMMU stalls every transaction that faults, and an entry that says otherwise is ILLEGAL.",
      "terminate-only": "The SMMU never stalls, and an entry that asks for stalls is ILLEGAL.",
    }),
    sentence: "SMMU_IDR0.STALL_MODEL: what the SMMU does with a transaction that faults.",
  },
  attachPath: {
    id: "iopf-core 2.1",
    values: choice({
      rid: "A paging domain is attached to the RID, and ATS is enabled and disabled with it.",
      pasid: "A domain is attached to a PASID, and ATS stays enabled.",
      nested: "A nested domain is attached to the RID, and ATS stays disabled (intel_nested_attach_dev() of 6.12).",
    }),
    sentence: "What is attached, which decides what happens to ATS.",
  },
  drainInvalidates: {
    id: "iopf-core 2.1",
    values: choice({
      "with-ats": "It invalidates the device TLB only while ATS is enabled.",
      always: "It invalidates the device TLB even while ATS is disabled (6.12).",
    }),
    sentence: "When intel_iommu_drain_pasid_prq() invalidates the device TLB.",
  },
  deviceWithoutAts: {
    id: "hardware facts 1.2",
    values: choice({
      silent: "The device does not complete the invalidation, as in reset, in low power or with a defect.",
      completes: "The device completes the invalidation, as PCIe requires.",
    }),
    sentence: "What a device does with an ATC invalidation while its ATS is disabled.",
  },
};

export const tableEntriesSizeKnobs: KnobTable<TableEntriesSizes> = {
  entryTables: { id: "bound", values: { kind: "integer", from: 1, to: 4 }, sentence: "Number of page tables." },
  deviceHasAts: {
    id: "bound",
    values: flag,
    sentence: "Whether the device has ATS; a device without ATS may be stalled.",
  },
  deviceHasPri: {
    id: "bound",
    values: flag,
    sentence: "Whether PRI is enabled, so that page requests are drained when the entry is torn down.",
  },
};
