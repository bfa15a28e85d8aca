/** The knobs of the focused model `invalidation-list`: what each choice of its designs and sizes means. */
import { choice, type KnobTable } from "../../knobs.ts";
import type { AttachOrder, DetachOrder } from "../../machines/linux/iommu/flush/attach-orders.ts";
import type { InvalidationListDesign, InvalidationListSizes } from "./invalidation-list-design.ts";

const flag = { kind: "flag" } as const;

const ATTACHES = choice({
  "listed-first": "On the list, then the entry, the ATC, and ATS (SMMUv3; AMD and VT-d by PASID).",
  "listed-last": "The entry and ATS first, then on the list (VT-d, the RID).",
  "flag-last": "master->ats_enabled, without which no ATC invalidation finds it, after ATS is on (SMMUv3 of 6.12).",
  "ats-first": "ATS, then on the list, the entry and the ATC (AMD, the RID).",
  "never-listed": "It is not put on the list (deliberate defect).",
} satisfies { readonly [value in AttachOrder]: string });
const DETACHES = choice({
  "unlisted-last":
    "Off the list after the entry, its copy, IOTLB and ATC are gone (SMMUv3; AMD and VT-d of 7.3.4 by PASID).",
  "unlisted-first": "Off the list before all else (VT-d, the RID; in 6.12 also by PASID).",
  "copy-kept": "The copy of the entry that hardware keeps is not invalidated (deliberate defect).",
  "iotlb-kept": "The IOTLB is not invalidated by its tag (deliberate defect).",
  "atc-kept": "As unlisted-last, and the ATC is not invalidated (AMD, the RID: its ATS is off already).",
  "flushed-early": "IOTLB and ATC are invalidated while the entry is still there (deliberate defect).",
  "never-unlisted": "It stays on the list (deliberate defect).",
} satisfies { readonly [value in DetachOrder]: string });

export const invalidationListKnobs: KnobTable<InvalidationListDesign> = {
  unmapOrder: {
    id: "I5",
    values: choice({
      "list-first":
        "Clear the entry, a barrier, read the list, IOTLB by the tags on it, ATC, free (VT-d, SMMUv3 of 7.3).",
      "iotlb-first":
        "Clear the entry, IOTLB by all tags of the domain, a barrier, the list, ATC, free (SMMUv3 of 6.12).",
      "no-barrier": "As iotlb-first, without the barrier: the list may be read before all else (deliberate defect).",
      "read-too-early": "The list is read before the entry is cleared (deliberate defect).",
      "atc-first": "ATCs are invalidated before the IOTLB (deliberate defect).",
      "atc-only": "Only ATCs are invalidated, and nothing waits for the store (deliberate defect).",
      "keeps-lock": "The list stays locked (deliberate defect).",
    }),
    sentence: "In which order an unmap clears, reads whom to tell, and tells them.",
  },
  skipsAtc: {
    id: "I5",
    values: choice({
      "none-listed": "Nobody on the list has ATS.",
      "count-zero": "The count of those with ATS is 0 (nr_ats_masters of SMMUv3).",
    }),
    sentence: "When an unmap leaves out ATCs.",
  },
  timeoutDoes: {
    id: "S7",
    values: choice({
      ignored: "Nothing: the unmap goes on (SMMUv3 of 7.3.4).",
      retries: "The same again, each time (VT-d, while the device is present).",
      reports: "A worker is told, which blocks the device later (series of 2026, v2).",
      "clears-eats": "The entry refuses ATS from now on; the device keeps it enabled.",
      "blocks-ats": "The entry refuses ATS, and it is disabled in the device (series of 2026, v4).",
    }),
    sentence: "What is done after an Invalidate Request has timed out.",
  },
  listFence: {
    id: "I5",
    values: choice({
      lock: "Every reader, until its commands are done (VT-d, AMD).",
      "array-lock": "A removal waits for readers of the array that is published now (SMMUv3 of 7.3.4).",
      "grace-period": "A removal waits for every reader, as synchronize_rcu() does.",
      none: "Nobody: commands are submitted after the lock was dropped (SMMUv3 of 6.12).",
    }),
    sentence: "Whom a change of the list waits for.",
  },
  attachOrder: { id: "iopf-core 2.1", values: ATTACHES, sentence: "In which order a device is attached by its RID." },
  detachOrder: { id: "iopf-core 2.1", values: DETACHES, sentence: "In which order it is detached." },
  pasidAttach: { id: "iopf-core 2.1", values: ATTACHES, sentence: "In which order a PASID is attached." },
  pasidDetach: { id: "iopf-core 2.1", values: DETACHES, sentence: "In which order a PASID is detached." },
  countDrops: {
    id: "I5",
    values: choice({
      "old-state": "It had ATS on this page table.",
      "new-state": "It has ATS on the next one (SMMUv3 before 685ca577b408).",
      never: "Never (deliberate defect).",
    }),
    sentence: "When the count drops by a device that leaves.",
  },
  aliasFlush: {
    id: "B38",
    values: choice({
      "own-id": "That of the alias.",
      "device-id": "That of the device, so that the entry of the alias stays in the context cache (CVE-2026-90240).",
    }),
    sentence: "By which source id the entry of an alias is invalidated.",
  },
  brokenAttach: {
    id: "S7",
    values: choice({
      "without-ats": "Without ATS, until a reset.",
      "as-usual": "As usual, and its ATC is invalidated again.",
    }),
    sentence: "How a device is attached whose ATC has not answered.",
  },
  attachNotices: {
    id: "S7",
    values: flag,
    sentence: "Whether an attach or detach does the same as an unmap after its own Invalidate Request has timed out.",
  },
  blockedAttach: {
    id: "J82",
    values: choice({
      refused: "It is refused until a reset has succeeded (EBUSY).",
      allowed: "It is carried out (deliberate defect).",
    }),
    sentence: "What becomes of an attach of a device that is blocked until a reset.",
  },
  resetRestores: {
    id: "J82",
    values: choice({
      "if-it-succeeds": "If the reset has succeeded (series of 2026, from v3).",
      always: "After every reset (pci_dev_reset_iommu_done() of 7.3.4).",
      never: "Never (deliberate defect).",
    }),
    sentence: "When a reset attaches the device again.",
  },
  resetClears: {
    id: "J82",
    values: flag,
    sentence: "Whether a reset ends that a device counts as broken (reset_device_done of the series of 2026).",
  },
};

export const invalidationListSizeKnobs: KnobTable<InvalidationListSizes> = {
  deviceHasAlias: { id: "bound", values: flag, sentence: "Whether device 1 also has a DMA alias." },
  attachesPasid: { id: "bound", values: flag, sentence: "Whether a PASID of another device comes and goes, too." },
  atsVaries: {
    id: "bound",
    values: flag,
    sentence: "Whether device 1 may be attached without ATS, and move to another page table with ATS.",
  },
  atcAnswers: {
    id: "bound",
    values: flag,
    sentence: "Whether device 1 always completes Invalidate Requests; otherwise it may stop.",
  },
  deviceResets: { id: "bound", values: flag, sentence: "Whether device 1 is reset." },
};
