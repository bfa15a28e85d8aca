/**
 * The IOPF core of Linux 6.1. For stalls, as RFC v1 was posted: VFIO's handler is registered for the device and runs on
 * the reporting thread. For PRI, the thread's proposal (row 58): iommu_queue_iopf() collects groups, and its workers ask
 * VFIO to resolve one fault after the other.
 */
import { call } from "../../checker/system.ts";
import type { Message } from "../../checker/json.ts";
import { deviceFaultData } from "../machines/linux/iommu/io-pgfault/6.1/device-fault-data.ts";
import { iopfQueue, queueSteps } from "../machines/linux/iommu/io-pgfault/6.1/iopf-queue.ts";
import { iopfWorker, workerSteps } from "../machines/linux/iommu/io-pgfault/6.1/iopf-worker.ts";
import { queueIopf, queueIopfSteps } from "../machines/linux/iommu/io-pgfault/6.1/queue-iopf.ts";
import { reporter, reporterSteps } from "../machines/linux/iommu/io-pgfault/6.1/reporter.ts";
import { deviceFaultHandler, deviceFaultHandlerSteps } from "../machines/linux/vfio/iopf/device-fault-handler.ts";
import { memberResolver } from "../machines/linux/vfio/iopf/member-resolver.ts";
import { collectsGroups, range, type Configuration } from "./configuration.ts";
import { field, type Part } from "./host-side.ts";
import { resolverOf } from "./resolvers.ts";

const dataOf = (message: Message): string => `data${field(message, "device")}`;
const nobody = () => [];

export function faultCore61(configuration: Configuration): Part {
  const { hardware, host, bounds } = configuration;
  const devices = range(bounds.devices);
  const collects = collectsGroups(configuration);
  const handling = collects ? queuedHandler(configuration) : registeredHandler();
  return {
    components: {
      reporter: { machine: reporter, role: "reporter", events: reporterSteps(host.allocations) },
      ...Object.fromEntries(
        devices.map((device) => [
          `data${device}`,
          {
            machine: deviceFaultData,
            input: { device, partialKey: hardware.partialKey === "prgi" ? "prgi" : "pasid-prgi" },
            role: "device-fault-data",
          },
        ]),
      ),
      ...handling.components,
    },
    channels: {},
    routes: [
      call("reporter", ["device.locks"], dataOf, "block"),
      call("reporter", ["pending.appends", "pending.unlinks"], dataOf, "block"),
      call("reporter", ["device.unlocks", "pending.stays"], dataOf),
      call("reporter", ["allocation.fails"], nobody),
      call("device-fault-data", ["device.locked"], "reporter"),
      call("device-fault-data", ["driver.page-response"], "response-encoder"),
      call("device-fault-data", ["handler.changed", "flush.returns", "kernel.logs"], nobody),
      ...handling.routes,
    ],
    prologue: [
      ...handling.prologue,
      ...devices.map((device) => ({
        kind: "event" as const,
        component: `data${device}`,
        event: { type: "handler.registers", device, handler: collects ? "iommu_queue_iopf" : "vfio" },
      })),
    ],
  };
}

/** RFC v1: one handler, on the thread that reports. */
function registeredHandler(): Part {
  return {
    components: {
      worker0: {
        machine: deviceFaultHandler,
        input: { name: "worker0" },
        role: "responder",
        events: deviceFaultHandlerSteps,
      },
    },
    channels: {},
    routes: [
      call("reporter", ["handler.called"], "worker0"),
      call("responder", ["resolver.starts"], resolverOf, "block"),
      call("responder", ["response.sent"], resolverOf, "drop"),
      call("responder", ["page.responds"], dataOf, "block"),
      call("responder", ["response.leaves"], dataOf),
      call("responder", ["handler.returns"], "reporter"),
      call("device-fault-data", ["response.returns"], "worker0"),
    ],
    prologue: [],
  };
}

/** Groups are queued, workers resolve them member by member. */
function queuedHandler({ host, bounds }: Configuration): Part {
  const devices = range(bounds.devices);
  const workers = range(host.workers);
  const groups = bounds.devices * (bounds.slots + 1);
  const workerOf = (message: Message): string => `iopf-worker${field(message, "worker")}`;
  return {
    components: {
      handler: { machine: queueIopf, role: "queue-iopf", events: queueIopfSteps(host.allocations) },
      queue: {
        machine: iopfQueue,
        input: { queue: 0 },
        role: "iopf-queue",
        events: queueSteps,
      },
      ...Object.fromEntries(
        workers.flatMap((worker) => [
          [
            `iopf-worker${worker}`,
            {
              machine: iopfWorker,
              input: { worker, repeats: host.answersTwice },
              role: "responder",
              events: workerSteps(groups),
            },
          ],
          [
            `worker${worker}`,
            { machine: memberResolver, input: { name: `worker${worker}`, worker }, role: "member-resolver" },
          ],
        ]),
      ),
    },
    channels: {},
    routes: [
      call("reporter", ["handler.called"], "handler"),
      call("queue-iopf", ["queue.reads", "partial.pushes", "partials.purge", "group.collects"], dataOf),
      call("queue-iopf", ["handler.returns"], "reporter"),
      call("queue-iopf", ["allocation.fails"], nobody),
      call("device-fault-data", ["queue.read"], "handler"),
      call("device-fault-data", ["param.added", "param.removed", "work.queued", "queue.flushes"], "queue"),
      call("device-fault-data", ["response.returns"], (message) => `iopf-worker${field(message, "by")}`),
      call("iopf-queue", ["param.adds", "param.removes", "partials.discard", "queue.flushed"], dataOf),
      call("iopf-queue", ["work.begun"], workerOf),
      call("iopf-queue", ["queue.returns"], "prq-thread", "drop"),
      call("responder", ["work.begins"], "queue", "block"),
      call("responder", ["work.done"], "queue"),
      // The worker waits here until VFIO has resolved the fault before.
      call("responder", ["worker.resolves"], (message) => `worker${field(message, "worker")}`, "block"),
      call("responder", ["page.responds"], dataOf, "block"),
      call("responder", ["response.leaves"], dataOf),
      call("member-resolver", ["resolver.starts"], resolverOf),
      call("member-resolver", ["member.resolved"], workerOf),
    ],
    prologue: devices.map((device) => ({
      kind: "event" as const,
      component: "queue",
      event: { type: "queue.adds", device },
    })),
  };
}
