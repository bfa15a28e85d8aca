/** SVA and VFIO behind one page request queue. */
import type { Message } from "../../../checker/json.ts";
import { call, takesSteps, type Component, type FairnessClass } from "../../../checker/system.ts";
import { prgSlot } from "../../machines/device/prg-slot.ts";
import { commandQueue } from "../../machines/iommu/command-queue.ts";
import { responseEncoder } from "../../machines/linux/iommu/drivers/response-encoder.ts";
import { consumerReport, consumerReportSteps } from "../../machines/linux/iommu/io-pgfault/consumer-report.ts";
import { deviceFaultThread } from "../../machines/linux/iommu/io-pgfault/device-fault-thread.ts";
import {
  consumerSteps,
  faultConsumer,
  type FaultConsumerRules,
} from "../../machines/linux/iommu/io-pgfault/fault-consumer.ts";
import { resolvedPages } from "../../machines/device/resolved-pages.ts";
import { sharedFaultQueue } from "../../machines/linux/iommu/io-pgfault/shared-fault-queue.ts";
import { mutex } from "../../machines/linux/lib/mutex.ts";
import { range } from "../configuration.ts";
import { field } from "../host-side.ts";
import type { Study, Wiring } from "../study.ts";
import { queueOf, queueThread, threadRoutes } from "../page-request-path.ts";
import { consumersHosts, type ConsumersDesign, type ConsumersSizes } from "./two-consumers-design.ts";
import { consumersKnobs, consumersSizeKnobs } from "./two-consumers-knobs.ts";

type Components = { readonly [name: string]: Component };

const SVA = 0;
const VFIO = 1;
const CONSUMERS = ["sva", "vfio"] as const;

/** With the pages that were wanted before at the end: only the first of a group is sure to be missing. */
const device = (number: number, groupPages: number, { instances }: ConsumersSizes): Components => ({
  [`slot${number}`]: {
    machine: prgSlot,
    input: { device: number, slot: 0, instances, reserves: "group" },
    role: "consumer-slot",
    events: [
      ...range(groupPages).map((k) => ({ type: "slot.starts", pages: range(k + 1).toReversed() })),
      ...["looks-up", "requests", "retires"].map((step) => ({ type: `slot.${step}` })),
    ],
  },
  [`pages${number}`]: { machine: resolvedPages, input: { device: number }, role: "resolved-pages" },
});

function consumer(number: number, { vfioHandling, workersOfQueue }: ConsumersDesign): Component {
  const inside = number === VFIO && vfioHandling === "inside-report";
  const rules: FaultConsumerRules = {
    name: CONSUMERS[number]!,
    device: number,
    inside,
    sharesWorker: workersOfQueue === "one-for-all" && !inside,
    waitsForPages: number === VFIO,
  };
  return { machine: faultConsumer, input: { ...rules }, role: "fault-consumer", events: consumerSteps(rules) };
}

const report = (name: string, { allocations }: ConsumersDesign): Component => ({
  machine: consumerReport,
  input: { name },
  role: "consumer-report",
  events: consumerReportSteps(allocations),
});

const ownPath = ({ deviceFaultPath }: ConsumersDesign): boolean => deviceFaultPath === "device-specific";

const components = (design: ConsumersDesign, sizes: ConsumersSizes): Components => ({
  ...device(SVA, sizes.svaGroupPages, sizes),
  ...device(VFIO, sizes.vfioGroupPages, sizes),
  prq: { machine: queueOf(sizes.sharedQueueEntries), role: "shared-prq" },
  "prq-thread": queueThread("reporting-thread", true, design.clearPolicy),
  report: report("report", design),
  "report-lock": { machine: mutex, role: "mutex", lane: "the lock that a report is made under" },
  ...(ownPath(design)
    ? {
        "device-thread": { machine: deviceFaultThread, role: "device-thread" },
        "device-report": {
          ...report("device-report", design),
          lane: "iommu_report_device_fault() on the device's own path",
        },
        "device-report-lock": {
          machine: mutex,
          role: "mutex",
          lane: "the lock that a report of the device's own path is made under",
        },
      }
    : {}),
  core: {
    machine: sharedFaultQueue,
    input: {
      partialLists: design.partialLists,
      toldOfOverflow: design.toldOfOverflow,
      groupOwners: design.groupOwners,
      removalRule: design.removalRule,
      removalWhen: design.removalWhen,
      removals: sizes.deviceRemovals,
    },
    role: "shared-fault-queue",
    events: sizes.deviceRemovals > 0 ? [{ type: "device.leaves", device: VFIO }] : [],
  },
  sva: consumer(SVA, design),
  vfio: consumer(VFIO, design),
  ...(design.workersOfQueue === "one-for-all"
    ? { worker: { machine: mutex, role: "mutex", lane: "the one worker of the queue" } }
    : {}),
  "response-encoder": { machine: responseEncoder, input: { transport: "pri" }, role: "consumer-encoder" },
  commands: { machine: commandQueue, role: "consumer-commands" },
});

const slotOf = (message: Message): string => `slot${field(message, "device")}`;
const pagesOf = (message: Message): string => `pages${field(message, "device")}`;
const consumerOf = (message: Message): string => CONSUMERS[Number(message["device"])]!;
const NOWHERE = () => [];

