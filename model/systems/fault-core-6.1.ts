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
import { queueRoutes61, reportRoutes61 } from "./iopf-core-6.1.ts";
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
      ...reportRoutes61({
        data: dataOf,
        handler: collects ? "handler" : "worker0",
        driver: "response-encoder",
        registrant: nobody,
        flusher: nobody,
        responder: collects ? ({ by }) => `iopf-worker${String(by)}` : "worker0",
        log: nobody,
      }),
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
      call("responder", ["resolver.starts"], resolverOf, "block"),
      call("responder", ["response.sent"], resolverOf, "drop"),
      call("responder", ["page.responds"], dataOf, "block"),
      call("responder", ["response.leaves"], dataOf),
      call("responder", ["handler.returns"], "reporter"),
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
      ...queueRoutes61({
        data: dataOf,
        collector: "handler",
        queue: "queue",
        worker: workerOf,
        caller: "prq-thread",
        log: nobody,
      }),
      // The worker waits here until VFIO has resolved the fault before.
      call("responder", ["worker.resolves"], (message) => `worker${field(message, "worker")}`, "block"),
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
