/** The fault queue of iommufd: from the core's report of a group to the answer that user space, or a teardown, gives. */
import { takesSteps, type Component, type FairnessClass } from "../../../checker/system.ts";
import type { Message } from "../../../checker/json.ts";
import { groupIndex, groupIndexSteps } from "../../machines/device/group-index.ts";
import { lockedVm } from "../../machines/linux/mm/locked-vm.ts";
import { attachHandles, type Domain } from "../../machines/linux/iommu/io-pgfault/6.12/attach-handles.ts";
import { LINUX_6_12, queuedFaultParam } from "../../machines/linux/iommu/io-pgfault/6.12/fault-param.ts";
import { reporter, reporterSteps } from "../../machines/linux/iommu/io-pgfault/6.12/reporter.ts";
import { controlSteps, controlThread } from "../../machines/linux/iommu/iommufd/fault/control-thread.ts";
import { demandPinner, demandPinnerSteps } from "../../machines/vmm/demand-pinner.ts";
import {
  faultHandler,
  faultHandlerSteps,
  type FaultHandlerRules,
} from "../../machines/linux/iommu/iommufd/fault/fault-handler.ts";
import { faultQueue } from "../../machines/linux/iommu/iommufd/fault/fault-queue.ts";
import { faultReader, faultReaderSteps } from "../../machines/linux/iommu/iommufd/fault/fault-reader.ts";
import { faultWriter, faultWriterSteps, writerBegins } from "../../machines/linux/iommu/iommufd/fault/fault-writer.ts";
import { fdCloser, fdCloserSteps } from "../../machines/linux/iommu/iommufd/fault/fd-closer.ts";
import { ioas } from "../../machines/linux/iommu/iommufd/fault/ioas.ts";
import { faultIntake, faultIntakeSteps } from "../../machines/linux/iommu/io-pgfault/fault-intake.ts";
import { mutex } from "../../machines/linux/lib/mutex.ts";
import { range } from "../configuration.ts";
import type { Study, Wiring } from "../study.ts";
import {
  iommufdBounds,
  iommufdHosts,
  iommufdSizeKnobs,
  type IommufdDesign,
  type IommufdSizes,
} from "./iommufd-design.ts";
import { iommufdKnobs } from "./iommufd-knobs.ts";
import { isDemand, routesOf } from "./iommufd-routes.ts";

const CUT =
  "Below, the model ends at iommu_report_device_fault(): requests wait in a queue that keeps its order and never " +
  "overflows, and responses reach the device at once. pri-overflow and teardown have the rest. Above, it ends at " +
  "the system calls: user space makes any call with any cookie at any time, or none. One control thread stands for " +
  "all, because the ioctls on one group exclude each other. Hidden: several devices of a group, PASIDs, and " +
  "faults in guests.";

const handlerRules = (design: IommufdDesign): FaultHandlerRules => ({
  publishes: design.deliverOwner === "handler" ? "dequeued" : "shared",
  deliverLock: design.deliverLock,
  wakes: design.wakesPoller,
});

/** By HWPT: one for each queue, then the nesting parent, whose faults belong to no queue (I34). */
function domainsOf(design: IommufdDesign, sizes: IommufdSizes): readonly Domain[] {
  const own = range(sizes.faultQueues).map((queue): Domain => ({
    handler: { hwpt: queue, queue, parent: false },
    nested: true,
  }));
  if (!sizes.parentHwpt) return own;
  const handler = design.parentFaults === "allowed" ? { hwpt: own.length, queue: 0, parent: true } : null;
  return [...own, { handler, nested: false }];
}

/** What user space may begin with the control thread. */
function controlBegins(sizes: IommufdSizes, hwpts: number): readonly Message[] {
  const moves = range(hwpts).flatMap((hwpt) => [
    { type: "control.attaches", device: 0, hwpt },
    ...(hwpts > 1 ? [{ type: "control.replaces", device: 0, hwpt }] : []),
  ]);
  const objects = range(sizes.faultQueues).flatMap((queue) => [
    { type: "control.destroys", queue },
    { type: "control.creates", queue },
  ]);
  return [
    ...(sizes.deviceDetaches ? [...moves, { type: "control.detaches", device: 0 }] : []),
    ...(sizes.fdCloses ? objects : []),
  ];
}

