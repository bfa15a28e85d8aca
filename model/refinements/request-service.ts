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
import type { PrqThreadRules } from "../machines/linux/iommu/drivers/prq-thread-messages.ts";
import { threadOf, threadRoutes } from "../systems/page-request-path.ts";
import { corePart61 } from "./core-6.1.ts";
import { corePart612, type CoreBounds } from "./core.ts";
import { mark, type ComparedSide, type Cut, type Incomparable, type Shows } from "./cut.ts";
import { indexOf, outside, requesting } from "./environment.ts";
import { ENDS, THREAD_6_12 } from "./page-requests.ts";

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

type Tree = "6.1" | "6.12";

/** prq_event_thread() with the core and its workers. In 6.1 the thread responds to what the core has refused. */
function threadAndCore(tree: Tree, bounds: ServiceBounds): ComparedSide {
  const core = tree === "6.12" ? { ...corePart612(bounds), prologue: [] } : corePart61(bounds);
  const rules: PrqThreadRules = { ...THREAD_6_12, headAdvance: "perEntry", answersErrors: tree === "6.1" };
  const system = defineSystem({
    name: `thread-and-core-${tree}`,
    parameters: { ...bounds },
    components: {
      ...queueOf(bounds),
      thread: threadOf("prq-thread", rules),
      ...core.components,
    },
    routes: [
      ...AROUND,
      ...threadRoutes({ ...ENDS, reporter: "reporter", queue: "queue" }),
      call("prq-thread", ["command.responds", "driver.page-response"], indexOf),
      call("prq-thread", ["thread.logs", "completion.completes", "thread.returns"], "outside"),
      ...core.routes,
    ],
    prologue: core.prologue,
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

const RULES_6_1: RequestServiceRules = {
  ...RULES_6_12,
  coreAnswers: "last",
  withoutMemory: "invalid",
};

function service(tree: Tree, bounds: ServiceBounds): ComparedSide {
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
        input: { ...(tree === "6.12" ? RULES_6_12 : RULES_6_1) },
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

const IN_TREE = {
  "6.1": ["prq-thread", "reporter", "device-fault-data", "queue-iopf", "iopf-queue", "iopf-worker"],
  "6.12": ["prq-thread", "reporter", "attach-handles", "fault-param", "iopf-queue", "iopf-worker"],
};

const serviceCut = (name: string, tree: Tree, bounds: ServiceBounds, within: string, difference?: string): Cut => ({
  name,
  systems: ["pri-control"],
  standIn: ["request-service"],
  detailed: IN_TREE[tree],
  says: {
    request: "the device requests page {page} of PRGI {grp} (last: {last})",
    response: "PRGI {grp} gets the response {code}",
  },
  within: `VT-d of ${tree}, one device. Every group is mapped, and no request is refused. ${within}`,
  compare: () => ({
    detailed: threadAndCore(tree, bounds),
    simple: service(tree, bounds),
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
  serviceCut("request-service/6.1", "6.1", BOUNDS, "One group of at most two requests."),
  serviceCut("request-service", "6.12", BOUNDS, "One group of at most two requests."),
  serviceCut(
    "request-service/memory",
    "6.12",
    { ...BOUNDS, partials: 0, allocations: "may-fail" },
    "One group of one request, and kzalloc() may fail.",
  ),
  serviceCut(
    "request-service/two-groups",
    "6.12",
    { ...BOUNDS, indices: 2, partials: 0 },
    "Two groups of one request.",
    "The workqueue is unbound: a worker may respond to the later group first. The stand-in responds to a group before it reads the next one. " +
      "No claim of pri-control can tell: the port looks up each response by its own group, a group that is unread here is as outstanding at the port as one that a worker has, and a reset, a failure or a removal may come at both.",
  ),
];

export const requestServiceIncomparable: readonly Incomparable[] = [
  {
    name: "request-service/amd",
    systems: ["pri-control"],
    standIn: ["request-service"],
    detailed: ["prq-thread"],
    why: "amd_iommu_poll_ppr_log() was read and never recorded: the queue is held by recordings for VT-d and RISC-V only, and its thread for VT-d.",
  },
  {
    name: "request-service/smmuv3",
    systems: ["pri-control"],
    standIn: ["request-service"],
    detailed: [],
    why: "arm_smmu_priq_thread() denies each group and calls no core: the stand-in is the driver itself, which was read and never recorded.",
  },
];
