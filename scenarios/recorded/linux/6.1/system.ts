/** The IOPF core of Linux 6.1 with process memory and a test handler, wired as the recordings had it. */
import type { Json, Message } from "../../../../checker/json.ts";
import { call, defineSystem, type Component, type System } from "../../../../checker/system.ts";
import type { PartialKey } from "../../../../model/machines/linux/iommu/io-pgfault/partial-key.ts";
import { addressSpaces } from "../../../../model/machines/linux/iommu/iommu-sva/address-spaces.ts";
import { svaPasids } from "../../../../model/machines/linux/iommu/iommu-sva/sva-pasids.ts";
import { deviceFaultData } from "../../../../model/machines/linux/iommu/io-pgfault/6.1/device-fault-data.ts";
import { unallocatedIopfQueue } from "../../../../model/machines/linux/iommu/io-pgfault/6.1/iopf-queue.ts";
import { iopfWorker } from "../../../../model/machines/linux/iommu/io-pgfault/6.1/iopf-worker.ts";
import { queueIopf } from "../../../../model/machines/linux/iommu/io-pgfault/6.1/queue-iopf.ts";
import { reporter } from "../../../../model/machines/linux/iommu/io-pgfault/6.1/reporter.ts";
import { testHandler } from "../../../../model/machines/linux/iommu/io-pgfault/6.1/test-handler.ts";
import { queueRoutes61, reportRoutes61 } from "../../../../model/systems/iopf-core-6.1.ts";
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
    pasids: { machine: svaPasids, role: "pasids" },
    memory: { machine: addressSpaces, role: "memory", input: { spaces: [] } },
    [NULL_QUEUE]: { machine: unallocatedIopfQueue, role: "iopf-queue", input: { queue: -1 } },
    outside: { machine: outside, role: "outside" },
  };
  for (let device = 0; device < devices; device += 1)
    components[`data-${device}`] = { machine: deviceFaultData, role: "device-fault-data", input: { device, ...rules } };
  for (const queue of queues) {
    components[`queue-${queue}`] = { machine: unallocatedIopfQueue, role: "iopf-queue", input: { queue, discards } };
    components[`worker-${queue}`] = { machine: iopfWorker, role: "responder", input: { worker: queue } };
  }
  const data = ({ device }: Message) => `data-${Number(device)}`;
  const queue = (message: Message) => `queue-${Number(message["queue"])}`;
  const worker = (message: Message) => `worker-${Number(message["worker"])}`;
  return defineSystem({
    name: "recorded-linux-6.1",
    parameters: {},
    components,
    routes: [
      ...reportRoutes61({
        data,
        handler: ({ handler }) => (isQueueIopf(handler) ? "queue-iopf" : "test-handler"),
        driver: "outside",
        registrant: "outside",
        flusher: "outside",
        responder: ({ by }) => (by === null ? "outside" : `worker-${Number(by)}`),
        log: "outside",
      }),
      ...queueRoutes61({
        data,
        collector: "queue-iopf",
        // The worker of a queue is named as the queue.
        queue: (message, sender) =>
          message["queue"] === undefined ? sender.replace("worker", "queue") : queue(message),
        worker,
        caller: "outside",
        log: "outside",
      }),
      call("reporter", ["reported"], "outside"),
      call("test-handler", ["handler.returns"], "reporter"),
      call("responder", ["worker.resolves"], "pasids"),
      call("pasids", ["mm.handles-fault"], "memory"),
      call("memory", ["member.resolved"], worker),
      call("memory", ["mm.faults"], "outside"),
    ],
    properties: [],
  });
}
