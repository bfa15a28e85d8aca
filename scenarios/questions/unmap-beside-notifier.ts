/** Questions about DMA_UNMAP beside an MMU notifier that unmaps the same pages. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

const at = (host: string, happens: string, set: Parameters<typeof study>[2] = {}) =>
  study("mm-events", host, { happens, ...set });

export const unmapBesideNotifierScenarios: readonly Scenario[] = [
  {
    id: "unmap-beside-notifier",
    question: "Do DMA_UNMAP and the callback of the MMU notifier need the same lock, and for how long?",
    askedBy: "84211b1c0db6",
    rows: [],
    given: "RFC v2 and v3: DMA_UNMAP and the callback unmap what faults have mapped, both under iommu->lock.",
    when: "the VMM unmaps the memory and maps it again, while the process discards a page.",
    answer:
      "Yes, until the sync is done. If the callback drops the lock after it has looked, it works on a mapping that DMA_UNMAP has freed, as xe did. If DMA_UNMAP drops it before its one sync, the callback finds no bit and returns, and the page is freed while the IOTLB still has it.",
    evidence: { kind: "derived", where: "VFIO facts 1.2 and 1.3; the fix 84211b1c0db6 as posted for 6.13" },
    runs: [
      {
        label: "RFC v2",
        request: at("rfc-v2", "discards", { dmaUnmaps: true }),
        expect: { "MMX-1": "holds", "MMX-19": "holds", "MMX-20": "witnessed", "MMX-21": "holds", "MMX-22": "holds" },
      },
      {
        label: "RFC v2, and the callback unlocks after it has looked",
        request: at("rfc-v2", "discards", { dmaUnmaps: true, callbackLooks: "unlocks-after" }),
        expect: { "MMX-19": "violated" },
      },
      {
        label: "RFC v2, and DMA_UNMAP syncs without the lock",
        request: at("rfc-v2", "discards", { dmaUnmaps: true, dmaUnmapOrder: "sync-unlocked" }),
        expect: { "MMX-1": "violated" },
      },
    ],
    chart: { run: 2, property: "MMX-1" },
  },
  {
    id: "unmap-waits-for-copy",
    question: "Can DMA_UNMAP wait for ever for a fault handler that gets its pages under iommu->lock?",
    askedBy: "reading RFC v2, whose handler gets pages under iommu->lock",
    rows: [],
    given: "RFC v2: the handler holds iommu->lock in get_user_pages(), and the callback of the notifier takes it.",
    when: "the page is shared, so that the handler copies it, and the VMM calls DMA_UNMAP.",
    answer:
      "Yes. The copy calls the callback on the thread of the handler, which waits for the lock that it holds itself. DMA_UNMAP waits behind it. With a sequence count, and pages that are got without the lock, it returns.",
    evidence: { kind: "derived", where: "VFIO facts 1.7 and 4.3" },
    runs: [
      {
        label: "RFC v2",
        request: at("rfc-v2", "copies", { dmaUnmaps: true }),
        expect: { "MMX-22": "violated", DEADLOCK: "violated" },
      },
      {
        label: "with a sequence count",
        request: at("hmm", "copies", { dmaUnmaps: true }),
        expect: { "MMX-20": "witnessed", "MMX-22": "holds", DEADLOCK: "holds" },
      },
    ],
    chart: { run: 0, property: "MMX-22" },
  },
];
