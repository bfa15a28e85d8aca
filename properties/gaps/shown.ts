/** What only a run makes use of that the suite leaves out: a defect beside another knob, or a run in which no other claim has a witness. */
import { ANY_HARDWARE, type Request } from "../build.ts";
import type { Excuse } from "./gap.ts";

const study = (system: string, host: string, set: Request["set"]): Request => ({
  system,
  hardware: ANY_HARDWARE,
  host,
  bounds: "small",
  set,
});

export const shown: readonly Excuse[] = [
  {
    reason: "only an ATC that keeps denials asks again, which no device may (TLB-3)",
    shown: study("translation-caches", "linux-6.12.117", { atcNegCache: true }),
    never: { "caching-device": ["deciding: device.goes-on (2 of 3)"] },
  },
  {
    reason:
      "DMA_MAP of a device that needs all of its memory has failed, so no ring is ever fetched and no claim has a witness",
    shown: study("selective", "today", {
      knowledge: "pf-hint",
      unmaps: false,
      rings: 1,
      rejects: false,
      pages: 2,
      ringPages: 1,
      ringPlaces: 1,
      limit: 1,
    }),
    never: { lockdown: ["looking: container.found (3 of 3)"], vmm: ["map.taken: lockdown.done (2 of 2)"] },
    always: { lockdown: ["looking: container.found (1 of 3)"], vmm: ["map.taken: lockdown.done (1 of 2)"] },
  },
  {
    reason:
      "the thread of AMD reads its status register back (K38), and the overflow runs of AMD clear what they have seen",
    shown: {
      system: "pri-overflow",
      hardware: "vtd",
      host: "rfc-v1-on-groups",
      bounds: "small",
      set: { irqReread: true, pages: 2 },
    },
    never: { "prq-thread": ["looking: prq.registers (1 of 6)", "clearing: thread.clears-overflow (3 of 4)"] },
  },
  {
    reason: "two fault queues, one of which is polled: 72,169 states that show nothing else",
    shown: study("iommufd", "intended", { faultQueues: 2, pollsFd: true }),
    always: { "fault-reader": ["asleep: queue.wakes"] },
  },
  {
    reason: "only where the requests of one group go each to the owner of its stage (delivery=per-request, NST-18)",
    shown: study("nested", "intended", {
      pages: 2,
      itemPages: 2,
      guestTeardowns: 0,
      viommuKind: "virtio",
      physicalEntries: 2,
      delivery: "per-request",
      tableFaults: false,
      answersBy: "group-index",
      faultRingRecords: 2,
    }),
    never: { "stage-router": ["resolving: router.resolves (2 of 2)"] },
    always: { "stage-router": ["resolving: router.resolves (1 of 2)"] },
  },
  {
    reason: "without the lock of the report the device is freed under it (reportLocks=false, REF-1)",
    shown: study("lifetimes", "intended", { reportLocks: false }),
    never: { "request-thread": ["reporting: reported (3 of 3)"] },
    always: { "request-thread": ["reporting: reported (2 of 3)"] },
  },
  {
    reason: "a stalled PCIe read is given up when its completion is overdue, and PCIe devices must not stall (STM-13)",
    shown: study("stalls", "intended", {
      stallSlots: 2,
      stallDupSuppress: true,
      stallExits: true,
      streamKind: "pcie",
    }),
    never: { "stalled-transaction": ["suppressed: transaction.times-out"] },
  },
  {
    reason: "an SMMU that leaves the record of a stall that it has retried (staleStall=records, STM-2)",
    shown: study("stalls", "intended", {
      stallSlots: 2,
      stallDupSuppress: true,
      stallExits: true,
      staleStall: "records",
    }),
    never: { "stalled-transaction": ["suppressed: invalidation.synced (2 of 2)"] },
    always: { "stalled-transaction": ["suppressed: invalidation.synced (1 of 2)"] },
  },
  {
    reason: "the page is swapped in by the path that the stall holds up (swapPath=same, STM-5)",
    shown: study("stalls", "intended", {
      stallSlots: 2,
      stallDupSuppress: true,
      stallExits: true,
      swapPath: "same",
    }),
    never: { "stalled-transaction": ["idle: path.passes"] },
  },
  {
    reason: "the balloon discards a page that is mapped and differs (guestDiscards=uncoordinated, SEL-32)",
    shown: study("selective", "today", {
      knowledge: "pf-hint",
      unmaps: false,
      rings: 1,
      rejects: false,
      pages: 2,
      ringPages: 1,
      ringPlaces: 1,
      guestDiscards: "uncoordinated",
    }),
    never: { "page-view": ["diverged: host.pins"] },
  },
  {
    reason: "the limit is tested before the charge, and the mm dies in between (chargeTest=before-charge)",
    shown: study("accounting", "linux-6.1.192", {
      groups: "iommu",
      mdevDrivers: 0,
      fate: "execs",
      vaddrUpdates: true,
      chargeTest: "before-charge",
    }),
    never: { "page-pinning": ["testing: mm.gone"], "user-mm": ["dead: mm.measures"] },
  },
  {
    reason: "the object is published before it is whole (objectPublished=at-once, OBJ-1)",
    shown: study("fault-object", "linux-6.12.0", { objectCallers: 1, destroyers: 1, objectPublished: "at-once" }),
    never: { "iommufd-object": ["free: object.is-still-named"] },
  },
  {
    reason:
      "a queue is destroyed under a fault in flight only if the detach does not drain (hwptDetach=no-drain, IFD-6)",
    shown: study("iommufd", "linux-6.12.0", {
      slots: 1,
      itemPages: 1,
      instances: 1,
      faultQueues: 1,
      fdCloses: true,
      writeCookies: 0,
      readGroups: 0,
      hwptDetach: "no-drain",
    }),
    never: { "fault-queue": ["destroyed: deliver.appends"] },
  },
];
