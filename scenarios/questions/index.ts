/** Every question, by subject, in the order in which they are told. */
import type { Scenario } from "../scenario.ts";

import { type1UnmapScenarios } from "./type1-unmap/index.ts";
import { accountingScenarios } from "./accounting.ts";
import { dirtyLogScenarios } from "./dirty-log.ts";
import { lruLimitScenarios } from "./lru-limit/limit.ts";
import { twoConsumersScenarios } from "./two-consumers.ts";
import { nestedScenarios } from "./nested/index.ts";
import { mmEventsScenarios } from "./mm-events.ts";
import { unmapBesideNotifierScenarios } from "./unmap-beside-notifier.ts";
import { pageRequestScenarios } from "./page-requests/index.ts";
import { pageScenarios } from "./pages.ts";
import { numbersAgainScenarios } from "./numbers-again.ts";
import { pasidTablesScenarios } from "./pasid-tables.ts";
import { policiesScenarios } from "./policies.ts";
import { selectiveScenarios } from "./selective/pins.ts";
import { translationCachesScenarios } from "./translation-caches.ts";
import { iommufdScenarios } from "./iommufd/index.ts";
import { lookUpScenarios } from "./look-ups.ts";
import { rfcScenarios } from "./rfc/index.ts";
import { stallsScenarios } from "./stalls.ts";
import { eventsQueueScenarios } from "./events-queue.ts";
import { objectCallsScenarios } from "./object-calls.ts";
import { failedRepairScenarios } from "./failed-repair.ts";
import { queuePagesScenarios } from "./queue-pages.ts";
import { virtualIdsScenarios } from "./virtual-ids.ts";
import { teardownScenarios } from "./teardown/index.ts";
import { priControlScenarios } from "./pri-control/index.ts";
import { attachedDevicesScenarios } from "./attached-devices.ts";
import { attachmentsScenarios } from "./attachments.ts";
import { lifetimesScenarios } from "./lifetimes.ts";
import { tableEntriesScenarios } from "./table-entries.ts";
import { faultObjectScenarios } from "./fault-object.ts";
import { flushersScenarios } from "./flushers.ts";
import { hungHandlerScenarios } from "./hung-handler.ts";
import { lateRecordsScenarios } from "./late-records.ts";
import { ringDrainScenarios } from "./ring-drain.ts";
import { tableLevelsScenarios } from "./table-levels.ts";
import { invalidationListScenarios } from "./invalidation-list.ts";
import { functionFeaturesScenarios } from "./function-features.ts";
import { largePagesScenarios } from "./large-pages.ts";
import { notifiersScenarios } from "./notifiers.ts";
import { groupOpenScenarios } from "./group-open.ts";
import { addressRangesScenarios } from "./address-ranges.ts";

/** The questions of one page of findings. */
export interface Subject {
  /** The name of its file or folder here: "type1-unmap". */
  readonly id: string;
  /** A few words: "VFIO_IOMMU_UNMAP_DMA with pinned pages". */
  readonly title: string;
  readonly scenarios: readonly Scenario[];
}

const subject = (id: string, title: string, scenarios: readonly Scenario[]): Subject => ({ id, title, scenarios });

/** What was demonstrated on booted kernels comes first. */
export const subjects: readonly Subject[] = [
  subject("type1-unmap", "VFIO_IOMMU_UNMAP_DMA while drivers have pages pinned", type1UnmapScenarios),
  subject("page-requests", "Page request groups: queue, overflow, and response", pageRequestScenarios),
  subject("pages", "Mapping and unmapping pages by faults", pageScenarios),
  subject("accounting", "Pins, locked_vm and RLIMIT_MEMLOCK", accountingScenarios),
  subject("dirty-log", "The dirty log of type1", dirtyLogScenarios),
  subject("policies", "I/O page faults, static pinning, virtual IOMMU and coIOMMU compared", policiesScenarios),
  subject("nested", "Nested translation: whose fault it is, and the guest's answers", nestedScenarios),
  subject("two-consumers", "SVA and VFIO behind one IOMMU", twoConsumersScenarios),
  subject("lru-limit", "Limits, expiry, and least recently mapped pages", lruLimitScenarios),
  subject("translation-caches", "IOTLB and ATC invalidation", translationCachesScenarios),
  subject("iommufd", "iommufd fault queues: fault.c", iommufdScenarios),
  subject("rfc", "Enabling, attaching and detaching in RFC v1 to v3", rfcScenarios),
  subject("look-ups", "Look-ups and locks of one fault", lookUpScenarios),
  subject("mm-events", "MMU notifiers in place of pins", [...mmEventsScenarios, ...unmapBesideNotifierScenarios]),
  subject("selective", "Devices that tolerate faults in some contexts only", selectiveScenarios),
  subject("stalls", "The stall model of SMMUv3", stallsScenarios),
  subject("events-queue", "Events of a vIOMMU", eventsQueueScenarios),
  subject("object-calls", "Calls of iommufd beside each other", objectCallsScenarios),
  subject("virtual-ids", "Virtual IDs of the devices of a vIOMMU", virtualIdsScenarios),
  subject("queue-pages", "Pages of hardware queues, and unmaps", queuePagesScenarios),
  subject("teardown", "Detaching, draining and resetting with faults outstanding", teardownScenarios),
  subject("pri-control", "The PRI capability and its interface", priControlScenarios),
  subject("attachments", "Attaching page tables and turning on page faults", [
    ...attachmentsScenarios,
    ...attachedDevicesScenarios,
  ]),
  subject("lifetimes", "Lifetimes of devices, fault parameters and groups", lifetimesScenarios),
  subject("table-entries", "Context and PASID entries, cache tags", tableEntriesScenarios),
  subject("fault-object", "The iommufd fault object: counts and files", faultObjectScenarios),
  subject("flushers", "Fences of an invalidation queue that several threads use", flushersScenarios),
  subject("hung-handler", "A handler that does not return", hungHandlerScenarios),
  subject("late-records", "Completion records that are written later", lateRecordsScenarios),
  subject("failed-repair", "A handler that cannot restore a page", failedRepairScenarios),
  subject("ring-drain", "A drain by a mark, beside a reset", ringDrainScenarios),
  subject("table-levels", "Page tables that get another level", tableLevelsScenarios),
  subject("invalidation-list", "Whom an unmap tells while devices come and go", invalidationListScenarios),
  subject("function-features", "ATS, PASID and PRI of a function", functionFeaturesScenarios),
  subject("large-pages", "Pages of two sizes", largePagesScenarios),
  subject("pasid-tables", "Page tables of PASIDs, replaced under faults", pasidTablesScenarios),
  subject("numbers-again", "Numbers given out again", numbersAgainScenarios),
  subject("notifiers", "Listeners to the memory of a process", notifiersScenarios),
  subject("group-open", "Opening and closing VFIO groups with KVM", groupOpenScenarios),
  subject("address-ranges", "Ranges and batches of DMA_MAP and DMA_UNMAP", addressRangesScenarios),
];

export const scenarios: readonly Scenario[] = subjects.flatMap((one) => one.scenarios);
