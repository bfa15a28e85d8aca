/** The knobs of hardware: ids, values that can be model checked, and one sentence each. */
import type { KnobTable } from "../knobs.ts";
import type { Hardware } from "./hardware.ts";

const flag = { kind: "flag" } as const;
const choice = <const Choices extends readonly string[]>(...of: Choices) => ({ kind: "choice", of }) as const;
const integer = (from: number, to: number) => ({ kind: "integer", from, to }) as const;
const response = choice("success", "invalid", "failure", "none");

export const hardwareKnobs = {
  pqEntries: { id: "K1", values: integer(0, 16), sentence: "Slots of the page-request queue." },
  pqUsable: { id: "K2", values: choice("N-1", "N"), sentence: "How many of the slots can be in use." },
  creditsPerDev: { id: "K3", values: integer(0, 8), sentence: "Page requests a device may have outstanding." },
  creditPolicy: {
    id: "K4",
    values: choice("sumWithinUsable", "oversubscribed"),
    sentence: "Whether the credits of all devices fit into the queue.",
  },
  creditReservation: {
    id: "G4",
    values: choice("group", "request"),
    sentence: "Whether a device opens a group only with credits for all of it, or takes credits one by one.",
  },
  groupMax: { id: "K5", values: integer(1, 4), sentence: "Most requests in one group." },
  memberReorder: { id: "K6", values: flag, sentence: "Whether requests of a group may overtake each other." },
  prgiSpace: { id: "K7", values: integer(1, 4), sentence: "Group indices of a device." },
  prgiScope: {
    id: "K8",
    values: choice("function", "functionAndPasid"),
    sentence: "Within what a group index is unique.",
  },
  ovfLastResponse: { id: "K9", values: response, sentence: "The automatic answer to a last request lost by overflow." },
  ovfInhibits: { id: "K10", values: flag, sentence: "Whether a set overflow flag keeps all requests out." },
  offLastResponse: { id: "K11", values: response, sentence: "The automatic answer while the queue is off." },
  cfgErrResponse: { id: "K11", values: response, sentence: "The automatic answer to a device without configuration." },
  priOffResponse: { id: "K11", values: response, sentence: "The automatic answer to a device without PRI." },
  memFaultResponse: { id: "K11", values: response, sentence: "The automatic answer when a slot cannot be written." },
  enableResets: { id: "K11", values: flag, sentence: "Whether turning the queue on empties it and clears its errors." },
  autoRespPasid: {
    id: "K12",
    values: choice("mirror", "none", "byConfig"),
    sentence: "Whether automatic Success and Invalid carry the PASID.",
  },
  autoRespFailurePasid: {
    id: "K12",
    values: choice("mirror", "none"),
    sentence: "Whether automatic Response Failure carries the PASID.",
  },
  stopMarker: {
    id: "K13",
    values: choice("none", "supported", "anyPasid", "treatedAsRequest"),
    sentence: "What becomes of stop markers.",
  },
  implicitInvOnPR: { id: "K14", values: flag, sentence: "Whether accepting a request invalidates its page." },
  upgradeWithoutInv: { id: "K15", values: flag, sentence: "Whether permissions are widened without invalidation." },
  headAdvance: { id: "K16", values: choice("perEntry", "batch"), sentence: "When software writes the head register." },
  clearPolicy: {
    id: "K17",
    values: choice("drainedOnly", "immediate", "never"),
    sentence: "When software clears the overflow flag.",
  },
  discardScope: {
    id: "K18",
    values: choice("none", "queue"),
    sentence: "Whose open groups are forgotten after an overflow.",
  },
  partialKey: {
    id: "K19",
    values: choice("prgi", "pasidAndPrgi"),
    sentence: "What joins the requests of a group in software.",
  },
  earlyWarning: { id: "K20", values: integer(0, 15), sentence: "Waiting records at which hardware warns; 0: never." },
  stallSlots: { id: "K21", values: integer(0, 4), sentence: "Transactions the IOMMU can hold stalled." },
  stallDupSuppress: { id: "K22", values: flag, sentence: "Whether a second stall of a page is left unrecorded." },
  stallEarlyRetry: { id: "K22", values: flag, sentence: "Whether stalled transactions are retried unasked." },
  stallDowngrade: {
    id: "K22",
    values: flag,
    sentence: "Whether a fault may end the transaction instead of stalling it.",
  },
  evtqEntries: { id: "K23", values: integer(0, 4), sentence: "Slots of the event queue." },
  termBehaviour: { id: "K24", values: choice("abort", "razWi"), sentence: "What an ended transaction sees." },
  ats: { id: "K25", values: choice("off", "full", "split"), sentence: "Whether devices cache translations." },
  atcEntries: { id: "K26", values: integer(0, 4), sentence: "Entries of the translation cache of a device." },
  atcNegCache: { id: "K26", values: flag, sentence: "Whether that cache keeps 'no access' (forbidden)." },
  atcInvDefect: {
    id: "K27",
    values: choice("none", "completes-early", "fill-survives-invalidation", "waits-for-answers"),
    sentence: "What a device does wrong with the invalidation of its cache.",
  },
  atcInvTimeout: {
    id: "K27",
    values: choice("never", "possible"),
    sentence: "Whether invalidating a device's cache may time out.",
  },
  atcInvTimeoutPolicy: {
    id: "K27",
    values: choice("stuck", "errorFence", "reportComplete"),
    sentence: "What the fence behind a timed out invalidation does.",
  },
  cmdqInOrder: { id: "K28", values: flag, sentence: "Whether responses and invalidations share one order." },
  negCaching: { id: "K29", values: flag, sentence: "Whether the IOMMU caches 'not present'." },
  httu: {
    id: "K30",
    values: choice("off", "accessed", "accessedAndDirty"),
    sentence: "What hardware sets in page tables by itself.",
  },
  drainSupport: { id: "K31", values: choice("none", "pd"), sentence: "Whether a command drains page requests." },
  stages: { id: "K32", values: choice("s1", "s2", "nested"), sentence: "Stages of translation." },
  faultStageVisible: { id: "K33", values: flag, sentence: "Whether a fault says at which stage it happened." },
  priSharedPFVF: { id: "K34", values: flag, sentence: "Whether virtual functions share the PRI of the physical one." },
  faultable: {
    id: "K35",
    values: { kind: "members", below: 8 },
    sentence: "The queues of the device that tolerate a fault.",
  },
  retryThrottle: {
    id: "K36",
    values: integer(0, 4),
    sentence: "Steps by which translations without access are delayed.",
  },
  flr: { id: "K37", values: choice("never", "anytime"), sentence: "Whether the function may be reset." },
  blockAtsBeforeFlr: { id: "K37", values: flag, sentence: "Whether ATS is blocked before a reset." },
  irqModel: { id: "K38", values: choice("level", "edgeOn01", "lossy"), sentence: "When software is interrupted." },
  irqReread: { id: "K38", values: flag, sentence: "Whether the driver reads the pending bit back before it rests." },
  irqErrorLatch: { id: "K38", values: flag, sentence: "Whether an error flag holds the pending bit." },
  pasid: { id: "K39", values: flag, sentence: "Whether requests carry a PASID." },
} as const satisfies KnobTable<Hardware>;
