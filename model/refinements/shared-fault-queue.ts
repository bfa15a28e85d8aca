/** `two-consumers`: the IOPF queue, the report and one consumer, in place of the IOPF core. */
import { call, defineSystem } from "../../checker/system.ts";
import { consumerReport, consumerReportSteps } from "../machines/linux/iommu/io-pgfault/consumer-report.ts";
import {
  consumerSteps,
  faultConsumer,
  type FaultConsumerRules,
} from "../machines/linux/iommu/io-pgfault/fault-consumer.ts";
import { sharedFaultQueue, type SharedFaultQueueRules } from "../machines/linux/iommu/io-pgfault/shared-fault-queue.ts";
import { mutex } from "../machines/linux/lib/mutex.ts";
import { core61 } from "./core-6.1.ts";
import { CORE_SAYS, DRIVER, core612, handlerCalled, type CoreBounds } from "./core.ts";
import { mark, type ComparedSide, type Cut } from "./cut.ts";
import { indexOf, outside, requesting, threadOf } from "./environment.ts";

const CONSUMER: FaultConsumerRules = {
  name: "vfio",
  device: 0,
  inside: false,
  sharesWorker: false,
  waitsForPages: false,
};

function standIn(rules: SharedFaultQueueRules, bounds: CoreBounds): ComparedSide {
  const system = defineSystem({
    name: "shared-fault-queue",
    parameters: { ...rules, ...bounds },
    components: {
      ...requesting(bounds),
      thread: threadOf(bounds.discards),
      report: {
        machine: consumerReport,
        input: { name: "report" },
        role: "report",
        events: consumerReportSteps(bounds.allocations),
      },
      lock: { machine: mutex, role: "mutex" },
      core: {
        machine: sharedFaultQueue,
        input: { ...rules, removals: bounds.removal === "never" ? 0 : 1 },
        role: "core",
        events: bounds.removal === "never" ? [] : [{ type: "device.leaves", device: 0 }],
      },
      consumer: { machine: faultConsumer, input: { ...CONSUMER }, role: "consumer", events: consumerSteps(CONSUMER) },
      outside,
    },
    routes: [
      call("device", ["pri.request"], "thread", "block"),
      call("driver-thread", ["driver.reports-fault"], "report"),
      call("driver-thread", ["queue.discards"], "core"),
      call("report", ["lock.acquires"], "lock", "block"),
      call("report", ["lock.releases"], "lock"),
      call("report", ["core.takes", "core.loses", "core.hands"], "core"),
      call("report", ["consumer.takes"], "consumer"),
      call("report", ["reported"], "thread"),
      call("core", ["core.took", "group.freed"], "report"),
      call("core", ["queue.returns"], "thread"),
      call("core", ["consumer.discards", "consumer.drains"], "consumer"),
      call("core", ["driver.page-response"], indexOf),
      call("consumer", ["consumer.returns"], "report"),
      call("consumer", ["core.answers"], "core"),
      call("consumer", ["pages.resolve"], "outside"),
      call("consumer", ["driver.page-response"], indexOf),
    ],
    properties: [],
    deadlock: "allowed",
  });
  return {
    system,
    shows: {
      ...DRIVER,
      "consumer.takes": handlerCalled,
      ...(bounds.removal === "never" ? {} : { "device.leaves": () => mark("removal") }),
    },
  };
}

const RULES_6_12: SharedFaultQueueRules = {
  partialLists: "core",
  toldOfOverflow: "all",
  groupOwners: "one",
  removalRule: "answers",
  removalWhen: "any-time",
};

const limits = { pairs: 40_000, simple: 20_000 };

const BETWEEN: CoreBounds = {
  indices: 2,
  partials: 1,
  workers: 1,
  discards: true,
  removal: "between-reports",
  allocations: "succeed",
};
const ONE: CoreBounds = { ...BETWEEN, indices: 1 };

const FORBIDDEN = [
  mark("report", { grp: 0, page: 0, last: true }),
  mark("handler", { grp: 0, pages: [0] }),
  mark("returns", { result: 0 }),
  mark("response", { grp: 0, code: "success", last: true }),
  mark("response", { grp: 0, code: "success", last: true }),
];

const cut612 = (name: string, bounds: CoreBounds, within: string): Cut => ({
  name,
  systems: ["two-consumers"],
  standIn: ["shared-fault-queue", "consumer-report", "fault-consumer"],
  detailed: ["reporter", "attach-handles", "fault-param", "iopf-queue", "iopf-worker"],
  says: {
    ...CORE_SAYS,
    discard: "the driver discards partial faults",
    ...(bounds.removal === "never" ? {} : { removal: "device 0 is taken off its IOPF queue" }),
  },
  within: `Linux 6.12, one device. ${within}`,
  compare: () => ({ detailed: core612(bounds), simple: standIn(RULES_6_12, bounds), limits }),
  forbidden: FORBIDDEN,
});

/** 6.1 calls the handler for every request; the consumer keeps its partial faults. */
const RULES_6_1: SharedFaultQueueRules = {
  partialLists: "each-consumer",
  toldOfOverflow: "all",
  groupOwners: "two",
  removalRule: "refused-while-pending",
  removalWhen: "drained",
};
const IN_PLACE: CoreBounds = { ...BETWEEN, removal: "never" };

const cut61: Cut = {
  name: "shared-fault-queue/6.1",
  systems: ["two-consumers"],
  standIn: ["shared-fault-queue", "consumer-report", "fault-consumer"],
  detailed: ["reporter", "device-fault-data", "queue-iopf", "iopf-queue", "iopf-worker"],
  says: { ...CORE_SAYS, discard: "the driver discards partial faults" },
  within:
    "Linux 6.1, one device, two groups at a time. The handler is iommu_queue_iopf() and stays registered. Allocations succeed.",
  compare: () => ({ detailed: core61(IN_PLACE), simple: standIn(RULES_6_1, IN_PLACE), limits }),
  forbidden: FORBIDDEN,
};

export const sharedFaultQueueCuts: readonly Cut[] = [
  cut61,
  cut612(
    "shared-fault-queue",
    BETWEEN,
    "Two groups at a time. The device leaves its queue once, between two reports, and comes back. Allocations succeed.",
  ),
  cut612(
    "shared-fault-queue/removal",
    { ...ONE, removal: "any-time" },
    "One group at a time. The device leaves its queue at any time, and is back at once.",
  ),
  cut612(
    "shared-fault-queue/allocations",
    { ...ONE, removal: "never", allocations: "may-fail" },
    "One group at a time, and kzalloc() may fail.",
  ),
];
