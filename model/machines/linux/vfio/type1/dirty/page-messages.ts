/** The messages of the dirty log to its pages and its readers (dirty-container.ts), and what they say. */
import { atWill, linux, messages } from "../../../../../said.ts";

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";

/** What a thread reads of the container. */
export interface LogTold {
  readonly type: "log.told";
  readonly by: string;
  readonly tracking: boolean;
  readonly linked: readonly boolean[];
  /** By mapping: a page of it is pinned. */
  readonly pinned: readonly boolean[];
  /** By IOMMU-backed group. */
  readonly attached: readonly boolean[];
}

export type PageMessage =
  | {
      readonly type:
        | "page.maps"
        | "page.unmaps"
        | "page.marks"
        | "page.clears"
        | "page.report-begins"
        | "page.reports"
        | "page.report-ends"
        | "page.leaves";
      readonly page: number;
    }
  | { readonly type: "page.logs"; readonly page: number; readonly on: boolean }
  | { readonly type: "page.written"; readonly page: number; readonly through: "entry" | "pin" };

export const pageSays = messages<PageMessage | LogTold>({
  "log.told": {
    says: "tells {by} what the container has, with the log {tracking?on:off}",
    origin: atWill("the thread that reads it"),
  },
  "page.maps": { says: "maps page {page} in the IOMMU", origin: linux(TYPE1, "vfio_iommu_map") },
  "page.unmaps": { says: "unmaps page {page} from the IOMMU", origin: linux(TYPE1, "vfio_unmap_unpin") },
  "page.marks": "sets the bit of page {page}",
  "page.clears": "clears the bit of page {page}",
  "page.report-begins": "begins a report with page {page}",
  "page.reports": {
    says: "copies the bit of page {page} to user space",
    origin: linux(TYPE1, "update_user_bitmap"),
  },
  "page.report-ends": "ends a report with page {page}",
  "page.leaves": { says: "removes page {page} with its mapping", origin: linux(TYPE1, "vfio_remove_dma") },
  "page.logs": "{on?begins:ends} to track writes to page {page}",
  "page.written": { says: "writes to page {page}, through its {through}", origin: atWill("a device or a CPU") },
});
