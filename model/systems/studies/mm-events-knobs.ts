/** The knobs of the focused model `mm-events`: what each choice of its designs and sizes means. */
import { choice, type KnobTable } from "../../knobs.ts";
import { boundsKnobs } from "../bounds.ts";
import type { MmEventsDesign, MmEventsSizes } from "./mm-events-design.ts";

const flag = { kind: "flag" } as const;

export const mmEventsKnobs: KnobTable<MmEventsDesign> = {
  callback: {
    id: "VFIO facts 4.3",
    values: choice({
      "invalidate-range":
        "It unmaps in .invalidate_range, after the CPU's entry is cleared, often under a spinlock (RFC v2, v3).",
      "start-end":
        "It unmaps in .invalidate_range_start, and a sequence count covers the time until .invalidate_range_end.",
    }),
    sentence: "Where the MMU notifier unmaps pages from the IOMMU.",
  },
  forcesFlush: {
    id: "D-18",
    values: flag,
    sentence:
      "Whether zap_pte_range() flushes under the spinlock of the page table, as for dirty pages of a file; false: anonymous memory.",
  },
  sequenceCompared: {
    id: "I-14",
    values: flag,
    sentence: "Whether the fault handler compares the sequence count before it maps (mmu_interval_read_retry()).",
  },
  watches: {
    id: "D-14",
    values: choice({
      "first-mm": "It registers one on the process that enabled page faults (RFC v2, v3).",
      "every-mm": "It registers one on every process whose memory the container maps.",
    }),
    sentence: "On which processes VFIO registers an MMU notifier.",
  },
  hearsExit: { id: "I-42", values: flag, sentence: "Whether VFIO unmaps when the process exits (.release)." },
  nonBlockable: {
    id: "I-12",
    values: choice({
      sleeps: "It sleeps on iommu->lock all the same.",
      refuses: "It returns -EAGAIN.",
    }),
    sentence: "What a callback that must not sleep does when it would have to wait for iommu->lock.",
  },
  vaddrInCallback: {
    id: "D-24",
    values: choice({
      ignores: "It goes on.",
      waits: "It waits with iommu->lock dropped, until the process has set new addresses (RFC v3).",
    }),
    sentence: "What the callback does while a vaddr is invalid.",
  },
  waitError: {
    id: "D-04",
    values: choice({
      "keeps-lock": "It returns with iommu->lock held (RFC v3).",
      "goes-on": "It unmaps and drops the lock.",
    }),
    sentence: "What the callback does when its wait for a valid vaddr fails.",
  },
  whileWithheld: {
    id: "I-43",
    values: choice({
      waits: "It waits for the new address (RFC v3).",
      refuses: "It refuses the fault.",
      ignores: "It uses the old address (RFC v2).",
    }),
    sentence: "What the fault handler does while the vaddr is invalid.",
  },
  exitWakes: {
    id: "B-04",
    values: flag,
    sentence: "Whether the exit of the process wakes the threads that wait for a valid vaddr.",
  },
  unmapReturns: {
    id: "VFIO facts 2.6",
    values: choice({
      asked: "It unmaps the size that was asked for.",
      larger: "It unmaps the whole superpage around it.",
    }),
    sentence: "What iommu_unmap() unmaps.",
  },
  onMismatch: {
    id: "D-08",
    values: choice({
      "clears-returned": "The bits of all pages that were unmapped are cleared.",
      "clears-asked": "The bits of the pages that were asked for are cleared (RFC v2).",
      leaves: "No bit is cleared (RFC v3).",
    }),
    sentence: "Which bits are cleared when iommu_unmap() unmaps more than was asked for.",
  },
  readMaps: {
    id: "VFIO facts 1.1",
    values: choice({
      writable: "It maps the page for all that the mapping allows (RFC).",
      asked: "It maps the page for reading only.",
    }),
    sentence: "What a read fault maps the page for.",
  },
  bitPer: {
    id: "I-11",
    values: choice({
      page: "Each page has one bit (RFC).",
      permission: "Each page has one bit for reading and one for writing.",
    }),
    sentence: "What a bit in the bitmap of faulted-in pages stands for.",
  },
  takesReference: {
    id: "I-42",
    values: flag,
    sentence: "Whether the handler takes a reference to the mm before it uses it (mmget_not_zero()).",
  },
  callbackLooks: {
    id: "I-30",
    values: choice({
      "under-lock": "It holds iommu->lock until it has unmapped what it has found (RFC v2, v3).",
      "unlocks-after": "It drops the lock before it unmaps, as xe did (84211b1c0db6).",
    }),
    sentence: "How long the callback holds the lock under which it looks for mappings.",
  },
  dmaUnmapOrder: {
    id: "VFIO facts 1.2",
    values: choice({
      "under-lock": "It unlinks, unmaps, clears the bits and syncs, all under iommu->lock (RFC v2, v3).",
      "sync-unlocked": "It syncs after it has dropped the lock (deliberate defect).",
      "unlinks-unlocked": "It unlinks the mapping before it takes the lock (deliberate defect).",
      "unlinks-last": "It drops the lock once before it unlinks the mapping (deliberate defect).",
      "no-sync": "It does not sync (deliberate defect).",
    }),
    sentence: "In which order DMA_UNMAP takes back what faults have mapped.",
  },
};

export const mmEventsSizeKnobs: KnobTable<MmEventsSizes> = {
  pages: boundsKnobs.pages,
  mms: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 2 },
    sentence: "Number of processes whose memory the container maps, page by page in turn.",
  },
  happens: {
    id: "bound",
    values: choice({
      everything: "All that the other values name may happen.",
      discards: "The process discards pages (MADV_DONTNEED).",
      frees: "The process unmaps pages (munmap(2)).",
      copies: "The process shares pages (fork(2)) and writes to them.",
      migrations: "The kernel migrates pages.",
      exits: "The process exits.",
      oom: "The OOM reaper takes pages.",
      updates: "The process updates the vaddr (VFIO_DMA_MAP_FLAG_VADDR), discards pages and exits.",
    }),
    sentence: "What may happen to memory in one run.",
  },
  dmaUnmaps: {
    id: "bound",
    values: { kind: "flag" },
    sentence: "Whether the VMM unmaps the memory (VFIO_IOMMU_UNMAP_DMA), and maps it again.",
  },
};
