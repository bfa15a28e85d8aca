/** `pri-control`: one thread that reads, decides and responds, in place of VT-d's thread, the IOPF core and a worker. */
import type { Message } from "../../checker/json.ts";
import { call, defineSystem, type Component, type Route } from "../../checker/system.ts";
import { vtd } from "../hardware/vtd.ts";
import { pageRequestQueue } from "../machines/iommu/page-request-queue.ts";
import { recordMemory } from "../machines/iommu/record-memory.ts";
import {
  requestService,
  serviceSteps,
  type RequestServiceRules,
} from "../machines/linux/iommu/drivers/page-requests/request-service.ts";
import { onceSteps, prqThread } from "../machines/linux/iommu/drivers/prq-thread.ts";
import { FROM_QUEUE, TO_QUEUE } from "../systems/studies/page-request-path.ts";
import { corePart612, type CoreBounds } from "./core.ts";
import { mark, type ComparedSide, type Cut, type Shows } from "./cut.ts";
import { indexOf, outside, requesting } from "./environment.ts";
import { THREAD_6_12 } from "./page-requests.ts";

interface ServiceBounds extends CoreBounds {
  readonly entries: number;
}

const response = ({ grp, prgi, code, last }: Message) =>
  last === false ? null : mark("response", { grp: (grp ?? prgi)!, code: code! });
const SHOWS: Shows = {
  "pri.request": ({ prgi, page, last }) => mark("request", { grp: prgi!, page: page!, last: last! }),
  "pri.response": response,
};

const queueOf = (bounds: ServiceBounds): { readonly [name: string]: Component } => ({
  ...requesting({ ...bounds, onWire: true }),
  prq: {
    machine: pageRequestQueue({ ...vtd, pqEntries: bounds.entries, pqUsable: "N", headAdvance: "perEntry" }),
    role: "prq",
  },
  outside,
});
const AROUND: readonly Route[] = [
  call("device", ["pri.request"], "prq"),
  call("prq", ["pri.response"], indexOf),
  call("prq", ["iotlb.implicit-invalidation"], "outside"),
];

function threadAndCore(bounds: ServiceBounds): ComparedSide {
  const core = corePart612(bounds);
  const system = defineSystem({
    name: "thread-and-core-6.12",
    parameters: { ...bounds },
    components: {
      ...queueOf(bounds),
      thread: {
        machine: prqThread,
        role: "prq-thread",
        input: { ...THREAD_6_12, headAdvance: "perEntry" },
        events: onceSteps,
      },
      ...core.components,
    },
    routes: [
      ...AROUND,
      call("prq", FROM_QUEUE, "thread"),
      call("prq-thread", TO_QUEUE, "prq"),
      call("prq-thread", ["driver.reports-fault"], "reporter"),
      call("prq-thread", ["queue.discards"], "queue"),
      call("prq-thread", ["command.responds"], indexOf),
      call("prq-thread", ["thread.logs", "completion.completes", "thread.returns"], "outside"),
      ...core.routes,
    ],
    properties: [],
    deadlock: "allowed",
  });
  return { system, shows: { ...SHOWS, "driver.page-response": response, "command.responds": response } };
}

const RULES_6_12: RequestServiceRules = {
  requests: "served",
  partialKey: "prgi",
  markers: "consumed",
  driverAnswers: "last",
  driverRefusal: "invalid",
  coreAnswers: "every",
  refusalForgets: false,
  withoutMemory: "failure",
  answersWithPasid: true,
  answerData: "ignored",
  checksModes: true,
  needsPasid: true,
  failureCode: "failure",
};

function service(bounds: ServiceBounds): ComparedSide {
  const system = defineSystem({
    name: "request-service",
    parameters: { ...bounds },
    components: {
      ...queueOf(bounds),
      memory: {
        machine: recordMemory,
        role: "memory",
        input: { entries: bounds.entries, late: false, polls: false },
      },
      service: {
        machine: requestService,
        role: "service",
        input: { ...RULES_6_12 },
        events: [
          ...serviceSteps("served"),
          { type: "service.rejects" },
          ...(bounds.allocations === "may-fail" ? [{ type: "service.runs-out" }] : []),
        ],
      },
    },
    routes: [
      ...AROUND,
      call("prq", ["prq.record"], "memory"),
      call("memory", ["record.read", "record.blank"], "service"),
      call("prq", ["prq.empty", "prq.registers"], "service"),
      call("prq", ["prq.interrupt"], "outside"),
      call("service", ["prq.pops", "prq.reads-registers", "prq.clears-overflow"], "prq"),
      call("service", ["marker.passed"], "outside"),
      call("service", ["pri.response"], indexOf),
    ],
    properties: [],
    deadlock: "allowed",
  });
  return { system, shows: SHOWS };
}

const BOUNDS: ServiceBounds = {
  indices: 1,
  partials: 1,
  pasid: 1,
  entries: 2,
  workers: 1,
  discards: false,
  removal: "never",
  allocations: "succeed",
};

const serviceCut = (name: string, bounds: ServiceBounds, within: string, difference?: string): Cut => ({
  name,
  systems: ["pri-control"],
  standIn: ["request-service"],
  detailed: ["prq-thread", "reporter", "attach-handles", "fault-param", "iopf-queue", "iopf-worker"],
  says: {
    request: "the device requests page {page} of PRGI {grp} (last: {last})",
    response: "PRGI {grp} gets the response {code}",
  },
  within: `VT-d of 6.12, one device. Every group is mapped, and no request is refused. ${within}`,
  compare: () => ({
    detailed: threadAndCore(bounds),
    simple: service(bounds),
    limits: { pairs: 40_000, simple: 20_000 },
  }),
  forbidden: [
    mark("request", { grp: 0, page: 0, last: true }),
    mark("response", { grp: 0, code: "success" }),
    mark("response", { grp: 0, code: "success" }),
  ],
  ...(difference === undefined ? {} : { difference }),
});

export const requestServiceCuts: readonly Cut[] = [
  serviceCut("request-service", BOUNDS, "One group of at most two requests."),
  serviceCut(
    "request-service/two-groups",
    { ...BOUNDS, indices: 2, partials: 0 },
    "Two groups of one request.",
    "The workqueue is unbound: a worker may respond to the later group first. The stand-in responds to a group before it reads the next one.",
  ),
];
