/**
 * Who calls whom around the SVA fault handler of Linux 6.12 (drivers/iommu/iommu-sva.c), for every system that has it: searched
 * systems and replays of recordings.
 */
import { call, type Call, type Route } from "../../checker/system.ts";

type To = string | Call["to"];

export interface SvaNeighbours {
  readonly handler: string;
  /** The memory of the processes. */
  readonly memory: string;
  /** dev->iommu->fault_param of the device of a message. */
  readonly param: To;
  /** IOPF queues on which work may be queued. */
  readonly queues: To;
  /** Workers, of which one is inside the work. */
  readonly workers: To;
  /** Who hears of calls of handle_mm_fault(). */
  readonly faults: To;
}

export const svaRoutes612 = (to: SvaNeighbours): readonly Route[] => [
  call("sva-handler", ["work.queues", "group.responds", "group.frees", "group.forgets"], to.param),
  call("sva-handler", ["sva.delivers"], to.handler),
  call("sva-handler", ["work.forgets"], to.queues),
  call("sva-handler", ["work.done"], to.workers, "drop"),
  call("sva-handler", ["handler.returns"], "reporter"),
  call("sva-handler", ["mm.handles-fault"], to.memory),
  call("address-spaces", ["member.resolved"], to.handler),
  call("address-spaces", ["mm.faults"], to.faults),
];
