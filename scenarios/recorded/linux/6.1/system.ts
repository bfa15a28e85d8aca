/** The IOPF core of Linux 6.1 with process memory and a test handler, wired as the recordings had it. */
import type { Json, Message } from "../../../../checker/json.ts";
import { call, defineSystem, type Component, type System } from "../../../../checker/system.ts";
import type { PartialKey } from "../../../../model/machines/linux/iommu/io-pgfault/partial-key.ts";
import { addressSpaces } from "../../../../model/machines/linux/iommu/iommu-sva/address-spaces.ts";
import { deviceFaultData } from "../../../../model/machines/linux/iommu/io-pgfault/6.1/device-fault-data.ts";
import { unallocatedIopfQueue } from "../../../../model/machines/linux/iommu/io-pgfault/6.1/iopf-queue.ts";
import { iopfWorker } from "../../../../model/machines/linux/iommu/io-pgfault/6.1/iopf-worker.ts";
import { queueIopf } from "../../../../model/machines/linux/iommu/io-pgfault/6.1/queue-iopf.ts";
import { reporter } from "../../../../model/machines/linux/iommu/io-pgfault/6.1/reporter.ts";
import { testHandler } from "../../../../model/machines/linux/iommu/io-pgfault/6.1/test-handler.ts";
import { outside } from "../../../../model/machines/linux/iommu/io-pgfault/outside.ts";

export interface Setting {
  readonly devices: number;
  readonly queues: readonly number[];
  /** Departures from Linux 6.1, for tests that must see a difference. */
  readonly partialKey?: PartialKey;
  readonly refusesBusy?: boolean;
  readonly discards?: boolean;
}

/** A pointer that is NULL. */
export const NULL_QUEUE = "no-queue";

const isQueueIopf = (handler: Json | undefined): boolean => handler === "iommu_queue_iopf";

export function linux61System({ devices, queues, discards = true, ...rules }: Setting): System {
  const components: Record<string, Component> = {
    reporter: { machine: reporter, role: "reporter" },
    "queue-iopf": { machine: queueIopf, role: "queue-iopf" },
    "test-handler": { machine: testHandler, role: "test-handler" },
    memory: { machine: addressSpaces, role: "memory" },
    [NULL_QUEUE]: { machine: unallocatedIopfQueue, role: "queue", input: { queue: -1 } },
    outside: { machine: outside, role: "outside" },
  };
  for (let device = 0; device < devices; device += 1)
    components[`data-${device}`] = { machine: deviceFaultData, role: "data", input: { device, ...rules } };
  for (const queue of queues) {
    components[`queue-${queue}`] = { machine: unallocatedIopfQueue, role: "queue", input: { queue, discards } };
    components[`worker-${queue}`] = { machine: iopfWorker, role: "worker", input: { worker: queue } };
  }
  const data = ({ device }: Message) => `data-${Number(device)}`;
  const queue = (message: Message) => `queue-${Number(message["queue"])}`;
  const worker = (message: Message) => `worker-${Number(message["worker"])}`;
  const own = (_: Message, sender: string) => sender.replace("worker", "queue");
  return defineSystem({
    name: "recorded-linux-6.1",
    parameters: {},
    components,
    routes: [
      call("reporter", ["device.locks", "pending.appends", "pending.unlinks"], data, "block"),
      call("reporter", ["device.unlocks", "pending.stays"], data),
      call("reporter", ["handler.called"], ({ handler }) => (isQueueIopf(handler) ? "queue-iopf" : "test-handler")),
      call("reporter", ["reported", "allocation.fails"], "outside"),
      call("queue-iopf", ["queue.reads", "partial.pushes", "partials.purge", "group.collects"], data),
      call("queue-iopf", ["handler.returns"], "reporter"),
      call("queue-iopf", ["allocation.fails"], "outside"),
      call("test-handler", ["handler.returns"], "reporter"),
      call("data", ["device.locked"], "reporter"),
      call("data", ["queue.read"], "queue-iopf"),
      call("data", ["param.added", "param.removed", "queue.flushes", "work.queued"], queue),
      call("data", ["response.returns"], ({ by }) => (by === null ? "outside" : `worker-${Number(by)}`)),
      call("data", ["driver.page-response", "handler.changed", "flush.returns", "kernel.logs"], "outside"),
      call("queue", ["param.adds", "param.removes"], data, "block"),
      call("queue", ["partials.discard", "queue.flushed"], data),
      call("queue", ["work.begun"], worker),
      call("queue", ["queue.returns"], "outside"),
      call("worker", ["work.begins"], own, "block"),
      call("worker", ["work.done"], own),
      call("worker", ["worker.resolves"], "memory"),
      call("worker", ["page.responds"], data, "block"),
      call("worker", ["response.leaves"], data),
      call("memory", ["member.resolved"], worker),
      call("memory", ["mm.faults"], "outside"),
    ],
    properties: [],
  });
}
