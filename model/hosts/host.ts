/**
 * The software under test: a design of VFIO's page fault handling, as one flat record. A design question of the thread is a
 * value of one of these knobs; deliberate defects (a step left out, two swapped, a lock not taken) are values too.
 */
import { choice, type KnobTable } from "../knobs.ts";
import type { NotifierDesign } from "../machines/linux/mm/notifier/operation-steps.ts";
import { RELEASE_ORDER, type ReleaseStep } from "../machines/linux/vfio/type1/page-release.ts";

/** The steps that release a page, by name; `releaseOrder` says what each list does. */
export const RELEASE_ORDERS = {
  standard: RELEASE_ORDER,
  "unpin-before-wait": [
    "clear-entry",
    "invalidate-iotlb",
    "wait",
    "invalidate-atc",
    "unpin",
    "wait",
    "uncharge",
    "clear-bit",
  ],
  "no-atc-invalidation": ["clear-entry", "invalidate-iotlb", "wait", "unpin", "uncharge", "clear-bit"],
  "no-iotlb-invalidation": ["clear-entry", "invalidate-atc", "wait", "unpin", "uncharge", "clear-bit"],
  "atc-before-iotlb": [
    "clear-entry",
    "invalidate-atc",
    "wait",
    "invalidate-iotlb",
    "wait",
    "unpin",
    "uncharge",
    "clear-bit",
  ],
  "clear-last": ["invalidate-iotlb", "wait", "invalidate-atc", "wait", "clear-entry", "unpin", "uncharge", "clear-bit"],
  "bit-stays": ["clear-entry", "invalidate-iotlb", "wait", "invalidate-atc", "wait", "unpin", "uncharge"],
  "no-uncharge": ["clear-entry", "invalidate-iotlb", "wait", "invalidate-atc", "wait", "unpin", "clear-bit"],
  "no-unpin": ["clear-entry", "invalidate-iotlb", "wait", "invalidate-atc", "wait", "uncharge", "clear-bit"],
  "nothing-pinned": ["clear-entry", "invalidate-iotlb", "wait", "invalidate-atc", "wait", "clear-bit"],
} as const satisfies { readonly [name: string]: readonly ReleaseStep[] };

export type ReleaseOrderName = keyof typeof RELEASE_ORDERS;

export interface Host {
  readonly name: string;
  /** Which generation of the IOPF core reports the faults. */
  readonly core: "6.1" | "6.12";
  /** Row 58. Whether VFIO's handler is called for each request as it comes, or once for a whole group (6.1 and PRI). */
  readonly delivery: "per-request" | "whole-group";
  /** Rows 16, 25. Whether faulted pages stay pinned (none), or MMU notifiers of this design unmap them. */
  readonly notifier: "none" | NotifierDesign;
  /** What keeps the mapped pages within the limit. */
  readonly reclaim: "none" | "direct" | "periodic";
  /** Pages that may be pinned at a time; 0: no limit. */
  readonly limit: number;
  /** Threads that resolve groups at the same time. */
  readonly workers: number;
  /** Row 31. The most pages that one fault maps: the page that faulted and those behind it (RFC v2, v3). */
  readonly premap: number;
  /** IOMMU domains of the container. */
  readonly domains: number;
  readonly releaseOrder: ReleaseOrderName;
  readonly respondWhen: "after-unlock" | "under-lock";
  readonly workerLocks: boolean;
  readonly vmmLocks: boolean;
  readonly evictsOwnGroup: boolean;
  readonly discardWhen: "before-clear" | "after-clear";
  readonly acknowledgeWhen: "before-read" | "after-read";
  /** Whether allocations of the core may fail. */
  readonly allocations: "succeed" | "may-fail";
  /** Whether the worker of 6.1 answers each group once more. */
  readonly answersTwice: boolean;
}

const flag = { kind: "flag" } as const;

