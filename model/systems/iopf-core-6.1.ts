/**
 * Who calls whom inside the IOPF core of Linux 6.1 (drivers/iommu/iommu.c and io-pgfault.c), for every system that has it:
 * searched systems and replays of recordings. What lies around the core is given by name.
 */
import { call, type Call, type Route } from "../../checker/system.ts";

type To = string | Call["to"];

/** What lies around iommu_report_device_fault() and iommu_page_response(). */
export interface ReportNeighbours {
  /** dev->iommu->fault_param of the device of a message. */
  readonly data: To;
  /** The handler that is registered for the device of a message. */
  readonly handler: To;
  /** iommu_ops->page_response(). */
  readonly driver: To;
  /** Who registers handlers. */
  readonly registrant: To;
  /** Who called iopf_queue_flush_dev(). */
  readonly flusher: To;
  /** Who called iommu_page_response(). */
  readonly responder: To;
  /** The kernel log. */
  readonly log: To;
}

export const reportRoutes61 = (to: ReportNeighbours): readonly Route[] => [
  call("reporter", ["device.locks", "pending.appends", "pending.unlinks"], to.data, "block"),
  call("reporter", ["device.unlocks", "pending.stays"], to.data),
  call("reporter", ["handler.called"], to.handler),
  call("reporter", ["allocation.fails"], to.log),
  call("device-fault-data", ["device.locked"], "reporter"),
  call("device-fault-data", ["driver.page-response"], to.driver),
  call("device-fault-data", ["handler.changed"], to.registrant),
  call("device-fault-data", ["response.returns"], to.responder),
  call("device-fault-data", ["flush.returns"], to.flusher),
  call("device-fault-data", ["kernel.logs"], to.log),
];

/** What lies around iommu_queue_iopf() and its workqueue. */
export interface QueueNeighbours {
  readonly data: To;
  /** The machine of iommu_queue_iopf(). */
  readonly collector: string;
  /** The IOPF queue of a message. */
  readonly queue: To;
  /** The worker of a message. */
  readonly worker: To;
  /** Who called the queue; it may not wait for the answer. */
  readonly caller: To;
  readonly log: To;
}

export const queueRoutes61 = (to: QueueNeighbours): readonly Route[] => [
  call("queue-iopf", ["queue.reads", "partial.pushes", "partials.purge", "group.collects"], to.data),
  call("queue-iopf", ["handler.returns"], "reporter"),
  call("queue-iopf", ["allocation.fails"], to.log),
  call("device-fault-data", ["queue.read"], to.collector),
  call("device-fault-data", ["param.added", "param.removed", "work.queued", "queue.flushes"], to.queue),
  call("iopf-queue", ["param.adds", "param.removes"], to.data, "block"),
  call("iopf-queue", ["partials.discard", "queue.flushed"], to.data),
  call("iopf-queue", ["work.begun"], to.worker),
  call("iopf-queue", ["queue.returns"], to.caller, "drop"),
  call("responder", ["work.begins"], to.queue, "block"),
  call("responder", ["work.done"], to.queue),
  call("responder", ["page.responds"], to.data, "block"),
  call("responder", ["response.leaves"], to.data),
];
