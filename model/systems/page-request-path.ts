/**
 * A page request queue and the thread of the IOMMU driver that reads it: the components, and who talks to whom between queue,
 * thread, IOPF core and drains. The page fault systems, the focused models and the replay of intel/prq.c are wired with it.
 */
import type { Message } from "../../checker/json.ts";
import { call, type Call, type Component, type Route } from "../../checker/system.ts";
import type { Hardware } from "../hardware/hardware.ts";
import { vtd } from "../hardware/vtd.ts";
import { pageRequestQueue } from "../machines/iommu/page-request-queue.ts";
import { tailReads } from "../machines/linux/iommu/drivers/page-request-drivers.ts";
import type { PrqThreadRules } from "../machines/linux/iommu/drivers/prq-thread-messages.ts";
import { prqThread, prqThreadSteps } from "../machines/linux/iommu/drivers/prq-thread.ts";
import { field } from "./iommu-side.ts";

/** VT-d's queue with so many usable slots; each slot is free as soon as its record was read. */
export const queueOf = (entries: number) =>
  pageRequestQueue({ ...vtd, pqEntries: entries, pqUsable: "N", headAdvance: "perEntry" });

/** The thread of a driver; how often it reads the tail follows from the driver. */
export function threadOf(role: string, given: PrqThreadRules): Component {
  const rules = { tail: tailReads(given.driver), ...given };
  return { machine: prqThread, input: { ...rules }, role, events: prqThreadSteps(rules) };
}

/** The thread as the focused models of handlers use it. */
export const queueThread = (
  role: string,
  discards: boolean,
  clearPolicy: Hardware["clearPolicy"] = "drainedOnly",
): Component =>
  threadOf(role, {
    clearPolicy,
    discards,
    discardWhen: "before-clear",
    acknowledgeWhen: "before-read",
    headAdvance: "perEntry",
    answersErrors: false,
  });

/** A component by its name, or how a message or its sender tells it, and its role. */
interface Named {
  readonly name: Call["to"] | string;
  readonly role: string;
}

export interface ThreadEnds {
  readonly prq: Named;
  readonly thread: Named;
  /** Takes iommu_report_device_fault(). */
  readonly reporter: Call["to"] | string;
  /** Takes iopf_queue_discard_partial(). */
  readonly queue: Call["to"] | string;
}

/** Between queue, thread and core. What the core says to the thread (reported, queue.returns) is the core's to route. */
export const threadRoutes = ({ prq, thread, reporter, queue }: ThreadEnds): readonly Route[] => [
  call(prq.role, ["prq.record", "prq.empty", "prq.registers", "prq.interrupt"], thread.name),
  call(thread.role, ["prq.clears-interrupt", "prq.clears-status", "prq.pops", "prq.publishes-head"], prq.name),
  call(thread.role, ["prq.reads-registers", "prq.clears-overflow"], prq.name),
  call(thread.role, ["driver.reports-fault"], reporter),
  call(thread.role, ["queue.discards"], queue),
];

export interface DrainEnds {
  /** Where a drain looks for records: name and role. */
  readonly prq: Named;
  /** The completion that a drain waits for. */
  readonly completionOf: (message: Message) => string;
}

/** Between drains, which are called drain0, drain1, ..., what they look through, and the completions that they wait for. */
export const drainRoutes = ({ prq, completionOf }: DrainEnds): readonly Route[] => [
  call(prq.role, ["prq.seen"], (message) => `drain${field(message, "drain")}`),
  call("queue-drain", ["prq.searches", "prq.reads-overflow"], prq.name),
  call("queue-drain", ["completion.reinits", "completion.waits"], completionOf),
  call("queue-drain", ["completion.looks-again"], completionOf, "block"),
  call("completion", ["completion.passed"], (message) => field(message, "by")),
];
