/**
 * The software under test: a design of VFIO's page fault handling, as one flat record. A design question of the thread is a
 * value of one of these knobs; departures ("one step left out, two steps swapped, one lock not taken") are values too.
 */
import type { KnobTable } from "../knobs.ts";
import type { NotifierDesign } from "../machines/linux/mm/notifier/operation-steps.ts";
import { RELEASE_ORDER, type ReleaseStep } from "../machines/linux/vfio/type1/page-release.ts";

/** How a page is released, by name; the first is right, each other one is one departure from it. */
export const RELEASE_ORDERS = {
  standard: RELEASE_ORDER,
  /** I-03: the pin is dropped before the invalidations completed. */
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
  /** I7: the invalidation of the devices' caches is left out. */
  "no-atc-invalidation": ["clear-entry", "invalidate-iotlb", "wait", "unpin", "uncharge", "clear-bit"],
  /** I7: the invalidation of the IOTLB is left out. */
  "no-iotlb-invalidation": ["clear-entry", "invalidate-atc", "wait", "unpin", "uncharge", "clear-bit"],
  /** H14: the devices' caches first, so that they refill from a stale IOTLB. */
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
  /** The entry is cleared only after the caches were invalidated. */
  "clear-last": ["invalidate-iotlb", "wait", "invalidate-atc", "wait", "clear-entry", "unpin", "uncharge", "clear-bit"],
  /** D-08: the entry goes, the bit stays. */
  "bit-stays": ["clear-entry", "invalidate-iotlb", "wait", "invalidate-atc", "wait", "unpin", "uncharge"],
  /** The charge is never given back. */
  "no-uncharge": ["clear-entry", "invalidate-iotlb", "wait", "invalidate-atc", "wait", "unpin", "clear-bit"],
  /** The pin is never given back. */
  "no-unpin": ["clear-entry", "invalidate-iotlb", "wait", "invalidate-atc", "wait", "uncharge", "clear-bit"],
  /** RFC v2 and v3: nothing is pinned or charged, there is only a mapping to take back. */
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
  core: { id: "H-core", values: { kind: "choice", of: ["6.1", "6.12"] }, sentence: "Generation of the IOPF core." },
  delivery: {
    id: "row 58",
    values: { kind: "choice", of: ["per-request", "whole-group"] },
    sentence: "Whether the handler is called for each request or for a whole group (core 6.1 with PRI).",
  },
  notifier: {
    id: "row 16",
    values: { kind: "choice", of: ["none", "invalidate-range", "range-start-only", "sequence-retry"] },
    sentence: "Whether pages stay pinned, or which design of MMU notifier unmaps them (VFIO facts 4.3).",
  },
  reclaim: {
    id: "row 33",
    values: { kind: "choice", of: ["none", "direct", "periodic"] },
    sentence: "Refuse at the limit, evict inside the handler, or evict from a thread that checks.",
  },
  limit: {
    id: "row 34",
    values: { kind: "integer", from: 0, to: 16 },
    sentence: "Pages that may be pinned; 0: no limit.",
  },
  workers: { id: "I-35", values: { kind: "integer", from: 1, to: 4 }, sentence: "Threads that resolve groups." },
  domains: { id: "D-09", values: { kind: "integer", from: 1, to: 2 }, sentence: "IOMMU domains of the container." },
  releaseOrder: {
    id: "I-03",
    values: { kind: "choice", of: Object.keys(RELEASE_ORDERS) as ReleaseOrderName[] },
    sentence: "Order of the steps that release a page; every other order than standard is a departure.",
  },
  respondWhen: {
    id: "I-28",
    values: { kind: "choice", of: ["after-unlock", "under-lock"] },
    sentence: "Whether the response is sent after the container's lock was dropped (RFC v1) or before.",
  },
  workerLocks: { id: "I-38", values: flag, sentence: "Whether the fault handler takes the container's lock." },
  vmmLocks: { id: "I-38", values: flag, sentence: "Whether DMA_MAP and DMA_UNMAP take the container's lock." },
  evictsOwnGroup: {
    id: "I-17",
    values: flag,
    sentence: "Whether eviction may take pages of the group being answered.",
  },
  discardWhen: {
    id: "B2",
    values: { kind: "choice", of: ["before-clear", "after-clear"] },
    sentence: "Whether partial faults are forgotten before or after the overflow flag is cleared.",
  },
  acknowledgeWhen: {
    id: "I8",
    values: { kind: "choice", of: ["before-read", "after-read"] },
    sentence: "Whether the pending interrupt is cleared before or after the queue is read (H9).",
  },
  allocations: {
    id: "B26",
    values: { kind: "choice", of: ["succeed", "may-fail"] },
    sentence: "Whether allocations of the IOPF core may fail.",
  },
  answersTwice: {
    id: "D5",
    values: flag,
    sentence: "Whether a worker of core 6.1 answers each page request group once more.",
  },
};
