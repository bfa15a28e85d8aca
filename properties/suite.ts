/**
 * The suite: the runs that `check` makes when no system is named, and the violations that are known, each with the
 * reason. One file for each focused model in suite/, and one for the page fault systems.
 */
import { accountingRuns } from "./suite/accounting.ts";
import { dirtyLogRuns } from "./suite/dirty-log.ts";
import { lruLimitRuns } from "./suite/lru-limit.ts";
import { twoConsumersRuns } from "./suite/two-consumers.ts";
import { nestedRuns } from "./suite/nested.ts";
import { mmEventsRuns } from "./suite/mm-events.ts";
import { pageFaultRuns } from "./suite/page-fault.ts";
import { priControlRuns } from "./suite/pri-control.ts";
import { policiesRuns } from "./suite/policies.ts";
import { rfcRuns } from "./suite/rfc.ts";
import { selectiveRuns } from "./suite/selective.ts";
import type { SuiteRun } from "./suite/run.ts";
import { translationCachesRuns } from "./suite/translation-caches.ts";
import { iommufdRuns } from "./suite/iommufd.ts";
import { stallsRuns } from "./suite/stalls.ts";
import { teardownRuns } from "./suite/teardown.ts";
import { attachmentsRuns } from "./suite/attachments.ts";
import { lifetimesRuns } from "./suite/lifetimes.ts";
import { tableEntriesRuns } from "./suite/table-entries.ts";
import { faultObjectRuns } from "./suite/fault-object.ts";
import { flushersRuns } from "./suite/flushers.ts";
import { hungHandlerRuns } from "./suite/hung-handler.ts";
import { lateRecordsRuns } from "./suite/late-records.ts";
import { ringDrainRuns } from "./suite/ring-drain.ts";
import { tableLevelsRuns } from "./suite/table-levels.ts";
import { invalidationListRuns } from "./suite/invalidation-list.ts";
import { functionFeaturesRuns } from "./suite/function-features.ts";
import { largePagesRuns } from "./suite/large-pages.ts";
import { numbersAgainRuns } from "./suite/numbers-again.ts";
import { pasidTablesRuns } from "./suite/pasid-tables.ts";
import { notifiersRuns } from "./suite/notifiers.ts";
import { groupOpenRuns } from "./suite/group-open.ts";
import { addressRangesRuns } from "./suite/address-ranges.ts";
import { eventsQueueRuns } from "./suite/events-queue.ts";
import { objectCallsRuns } from "./suite/object-calls.ts";
import { virtualIdsRuns } from "./suite/virtual-ids.ts";
import { failedRepairRuns } from "./suite/failed-repair.ts";
import { queuePagesRuns } from "./suite/queue-pages.ts";
import { type1UnmapRuns } from "./suite/type1-unmap.ts";

/** What each file adds, in the order in which it is run and told. */
const PARTS: readonly ((bounds: string) => readonly SuiteRun[])[] = [
  pageFaultRuns,
  accountingRuns,
  dirtyLogRuns,
  policiesRuns,
  lruLimitRuns,
  nestedRuns,
  twoConsumersRuns,
  translationCachesRuns,
  rfcRuns,
  selectiveRuns,
  iommufdRuns,
  mmEventsRuns,
  stallsRuns,
  teardownRuns,
  priControlRuns,
  attachmentsRuns,
  lifetimesRuns,
  tableEntriesRuns,
  tableLevelsRuns,
  hungHandlerRuns,
  lateRecordsRuns,
  failedRepairRuns,
  ringDrainRuns,
  faultObjectRuns,
  groupOpenRuns,
  flushersRuns,
  invalidationListRuns,
  notifiersRuns,
  functionFeaturesRuns,
  largePagesRuns,
  pasidTablesRuns,
  numbersAgainRuns,
  addressRangesRuns,
  type1UnmapRuns,
  eventsQueueRuns,
  objectCallsRuns,
  virtualIdsRuns,
  queuePagesRuns,
];

const made = new Map<string, readonly SuiteRun[]>();

/** Every run at these bounds; made once, because what is known of a run is asked for each property. */
export function suite(bounds: string): readonly SuiteRun[] {
  const runs = made.get(bounds) ?? PARTS.flatMap((part) => part(bounds));
  made.set(bounds, runs);
  return runs;
}
