/** Devices of the selftest of iommufd in Linux 7.3, with their HWPTs and fault queues, wired as the recordings had them. */
import type { Message } from "../../../../checker/json.ts";
import { call, defineSystem, type Component, type System } from "../../../../checker/system.ts";
import { attachHandles } from "../../../../model/machines/linux/iommu/io-pgfault/6.12/attach-handles.ts";
import { faultParam, LINUX_6_12 } from "../../../../model/machines/linux/iommu/io-pgfault/6.12/fault-param.ts";
import { iopfQueue } from "../../../../model/machines/linux/iommu/io-pgfault/6.12/iopf-queue.ts";
import { reporter } from "../../../../model/machines/linux/iommu/io-pgfault/6.12/reporter.ts";
import { outside } from "../../../../model/machines/linux/iommu/io-pgfault/outside.ts";
import { faultHandler } from "../../../../model/machines/linux/iommu/iommufd/fault/fault-handler.ts";
import { unallocatedFaultQueue } from "../../../../model/machines/linux/iommu/iommufd/fault/fault-queue.ts";
import { faultReader } from "../../../../model/machines/linux/iommu/iommufd/fault/fault-reader.ts";
import { faultWriter } from "../../../../model/machines/linux/iommu/iommufd/fault/fault-writer.ts";
import { fdCloser } from "../../../../model/machines/linux/iommu/iommufd/fault/fd-closer.ts";
import { objectTable } from "../../../../model/machines/linux/iommu/iommufd/objects-7.3/object-table.ts";
import { attachedPasids } from "../../../../model/machines/linux/iommu/iommufd/pasid-7.3/attached-pasids.ts";
import { ioctlThread } from "../../../../model/machines/linux/iommu/iommufd/pasid-7.3/ioctl-thread.ts";
import { iopfDriver } from "../../../../model/machines/linux/iommu/iommufd/pasid-7.3/iopf-driver.ts";
import { pageTables } from "../../../../model/machines/linux/iommu/iommufd/pasid-7.3/page-tables.ts";
import { coreRoutes612 } from "../../../../model/systems/iopf-core-6.12.ts";
import { iommufdRoutes } from "../../../../model/systems/iommufd-routes.ts";
import { LINUX_6_12_IOMMUFD } from "../6.12/iommufd-system.ts";

/** The IOPF queue that the selftest allocates as it is loaded. */
const IOPF_QUEUE = 0;
/** The PASID of which the selftest's driver fails every second set. */
const FAKE_ERROR = 1024;

export interface PasidSetting {
  /** How many devices and fault queues the script makes. */
  readonly devices: number;
  readonly queues: number;
}

export const paramOf = ({ device }: Message): string => `param${Number(device)}`;
const handlesOf = ({ device }: Message): string => `handles${Number(device)}`;
const groupOf = ({ device }: Message): string => `group${Number(device)}`;
export const faultQueueOf = (queue: unknown): string => `fault-queue${Number(queue)}`;
const queueOf = ({ queue }: Message): string => faultQueueOf(queue);
const by = ({ by: name }: Message): string => String(name);

const numbered = (count: number, of: (index: number) => [string, Component]): Record<string, Component> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => of(index)));

function components({ devices, queues }: PasidSetting): Record<string, Component> {
  const { handler, reader, writer } = LINUX_6_12_IOMMUFD;
  const groups = Array.from({ length: devices }, (_, device) => device);
  return {
    reporter: { machine: reporter, role: "reporter" },
    "iopf-queue": { machine: iopfQueue, role: "iopf-queue", input: { queue: IOPF_QUEUE } },
    objects: { machine: objectTable, role: "object-table" },
    tables: { machine: pageTables, role: "page-tables" },
    driver: { machine: iopfDriver, role: "iopf-driver", input: { queue: IOPF_QUEUE, fails: FAKE_ERROR } },
    thread: { machine: ioctlThread, role: "ioctl-thread", input: { name: "thread", groups } },
    "fault-handler": { machine: faultHandler, role: "fault-handler", input: { ...handler } },
    reader: { machine: faultReader, role: "fault-reader", input: { name: "reader", rules: { ...reader } } },
    writer: { machine: faultWriter, role: "fault-writer", input: { name: "writer", rules: { ...writer } } },
    closer: { machine: fdCloser, role: "fd-closer", input: { order: "read-then-drop" } },
    ...numbered(devices, (device) => [
      `param${device}`,
      { machine: faultParam, role: "fault-param", input: { device, rules: LINUX_6_12 } },
    ]),
    ...numbered(devices, (device) => [
      `handles${device}`,
      { machine: attachHandles, role: "attach-handles", input: { iommuGroup: device, userPasidTable: true } },
    ]),
    ...numbered(devices, (device) => [`group${device}`, { machine: attachedPasids, role: "attached-pasids" }]),
    ...numbered(queues, (queue) => [
      faultQueueOf(queue),
      { machine: unallocatedFaultQueue, role: "fault-queue", input: { queue, hwpts: 0 } },
    ]),
    outside: { machine: outside, role: "outside" },
  };
}