export const hostKnobs: KnobTable<Host> = {
  core: {
    id: "iopf-core 1.1",
    values: choice({
      "6.1":
        "The IOPF core of Linux 6.1: dev->iommu->fault_param with a list of pending faults, and the SVA fault handler.",
      "6.12": "The IOPF core of Linux 6.12: whole groups are handed to the domain (iommu_report_device_fault()).",
    }),
    sentence: "The generation of the IOPF core that reports the faults.",
  },
  delivery: {
    id: "row 58",
    values: choice({
      "per-request": "VFIO's handler is called for each page request as it comes (RFC v1).",
      "whole-group": "VFIO's handler is called once for a whole page request group.",
    }),
    sentence: "How page requests reach VFIO's handler with core 6.1.",
  },
  notifier: {
    id: "row 16",
    values: choice({
      none: "Faulted pages stay pinned, and no MMU notifier is registered (RFC v1).",
      "invalidate-range":
        "The notifier unmaps in invalidate_range(), after the entry of the CPU was changed (RFC v2, v3).",
      "range-start-only":
        "The notifier unmaps in invalidate_range_start(), and the handler ignores what runs meanwhile.",
      "sequence-retry": "The handler starts over when an invalidation began meanwhile (mmu_interval_read_retry()).",
    }),
    sentence: "Whether faulted pages stay pinned, or which MMU notifier unmaps them.",
  },
  reclaim: {
    id: "row 33",
    values: choice({
      none: "At the limit the handler refuses the fault.",
      direct: "At the limit the handler evicts a page before it maps the new one.",
      periodic: "A thread evicts pages when it finds the limit exceeded.",
    }),
    sentence: "What keeps the pinned pages within the limit.",
  },
  limit: {
    id: "row 34",
    values: { kind: "integer", from: 0, to: 16 },
    sentence: "Pages that may be pinned; 0: no limit.",
  },
  workers: {
    id: "I-35",
    values: { kind: "integer", from: 1, to: 4 },
    sentence: "Threads that resolve page request groups at the same time.",
  },
  premap: {
    id: "row 31",
    values: { kind: "integer", from: 1, to: 512 },
    sentence: "The most pages that one fault maps: the page that faulted and those behind it.",
  },
  domains: { id: "D-09", values: { kind: "integer", from: 1, to: 2 }, sentence: "IOMMU domains of the container." },
  releaseOrder: {
    id: "I-03",
    values: choice({
      standard: "Clear the entry, invalidate IOTLB and ATC and wait for both, then unpin, uncharge and clear the bit.",
      "unpin-before-wait": "The page is unpinned before the ATC invalidation completes (deliberate defect).",
      "no-atc-invalidation": "The ATCs of the devices are not invalidated (deliberate defect).",
      "no-iotlb-invalidation": "The IOTLB is not invalidated (deliberate defect).",
      "atc-before-iotlb": "The ATCs are invalidated first and refill from the stale IOTLB (deliberate defect).",
      "clear-last": "The entry is cleared only after the caches are invalidated (deliberate defect).",
      "bit-stays": "The bit in the bitmap of faulted-in pages stays set (deliberate defect).",
      "no-uncharge": "locked_vm keeps the charge (deliberate defect).",
      "no-unpin": "The page stays pinned (deliberate defect).",
      "nothing-pinned": "Nothing is pinned or charged: the mapping is taken back, and the bit cleared (RFC v2, v3).",
    } satisfies { readonly [name in ReleaseOrderName]: string }),
    sentence: "The order of the steps that release a page.",
  },
  respondWhen: {
    id: "I-28",
    values: choice({
      "after-unlock": "The handler drops iommu->lock before it sends the page response (RFC v1).",
      "under-lock": "The handler sends the page response with iommu->lock held.",
    }),
    sentence: "When the handler sends the page response.",
  },
  workerLocks: { id: "I-38", values: flag, sentence: "Whether the fault handler takes iommu->lock of the container." },
  vmmLocks: {
    id: "I-38",
    values: flag,
    sentence: "Whether VFIO_IOMMU_MAP_DMA and VFIO_IOMMU_UNMAP_DMA take iommu->lock of the container.",
  },
  evictsOwnGroup: {
    id: "I-17",
    values: flag,
    sentence: "Whether eviction may take pages of the group that is being resolved.",
  },
  discardWhen: {
    id: "B2",
    values: choice({
      "before-clear": "The driver discards partial faults, then clears the overflow flag.",
      "after-clear": "The driver clears the overflow flag, then discards partial faults, even those of new groups.",
    }),
    sentence: "When the driver discards partial faults after an overflow.",
  },
  acknowledgeWhen: {
    id: "I8",
    values: choice({
      "before-read": "The driver clears the pending bit, then reads the queue.",
      "after-read": "The driver reads the queue, then clears the pending bit, and can lose an interrupt.",
    }),
    sentence: "When the driver clears the pending bit of the interrupt.",
  },
  allocations: {
    id: "B26",
    values: choice({
      succeed: "Allocations of the IOPF core succeed.",
      "may-fail": "Allocations of the IOPF core may fail.",
    }),
    sentence: "Whether allocations of the IOPF core may fail.",
  },
  answersTwice: {
    id: "D5",
    values: flag,
    sentence: "Whether the worker of core 6.1 sends a second response to each page request group.",
  },
};
