/** Designs and sizes of the focused model `table-entries`: how the entry of a device changes. */
import type {
  AttachPath,
  EntryAttachOrder,
  EntryDetachOrder,
  EntryReplaceOrder,
} from "../../machines/linux/iommu/intel/entry-orders.ts";
import type { DrainInvalidates, StallSettings } from "../../machines/linux/iommu/drivers/entries/entry-driver.ts";
import type { StallModel, WithoutAts } from "../../machines/iommu/translating-stream.ts";

export interface TableEntriesDesign {
  readonly name: string;
  readonly entryAttach: EntryAttachOrder;
  readonly entryDetach: EntryDetachOrder;
  readonly entryReplace: EntryReplaceOrder;
  readonly stallSettings: StallSettings;
  readonly stallModel: StallModel;
  readonly attachPath: AttachPath;
  readonly drainInvalidates: DrainInvalidates;
  readonly deviceWithoutAts: WithoutAts;
}

export interface TableEntriesSizes {
  readonly name: string;
  readonly entryTables: number;
  readonly deviceHasAts: boolean;
  readonly deviceHasPri: boolean;
}
