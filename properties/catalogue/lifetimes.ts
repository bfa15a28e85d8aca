/** REF: who keeps what alive between the report of a fault and its answer. */
import { all, always, canAlways, each, leadsTo, sometimes } from "../../checker/property.ts";
import type { GroupIndexContext } from "../../model/machines/device/group-index.ts";
import type { FaultHandlerContext } from "../../model/machines/linux/iommu/iommufd/fault/fault-handler.ts";
import type { FaultQueueContext } from "../../model/machines/linux/iommu/iommufd/fault/fault-queue.ts";
import {
  namers,
  users,
  type FaultParamContext,
} from "../../model/machines/linux/iommu/io-pgfault/6.12/fault-groups.ts";
import type { ReporterContext } from "../../model/machines/linux/iommu/io-pgfault/6.12/reporter-messages.ts";
import type { CountedObjectContext } from "../../model/machines/linux/lib/counted-object.ts";
import type { DeviceRemoverContext } from "../../model/machines/linux/iommu/drivers/lifetimes/device-remover.ts";
import type { DeviceTableContext } from "../../model/machines/linux/iommu/drivers/lifetimes/device-table.ts";
import type { RequestThreadContext } from "../../model/machines/linux/iommu/drivers/lifetimes/request-thread.ts";
import type { LifetimesDesign, LifetimesSizes } from "../../model/systems/studies/lifetimes-design.ts";
import { inStudy } from "./parameters.ts";
import { coreRule, hardwareRule, vfioRule } from "./sources.ts";

type Condition = (host: LifetimesDesign, bounds: LifetimesSizes) => boolean;
const here = (condition?: Condition) => inStudy<LifetimesDesign, LifetimesSizes>("lifetimes", condition);
const handled: Condition = (host) => host.faultsHandled;
const leaves: Condition = (_, { deviceLeaves }) => deviceLeaves;
const toggles: Condition = (_, { iopfToggles }) => iopfToggles;
const goes: Condition = (host, bounds) => leaves(host, bounds) || toggles(host, bounds);
const hasPartials: Condition = (host, bounds) => goes(host, bounds) && handled(host, bounds) && bounds.itemPages > 1;

const thread = each<RequestThreadContext>("request-thread");
const table = each<DeviceTableContext>("device-table");
const device = each<CountedObjectContext>("counted-device");
const param = each<FaultParamContext>("counted-param");
const reporter = each<ReporterContext>("reporter");
const handler = each<FaultHandlerContext>("fault-handler");
const queue = each<FaultQueueContext>("fault-queue");
const indices = all<GroupIndexContext>("group-index");
const remover = each<DeviceRemoverContext>("device-remover");

/** Whether the group of an index is there, and not yet answered. */
const hasLast = ({ groups }: FaultParamContext, index: number): boolean =>
  groups.some(
    ({ where, members }) =>
      (where === "pending" || where === "dequeued") && members.some(({ grp, last }) => last && grp === index),
  );

const KERNEL = ["threads", "lock"] as const;