const OUTSIDE = "outside";
const OBJECT_CALLS = [
  ..."allocates publishes aborts looks-up locks puts refs unrefs".split(" "),
  ..."removes leaves drops-wait frees sweeps".split(" "),
].map((name) => `object.${name}`);

export function pasidSystem(setting: PasidSetting): System {
  const queues = Array.from({ length: setting.queues }, (_, queue) => faultQueueOf(queue));
  const routes = iommufdRoutes({
    queue: queueOf,
    param: paramOf,
    handles: handlesOf,
    woken: OUTSIDE,
    mutex: OUTSIDE,
    paging: OUTSIDE,
    calls: OUTSIDE,
    outside: OUTSIDE,
    // The last file of the context ends it.
    released: ["thread"],
    intake: OUTSIDE,
    enabler: "driver",
    hwptQueue: OUTSIDE,
    hwpt: OUTSIDE,
  });
  return defineSystem({
    name: "recorded-linux-7.3",
    parameters: {},
    components: components(setting),
    routes: [
      ...coreRoutes612({
        param: paramOf,
        queue: (message) => (message.type === "param.added" ? ["iopf-queue", "driver"] : "iopf-queue"),
        handles: handlesOf,
        handler: "fault-handler",
        driver: OUTSIDE,
        attacher: OUTSIDE,
        borrowers: ["fault-handler", ...queues],
        caller: OUTSIDE,
        flusher: OUTSIDE,
        owner: "fault-handler",
        log: OUTSIDE,
      }),
      call("reporter", ["reported"], "thread", "drop"),
      ...routes.filter(({ from }) => from !== "control-thread" && from !== "fd-closer"),
      call("fd-closer", ["file.closes"], queueOf, "block"),
      call("fd-closer", ["object.reads-context"], queueOf),
      call("fd-closer", ["file.drops"], (message) => [queueOf(message), "thread"]),
      call("fd-closer", ["file.released"], (message) => [queueOf(message), "thread"]),
      call("ioctl-thread", OBJECT_CALLS, "objects"),
      call("ioctl-thread", ["object.awaits"], "objects", "block"),
      call("ioctl-thread", ["object.destroys"], OUTSIDE),
      call("object-table", ["object.found", "object.allocated", "object.answered"], by),
      call(
        "ioctl-thread",
        ["hwpt.looks", "hwpt.lists", "hwpt.makes", "hwpt.queues", "hwpt.becomes-auto", "hwpt.frees"],
        "tables",
      ),
      call("page-tables", ["hwpt.seen", "hwpt.listed"], by),
      call(
        "ioctl-thread",
        [
          "group.looks",
          "group.stores",
          "group.adds",
          "group.removes",
          "group.clears",
          "device.binds",
          "device.unbinds",
        ],
        groupOf,
      ),
      call("attached-pasids", ["group.seen"], by),
      call("ioctl-thread", ["domain.sets"], "driver"),
      call("iopf-driver", ["domain.set"], by),
      call("iopf-driver", ["queue.adds", "queue.removes"], "iopf-queue"),
      call("ioctl-thread", ["handle.inserts", "handle.replaces", "handle.erases", "handle.frees"], handlesOf),
      call("ioctl-thread", ["lock.acquires", "lock.releases", "allocation.fails", "ioctl.returns"], OUTSIDE),
      call("ioctl-thread", ["answers.gathers", "answers.takes-next", "queue.destroys", "file.closes"], queueOf),
      call("ioctl-thread", ["queue.creates", "file.drops"], queueOf),
      call("ioctl-thread", ["group.responds", "group.frees"], paramOf),
      call("ioctl-thread", ["driver.reports-fault"], "reporter"),
    ],
    properties: [],
    // The IOAS that every script begins with.
    prologue: [
      { kind: "event", component: "objects", event: { type: "object.allocates", by: OUTSIDE, kind: "ioas", at: 0 } },
      { kind: "event", component: "objects", event: { type: "object.publishes", kind: "ioas", at: 0 } },
    ],
  });
}
