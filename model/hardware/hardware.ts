/**
 * What hardware can be: every point at which IOMMUs, endpoints and their drivers are known to differ, as one flat
 * record. A vendor is a value of this record and never appears in a condition.
 *
 * K1-K39 are the ids of the table of knobs; where one id stands for several switches, each is a field.
 * Sizes are small in the presets, because exhaustive search is to be possible; the real sizes stand beside them.
 */
import type { ResponseCode } from "../units.ts";

/** What hardware sends on its own: a response code, or nothing. */
export type AutomaticResponse = ResponseCode | "none";

export interface Hardware {
  readonly name: string;

  // The page request queue.

  /** K1. Slots of the ring; 0 for hardware without such a queue. */
  readonly pqEntries: number;
  /** K2. How many slots can be in use: one stays empty, or, with wrap bits, all. */
  readonly pqUsable: "N-1" | "N";
  /** K9. What hardware answers to the last request of a group that is dropped by overflow (fact 3). */
  readonly ovfLastResponse: AutomaticResponse;
  /** K10. Whether nothing enters the queue while the overflow flag is set, even with free slots (fact 4). */
  readonly ovfInhibits: boolean;
  /** K11. What is answered to a last request while the queue is off. */
  readonly offLastResponse: AutomaticResponse;
  /** K11. What is answered to a last request of a device without a valid configuration. */
  readonly cfgErrResponse: AutomaticResponse;
  /** K11. What is answered to a last request of a device that is configured without PRI. */
  readonly priOffResponse: AutomaticResponse;
  /** K11. What is answered to a last request when the slot cannot be written, and until software clears that error. */
  readonly memFaultResponse: AutomaticResponse;
  /** K11. Whether turning the queue on empties it and clears its error flags: what waited in it is lost unanswered (H38). */
  readonly enableResets: boolean;
  /** K12. Whether automatic Success and Invalid carry the PASID of the request; `byConfig`: as the device is configured. */
  readonly autoRespPasid: "mirror" | "none" | "byConfig";
  /** K12. The same for automatic Response Failure. */
  readonly autoRespFailurePasid: "mirror" | "none";
  /**
   * K13. Stop markers (last, neither read nor write): `supported` with PASID only, `anyPasid` with or without one;
   * `treatedAsRequest`: as any last request, so that a dropped one is answered; `none`: discarded on arrival.
   */
  readonly stopMarker: "none" | "supported" | "anyPasid" | "treatedAsRequest";
  /** K14. Whether accepting a request invalidates what the IOTLB holds of its page. */
  readonly implicitInvOnPR: boolean;
  /** K20. An early warning when this many records wait in the queue; 0 for none. */
  readonly earlyWarning: number;
  /**
   * K38. When software is interrupted: `edgeOn01` when "record arrived or error flag" rises; `lossy` the same, but the
   * bit may be set again while software clears it, without an interrupt; `level` as long as records or an error wait.
   */
  readonly irqModel: "level" | "edgeOn01" | "lossy";
  /** K38. Whether an error flag holds the pending bit at 1, so that clearing the bit alone interrupts again. */
  readonly irqErrorLatch: boolean;
  /** K38. Whether the driver reads the pending bit back before it rests, and goes on while it is set (amd_iommu_handle_irq()). */
  readonly irqReread: boolean;
  /**
   * K38. What the driver clears when it begins: the pending bit; or the overflow flag with it, as AMD's status register has
   * both, whether it has seen that flag ("both") or only if it has ("seen").
   */
  readonly irqClears: "pending" | "both" | "seen";

  // How the driver of this hardware works the queue.

  /** K16. Whether the head register is written after each record or after the whole batch (H7). */
  readonly headAdvance: "perEntry" | "batch";
  /**
   * K17. When software clears the overflow: only with an empty queue, or at once (H8, fact 5); `never` is the mistake of
   * an acknowledgement that software notes for itself and does not write (B4, B33).
   */
  readonly clearPolicy: "drainedOnly" | "immediate" | "never";
  /** K18. Whose open groups software forgets after an overflow (H1, H2): no hardware says which device was hit. */
  readonly discardScope: "none" | "queue";
  /** K19. What joins the requests of one group in software (H1b). */
  readonly partialKey: "prgi" | "pasidAndPrgi";
  /** K15. Whether software may widen a permission without invalidating (I3, H13). */
  readonly upgradeWithoutInv: boolean;
  /** K31. Whether a wait command exists that covers page requests on their way to the queue (H17). */
  readonly drainSupport: "none" | "pd";

