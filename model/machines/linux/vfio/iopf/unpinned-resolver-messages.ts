/** The rules, events and messages of a resolver without lasting pins (unpinned-resolver.ts). */
import type { Message } from "../../../../../checker/json.ts";
import type { MmEvent } from "../../mm/notifier/address-space.ts";
import { linux, linux61, messages } from "../../../../said.ts";
import { iommuLockSays, onePageSays } from "../type1/words.ts";

export type UnpinnedResolverStep =
  "samples" | "gets" | "locks" | "looks" | "finds" | "compares" | "maps" | "marks" | "puts" | "unlocks" | "wakes";

export type UnpinnedResolverEvent =
  /** The first page is resolved, and those behind it pre-mapped; `write`: whether for writing, which is the default. */
  | { readonly type: "resolver.starts"; readonly pages: readonly number[]; readonly write?: boolean }
  | { readonly type: `resolver.${UnpinnedResolverStep}` }
  /** get_user_pages() finds no free memory and reclaims this page first. */
  | { readonly type: "resolver.reclaims"; readonly page: number }
  | { readonly type: "operation.done" }
  | { readonly type: "container.found"; readonly linked: boolean; readonly mapped: boolean }
  | { readonly type: "vaddr.read"; readonly invalid: boolean }
  /** The page is gone for good; the page is to be copied before it is written. */
  | { readonly type: "mm.failed" | "mm.shared" }
  | { readonly type: "mm.sampled" }
  | { readonly type: "mm.got"; readonly frame: 0 | 1 }
  | { readonly type: "mm.compared"; readonly changed: boolean };

export type UnpinnedResolverEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | { readonly type: "container.finds"; readonly by: string; readonly page: number }
  | { readonly type: "container.marks"; readonly page: number }
  | { readonly type: "vaddr.reads" | "vaddr.awaits"; readonly by: string }
  | { readonly type: "mm.samples" | "mm.compares"; readonly by: string; readonly page: number }
  | {
      readonly type: "mm.gets";
      readonly by: string;
      readonly page: number;
      readonly write: boolean;
      /** Whether the page is pinned until `mm.puts`. */
      readonly pins: boolean;
      /** Whether a process that is gone is noticed. */
      readonly checks: boolean;
    }
  | { readonly type: "mm.puts"; readonly page: number }
  | { readonly type: "translation.maps"; readonly page: number; readonly domain: number; readonly frame: number }
  | {
      readonly type: "operation.starts";
      readonly kind: MmEvent;
      readonly pages: readonly number[];
      readonly by: string;
    }
  | { readonly type: "resolver.done"; readonly by: string; readonly code: "success" | "invalid" };

export interface UnpinnedResolverRules {
  readonly name: string;
  /** The domains in which a mapping for reading sets entries, and those in which a mapping for writing does. */
  readonly domains: { readonly read: readonly number[]; readonly write: readonly number[] };
  /** Whether it reads a sequence count and gets the page without iommu->lock. */
  readonly retries: boolean;
  /** Whether a sequence count that changed is noticed. */
  readonly compares: boolean;
  /** What is mapped for a read: what the region allows, or a read. */
  readonly readMaps: "writable" | "asked";
  /** Whether the bitmap tells pages mapped for reading from those mapped for writing. */
  readonly bitPer: "page" | "permission";
  /** The number of the first bit for writing. */
  readonly firstWriteBit: number;
  readonly whileWithheld: "waits" | "refuses" | "ignores";
  /** Whether it takes a reference to the process's memory before it uses it. */
  readonly takesReference: boolean;
  /** The most pages that one fault maps: the page that faulted and those behind it. Not with `retries`. */
  readonly premap: number;
}

const STEPS: readonly UnpinnedResolverStep[] = [
  "samples",
  "gets",
  "locks",
  "looks",
  "finds",
  "compares",
  "maps",
  "marks",
  "puts",
  "unlocks",
  "wakes",
];

/** Its own steps; `reclaims`: pages that it may have to reclaim; `withheld`: whether a vaddr can be invalid. */
export const unpinnedResolverSteps = (
  reclaims: readonly number[],
  { withheld }: { readonly withheld: boolean },
): readonly Message[] => [
  ...STEPS.filter((step) => withheld || (step !== "looks" && step !== "wakes")).map((step) => ({
    type: `resolver.${step}`,
  })),
  ...reclaims.map((page) => ({ type: "resolver.reclaims", page })),
];

export interface UnpinnedResolverContext {
  readonly rules: UnpinnedResolverRules;
  /** The page that is being mapped, and for the same fault, how many before it. */
  readonly page: number | null;
  readonly before: number;
  readonly write: boolean;
  readonly frame: 0 | 1 | null;
  readonly code: "success" | "invalid";
}

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";

/** What the messages say. A bit is that of a page, or of a page and a permission. */
export const unpinnedResolverSays = messages<UnpinnedResolverEmits>({
  ...iommuLockSays,
  "container.finds": { says: "looks up the mapping and bit {page}", origin: linux(TYPE1, "vfio_find_dma") },
  "container.marks": "sets bit {page}",
  "translation.maps": onePageSays["translation.maps"],
  "vaddr.reads": { says: "checks whether the vaddr is valid", origin: linux61(TYPE1, "vfio_find_dma_valid") },
  "vaddr.awaits": { says: "waits for a valid vaddr", origin: linux61(TYPE1, "vfio_wait") },
  "mm.samples": {
    says: "reads the sequence count of page {page}",
    origin: linux("mm/mmu_notifier.c", "mmu_interval_read_begin"),
  },
  "mm.compares": {
    says: "compares the sequence count of page {page}",
    origin: linux("include/linux/mmu_notifier.h", "mmu_interval_read_retry"),
  },
  "mm.gets": { says: "gets page {page} from the process", origin: linux("mm/gup.c", "pin_user_pages_remote") },
  "mm.puts": { says: "puts page {page}", origin: linux(TYPE1, "put_pfn") },
  "operation.starts": "causes {kind} of pages {pages}",
  "resolver.done": "returns {code}",
});
