/** Designs and sizes of the focused model `events-queue`. */
import type { ReadLock } from "../../machines/linux/iommu/iommufd/objects-7.3/veventq-reader.ts";
import type { VeventqRules } from "../../machines/linux/iommu/iommufd/objects-7.3/veventq.ts";

export interface EventsQueueDesign {
  readonly name: string;
  readonly readLock: ReadLock;
  readonly eventOverflow: VeventqRules["overflow"];
  readonly markerReturns: VeventqRules["markerReturns"];
}

export interface EventsQueueSizes {
  readonly name: string;
  /** How many events the driver reports. */
  readonly eventReports: number;
  /** How many events the queue holds. */
  readonly eventDepth: number;
  /** Threads that read it. */
  readonly eventReaders: number;
}

const LINUX_7_3: Omit<EventsQueueDesign, "name"> = {
  readLock: "none",
  eventOverflow: "marker",
  markerReturns: "if-empty",
};

export const eventsQueueHosts = {
  intended: {
    sentence: "A read holds a mutex from its first event to its last, as that of a fault queue does.",
    design: { ...LINUX_7_3, readLock: "mutex" },
  },
  "linux-7.3.4": {
    sentence: "Linux 7.3.4: reads of a vEVENTQ take no mutex.",
    design: LINUX_7_3,
  },
} as const;