  // The endpoint.

  /** K3. Page requests a device may have outstanding; 0 for a device without PRI. */
  readonly creditsPerDev: number;
  /** K4. Whether the credits of all devices together fit into the queue (O1, H6). */
  readonly creditPolicy: "sumWithinUsable" | "oversubscribed";
  /**
   * G4. Whether a device sends the first request of a group only with credits for all of it, or takes credits one by one:
   * then two open groups can hold each other's credits for ever.
   */
  readonly creditReservation: "group" | "request";
  /** K5. Most requests in one group. */
  readonly groupMax: number;
  /** K6. Whether the requests of a group may overtake each other, except the last. */
  readonly memberReorder: boolean;
  /** K7. Group indices of a device: few, so that indices are used again. */
  readonly prgiSpace: number;
  /** K8. Within what a group index is unique (PRG Response PASID Required). */
  readonly prgiScope: "function" | "functionAndPasid";
  /** K34. Whether virtual functions share the PRI of their physical function, and its failure (H5). */
  readonly priSharedPFVF: boolean;
  /** K35. The queues of the device that tolerate a fault; a fault of another is fatal to the device (fact 10). */
  readonly faultable: "all" | readonly number[];
  /**
   * G2. Whether a device may give an access up while its group waits, without a reset: the index stays in use until the
   * response (`keepsIndex`), or is free at once, which no rule allows (`freesIndex`).
   */
  readonly givesUp: "never" | "keepsIndex" | "freesIndex";
  /** K36. Steps for which the IOMMU delays translation completions without access after an automatic response; 0 for none. */
  readonly retryThrottle: number;
  /** K37. Whether the function may be reset at any time. */
  readonly flr: "never" | "anytime";
  /** K37. Whether software blocks ATS before it resets the function (H36). */
  readonly blockAtsBeforeFlr: boolean;
  /** K39. Whether requests carry a PASID. */
  readonly pasid: boolean;

  // Stalled transactions.

  /** K21. Transactions the IOMMU can hold; 0 for hardware that does not stall. */
  readonly stallSlots: number;
  /** K22. Whether a second stall of the same page is left unrecorded. */
  readonly stallDupSuppress: boolean;
  /** K22. Whether a stalled transaction may be tried again before software resumes it. */
  readonly stallEarlyRetry: boolean;
  /** K22. Whether a fault may end the transaction although stalling was configured. */
  readonly stallDowngrade: boolean;
  /** K23. Slots of the event queue that reports stalls; 0 for none. */
  readonly evtqEntries: number;
  /** K24. What an ended transaction sees: an abort, or reads as zero and ignored writes. */
  readonly termBehaviour: "abort" | "razWi";

  // Translation and invalidation.

  /** K25. Whether devices cache translations, and of which stages. */
  readonly ats: "off" | "full" | "split";
  /** K26. Entries of the translation cache of the device. */
  readonly atcEntries: number;
  /** K26. Whether that cache keeps "no access": forbidden by PCIe, so `true` is a mutation. */
  readonly atcNegCache: boolean;
  /**
   * K27. What a device does wrong with an invalidation: it completes while it still reads (S5, H12), keeps what the
   * invalidation overtook (S6), or waits for its answers first (H37).
   */
  readonly atcInvDefect: "none" | "completes-early" | "fill-survives-invalidation" | "waits-for-answers";
  /** K27. Whether the invalidation of a device's cache may time out. */
  readonly atcInvTimeout: "never" | "possible";
  /** K27. What a fence behind it then does; `reportComplete` is the mistake of XSA-373 (H11). */
  readonly atcInvTimeoutPolicy: "stuck" | "errorFence" | "reportComplete";
  /** K28. Whether page responses and invalidations leave one command queue in order (fact 9). */
  readonly cmdqInOrder: boolean;
  /** K29. Whether the IOMMU caches "not present" (I2). */
  readonly negCaching: boolean;
  /** K30. What hardware sets in page tables by itself. */
  readonly httu: "off" | "accessed" | "accessedAndDirty";
  /** K32. Stages of translation. */
  readonly stages: "s1" | "s2" | "nested";
  /** K33. Whether a fault says at which stage it happened (fact 6). */
  readonly faultStageVisible: boolean;
}
