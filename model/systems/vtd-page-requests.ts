/**
 * The page requests of VT-d in Linux 6.12.117: the queue, prq_event_thread() in full, the response op, and a drain by PASID.
 * Around it is an IOPF core, which the caller names.
 */
import type { Message } from "../../checker/json.ts";
import { call, type Component, type Route } from "../../checker/system.ts";
import type { Hardware } from "../hardware/hardware.ts";
import { pageRequestQueue } from "../machines/iommu/page-request-queue.ts";
import type { PrqThreadRules } from "../machines/linux/iommu/drivers/prq-thread-messages.ts";
import { responseEncoder } from "../machines/linux/iommu/drivers/response-encoder.ts";
import { queueDrain, type QueueDrainInput } from "../machines/linux/iommu/drivers/teardown/queue-drain.ts";
import type { PrqChecks } from "../machines/linux/iommu/intel/prq-checks.ts";
import { completion } from "../machines/linux/lib/completion.ts";
import { drainRoutes, threadOf, threadRoutes, type ThreadEnds } from "./page-request-path.ts";

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
  "prq-thread": threadOf("prq-thread", {
    clearPolicy: hardware.clearPolicy,
    discards: hardware.discardScope !== "none",
    discardWhen: "before-clear",
    acknowledgeWhen: "before-read",
    headAdvance: hardware.headAdvance,
    answersErrors: false,
    inFull: checks,
    ...thread,
  }),
  "response-encoder": { machine: responseEncoder, role: "response-encoder", input: { transport: "pri" } },
  drain0: {
    machine: queueDrain,
    role: "queue-drain",
    input: { drain: 0, goesOn: true, finds: true, locks: false, ...drain },
  },
  "prq-complete": { machine: completion, role: "completion", lane: "iommu->prq_complete" },
});

const PRQ = { name: "prq", role: "prq" };

/** The components around it. */
export interface Around {
  readonly reporter: ThreadEnds["reporter"];
  readonly queue: ThreadEnds["queue"];
  /** Takes iopf_queue_flush_dev(). */
  readonly paramOf: (message: Message) => string;
  /** Takes commands, lines of the log, and what the thread returns. */
  readonly outside: string;
  /** Takes the return of the drain. */
  readonly caller: string;
}

/** The routes from these components. The core's go to `prq-thread` (reported, queue.returns) and `drain0` (flush.returns). */
export const vtdRoutes = ({ reporter, queue, paramOf, outside, caller }: Around): readonly Route[] => [
  ...threadRoutes({ prq: PRQ, thread: { name: "prq-thread", role: "prq-thread" }, reporter, queue }),
  ...drainRoutes({ prq: PRQ, completionOf: () => "prq-complete" }),
  call("prq", ["pri.response", "iotlb.implicit-invalidation"], outside),
  call("prq-thread", ["completion.completes"], "prq-complete"),
  call("prq-thread", ["command.responds", "thread.logs", "thread.returns"], outside),
  call("response-encoder", ["command.responds"], outside),
  call("queue-drain", ["param.flushes"], paramOf),
  call("queue-drain", ["command.drains"], outside),
  call("queue-drain", ["drain.returns"], caller),
];
