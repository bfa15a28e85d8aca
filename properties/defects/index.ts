/** The museum: every bug that the model can say, by subject. */
import { addressRanges } from "./address-ranges.ts";
import { attachments } from "./attachments.ts";
import type { Defect } from "./defect.ts";
import { deviceEntries } from "./device-entries.ts";
import { dirtyLog } from "./dirty-log.ts";
import { driverFlushes } from "./driver-flushes.ts";
import { functionFeatures } from "./function-features.ts";
import { largePages } from "./large-pages.ts";
import { faultQueues } from "./fault-queues.ts";
import { iommufdCalls } from "./iommufd-calls.ts";
import { invalidationLists } from "./invalidation-lists.ts";
import { iommufdObjects } from "./iommufd-objects.ts";
import { lifetimes } from "./lifetimes.ts";
import { limits } from "./limits.ts";
import { lockdown } from "./lockdown.ts";
import { memory } from "./memory.ts";
import { nesting } from "./nesting.ts";
import { notifiers } from "./notifiers.ts";
import { otherDrivers } from "./other-drivers.ts";
import { pageRequestQueues } from "./page-request-queues.ts";
import { pageResponses } from "./page-responses.ts";
import { numbersAgain } from "./numbers-again.ts";
import { pasidTables } from "./pasid-tables.ts";
import { pinning } from "./pinning.ts";
import { pageRequestInterface } from "./page-request-interface.ts";
import { queueRestarts } from "./queue-restarts.ts";
import { rfcReview } from "./rfc-review.ts";
import { rfc } from "./rfc.ts";
import { stalls } from "./stalls.ts";
import { hungHandlers } from "./hung-handlers.ts";
import { lateRecords } from "./late-records.ts";
import { ringDrains } from "./ring-drains.ts";
import { tableLevels } from "./table-levels.ts";
import { teardown } from "./teardown.ts";
import { translationCaches } from "./translation-caches.ts";
import { unmapOrder } from "./unmap-order.ts";
import { unmaps } from "./unmaps.ts";
import { vfioGroups } from "./vfio-groups.ts";

export interface DefectSubject {
  readonly title: string;
  readonly defects: readonly Defect[];
}

export const defectSubjects: readonly DefectSubject[] = [
  { title: "Page request queues", defects: [...pageRequestQueues, ...queueRestarts] },
  { title: "Responses and the page request interface", defects: [...pageResponses, ...pageRequestInterface] },
  { title: "Stalled transactions", defects: stalls },
  { title: "Drains and teardown", defects: [...teardown, ...ringDrains, ...hungHandlers] },
  { title: "Lifetimes in the IOPF core", defects: lifetimes },
  { title: "Fault queues of iommufd", defects: faultQueues },
  { title: "Objects of iommufd", defects: [...iommufdObjects, ...iommufdCalls] },
  { title: "Attach and replace", defects: [...attachments, ...pasidTables] },
  { title: "Numbers given out again", defects: numbersAgain },
  { title: "IOTLB and ATC", defects: translationCaches },
  { title: "Entries of devices and cache tags", defects: deviceEntries },
  { title: "ATS, PASID and PRI of a function", defects: functionFeatures },
  { title: "Pages of two sizes", defects: largePages },
  { title: "Flushes of IOMMU drivers", defects: driverFlushes },
  { title: "Levels of a page table", defects: tableLevels },
  { title: "Whom an unmap tells", defects: invalidationLists },
  { title: "Pins and charges", defects: pinning },
  { title: "Ranges and frames", defects: addressRanges },
  { title: "DMA_UNMAP beside drivers", defects: unmaps },
  { title: "The order of an unmap", defects: unmapOrder },
  { title: "The dirty log", defects: dirtyLog },
  { title: "VFIO groups", defects: vfioGroups },
  { title: "Memory management of the host", defects: memory },
  { title: "MMU notifiers", defects: notifiers },
  { title: "Faults of other drivers", defects: [...otherDrivers, ...lateRecords] },
  { title: "The RFC", defects: [...rfc, ...rfcReview] },
  { title: "Limits and policies", defects: limits },
  { title: "Lockdown", defects: lockdown },
  { title: "Nesting", defects: nesting },
];

export const defects: readonly Defect[] = defectSubjects.flatMap((subject) => subject.defects);