const routes = (design: ConsumersDesign): Wiring["routes"] => [
  call("consumer-slot", ["atc.looks-up"], pagesOf),
  call("consumer-slot", ["dma.retires", "pri.takes-credits", "pri.returns-credits", "pri.fails"], NOWHERE),
  call("resolved-pages", ["dma.granted", "dma.missed"], slotOf),
  ...threadRoutes({
    prq: { name: "prq", role: "shared-prq" },
    thread: { name: "prq-thread", role: "reporting-thread" },
    reporter: "report",
    queue: "core",
  }),
  call("shared-prq", ["pri.response"], slotOf),
  call("shared-prq", ["iotlb.implicit-invalidation"], NOWHERE),
  call("device-thread", ["driver.reports-fault"], "device-report"),
  call("consumer-report", ["lock.acquires"], (_, name) => `${name}-lock`, "block"),
  call("consumer-report", ["lock.releases"], (_, name) => `${name}-lock`),
  call("consumer-report", ["core.takes", "core.loses", "core.hands"], "core"),
  call("consumer-report", ["consumer.takes"], consumerOf),
  call("consumer-report", ["reported"], (_, name) => (name === "report" ? "prq-thread" : "device-thread")),
  call("shared-fault-queue", ["core.took", "group.freed"], (message) => field(message, "by")),
  call("shared-fault-queue", ["queue.returns"], "prq-thread"),
  call("shared-fault-queue", ["consumer.discards"], ({ external }) => (external === true ? CONSUMERS : ["sva"])),
  call("shared-fault-queue", ["consumer.drains"], consumerOf),
  call("shared-fault-queue", ["driver.page-response"], "response-encoder"),
  call("fault-consumer", ["consumer.returns"], (message) => field(message, "by")),
  call("fault-consumer", ["core.answers"], "core"),
  call("fault-consumer", ["pages.resolve"], pagesOf),
  call("fault-consumer", ["driver.page-response"], "response-encoder"),
  call("fault-consumer", ["lock.acquires"], "worker", "block"),
  call("fault-consumer", ["lock.releases"], "worker"),
  call("consumer-encoder", ["command.responds"], "commands"),
  call("consumer-commands", ["pri.response"], slotOf),
  /** A thread that is busy with its device's last request takes no other. */
  call(
    "consumer-slot",
    ["pri.request"],
    (message) => (ownPath(design) && message["device"] === VFIO ? "device-thread" : "prq"),
    "block",
  ),
];

const BEGINNINGS: ReadonlySet<string> = new Set(["slot.starts", "device.leaves", "page.arrives"]);
const LOCKING: ReadonlySet<string> = new Set(["report.locks", "consumer.begins"]);

function steps(
  all: Components,
  roles: readonly string[],
  kind: FairnessClass["kind"],
  belongs: (type: string) => boolean,
): readonly FairnessClass[] {
  return Object.entries(all).flatMap(([name, { role, events = [] }]) => {
    const types = [...new Set(events.map(({ type }) => type))].filter(belongs);
    return roles.includes(role) && types.length > 0 ? [takesSteps(name, kind, types)] : [];
  });
}

const THREADS = ["reporting-thread", "consumer-report", "fault-consumer"];
const goesOn = (type: string): boolean => !BEGINNINGS.has(type);

function wire(design: ConsumersDesign, sizes: ConsumersSizes): Wiring {
  const all = components(design, sizes);
  return {
    components: all,
    routes: routes(design),
    fairness: {
      threads: steps(all, THREADS, "weak", goesOn),
      hardware: [],
      devices: steps(all, ["consumer-slot"], "weak", goesOn),
      lock: steps(all, THREADS, "strong", (type) => LOCKING.has(type)),
      /** Where VFIO's pages come from: user space, a disk, another machine. */
      pager: steps(all, ["fault-consumer"], "weak", (type) => type === "page.arrives"),
    },
    deadlock: "forbidden",
  };
}

const small: Omit<ConsumersSizes, "name"> = {
  instances: 2,
  svaGroupPages: 1,
  vfioGroupPages: 1,
  sharedQueueEntries: 1,
  deviceRemovals: 0,
};

export const twoConsumers: Study<ConsumersDesign, ConsumersSizes> = {
  name: "two-consumers",
  sentence: "SVA and VFIO behind one page request queue: partial faults after overflow, owners of a group, and waits.",
  cut: "Cut below the tables: a consumer resolves a page in one step, and where the page comes from may take for ever. What consumers do to each other goes through queue, thread, lists and workers alone, and all of them are here. It hides what a container's lock adds to the waiting, pages that are taken away again, a report while its device is off the IOPF queue (in lifetimes), and allocations of 6.1 that fail.",
  hosts: consumersHosts,
  knobs: consumersKnobs,
  sizeKnobs: consumersSizeKnobs,
  bounds: {
    small,
    default: { ...small, vfioGroupPages: 2, deviceRemovals: 1 },
    deep: { ...small, svaGroupPages: 2, vfioGroupPages: 2, deviceRemovals: 2, instances: 3 },
  },
  contradiction: ({ allocations, partialLists }) =>
    allocations === "may-fail" && partialLists === "each-consumer"
      ? "the core has no memory to allocate for partial faults of consumers (allocations, partialLists)"
      : undefined,
  compose: wire,
};
