/** The messages of an operation of the memory management (mm-operation.ts), and what they say. */
import { linux, linux61, messages, rfc } from "../../../../said.ts";
import { takingBackSays, type TakingBackMessage } from "../../iommu/drivers/taking-back.ts";

import type { OperationStep } from "./operation-steps.ts";

const NOTIFIER = "include/linux/mmu_notifier.h";

/** The callback of VFIO, and its wait for a valid vaddr. */
export const CALLBACK = rfc("v3 patch 3", "mn_invalidate_range");
export const WAIT = linux61("drivers/vfio/vfio_iommu_type1.c", "vfio_wait");

export type OperationEmits =
  | TakingBackMessage<string>
  | { readonly type: "mm.invalidation-begins" | "mm.clears" | "mm.frees"; readonly page: number }
  | { readonly type: "mm.invalidation-ends" | "mm.installs"; readonly page: number }
  | { readonly type: "space.unmaps" | "space.shares" | "space.unshares" | "space.dies"; readonly page: number }
  | { readonly type: "space.moves" | "space.settles"; readonly page: number }
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | { readonly type: "vaddr.reads" | "vaddr.awaits"; readonly by: string }
  | { readonly type: "container.overlaps"; readonly pages: readonly number[]; readonly by: string }
  | { readonly type: "operation.done"; readonly by: string };

/** Steps of the memory management with one message for each page. */
export const OF_PAGES = {
  begin: "mm.invalidation-begins",
  end: "mm.invalidation-ends",
  "clear-cpu": "mm.clears",
  install: "mm.installs",
  free: "mm.frees",
  "unmap-range": "space.unmaps",
  share: "space.shares",
  unshare: "space.unshares",
  move: "space.moves",
  settle: "space.settles",
} as const;
type OfPages = keyof typeof OF_PAGES;
export const isOfPages = (step: OperationStep): step is OfPages => Object.hasOwn(OF_PAGES, step);

export const operationSays = messages<OperationEmits>({
  ...takingBackSays,
  "mm.invalidation-begins": {
    says: "begins the invalidation of page {page}",
    origin: linux(NOTIFIER, "mmu_notifier_invalidate_range_start"),
  },
  "mm.invalidation-ends": {
    says: "ends the invalidation of page {page}",
    origin: linux(NOTIFIER, "mmu_notifier_invalidate_range_end"),
  },
  "mm.clears": "clears the CPU's entry of page {page}",
  "mm.frees": "frees the old frame of page {page}",
  "mm.installs": "installs an entry for the new frame of page {page}",
  "space.unmaps": { says: "unmaps page {page} from the process", origin: linux("mm/mmap.c", "do_munmap") },
  "space.shares": {
    says: "write-protects page {page}, which the child shares",
    origin: linux("mm/memory.c", "copy_pte_range"),
  },
  "space.unshares": "makes page {page} private to the process",
  "space.dies": { says: "tears the address space down", origin: linux("mm/mmap.c", "exit_mmap") },
  "space.moves": "makes accesses to page {page} wait until its entry is replaced",
  "space.settles": "lets accesses to page {page} continue",
  "lock.acquires": { says: "takes iommu->lock", origin: CALLBACK },
  "lock.releases": { says: "drops iommu->lock", origin: CALLBACK },
  "vaddr.reads": { says: "looks for an invalid vaddr", origin: CALLBACK },
  "vaddr.awaits": { says: "waits until no vaddr is invalid", origin: WAIT },
  "container.overlaps": { says: "looks for mappings and bits of pages [{pages}]", origin: CALLBACK },
  "operation.done": "returns to {by}",
});