export const ref = [
  always({
    id: "REF-1",
    name: "released-device-unused",
    statement: "Nothing that the IOMMU layer keeps for a device is used after the release of the device.",
    source: coreRule("I32; B42"),
    witness: "REF-2",
    applies: here(leaves),
    reads: { table, device },
    parts: {
      "the table of devices is not used after the release": ({ table: t }) => !t.context.useAfterFree,
      "the device is not used after its release": ({ device: d }) => !d.context.useAfterFree,
    },
  }),
  sometimes({
    id: "REF-2",
    name: "release-during-report",
    statement: "A request of a device is being reported when the device is released.",
    source: coreRule("I32"),
    applies: here(leaves),
    reads: { thread, remover },
    holds: ({ thread: t, remover: r }) => t.state === "reporting" && r.context.op === "release",
  }),
  always({
    id: "REF-3",
    name: "no-freed-group-used",
    statement: "No group and no fault parameters are used after they were freed.",
    source: coreRule("I11, I14; B43"),
    witness: "REF-4",
    applies: here(goes),
    reads: { param, reporter, handler, queue },
    parts: {
      "the fault parameters are not used after they were freed": ({ param: p }) => !p.context.useAfterFree,
      "the reporter uses nothing freed": ({ reporter: r }) => !r.context.useAfterFree,
      "the handler uses nothing freed": ({ handler: h }) => !h.context.useAfterFree,
      "no group of the queue is freed": ({ queue: q }) => !q.context.lostGroup,
    },
  }),
  sometimes({
    id: "REF-4",
    name: "user-group-at-removal",
    statement: "User space has a group when the fault parameters that the group names are removed.",
    source: coreRule("I14"),
    applies: here((host, bounds) => goes(host, bounds) && handled(host, bounds) && host.iopfDisable !== "awaiting"),
    reads: { param },
    holds: ({ param: p }) => p.context.groups.some(({ removed, where }) => removed && where === "dequeued"),
  }),
  always({
    id: "REF-5",
    name: "no-double-free-on-stack",
    statement: "Nothing is freed twice, and nothing on the stack of another thread is freed.",
    source: coreRule("I11; D6"),
    witness: "REF-6",
    applies: here((host, bounds) => goes(host, bounds) && host.allocations === "may-fail"),
    reads: { param },
    holds: ({ param: p }) => !p.context.invalidFree,
  }),
  sometimes({
    id: "REF-6",
    name: "group-on-stack",
    statement: "The group of a reporter is on its stack because memory is short.",
    source: coreRule("1.1"),
    applies: here((host, bounds) => handled(host, bounds) && host.allocations === "may-fail"),
    reads: { param },
    holds: ({ param: p }) => p.context.groups.some(({ onStack }) => onStack),
  }),
  always({
    id: "REF-7",
    name: "removed-lists-empty",
    statement: "No list of removed fault parameters leads into freed memory.",
    source: coreRule("I11; D19"),
    witness: "REF-8",
    applies: here(hasPartials),
    reads: { param },
    holds: ({ param: p }) => !p.context.danglingPartials,
  }),
  sometimes({
    id: "REF-8",
    name: "partial-fault-at-removal",
    statement: "A partial fault waits for the rest of its group when the fault parameters are about to be removed.",
    source: coreRule("L4"),
    applies: here(hasPartials),
    reads: { param, remover },
    holds: ({ param: p, remover: r }) => p.context.partial.length > 0 && r.context.left[0] === "remove",
  }),
  always({
    id: "REF-9",
    name: "partial-fault-ends",
    statement: "Every partial fault ends in a group, or is freed.",
    source: vfioRule("B-34; core L4"),
    witness: "REF-8",
    applies: here(hasPartials),
    reads: { param },
    holds: ({ param: p }) => !p.context.lostPartials,
  }),
  always({
    id: "REF-10",
    name: "counts-cover-users",
    statement: "No reference count is below the number of its users.",
    source: coreRule("I14; B43"),
    witness: "REF-4",
    applies: here(goes),
    reads: { param, device },
    parts: {
      "references to the device are at least its holders": ({ device: { context: d } }) => d.count >= d.holders.length,
      "the parameters have a user for each that names them, and one for the queue": ({ param: { context: p } }) =>
        p.queue === null || users(p) > namers(p, false),
      "removed parameters that are not counted are named by nobody": ({ param: { context: p } }) =>
        p.rules.counted || namers(p, true) === 0,
    },
    values: ({ param: { context: p }, device: { context: d } }) => ({
      "references to the device": d.count,
      "held by": [...d.holders],
      "users of the fault parameters": users(p),
      "named by": namers(p, false),
      "removed ones named by": namers(p, true),
    }),
  }),
  leadsTo({
    id: "REF-11",
    name: "disable-returns",
    statement: "Turning off the page faults of a device ends, even if user space never answers.",
    source: coreRule("L5"),
    witness: "REF-12",
    applies: here(toggles),
    reads: { remover },
    when: ({ remover: r }) => r.context.op === "disable",
    eventually: ({ remover: r }) => r.context.op !== "disable",
    assumes: KERNEL,
  }),
  sometimes({
    id: "REF-12",
    name: "disable-during-report",
    statement: "A request is being reported when the page faults of its device are turned off.",
    source: coreRule("1.4"),
    applies: here(toggles),
    reads: { thread, remover },
    holds: ({ thread: t, remover: r }) => t.state === "reporting" && r.context.op === "disable",
  }),
  leadsTo({
    id: "REF-13",
    name: "released-device-freed",
    statement: "The memory of a released device is freed, even if user space never answers.",
    source: coreRule("L5; B31"),
    witness: "REF-2",
    applies: here(leaves),
    reads: { remover, device },
    when: ({ remover: r }) => r.context.op === "release",
    eventually: ({ device: d }) => d.state === "freed",
    assumes: KERNEL,
  }),
  leadsTo({
    id: "REF-14",
    name: "released-groups-answered",
    statement:
      "The groups of a released device that user space has are answered and freed, even if user space never answers.",
    source: coreRule("L1, L5"),
    witness: "REF-15",
    applies: here(leaves),
    reads: { queue, remover, param },
    when: ({ queue: q, remover: r }) => q.context.entries.length > 0 && r.context.op === "release",
    eventually: ({ param: p }) => p.context.groups.length === 0,
    assumes: KERNEL,
  }),
  sometimes({
    id: "REF-15",
    name: "user-group-at-release",
    statement: "User space has a group of a device that is being released.",
    source: coreRule("L5"),
    applies: here((host, bounds) => leaves(host, bounds) && handled(host, bounds)),
    reads: { queue, remover },
    holds: ({ queue: q, remover: r }) => q.context.entries.length > 0 && r.context.op === "release",
  }),
  leadsTo({
    id: "REF-16",
    name: "report-ends",
    statement: "The reporting thread finishes each request.",
    source: coreRule("I26, L1"),
    witness: "REF-12",
    applies: here(toggles),
    reads: { thread },
    when: ({ thread: t }) => t.state !== "idle",
    eventually: ({ thread: t }) => t.state === "idle",
    assumes: KERNEL,
  }),
  canAlways({
    id: "REF-17",
    name: "device-memory-can-free",
    statement: "Everything that was allocated for a device can always be freed.",
    source: coreRule("I11, L4; B31; vfio B-34"),
    witness: "REF-15",
    applies: here(leaves),
    reads: { param, device, table },
    parts: {
      "the device is freed": ({ device: d }) => d.state === "freed",
      "the table keeps nothing for it": ({ table: { context: t } }) => !t.data,
      "it is in no queue": ({ param: { context: p } }) => p.queue === null,
      "nobody names its removed parameters": ({ param: { context: p } }) => namers(p, true) === 0,
      "no partial fault is lost": ({ param: { context: p } }) => !p.lostPartials,
    },
  }),
  always({
    id: "REF-18",
    name: "last-request-answered",
    statement: "Every last request is answered, or the reporting thread or fault_param still has it.",
    source: hardwareRule("S12; H18"),
    witness: "REF-19",
    applies: here(leaves),
    reads: { indices, thread, param },
    holds: ({ indices: all_, thread: t, param: p }) =>
      all_.every(
        ({ state, context: { index } }) =>
          state !== "waiting" || t.context.fault?.grp === index || hasLast(p.context, index),
      ),
  }),
  sometimes({
    id: "REF-19",
    name: "device-not-found",
    statement: "The device of a last request is not found.",
    source: hardwareRule("H18"),
    applies: here(leaves),
    reads: { thread, table },
    holds: ({ thread: t, table: d }) => t.state === "finding" && t.context.fault!.last && !d.context.listed,
  }),
  // pci_destroy_dev() calls device_del(), in which dev_iommu_free() writes to struct device, and then put_device().
  always({
    id: "REF-20",
    name: "device-outlives-its-data",
    statement: "struct device is not freed before dev->iommu is.",
    source: coreRule("I32"),
    witness: "REF-21",
    applies: here(leaves),
    reads: { table, device },
    given: { "the device is freed": ({ device: d }) => d.state === "freed" },
    parts: { "nothing names its fault data": ({ table: t }) => !t.context.data },
  }),
  sometimes({
    id: "REF-21",
    name: "data-freed-device-held",
    statement: "dev->iommu of a device is freed, and struct device is not.",
    source: coreRule("I32"),
    applies: here((host, bounds) => leaves(host, bounds) && host.deviceRelease !== "put-first"),
    reads: { table, device },
    holds: ({ table: t, device: d }) => d.state !== "freed" && !t.context.data,
  }),
] as const;
