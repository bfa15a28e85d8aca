/**
 * Knobs that a page fault system has and never looks at: the tables of hardware and designs name more than the six of them
 * model, and a transport or a kind of memory has no use for those of the other. properties/looked-at.prop.test.ts
 * compares these lists with what systems read.
 */
import type { SystemEntry } from "./systems.ts";

/** Named in the tables for what hardware can differ in; modelled by no page fault system. */
const NOWHERE: readonly string[] = [
  "memberReorder",
  "prgiSpace",
  "enableResets",
  "upgradeWithoutInv",
  "stallDupSuppress",
  "stallEarlyRetry",
  "stallDowngrade",
  "termBehaviour",
  "atcEntries",
  "atcNegCache",
  "atcInvTimeout",
  "atcInvTimeoutPolicy",
  "cmdqInOrder",
  "negCaching",
  "httu",
  "drainSupport",
  "stages",
  "faultStageVisible",
  "priSharedPFVF",
  "faultable",
  "retryThrottle",
  "flr",
  "blockAtsBeforeFlr",
  "pasid",
];

/** Of page requests, their queue and their groups. */
const PRI_ONLY: readonly string[] = [
  "pasids",
  "givesUp",
  "pqEntries",
  "pqUsable",
  "creditsPerDev",
  "creditPolicy",
  "creditReservation",
  "groupMax",
  "prgiScope",
  "ovfLastResponse",
  "ovfInhibits",
  "offLastResponse",
  "cfgErrResponse",
  "priOffResponse",
  "memFaultResponse",
  "autoRespPasid",
  "autoRespFailurePasid",
  "stopMarker",
  "implicitInvOnPR",
  "headAdvance",
  "clearPolicy",
  "discardScope",
  "earlyWarning",
  "atcInvDefect",
  "irqModel",
  "irqErrorLatch",
  "irqReread",
  "irqClears",
  "delivery",
  "discardWhen",
  "acknowledgeWhen",
  "answersTwice",
];

const STALL_ONLY: readonly string[] = ["evtqEntries"];

/** Of pages that stay pinned. */
const PINNED_ONLY: readonly string[] = ["reclaim", "limit", "respondWhen", "workerLocks", "evictsOwnGroup", "reclaims"];

/** Of pages without lasting pins. */
const NOTIFIED_ONLY: readonly string[] = ["premap"];

/** Knobs that nothing in the system looks at, whatever its hardware, design and bounds. */
export const neverLookedAt = ({ transport, memory }: SystemEntry): ReadonlySet<string> =>
  new Set([
    ...NOWHERE,
    ...(transport === "stall" ? PRI_ONLY : []),
    ...(transport === "pri" ? STALL_ONLY : []),
    ...(memory === "notified" ? PINNED_ONLY : memory === "pinned" ? NOTIFIED_ONLY : []),
  ]);
