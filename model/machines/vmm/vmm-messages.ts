/** The state of a thread of the VMM in DMA_MAP and DMA_UNMAP (vmm.ts), its events and messages, and what they say. */
import { linux, messages, proposal, rfc } from "../../said.ts";
import type { Keeping } from "../linux/vfio/iopf/selective/pin-scope.ts";
import { iommuLockSays } from "../linux/vfio/type1/words.ts";

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";
export const MAP = linux(TYPE1, "vfio_dma_do_map");
export const UNMAP = linux(TYPE1, "vfio_dma_do_unmap");
export const HINT = proposal("a hint from another component");

export interface VmmRules {
  readonly name: string;
  readonly region: number;
  /** Whether iommu->lock is taken; leaving it out is a deliberate defect. */
  readonly locks: boolean;
  /** Where drivers may have pages of the region pinned. */
  readonly drivers?: {
    /** The pages of the region. */
    readonly pages: readonly number[];
    /** Whether the region is removed while drivers have pages pinned, against I-16 (an unmap completes without pins). */
    readonly whilePinned: "retries" | "removes-anyway";
    /** Whether a hint about the device ends the pinning of everything. */
    readonly hintUnpins: boolean;
    /** Whether DMA_MAP pins everything at once, until that hint. */
    readonly pinsAll: boolean;
  };
}

export interface VmmContext {
  readonly rules: VmmRules;
  readonly mapped: boolean;
  /** Whether DMA_MAP pins everything at once. */
  readonly pinsAll: boolean;
  readonly hinted: boolean;
}

export const STEPS = ["locks", "links", "walks", "unlinks", "unlocks"] as const;
export const BESIDE_DRIVERS = ["takes", "gives", "reads"] as const;

export type VmmEvent =
  | { readonly type: "vmm.maps" | "vmm.unmaps" | "vmm.is-hinted" }
  | { readonly type: `vmm.${(typeof STEPS)[number] | (typeof BESIDE_DRIVERS)[number]}` }
  | { readonly type: "container.next"; readonly page: number | null }
  | { readonly type: "release.done" }
  | { readonly type: "lockdown.done"; readonly ok: boolean }
  | { readonly type: "pins.told"; readonly empty: boolean }
  | { readonly type: "notification.done" | "notification.bug" };

export type VmmEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | { readonly type: "container.links" | "container.unlinks"; readonly region: number }
  | { readonly type: "container.walks"; readonly by: string; readonly region: number }
  | { readonly type: "release.starts"; readonly by: string; readonly page: number }
  | {
      readonly type: "lockdown.starts" | "lockdown.releases";
      readonly by: string;
      readonly pages: readonly number[];
      readonly keeping: Keeping;
    }
  | { readonly type: "pins.reads" | "notification.starts"; readonly by: string }
  | { readonly type: "unmap.ends" | "hint.told" };

export const vmmSays = messages<VmmEmits>({
  ...iommuLockSays,
  "container.links": { says: "links region {region}", origin: linux(TYPE1, "vfio_link_dma") },
  "container.unlinks": { says: "unlinks region {region}", origin: linux(TYPE1, "vfio_unlink_dma") },
  "container.walks": {
    says: "looks for the next mapped page of region {region}",
    origin: rfc("v1 patch 4", "vfio_unmap_unpin"),
  },
  "release.starts": { says: "releases page {page}", origin: linux(TYPE1, "vfio_unmap_unpin") },
  "lockdown.starts": { says: "pins and maps pages [{pages}]", origin: linux(TYPE1, "vfio_pin_map_dma") },
  "lockdown.releases": { says: "unmaps and unpins pages [{pages}]", origin: linux(TYPE1, "vfio_unmap_unpin") },
  "pins.reads": "looks for pages that drivers have pinned",
  "notification.starts": "finds pinned pages, and calls vfio_notify_dma_unmap()",
  "unmap.ends": "returns to user space",
  "hint.told": {
    says: "passes the hint on: the device tolerates some faults",
    origin: HINT,
  },
});
