/**
 * Who calls whom inside the IOPF core of Linux 6.12 (drivers/iommu/io-pgfault.c), for every system that has it: searched
 * systems and replays of recordings. What lies around the core is given by name.
 */
import { call, type Call, type Route } from "../../checker/system.ts";

type To = string | Call["to"];

/** What lies around the core. */
export interface CoreNeighbours {
  /** dev->iommu->fault_param of the device of a message. */
  readonly param: To;
  /** The IOPF queue of a message of fault_param. */
  readonly queue: To;
  /** iommu_group->pasid_array of the device of a message. */
  readonly handles: To;
  /** domain->iopf_handler(). */
  readonly handler: To;
  /** iommu_ops->page_response(). */
  readonly driver: To;
  /** Who attaches and detaches domains. */
  readonly attacher: To;
  /** Who may point to an attach handle without a reference, besides the reporting thread. */
  readonly borrowers: readonly string[];
  /** Who called iopf_queue_alloc(), iopf_queue_add_device() and the like; it may not wait for the answer. */
  readonly caller: To;
  /** Who called iopf_queue_flush_dev(). */
  readonly flusher: To;
  /** Who owns a group that iopf_queue_remove_device() frees. */
  readonly owner: To;
  /** The kernel log. */
  readonly log: To;
}

const LOG = ["kernel.warns", "kernel.logs", "allocation.fails"];

export const coreRoutes612 = (to: CoreNeighbours): readonly Route[] => [
  call("reporter", ["handle.looks-up"], to.handles),
  call("reporter", ["param.gets", "param.puts", "partial.pushes", "group.collects"], to.param),
  call("reporter", ["group.responds", "group.frees"], to.param),
  call("reporter", ["group.delivered"], to.handler),
  call("reporter", ["driver.page-response"], to.driver),
  call("reporter", LOG, to.log),
  call("attach-handles", ["handle.found"], "reporter"),
  call("attach-handles", ["handle.changed"], to.attacher),
  call("attach-handles", ["handle.freed"], () => ["reporter", ...to.borrowers], "drop"),
  call("fault-param", ["driver.page-response"], to.driver),
  call("fault-param", ["param.got", "group.built"], "reporter"),
  call("fault-param", ["param.added", "param.removed", "work.queued", "queue.flushes"], to.queue),
  call("fault-param", ["group.freed"], to.owner),
  call("fault-param", ["flush.returns"], to.flusher),
  call("fault-param", LOG, to.log),
  call("iopf-queue", ["param.adds", "param.removes", "partials.discard"], to.param),
  call("iopf-queue", ["queue.returns"], to.caller, "drop"),
  call("iopf-queue", ["flush.returns"], to.flusher),
  call("iopf-queue", LOG, to.log),
];
