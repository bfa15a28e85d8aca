/**
 * The page requests of VT-d in Linux 6.12.117: the queue, prq_event_thread() in full, the response op, and a drain by PASID.
 * Around it is an IOPF core, which the caller names.
 */
import type { Message } from "../../checker/json.ts";
import { call, type Component, type Route } from "../../checker/system.ts";
import type { Hardware } from "../hardware/hardware.ts";
import { pageRequestQueue } from "../machines/iommu/page-request-queue.ts";
import { prqThread } from "../machines/linux/iommu/drivers/prq-thread.ts";
import type { PrqThreadRules } from "../machines/linux/iommu/drivers/prq-thread-messages.ts";
import { responseEncoder } from "../machines/linux/iommu/drivers/response-encoder.ts";
import { queueDrain, type QueueDrainInput } from "../machines/linux/iommu/drivers/teardown/queue-drain.ts";
import type { PrqChecks } from "../machines/linux/iommu/intel/prq-checks.ts";
import { completion } from "../machines/linux/lib/completion.ts";

/** What differs from Linux 6.12.117: deliberate defects. */
export interface VtdDefects {
  readonly thread?: Partial<PrqThreadRules>;
  readonly drain?: Partial<QueueDrainInput>;
}

export const vtdComponents = (
  hardware: Hardware,
  checks: PrqChecks,
  { thread, drain }: VtdDefects = {},
): { readonly [name: string]: Component } => ({
  prq: { machine: pageRequestQueue(hardware, { positions: true }), role: "prq" },
  "prq-thread": {
    machine: prqThread,
    role: "prq-thread",
    input: {
      clearPolicy: hardware.clearPolicy,
      discards: hardware.discardScope !== "none",
      discardWhen: "before-clear",
      acknowledgeWhen: "before-read",
      headAdvance: hardware.headAdvance,
      answersErrors: false,
      tail: "once",
      inFull: checks,
      ...thread,
    },
  },
  "response-encoder": { machine: responseEncoder, role: "response-encoder", input: { transport: "pri" } },
  drain: {
    machine: queueDrain,
    role: "queue-drain",
    input: { drain: 0, goesOn: true, finds: true, locks: false, ...drain },
  },
  "prq-complete": { machine: completion, role: "completion", lane: "iommu->prq_complete" },
});

/** The names of the components around it. */
export interface Around {
  /** Takes iommu_report_device_fault(). */
  readonly reporter: string;
  /** The IOPF queue of the IOMMU. */
  readonly queue: string;
  /** Takes iopf_queue_flush_dev(). */
  readonly paramOf: (message: Message) => string;
  /** Takes commands, lines of the log, and what the thread returns. */
  readonly outside: string;
  /** Takes the return of the drain. */
  readonly caller: string;
}

/** The routes from these components. The core's go to `prq-thread` (reported, queue.returns) and `drain` (flush.returns). */
export const vtdRoutes = ({ reporter, queue, paramOf, outside, caller }: Around): readonly Route[] => [
  call("prq", ["prq.record", "prq.empty", "prq.registers", "prq.interrupt"], "prq-thread"),
  call("prq", ["prq.seen"], "drain"),
  call("prq", ["pri.response", "iotlb.implicit-invalidation"], outside),
  call("prq-thread", ["prq.clears-interrupt", "prq.pops", "prq.publishes-head"], "prq"),
  call("prq-thread", ["prq.reads-registers", "prq.clears-overflow"], "prq"),
  call("prq-thread", ["driver.reports-fault"], reporter),
  call("prq-thread", ["queue.discards"], queue),
  call("prq-thread", ["completion.completes"], "prq-complete"),
  call("prq-thread", ["command.responds", "thread.logs", "thread.returns"], outside),
  call("response-encoder", ["command.responds"], outside),
  call("queue-drain", ["prq.searches", "prq.reads-overflow"], "prq"),
  call("queue-drain", ["completion.reinits", "completion.waits"], "prq-complete"),
  call("queue-drain", ["completion.looks-again"], "prq-complete", "block"),
  call("queue-drain", ["param.flushes"], paramOf),
  call("queue-drain", ["command.drains"], outside),
  call("queue-drain", ["drain.returns"], caller),
  call("completion", ["completion.passed"], "drain"),
];
