/** The IOPF core as its callers see it: what the detailed machines of Linux 6.12 and the stand-ins show there. */
import type { Message } from "../../checker/json.ts";
import { call, defineSystem, type Component, type Route } from "../../checker/system.ts";
import type { Fault } from "../machines/linux/include/iommu.ts";
import { attachHandles, type Domain } from "../machines/linux/iommu/io-pgfault/6.12/attach-handles.ts";
import { queuedFaultParam } from "../machines/linux/iommu/io-pgfault/6.12/fault-param.ts";
import { iopfQueue, queueSteps } from "../machines/linux/iommu/io-pgfault/6.12/iopf-queue.ts";
import { iopfWorker, workerSteps } from "../machines/linux/iommu/io-pgfault/6.12/iopf-worker.ts";
import { reporter, reporterSteps } from "../machines/linux/iommu/io-pgfault/6.12/reporter.ts";
import { testDomain } from "../machines/linux/iommu/io-pgfault/6.12/test-domain.ts";
import { range } from "../systems/configuration.ts";
import { coreRoutes612 } from "../systems/iopf-core-6.12.ts";
import { mark, type ComparedSide, type Shows } from "./cut.ts";
import { indexOf, memberOf, outside, requesting, threadOf, type Indices, type Removal } from "./environment.ts";

const faultOf = (message: Message): Fault => message["fault"] as Fault;
const membersOf = (message: Message): readonly Fault[] => message["members"] as unknown as readonly Fault[];

/** What the core shows to the driver that calls it, on both sides. */
export const DRIVER: Shows = {
  "driver.reports-fault": (message) => {
    const { grp, page, last } = faultOf(message);
    return mark("report", { grp, page, last });
  },
  reported: ({ result }) => mark("returns", { result: result! }),
  "driver.page-response": ({ grp, code, last }) => mark("response", { grp: grp!, code: code!, last: last! }),
  "queue.discards": () => mark("discard"),
};

/** A call of the handler, with the pages of the group. */
export const handlerCalled = (message: Message) => {
  const members = membersOf(message);
  return mark("handler", { grp: members.at(-1)!.grp, pages: members.map(({ page }) => page) });
};

export const CORE_SAYS = {
  report: "the driver reports page {page} of PRGI {grp} (last: {last})",
  returns: "iommu_report_device_fault() returns {result}",
  response: "the core responds {code} to PRGI {grp} (last: {last})",
  handler: "the handler gets PRGI {grp} with pages {pages}",
} as const;

export interface CoreBounds extends Indices {
  readonly workers: number;
  readonly discards: boolean;
  readonly removal: Removal;
  readonly allocations: "succeed" | "may-fail";
}

/** Some components of a system, with what they call. */
export interface CorePart {
  readonly components: { readonly [name: string]: Component };
  readonly routes: readonly Route[];
}

/** Workers that respond Success to each group. */
function testWorkers(bounds: CoreBounds): CorePart {
  const workers: { readonly [name: string]: Component } = Object.fromEntries(
    range(bounds.workers).map((worker) => [
      `worker${worker}`,
      { machine: iopfWorker, role: "worker", events: workerSteps([0], bounds.indices) },
    ]),
  );
  return {
    components: { ...workers, handler: { machine: testDomain, role: "handler" } },
    routes: [
      call("worker", ["work.begins", "work.done"], "queue", "block"),
      call("worker", ["work.runs"], "handler"),
      call("handler", ["group.responds", "group.frees", "group.dequeues", "group.forgets", "work.queues"], "param"),
      call("handler", ["work.forgets"], "queue"),
      call("handler", ["work.done"], () => Object.keys(workers), "drop"),
      call("handler", ["handler.returns"], "reporter"),
      call("handler", ["handler.loses-group", "answer.returns"], "outside"),
    ],
  };
}

/** The core of 6.12 with `handler`, which queues work for its workers; `thread` calls the core. */
export function corePart612(bounds: CoreBounds, handling = testWorkers(bounds)): CorePart {
  const domain: Domain = { handler: { mode: "work", code: "success" }, nested: false };
  return {
    components: {
      reporter: { machine: reporter, role: "reporter", events: reporterSteps(bounds.allocations) },
      param: { machine: queuedFaultParam, role: "fault-param", input: { device: 0 } },
      handles: {
        machine: attachHandles,
        role: "attach-handles",
        input: { iommuGroup: 0, attached: [{ pasid: bounds.pasid ?? 0, domain }] },
      },
      queue: { machine: iopfQueue, role: "iopf-queue", input: { queue: 0, devices: [0] }, events: queueSteps },
      ...handling.components,
      outside,
    },
    routes: [
      ...coreRoutes612({
        param: "param",
        queue: "queue",
        handles: "handles",
        handler: "handler",
        driver: indexOf,
        attacher: "outside",
        borrowers: [],
        caller: "thread",
        flusher: "outside",
        owner: "handler",
        log: "outside",
      }).filter(({ types }) => !types.includes("group.freed")),
      // A report may have the group in hand.
      call("fault-param", ["group.freed"], () => ["reporter", "handler"], "drop"),
      call("reporter", ["reported"], "thread"),
      call("reporter", ["group.forgets"], "param"),
      ...handling.routes,
    ],
  };
}

/** The core of 6.12 between a driver and one device. */
export function core612(bounds: CoreBounds, handling?: CorePart): ComparedSide {
  const core = corePart612(bounds, handling);
  const system = defineSystem({
    name: "iopf-core-6.12",
    parameters: { ...bounds },
    components: {
      ...requesting(bounds),
      thread: threadOf(bounds.discards),
      ...core.components,
      ...memberOf(bounds.removal),
    },
    routes: [
      call("device", ["pri.request"], "thread", "block"),
      call("driver-thread", ["driver.reports-fault"], "reporter"),
      call("driver-thread", ["queue.discards"], "queue", "block"),
      call("member", ["thread.rests"], "thread", "block"),
      call("member", ["queue.removes", "queue.adds"], "queue", "block"),
      ...core.routes,
    ],
    properties: [],
    deadlock: "allowed",
  });
  return {
    system,
    shows: {
      ...DRIVER,
      "group.delivered": handlerCalled,
      ...(bounds.removal === "never" ? {} : { "queue.removes": () => mark("removal") }),
    },
  };
}