function lists(cookies: readonly number[], most: number): readonly (readonly number[])[] {
  if (most === 0) return [];
  const single = cookies.map((cookie) => [cookie]);
  return most < 2 ? single : [...single, ...cookies.flatMap((a) => cookies.map((b) => [a, b]))];
}

function userSide(design: IommufdDesign, sizes: IommufdSizes): { readonly [name: string]: Component } {
  const queues = range(sizes.faultQueues);
  const { readCounts, onCopyFailure, restoresAt, shortBuffer, writerLocks, writeReports } = design;
  const most = sizes.itemPages * sizes.readGroups;
  const rooms = most === 0 ? [] : [...new Set([1, most])];
  const reads = queues.flatMap((queue) => [
    ...rooms.map((room) => ({ type: "reader.reads", queue, room })),
    ...(sizes.pollsFd ? [{ type: "reader.polls", queue }] : []),
  ]);
  const cookies = range(sizes.slots + 1).filter((cookie) => cookie > 0 || sizes.writesZero);
  const codes = sizes.writeCookies > 1 ? (["success", "unknown"] as const) : (["success"] as const);
  const writes = writerBegins(queues, lists(cookies, sizes.writeCookies), codes);
  const free = !isDemand(design);
  return {
    reader: {
      machine: faultReader,
      input: { name: "reader", rules: { counts: readCounts, onCopyFailure, restoresAt, tooSmall: shortBuffer } },
      role: "fault-reader",
      events: [
        ...faultReaderSteps,
        ...(free ? reads : []),
        ...(sizes.copiesFail ? [{ type: "reader.fails" }, { type: "reader.fetches", ok: false }] : []),
        ...(sizes.bufferFaults ? [{ type: "reader.faults" }] : []),
      ],
    },
    writer: {
      machine: faultWriter,
      input: { name: "writer", rules: { locks: writerLocks, reports: writeReports } },
      role: "fault-writer",
      events: [...faultWriterSteps, ...(free ? writes : []), ...(sizes.copiesFail ? [{ type: "writer.fails" }] : [])],
    },
    ...(sizes.fdCloses && {
      closer: {
        machine: fdCloser,
        input: { order: design.fdCloseOrder },
        role: "fd-closer",
        events: [...queues.map((queue) => ({ type: "closer.closes", queue })), ...fdCloserSteps],
      },
    }),
  };
}

function kernelSide(design: IommufdDesign, sizes: IommufdSizes): { readonly [name: string]: Component } {
  const { hwptDetach, hwptReplace, replaceAnswers, destroyAnswers } = design;
  const domains = domainsOf(design, sizes);
  const rules = { ...LINUX_6_12, answers: design.deliverOwner === "handler" ? "always" : "while-pending" };
  const handler = handlerRules(design);
  return {
    ...Object.fromEntries(
      range(sizes.slots).map((index) => [
        `index${index}`,
        {
          machine: groupIndex,
          input: { device: 0, index, size: sizes.itemPages, instances: sizes.instances },
          role: "group-index",
          events: groupIndexSteps,
        },
      ]),
    ),
    intake: {
      machine: faultIntake,
      input: { pages: sizes.slots, domain: 0, posted: false },
      role: "fault-intake",
      events: faultIntakeSteps(),
    },
    reporter: { machine: reporter, role: "reporter", events: reporterSteps("succeed") },
    handles: {
      machine: attachHandles,
      input: { iommuGroup: 0, attached: [{ pasid: 0, domain: domains[0]!, idev: 0 }] },
      role: "attach-handles",
    },
    param: { machine: queuedFaultParam, input: { device: 0, rules }, role: "fault-param" },
    handler: {
      machine: faultHandler,
      input: { ...handler },
      role: "fault-handler",
      events: faultHandlerSteps(handler),
    },
    ...Object.fromEntries(
      range(sizes.faultQueues).flatMap((queue) => [
        [`queue${queue}`, { machine: faultQueue, input: { queue, hwpts: queue === 0 ? 1 : 0 }, role: "fault-queue" }],
        [`fault-mutex${queue}`, { machine: mutex, role: "mutex", lane: `fault->mutex of fault queue ${queue}` }],
      ]),
    ),
    control: {
      machine: controlThread,
      input: {
        rules: { detach: hwptDetach, replace: hwptReplace, replaceAnswers, destroyAnswers },
        domains,
        attached: 0,
      },
      role: "control-thread",
      events: [...controlBegins(sizes, domains.length), ...controlSteps],
    },
  };
}

