/** The focused models, in the order in which they are listed and run. To add one, add its file and a line. */
import { accounting } from "./accounting.ts";
import { dirtyLog } from "./dirty-log.ts";
import { lruLimit } from "./lru-limit.ts";
import { lifetimes } from "./lifetimes.ts";
import { nested } from "./nested.ts";
import { policies } from "./policies.ts";
import { rfc } from "./rfc.ts";
import { selective } from "./selective.ts";
import { mmEvents } from "./mm-events.ts";
import { twoConsumers } from "./two-consumers.ts";
import { priControl } from "./pri-control.ts";
import type { AnyStudy } from "../study.ts";
import { translationCaches } from "./translation-caches.ts";
import { iommufd } from "./iommufd.ts";
import { stalls } from "./stalls.ts";
import { teardown } from "./teardown.ts";
import { attachments } from "./attachments.ts";
import { tableEntries } from "./table-entries.ts";
import { faultObject } from "./fault-object.ts";
import { flushers } from "./flushers.ts";
import { invalidationListStudy } from "./invalidation-list.ts";
import { notifiers } from "./notifiers.ts";
import { functionFeatures } from "./function-features.ts";
import { largePages } from "./large-pages.ts";
import { numbersAgain } from "./numbers-again.ts";
import { pasidTables } from "./pasid-tables.ts";
import { groupOpen } from "./group-open.ts";
import { addressRanges } from "./address-ranges.ts";
import { eventsQueue } from "./events-queue.ts";
import { objectCalls } from "./object-calls.ts";
import { virtualIds } from "./virtual-ids.ts";
import { failedRepair } from "./failed-repair.ts";
import { queuePages } from "./queue-pages.ts";
import { tableLevels } from "./table-levels.ts";
import { hungHandlerStudy } from "./hung-handler.ts";
import { lateRecordsStudy } from "./late-records.ts";
import { ringDrainStudy } from "./ring-drain.ts";
import { type1Unmap } from "./type1-unmap.ts";

export const studies: readonly AnyStudy[] = [
  accounting,
  dirtyLog,
  policies,
  lruLimit,
  nested,
  translationCaches,
  rfc,
  selective,
  iommufd,
  mmEvents,
  twoConsumers,
  stalls,
  teardown,
  priControl,
  lifetimes,
  attachments,
  tableEntries,
  tableLevels,
  hungHandlerStudy,
  lateRecordsStudy,
  failedRepair,
  ringDrainStudy,
  faultObject,
  groupOpen,
  flushers,
  invalidationListStudy,
  notifiers,
  functionFeatures,
  largePages,
  pasidTables,
  numbersAgain,
  addressRanges,
  type1Unmap,
  eventsQueue,
  objectCalls,
  virtualIds,
  queuePages,
];
