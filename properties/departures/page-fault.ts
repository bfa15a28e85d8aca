/** Deliberate defects of the page fault systems: hardware with a weakness, choices of a design, steps left out or swapped. */
import type { Request } from "../build.ts";
import type { Departure, Settings } from "./departure.ts";

const at = (system: string, hardware: string, set: Settings): Request => ({
  system,
  hardware,
  host: "rfc-v1-on-groups",
  bounds: "small",
  set,
});
/** Two PASIDs of a device use one group index (K8). */
const TWO_PASIDS = { pasids: 2, slots: 2, pages: 1, itemPages: 1, prgiScope: "functionAndPasid" } as const;
const TWO_GROUPS = { ...TWO_PASIDS, pages: 2, itemPages: 2, creditsPerDev: 4, partialKey: "prgi" } as const;
/** Groups of two requests, a queue with one usable slot, a driver that does everything right. */
const overflow = (set: Settings): Request => at("pri-overflow", "vtd", set);
/** One page, unmapped and mapped again while its device uses it; a limit that is never reached keeps the pins bounded. */
const unmap = (set: Settings, hardware = "vtd"): Request => at("unmap-race", hardware, set);
/** Pages that are not pinned, which the host takes away. */
const notified = (set: Settings): Request => ({ ...at("mmu-notifier", "smmu-stall", set), host: "rfc-v2" });
/** Two pages wanted, one may be pinned. */
const limit = (set: Settings): Request => at("pin-limit", "vtd", set);

