/** Designs of the focused model `translation-caches`: how a change is invalidated, and what hardware caches. */
import type { Hardware } from "../../hardware/hardware.ts";
import type { DeviceDefect } from "../../machines/device/caching-device.ts";
import type { EditStep } from "../../machines/linux/iommu/drivers/permission-editor.ts";

/** How a change is made that must be invalidated; the first is right (I7). */
export const EDIT_ORDERS = {
  ordered: ["set-table", "invalidate-iotlb", "invalidate-atc"],
  "no-iotlb": ["set-table", "invalidate-atc"],
  "no-atc": ["set-table", "invalidate-iotlb"],
  /** H14. */
  "atc-first": ["set-table", "invalidate-atc", "invalidate-iotlb"],
  "table-last": ["invalidate-iotlb", "invalidate-atc", "set-table"],
  /** The wait for the device is left out. */
  "no-wait": ["set-table", "invalidate-iotlb", "send-atc"],
} as const satisfies { readonly [name: string]: readonly EditStep[] };

/** What is done with a table page that nothing uses any more; the walk caches must have forgotten it first (B44). */
export const TABLE_FREES = {
  kept: [],
  "after-flush": ["unlink-table", "flush-walks", "free-table"],
  "before-flush": ["unlink-table", "free-table", "flush-walks"],
  "no-flush": ["unlink-table", "free-table"],
} as const satisfies { readonly [name: string]: readonly EditStep[] };

type OfHardware = Pick<
  Hardware,
  | "implicitInvOnPR"
  | "upgradeWithoutInv"
  | "negCaching"
  | "atcNegCache"
  | "atcInvTimeout"
  | "atcInvTimeoutPolicy"
  | "httu"
>;

export interface TranslationCachesDesign extends OfHardware {
  readonly name: string;
  readonly editOrder: keyof typeof EDIT_ORDERS;
  readonly tableFree: keyof typeof TABLE_FREES;
  readonly invalidatesNew: boolean;
  readonly atcDefect: DeviceDefect;
  readonly atsGrants: "exactly" | "too-much";
}

/** One page and one device at all bounds. */
export interface TranslationCachesSizes {
  readonly name: string;
}
