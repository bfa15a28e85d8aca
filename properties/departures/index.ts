/** Every deliberate defect: one file for each focused model, and one for the page fault systems. */
import { accountingBreakages } from "./accounting.ts";
import { dirtyLogBreakages } from "./dirty-log.ts";
import type { Breakages, Departure } from "./departure.ts";
import { lruLimitBreakages } from "./lru-limit.ts";
import { twoConsumersBreakages } from "./two-consumers.ts";
import { nestedBreakages } from "./nested.ts";
import { mmEventsBreakages } from "./mm-events.ts";
import { pageFaultDepartures } from "./page-fault.ts";
import { priControlBreakages } from "./pri-control.ts";
import { policiesBreakages } from "./policies.ts";
import { translationCachesBreakages } from "./translation-caches.ts";
import { rfcBreakages } from "./rfc.ts";
import { selectiveBreakages } from "./selective.ts";
import { iommufdBreakages } from "./iommufd.ts";
import { stallsBreakages } from "./stalls.ts";
import { teardownBreakages } from "./teardown.ts";
import { attachmentsBreakages } from "./attachments.ts";
import { lifetimesBreakages } from "./lifetimes.ts";
import { tableEntriesBreakages } from "./table-entries.ts";
import { faultObjectBreakages } from "./fault-object.ts";
import { flushersBreakages } from "./flushers.ts";
import { hungHandlerBreakages } from "./hung-handler.ts";
import { lateRecordsBreakages } from "./late-records.ts";
import { ringDrainBreakages } from "./ring-drain.ts";
import { tableLevelsBreakages } from "./table-levels.ts";
import { invalidationListBreakages } from "./invalidation-list.ts";
import { functionFeaturesBreakages } from "./function-features.ts";
import { largePagesBreakages } from "./large-pages.ts";
import { notifiersBreakages } from "./notifiers.ts";
import { numbersAgainBreakages } from "./numbers-again.ts";
import { pasidTablesBreakages } from "./pasid-tables.ts";
import { groupOpenBreakages } from "./group-open.ts";
import { addressRangesBreakages } from "./address-ranges.ts";
import { eventsQueueBreakages } from "./events-queue.ts";
import { objectCallsBreakages } from "./object-calls.ts";
import { virtualIdsBreakages } from "./virtual-ids.ts";
import { failedRepairBreakages } from "./failed-repair.ts";
import { queuePagesBreakages } from "./queue-pages.ts";
import { type1UnmapBreakages } from "./type1-unmap.ts";

/** Of the focused models, by name. */
export const studyBreakages: { readonly [study: string]: Breakages } = {
  "lru-limit": lruLimitBreakages,
  accounting: accountingBreakages,
  "dirty-log": dirtyLogBreakages,
  policies: policiesBreakages,
  nested: nestedBreakages,
  "two-consumers": twoConsumersBreakages,
  "translation-caches": translationCachesBreakages,
  rfc: rfcBreakages,
  selective: selectiveBreakages,
  iommufd: iommufdBreakages,
  "mm-events": mmEventsBreakages,
  stalls: stallsBreakages,
  teardown: teardownBreakages,
  "pri-control": priControlBreakages,
  attachments: attachmentsBreakages,
  lifetimes: lifetimesBreakages,
  "table-entries": tableEntriesBreakages,
  "fault-object": faultObjectBreakages,
  flushers: flushersBreakages,
  "table-levels": tableLevelsBreakages,
  "hung-handler": hungHandlerBreakages,
  "late-records": lateRecordsBreakages,
  "failed-repair": failedRepairBreakages,
  "ring-drain": ringDrainBreakages,
  "invalidation-list": invalidationListBreakages,
  notifiers: notifiersBreakages,
  "function-features": functionFeaturesBreakages,
  "large-pages": largePagesBreakages,
  "pasid-tables": pasidTablesBreakages,
  "numbers-again": numbersAgainBreakages,
  "group-open": groupOpenBreakages,
  "address-ranges": addressRangesBreakages,
  "type1-unmap": type1UnmapBreakages,
  "events-queue": eventsQueueBreakages,
  "object-calls": objectCallsBreakages,
  "virtual-ids": virtualIdsBreakages,
  "queue-pages": queuePagesBreakages,
};

export const departures: readonly Departure[] = [
  ...pageFaultDepartures,
  ...Object.values(studyBreakages).flatMap((study) => study.departures),
];

/** Claims about focused models that nothing breaks, each with the reason. */
export const unbrokenOfStudies: { readonly [id: string]: string } = Object.assign(
  {},
  ...Object.values(studyBreakages).map(({ unbroken }) => unbroken),
);