/** The VMM that pins on demand, and what it works on. */
function pinnerSide(design: IommufdDesign, sizes: IommufdSizes): { readonly [name: string]: Component } {
  if (!isDemand(design)) return {};
  const answersWhen = design.pinnerAnswers === "when-mapped" ? "mapped" : "at-once";
  const atLimit = design.reclaim === "direct" ? "evicts" : "refuses";
  return {
    ioas: { machine: ioas, role: "ioas" },
    account: {
      machine: lockedVm,
      input: { limit: design.limit === 0 ? sizes.slots : design.limit, enforced: true },
      role: "locked-vm",
    },
    vmm: {
      machine: demandPinner,
      input: { answersWhen, atLimit, releases: design.pinnerReleases },
      role: "demand-pinner",
      events: demandPinnerSteps,
    },
  };
}

/** Inside the kernel everybody goes on; what user space begins, and whether its buffers are mapped, nobody promises. */
function fairnessOf(design: IommufdDesign, sizes: IommufdSizes): NonNullable<Wiring["fairness"]> {
  const reads = [
    ...faultReaderSteps.map(({ type }) => type),
    ...(sizes.copiesFail ? ["reader.fails"] : []),
    ...(sizes.bufferFaults ? ["reader.faults"] : []),
  ];
  const writes = [...faultWriterSteps.map(({ type }) => type), ...(sizes.copiesFail ? ["writer.fails"] : [])];
  const thread = (component: string, steps: readonly Message[]): FairnessClass =>
    takesSteps(component, "weak", [...new Set(steps.map(({ type }) => type))]);
  return {
    threads: [
      thread("intake", faultIntakeSteps()),
      thread("reporter", reporterSteps("succeed")),
      thread("handler", faultHandlerSteps(handlerRules(design))),
      takesSteps("reader", "weak", reads),
      takesSteps("writer", "weak", writes),
      thread("control", controlSteps),
      ...(sizes.fdCloses ? [thread("closer", fdCloserSteps)] : []),
    ],
    hardware: [],
    devices: [],
    /** A mutex is handed to whoever has waited longest. */
    lock: [
      takesSteps("reader", "strong", ["reader.locks"]),
      takesSteps("writer", "strong", ["writer.locks"]),
      takesSteps("control", "strong", ["control.steps"]),
      ...(design.deliverLock === "mutex" ? [takesSteps("handler", "strong", ["handler.locks"])] : []),
    ],
    vmm: isDemand(design) ? [thread("vmm", demandPinnerSteps)] : [],
  };
}

/** A VMM that pins on demand has one page table, reads one queue, and knows groups of one page. */
const fitting = (design: IommufdDesign, sizes: IommufdSizes): IommufdSizes =>
  isDemand(design) ? { ...sizes, itemPages: 1, parentHwpt: false, faultQueues: 1 } : sizes;

export const iommufd: Study<IommufdDesign, IommufdSizes> = {
  name: "iommufd",
  sentence:
    "The iommufd fault queue, through which user space responds to faults: today's path, its published bugs, demand pinning.",
  cut: CUT,
  hosts: iommufdHosts,
  knobs: iommufdKnobs,
  sizeKnobs: iommufdSizeKnobs,
  bounds: iommufdBounds,
  contradiction: ({ reclaim }) =>
    reclaim === "periodic" ? "nothing evicts beside the thread that pins (reclaim=none or direct)" : undefined,
  compose: (design, asked) => {
    const sizes = fitting(design, asked);
    return {
      components: { ...kernelSide(design, sizes), ...userSide(design, sizes), ...pinnerSide(design, sizes) },
      routes: routesOf(design, sizes),
      fairness: fairnessOf(design, sizes),
    };
  },
};
