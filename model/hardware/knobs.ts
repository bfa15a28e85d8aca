/** The knobs of hardware: ids, values that can be model checked, and a sentence for each knob and each choice. */
import { choice, type KnobTable } from "../knobs.ts";
import type { Hardware } from "./hardware.ts";
import { translationKnobs } from "./translation-knobs.ts";

const flag = { kind: "flag" } as const;
const integer = (from: number, to: number) => ({ kind: "integer", from, to }) as const;

/** What the IOMMU answers by itself to a last request that it does not queue. */
const response = (request: string) =>
  choice({
    success: `The IOMMU answers ${request} with Success, so that the device translates again.`,
    invalid: `The IOMMU answers ${request} with Invalid Request, so that the device gives the access up.`,
    failure: `The IOMMU answers ${request} with Response Failure, which disables the page request interface.`,
    none: `The IOMMU sends no response to ${request}, so that the device waits.`,
  });

export const hardwareKnobs = {
  pqEntries: { id: "K1", values: integer(0, 16), sentence: "Slots of the page request queue; 0: there is no queue." },
  pqUsable: {
    id: "K2",
    values: choice({
      "N-1": "One slot stays empty, so that a full queue differs from an empty one.",
      N: "All slots can be in use, because head and tail carry wrap bits.",
    }),
    sentence: "How many slots of the page request queue can be in use.",
  },
  creditsPerDev: {
    id: "K3",
    values: integer(0, 8),
    sentence: "Page requests that a device may have outstanding; 0: the device has no PRI.",
  },
  creditPolicy: {
    id: "K4",
    values: choice({
      sumWithinUsable: "The credits of all devices together fit into the usable slots of the queue.",
      oversubscribed: "The devices have more credits together than the queue has usable slots.",
    }),
    sentence: "Whether the credits of all devices fit into the page request queue.",
  },
  creditReservation: {
    id: "G4",
    values: choice({
      group: "A device sends the first request of a group only when it has credits for the whole group.",
      request: "A device takes one credit for each request, so that two open groups can hold each other's credits.",
    }),
    sentence: "When a device takes the credits for the requests of a group.",
  },
  groupMax: { id: "K5", values: integer(1, 4), sentence: "Most requests in one page request group." },
  memberReorder: {
    id: "K6",
    values: flag,
    sentence: "Whether the requests of a group may overtake each other, except the last one.",
  },
  prgiSpace: { id: "K7", values: integer(1, 4), sentence: "Page request group indices of a device." },
  prgiScope: {
    id: "K8",
    values: choice({
      function: "A group index is unique within its function.",
      functionAndPasid: "A group index is unique within its function and PASID (PRG Response PASID Required).",
    }),
    sentence: "Within what a page request group index is unique.",
  },
  ovfLastResponse: {
    id: "K9",
    values: response("the last request of a group that overflow drops"),
    sentence: "The automatic response to a last request that is dropped because the queue overflows.",
  },
  ovfInhibits: {
    id: "K10",
    values: flag,
    sentence: "Whether no request enters the queue while the overflow flag is set, even with free slots.",
  },
  offLastResponse: {
    id: "K11",
    values: response("a last request that arrives while the queue is disabled"),
    sentence: "The automatic response to a last request while the queue is disabled.",
  },
  cfgErrResponse: {
    id: "K11",
    values: response("a last request of a device without a valid configuration"),
    sentence: "The automatic response to a last request of a device without a valid configuration.",
  },
  priOffResponse: {
    id: "K11",
    values: response("a last request of a device that is configured without PRI"),
    sentence: "The automatic response to a last request of a device that is configured without PRI.",
  },
  memFaultResponse: {
    id: "K11",
    values: response("a last request whose slot cannot be written"),
    sentence: "The automatic response to a last request when its slot cannot be written.",
  },
  enableResets: {
    id: "K11",
    values: flag,
    sentence: "Whether enabling the queue empties it and clears its error flags.",
  },
  autoRespPasid: {
    id: "K12",
    values: choice({
      mirror: "The automatic response carries the PASID of the request.",
      none: "The automatic response carries no PASID.",
      byConfig: "The automatic response carries a PASID if the device is configured so.",
    }),
    sentence: "Whether an automatic Success or Invalid Request carries the PASID.",
  },
  autoRespFailurePasid: {
    id: "K12",
    values: choice({
      mirror: "The automatic Response Failure carries the PASID of the request.",
      none: "The automatic Response Failure carries no PASID.",
    }),
    sentence: "Whether an automatic Response Failure carries the PASID.",
  },
  stopMarker: {
    id: "K13",
    values: choice({
      none: "A stop marker is discarded when it arrives.",
      supported: "A stop marker with a PASID enters the queue.",
      anyPasid: "A stop marker enters the queue with or without a PASID.",
      treatedAsRequest: "A stop marker is handled as a last request, so that a dropped one is answered.",
    }),
    sentence: "What the IOMMU does with a stop marker.",
  },
  implicitInvOnPR: {
    id: "K14",
    values: flag,
    sentence: "Whether accepting a page request invalidates what the IOTLB holds of its page.",
  },
  upgradeWithoutInv: {
    id: "K15",
    values: flag,
    sentence: "Whether software widens a permission without an invalidation.",
  },
  headAdvance: {
    id: "K16",
    values: choice({
      perEntry: "The driver writes the head register after each record.",
      batch: "The driver writes the head register once, after the whole batch.",
    }),
    sentence: "When the driver writes the head register of the page request queue.",
  },
  clearPolicy: {
    id: "K17",
    values: choice({
      drainedOnly: "The driver clears the overflow flag only when the queue is empty.",
      immediate: "The driver clears the overflow flag at once, with records still in the queue.",
      never: "The driver notes the overflow for itself and does not write the register, which is a mistake.",
    }),
    sentence: "When the driver clears the overflow flag.",
  },
  discardScope: {
    id: "K18",
    values: choice({
      none: "The driver keeps all partial faults after an overflow.",
      queue: "The driver discards the partial faults of all devices of the queue (iopf_queue_discard_partial()).",
    }),
    sentence: "Whose partial faults the driver discards after an overflow.",
  },
  partialKey: {
    id: "K19",
    values: choice({
      prgi: "Requests with the same group index join one group.",
      pasidAndPrgi: "Requests with the same PASID and group index join one group.",
    }),
    sentence: "What joins the requests of one group in software.",
  },
  earlyWarning: {
    id: "K20",
    values: integer(0, 15),
    sentence: "Waiting records at which the queue gives an early warning; 0: it gives none.",
  },
  stallSlots: {
    id: "K21",
    values: integer(0, 4),
    sentence: "Transactions that the IOMMU can hold stalled; 0: it does not stall.",
  },
  stallDupSuppress: {
    id: "K22",
    values: flag,
    sentence: "Whether the IOMMU leaves a second stall of the same page unrecorded.",
  },
  stallEarlyRetry: {
    id: "K22",
    values: flag,
    sentence: "Whether the IOMMU may retry a stalled transaction before software resumes it.",
  },
  stallDowngrade: {
    id: "K22",
    values: flag,
    sentence: "Whether a fault may terminate the transaction although stalling is configured.",
  },
  evtqEntries: { id: "K23", values: integer(0, 4), sentence: "Slots of the event queue that reports stalls." },
  termBehaviour: {
    id: "K24",
    values: choice({
      abort: "The device sees an abort.",
      razWi: "The device reads zero, and its writes are ignored.",
    }),
    sentence: "What the device sees of a terminated transaction.",
  },
  ...translationKnobs,
  flr: {
    id: "K37",
    values: choice({
      never: "The function is not reset.",
      anytime: "The function may be reset at any time (FLR).",
    }),
    sentence: "Whether the function may be reset.",
  },
  blockAtsBeforeFlr: {
    id: "K37",
    values: flag,
    sentence: "Whether software blocks ATS before it resets the function.",
  },
  irqModel: {
    id: "K38",
    values: choice({
      level: "The interrupt stays raised as long as records or an error wait.",
      edgeOn01: "The interrupt is sent when the pending bit rises from 0 to 1.",
      lossy: "The pending bit may be set again without an interrupt while software clears it.",
    }),
    sentence: "When the page request queue interrupts software.",
  },
  irqReread: {
    id: "K38",
    values: flag,
    sentence: "Whether the driver reads the pending bit back before it rests (amd_iommu_handle_irq()).",
  },
  irqClears: {
    id: "K38",
    values: choice({
      pending: "The pending bit. It reads and clears the overflow flag after it has read the queue.",
      both: "The pending bit and the overflow flag, also one that it has not seen (amd_iommu_handle_irq()).",
      seen: "Of pending bit and overflow flag those that it has seen set (a fix, with irqReread).",
    }),
    sentence: "What the driver clears in the status register before it reads the queue.",
  },
  irqErrorLatch: {
    id: "K38",
    values: flag,
    sentence: "Whether an error flag holds the pending bit at 1, so that clearing the bit alone interrupts again.",
  },
  pasid: { id: "K39", values: flag, sentence: "Whether page requests carry a PASID." },
} as const satisfies KnobTable<Hardware>;
