/** The design questions of the RFC thread as sweeps: what is varied for each, in which system. */

export interface DesignQuestion {
  /** What it is about, and what a designer asks. */
  readonly title: string;
  readonly question: string;
  readonly system: string;
  readonly hardware?: string;
  readonly design?: string;
  readonly set?: readonly string[];
  readonly vary: readonly string[];
  /** Each two values with nothing else changed, where all combinations are too many. */
  readonly eachPair?: true;
}

export const designSpace: readonly DesignQuestion[] = [
  {
    title: "The order of an unmap, and when the response is sent",
    question:
      "In which order may the release of a page clear the entry, invalidate the caches, wait and unpin? May the page response be sent after iommu->lock was dropped?",
    system: "unmap-race",
    vary: [
      "releaseOrder=standard,unpin-before-wait,atc-before-iotlb,clear-last,no-atc-invalidation,no-iotlb-invalidation",
      "respondWhen=after-unlock,under-lock",
    ],
  },
  {
    title: "Which of the two sides takes iommu->lock",
    question:
      "Must both the fault handler and the ioctls hold iommu->lock, and does it matter that the response is sent under it?",
    system: "unmap-race",
    vary: ["workerLocks=true,false", "vmmLocks=true,false", "respondWhen=under-lock,after-unlock"],
  },
  {
    title: "Delivery for each request or for each group",
    question: "May VFIO's handler be called for each page request, and what does a limit on pins change?",
    system: "pin-limit",
    design: "rfc-v1",
    vary: ["delivery=whole-group,per-request", "itemPages=1,2", "limit=0,1,2"],
  },
  {
    title: "When the overflow flag is cleared",
    question:
      "May a driver clear the overflow flag of the page request queue before the queue is empty, on which IOMMU?",
    system: "pri-overflow",
    hardware: "vtd,amd",
    vary: ["clearPolicy=drainedOnly,immediate", "discardScope=queue,none"],
  },
  {
    title: "What happens at the limit",
    question: "At the limit, is a fault refused, does the handler evict a page first, or does a thread reclaim pages?",
    system: "pin-limit",
    set: ["itemPages=2"],
    vary: ["limit=2,1", "reclaim=none,direct,periodic", "evictsOwnGroup=false,true"],
  },
  {
    title: "Which notifier unmaps pages that are not pinned",
    question: "Which MMU notifier unmaps, and does the handler start over after an invalidation?",
    system: "mmu-notifier",
    hardware: "smmu-stall",
    design: "rfc-v2",
    vary: ["notifier=sequence-retry,invalidate-range,range-start-only"],
  },
  {
    title: "The parts of a handler without pins, two at a time",
    question: "Which choices of a handler that starts over after an invalidation are safe, alone and in pairs?",
    system: "mm-events",
    vary: ["all"],
    eachPair: true,
  },
];
