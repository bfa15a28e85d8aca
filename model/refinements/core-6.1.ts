/** The IOPF core of Linux 6.1 between a driver, one device, and the workers of the IOPF queue. */
import type { Message } from "../../checker/json.ts";
import { call, defineSystem, type Action, type Component } from "../../checker/system.ts";
import type { Fault } from "../machines/linux/include/iommu.ts";
import { deviceFaultData } from "../machines/linux/iommu/io-pgfault/6.1/device-fault-data.ts";
import { iopfQueue, queueSteps } from "../machines/linux/iommu/io-pgfault/6.1/iopf-queue.ts";
import { iopfWorker, workerSteps } from "../machines/linux/iommu/io-pgfault/6.1/iopf-worker.ts";
import { queueIopf, queueIopfSteps } from "../machines/linux/iommu/io-pgfault/6.1/queue-iopf.ts";
import { reporter, reporterSteps } from "../machines/linux/iommu/io-pgfault/6.1/reporter.ts";
import { range } from "../systems/configuration.ts";
import { queueRoutes61, reportRoutes61 } from "../systems/iopf-core-6.1.ts";
import { DRIVER, type CoreBounds, type CorePart } from "./core.ts";
import { mark, type ComparedSide } from "./cut.ts";
import { indexOf, outside, requesting, resolver, threadOf } from "./environment.ts";

/** iommu_queue_iopf() gets one fault after the other. */
const handlerGets = (message: Message) => {
  const { grp, page } = message["fault"] as Fault;
  return mark("handler", { grp, pages: [page] });
};

const PROLOGUE: readonly Action[] = [
  {
    kind: "event",
    component: "data",
    event: { type: "handler.registers", device: 0, handler: "iommu_queue_iopf" },
  },
  { kind: "event", component: "queue", event: { type: "queue.adds", device: 0 } },
];

/** The core of 6.1 with iommu_queue_iopf(); `thread` calls the core. */
export function corePart61(bounds: CoreBounds): CorePart & { readonly prologue: readonly Action[] } {
  const workers: { readonly [name: string]: Component } = Object.fromEntries(
    range(bounds.workers).map((worker) => [
      `worker${worker}`,
      { machine: iopfWorker, role: "responder", input: { worker }, events: workerSteps(bounds.indices) },
    ]),
  );
  return {
    components: {
      reporter: { machine: reporter, role: "reporter", events: reporterSteps(bounds.allocations) },
      "queue-iopf": { machine: queueIopf, role: "queue-iopf", events: queueIopfSteps(bounds.allocations) },
      data: { machine: deviceFaultData, role: "device-fault-data", input: { device: 0 } },
      queue: {
        machine: iopfQueue,
        role: "iopf-queue",
        input: { queue: 0 },
        events: queueSteps,
      },
      ...workers,
      resolver,
      outside,
    },
    routes: [
      ...reportRoutes61({
        data: "data",
        handler: "queue-iopf",
        driver: indexOf,
        registrant: "outside",
        flusher: "outside",
        responder: ({ by }) => `worker${Number(by)}`,
        log: "outside",
      }),
      ...queueRoutes61({
        data: "data",
        collector: "queue-iopf",
        queue: "queue",
        worker: ({ worker }) => `worker${Number(worker)}`,
        caller: "thread",
        log: "outside",
      }),
      call("reporter", ["reported"], "thread"),
      call("responder", ["worker.resolves"], "resolver"),
      call("resolver", ["member.resolved"], ({ worker }) => `worker${Number(worker)}`),
    ],
    prologue: PROLOGUE,
  };
}

/** The core of 6.1 between a driver and one device. */
export function core61(bounds: CoreBounds): ComparedSide {
  const core = corePart61(bounds);
  const system = defineSystem({
    name: "iopf-core-6.1",
    parameters: { ...bounds },
    components: {
      ...requesting(bounds),
      thread: threadOf(bounds.discards),
      ...core.components,
    },
    routes: [
      call("device", ["pri.request"], "thread", "block"),
      call("driver-thread", ["driver.reports-fault"], "reporter"),
      call("driver-thread", ["queue.discards"], "queue", "block"),
      ...core.routes,
    ],
    prologue: core.prologue,
    properties: [],
    deadlock: "allowed",
  });
  return { system, shows: { ...DRIVER, "handler.called": handlerGets } };
}