export const pageFaultDepartures: readonly Departure[] = [
  {
    when: { ovfLastResponse: "none" },
    breaks: ["RSP-8", "RSP-12", "LIV-1", "LIV-2", "DEADLOCK"],
    reason: "nothing answers a last request that an overflow drops (K9: what answers it), so its device waits for ever",
    shown: overflow({ ovfLastResponse: "none" }),
  },
  {
    when: { ovfLastResponse: "failure" },
    breaks: ["RSP-8", "DEADLOCK"],
    reason:
      "Response Failure to a request that the overflow dropped disables PRI of the device, and no code enables it again (S18)",
    shown: overflow({ ovfLastResponse: "failure" }),
  },
  {
    when: { givesUp: "freesIndex" },
    breaks: ["RSP-1", "RSP-2", "RSP-3", "RSP-4", "DEADLOCK"],
    reason: "the response to a group that the device has given up reaches a free index, or its next use (G2, G6)",
    shown: at("pri-flat", "vtd", { givesUp: "freesIndex", instances: 2 }),
  },
  {
    when: { autoRespPasid: "none", prgiScope: "functionAndPasid", pasids: 2 },
    breaks: ["RSP-8", "RSP-12", "RSP-14", "LIV-1", "LIV-2"],
    reason: "the automatic response has no PASID (K12), and a device that needs one finds no group for it (S9, H19)",
    shown: overflow({ ...TWO_PASIDS, autoRespPasid: "none" }),
  },
  {
    when: { autoRespFailurePasid: "none", ovfLastResponse: "failure", prgiScope: "functionAndPasid", pasids: 2 },
    breaks: ["RSP-8", "RSP-12", "RSP-14", "LIV-1", "LIV-2"],
    reason: "the automatic Response Failure has no PASID (K12), and a device that needs one finds no group for it",
    shown: overflow({ ...TWO_PASIDS, autoRespFailurePasid: "none", ovfLastResponse: "failure" }),
  },
  {
    when: { partialKey: "prgi", prgiScope: "functionAndPasid", pasids: 2, core: "6.12" },
    breaks: ["GRP-1"],
    reason: "the core joins partial faults by the group index alone, and two PASIDs use it at the same time (H1b, D2)",
    shown: at("pri-flat", "vtd", TWO_GROUPS),
  },
  {
    when: { partialKey: "prgi", prgiScope: "functionAndPasid", pasids: 2, core: "6.1" },
    breaks: ["GRP-10"],
    reason: "the core joins partial faults by the group index alone, and two PASIDs use it at the same time (H1b, D2)",
    shown: at("pri-flat", "vtd", { ...TWO_GROUPS, core: "6.1" }),
  },
  {
    when: { allocations: "may-fail", core: "6.12" },
    breaks: ["DEADLOCK"],
    reason: "without memory the IOPF core responds with Response Failure, which disables PRI of the device (B26, S18)",
    shown: overflow({ allocations: "may-fail" }),
  },
  {
    when: { irqModel: "lossy", irqReread: false },
    breaks: ["PRQ-5", "PRQ-6", "PRQ-8", "GRP-6", "RSP-8", "LIV-1", "LIV-2", "LIV-4", "LIV-8", "DEADLOCK"],
    reason:
      "the pending bit is set again while software clears it, without an interrupt, and the driver does not read it back (K38, H9)",
    shown: overflow({ irqModel: "lossy" }),
  },
  {
    when: { irqClears: "both" },
    breaks: ["PRQ-5", "GRP-3", "GRP-6", "RSP-8", "LIV-4"],
    reason:
      "the driver clears an overflow flag that it has not seen, and no code starts the stopped log again (K38, B33)",
    shown: overflow({ irqClears: "both" }),
  },
  {
    when: { ovfInhibits: false },
    breaks: ["GRP-1", "GRP-3", "PRQ-6", "PRQ-8", "PRQ-9", "DEADLOCK"],
    reason:
      "a request that enters during an overflow raises no new interrupt, and may belong to a group whose start was dropped (K10, fact 4)",
    shown: overflow({ ovfInhibits: false }),
  },
  {
    when: { clearPolicy: "immediate" },
    breaks: ["GRP-1", "GRP-3", "PRQ-9"],
    reason:
      "the overflow flag is cleared while requests from before the overflow are in the queue (K17: whether it is cleared only when the queue is empty), and they join a later use of their index",
    shown: overflow({ clearPolicy: "immediate" }),
  },
  {
    when: { clearPolicy: "never" },
    breaks: ["PRQ-5", "PRQ-8", "RSP-8", "LIV-4"],
    reason:
      "software only records the acknowledgement and does not write the register, so hardware takes no request any more (B4, B33)",
    shown: overflow({ clearPolicy: "never" }),
  },
  {
    when: { discardScope: "none" },
    breaks: ["GRP-1", "GRP-3"],
    reason: "partial faults outlive the overflow that dropped the rest of their group (K18, H1, H2)",
    shown: overflow({ discardScope: "none" }),
  },
  {
    when: { core: "6.1", clearPolicy: "immediate" },
    breaks: ["GRP-10"],
    reason:
      "the overflow flag is cleared while requests from before the overflow are in the queue (K17: whether it is cleared only when the queue is empty), and they join a later use of their index",
    shown: overflow({ core: "6.1", clearPolicy: "immediate" }),
  },
  {
    when: { core: "6.1", discardScope: "none" },
    breaks: ["GRP-10"],
    reason: "partial faults outlive the overflow that dropped the rest of their group (K18, H1, H2)",
    shown: overflow({ core: "6.1", discardScope: "none" }),
  },
  {
    when: { core: "6.1", ovfInhibits: false },
    breaks: ["GRP-10"],
    reason: "a request that enters during an overflow may belong to a group whose start was dropped (K10, fact 4)",
    shown: overflow({ core: "6.1", ovfInhibits: false }),
  },
  {
    when: { core: "6.1", allocations: "may-fail" },
    breaks: ["GRP-10"],
    reason:
      "without memory for its copy the last request gets a response before the IOPF core sees it, and the partial faults stay (B26)",
    shown: overflow({ core: "6.1", allocations: "may-fail" }),
  },
  {
    when: { core: "6.1", answersTwice: true, allocations: "may-fail" },
    breaks: ["MEM-6", "RSP-1", "RSP-2", "RSP-4", "RSP-8", "LIV-8", "DEADLOCK"],
    reason:
      "the second response takes the copy of the next group, which its reporter unlinks after the handler refused it (D5)",
    shown: at("pri-flat", "vtd", { core: "6.1", answersTwice: true, allocations: "may-fail" }),
  },
  {
    when: { creditReservation: "request" },
    breaks: ["DEADLOCK"],
    reason: "two open groups hold the credits that each of them needs to be closed (G4)",
    shown: overflow({ creditReservation: "request", slots: 2 }),
  },
  {
    when: { respondWhen: "after-unlock" },
    breaks: ["RSP-9"],
    reason: "iommu->lock is dropped before the response, so the page may be unmapped or evicted in between (F11, F12)",
    shown: unmap({}),
  },
  {
    when: { core: "6.1", delivery: "per-request", stallSlots: 0 },
    breaks: ["RSP-8", "RSP-13"],
    reason:
      "the handler responds to each request, and its refusal of an earlier one is lost: the group gets the Success of the last (row 58 of the RFC thread)",
    shown: limit({ core: "6.1", delivery: "per-request", itemPages: 2 }),
  },
  {
    when: { core: "6.1", stallSlots: 0 },
    breaks: ["RSP-9"],
    reason:
      "the worker of Linux 6.1 responds after all requests of a group, and takes the lock anew for each (row 58 of the RFC thread)",
    shown: unmap({ core: "6.1", respondWhen: "under-lock" }),
  },
  {
    when: { notifier: "sequence-retry" },
    breaks: ["RSP-9"],
    reason:
      "the page may be unmapped between the handler's last step under the lock and the response; the device faults again",
    shown: { ...notified({ respondWhen: "under-lock" }), host: "hmm" },
  },
  {
    when: { notifier: "invalidate-range" },
    breaks: ["RSP-9", "GRP-12", "LCK-7", "STL-7", "DEADLOCK"],
    reason: "the handler reclaims another page while it holds the lock that the notifier waits for (D-06)",
    shown: notified({ notifier: "invalidate-range" }),
  },
  {
    when: { notifier: "range-start-only" },
    breaks: ["NTF-1", "NTF-2", "RSP-9", "DEADLOCK"],
    reason:
      "a handler maps the old frame again between the callback and the free (I-13), or reclaims under the lock (D-06)",
    shown: notified({ notifier: "range-start-only" }),
  },
  {
    when: { notifier: "range-start-only" },
    breaks: ["NTF-8"],
    reason: "the device's cache is filled again with the old frame before it is freed (I-13)",
    shown: { ...at("mmu-notifier", "vtd", { notifier: "range-start-only", pages: 1 }), host: "hmm" },
  },
  {
    when: { acknowledgeWhen: "after-read" },
    breaks: ["PRQ-6", "DEADLOCK"],
    reason: "a record that arrives between the last read and the acknowledgement is never looked at (I8)",
    shown: overflow({ acknowledgeWhen: "after-read" }),
  },
  {
    when: { acknowledgeWhen: "after-read", headAdvance: "perEntry" },
    breaks: ["PRQ-5", "PRQ-6", "PRQ-8", "GRP-6", "RSP-8", "LIV-4", "DEADLOCK"],
    reason:
      "a record or an overflow between the last read and the acknowledgement is never looked at (I8); the head is written for each record (K16)",
    shown: overflow({ acknowledgeWhen: "after-read", headAdvance: "perEntry", pages: 2 }),
  },
  {
    when: { atcInvDefect: "completes-early" },
    breaks: ["SAFE-2", "SAFE-6"],
    reason: "a device completes an invalidation while it still reads (H12, S5)",
    shown: unmap({ atcInvDefect: "completes-early" }),
  },
  {
    when: { atcInvDefect: "fill-survives-invalidation" },
    breaks: ["SAFE-2", "SAFE-4", "SAFE-6", "SAFE-8", "MAP-5"],
    reason: "a device keeps a translation that an invalidation overtook (S6)",
    shown: unmap({ atcInvDefect: "fill-survives-invalidation" }),
  },
  {
    when: { atcInvDefect: "waits-for-answers" },
    breaks: ["CMD-4", "PIN-6", "MAP-5", "GRP-6", "RSP-8", "LCK-7", "LIV-2", "LIV-5", "LIV-6", "LIV-7", "DEADLOCK"],
    reason:
      "the fence waits for the device, the device waits for its response, and the response is in the queue behind the fence (H37)",
    shown: unmap({ atcInvDefect: "waits-for-answers" }),
  },
  {
    when: { releaseOrder: "unpin-before-wait" },
    breaks: ["SAFE-2", "SAFE-4", "SAFE-6"],
    reason: "the pin is dropped before the devices have completed the invalidation (I-03)",
    shown: unmap({ releaseOrder: "unpin-before-wait" }),
  },
  {
    when: { releaseOrder: "no-atc-invalidation" },
    breaks: ["SAFE-2", "SAFE-4", "SAFE-6", "SAFE-8", "MAP-5"],
    reason: "the devices keep what they cached (I7)",
    shown: unmap({ releaseOrder: "no-atc-invalidation" }),
  },
  {
    when: { releaseOrder: "no-iotlb-invalidation" },
    breaks: ["SAFE-2", "SAFE-3", "SAFE-4", "SAFE-5", "SAFE-6", "SAFE-7", "SAFE-8", "SAFE-9"],
    reason: "the IOTLB keeps what it cached, and refills the devices (I7)",
    shown: unmap({ releaseOrder: "no-iotlb-invalidation", reclaims: true }),
  },
  {
    when: { releaseOrder: "no-iotlb-invalidation", ats: "off" },
    breaks: ["SAFE-1"],
    reason: "the IOTLB keeps what it cached, and untranslated DMA goes on (I7)",
    shown: unmap({ releaseOrder: "no-iotlb-invalidation" }, "smmu-stall"),
  },
  {
    when: { releaseOrder: "atc-before-iotlb" },
    breaks: ["SAFE-2", "SAFE-4", "SAFE-6", "SAFE-8"],
    reason: "a device that was invalidated first refills from the stale IOTLB (H14)",
    shown: unmap({ releaseOrder: "atc-before-iotlb" }),
  },
  {
    when: { releaseOrder: "clear-last" },
    breaks: ["SAFE-2", "SAFE-3", "SAFE-4", "SAFE-5", "SAFE-6", "SAFE-7", "SAFE-8", "SAFE-9"],
    reason: "the entry is cached again after the invalidation, because it is still present",
    shown: unmap({ releaseOrder: "clear-last", reclaims: true }),
  },
  {
    when: { releaseOrder: "bit-stays" },
    breaks: ["PIN-5", "PIN-8"],
    reason: "the page is released once more for the bit that stayed (D-08)",
    shown: unmap({ releaseOrder: "bit-stays" }, "smmu-stall"),
  },
  {
    when: { releaseOrder: "no-uncharge" },
    breaks: ["PIN-4", "PIN-6", "PIN-9"],
    reason: "the charge is never released",
    shown: unmap({ releaseOrder: "no-uncharge", reclaim: "none" }, "smmu-stall"),
  },
  {
    when: { releaseOrder: "no-uncharge", reclaim: "periodic" },
    breaks: ["PIN-12"],
    reason: "nothing is left to release, and still too much is charged",
    shown: unmap({ releaseOrder: "no-uncharge", pages: 2 }, "smmu-stall"),
  },
  {
    when: { releaseOrder: "no-unpin" },
    breaks: ["PIN-3", "PIN-4", "PIN-9"],
    reason: "the page is pinned again while the old pin is still held",
    shown: unmap({ releaseOrder: "no-unpin" }, "smmu-stall"),
  },
  {
    when: { workerLocks: false },
    breaks: ["PIN-9", "SAFE-7", "SAFE-8", "MAP-2", "LCK-1", "LIV-5"],
    reason: "a fault maps a page while DMA_UNMAP walks the region (I-38)",
    shown: unmap({ workerLocks: false }),
  },
  {
    when: { workerLocks: false, workers: 2, reclaim: "direct" },
    breaks: ["PIN-3", "MAP-1", "MAP-3", "LCK-1", "LCK-5", "LIV-9"],
    reason: "two handlers map the same page, and evict without the lock (I-06, I-38)",
    shown: at("pin-limit", "smmu-stall", { workerLocks: false, workers: 2, reclaim: "direct", slots: 2 }),
  },
  {
    when: { vmmLocks: false },
    breaks: ["PIN-9", "SAFE-7", "SAFE-8", "MAP-2", "LCK-2", "LCK-5", "LIV-5"],
    reason: "DMA_UNMAP walks the region while a fault maps a page (I-38)",
    shown: unmap({ vmmLocks: false }),
  },
  {
    when: { evictsOwnGroup: true, reclaim: "direct" },
    breaks: ["RSP-8"],
    reason: "the pages of one group evict each other for ever (I-17)",
    shown: limit({ evictsOwnGroup: true, reclaim: "direct", itemPages: 2 }),
  },
];
