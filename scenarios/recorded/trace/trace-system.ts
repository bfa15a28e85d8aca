/**
 * The system that a trace is a run of: the IOPF core of Linux 6.12 and the fault queues of iommufd, with as many threads,
 * devices and queues as the trace has.
 *
 * A thread of the trace has a machine for each call that it may be in. A device is alone in its IOMMU group and has a control
 * thread, which works for whoever makes the ioctl.
 */
import type { Message } from "../../../checker/json.ts";
import { call, defineSystem, type Component, type System } from "../../../checker/system.ts";
import { attachHandles, type Domain } from "../../../model/machines/linux/iommu/io-pgfault/6.12/attach-handles.ts";
import { faultParam } from "../../../model/machines/linux/iommu/io-pgfault/6.12/fault-param.ts";
import { reporter, reporterSteps } from "../../../model/machines/linux/iommu/io-pgfault/6.12/reporter.ts";
import { outside } from "../../../model/machines/linux/iommu/io-pgfault/outside.ts";
import { controlSteps, controlThread } from "../../../model/machines/linux/iommu/iommufd/fault/control-thread.ts";
import {
  faultHandler,
  faultHandlerSteps,
  type FaultHandlerRules,
} from "../../../model/machines/linux/iommu/iommufd/fault/fault-handler.ts";
import { unallocatedFaultQueue } from "../../../model/machines/linux/iommu/iommufd/fault/fault-queue.ts";
import { faultReader, faultReaderSteps } from "../../../model/machines/linux/iommu/iommufd/fault/fault-reader.ts";
import { faultWriter, faultWriterSteps } from "../../../model/machines/linux/iommu/iommufd/fault/fault-writer.ts";
import { fdCloser, fdCloserSteps } from "../../../model/machines/linux/iommu/iommufd/fault/fd-closer.ts";
import { mutex } from "../../../model/machines/linux/lib/mutex.ts";
import { iommufdHosts } from "../../../model/systems/studies/iommufd-design.ts";

export interface TraceSize {
  /** Threads that are inside the kernel at the same time, at most. */
  readonly slots: number;
  readonly devices: number;
  readonly queues: number;
}

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, k) => k);

/** HWPTs: two without a fault queue, then two for each queue, so that each can be replaced by another of its kind. */
export const hwptsOf = (queue: number | null): readonly number[] =>
  queue === null ? [0, 1] : [2 + 2 * queue, 3 + 2 * queue];

export const domainsOf = (queues: number): readonly Domain[] => [
  ...hwptsOf(null).map((): Domain => ({ handler: null, nested: false })),
  ...range(queues).flatMap((queue) =>
    hwptsOf(queue).map((hwpt): Domain => ({ handler: { hwpt, queue, parent: false }, nested: true })),
  ),
];

const { design } = iommufdHosts["linux-6.12.117"];
const HANDLER: FaultHandlerRules = {
  publishes: design.deliverOwner === "handler" ? "dequeued" : "shared",
  deliverLock: design.deliverLock,
  wakes: design.wakesPoller,
};
const CONTROL = {
  detach: design.hwptDetach,
  replace: design.hwptReplace,
  replaceAnswers: design.replaceAnswers,
  destroyAnswers: design.destroyAnswers,
};
const READER = {
  counts: design.readCounts,
  onCopyFailure: design.onCopyFailure,
  restoresAt: design.restoresAt,
  tooSmall: design.shortBuffer,
};

/** Machines of one thread of the trace. */
function threadMachines(slot: number): Record<string, Component> {
  return {
    [`reporter-${slot}`]: { machine: reporter, role: "reporter", events: reporterSteps("succeed") },
    [`handler-${slot}`]: {
      machine: faultHandler,
      input: { ...HANDLER },
      role: "handler",
      events: faultHandlerSteps(HANDLER),
    },
    [`reader-${slot}`]: {
      machine: faultReader,
      input: { name: `reader-${slot}`, rules: READER },
      role: "reader",
      events: faultReaderSteps,
    },
    [`writer-${slot}`]: {
      machine: faultWriter,
      input: { name: `writer-${slot}`, rules: { locks: design.writerLocks, reports: design.writeReports } },
      role: "writer",
      events: faultWriterSteps,
    },
    [`closer-${slot}`]: {
      machine: fdCloser,
      input: { order: design.fdCloseOrder },
      role: "closer",
      events: fdCloserSteps,
    },
    [`destroyer-${slot}`]: {
      machine: controlThread,
      input: { rules: CONTROL, domains: [], attached: null, name: `destroyer-${slot}` },
      role: "control",
      events: controlSteps,
    },
  };
}

/** dev->iommu->fault_param, the PASID table of its group, and whoever attaches it. */
function deviceMachines(device: number, domains: readonly Domain[]): Record<string, Component> {
  return {
    [`param-${device}`]: { machine: faultParam, input: { device }, role: "param" },
    [`handles-${device}`]: {
      machine: attachHandles,
      input: { iommuGroup: device, userPasidTable: true },
      role: "handles",
    },
    [`control-${device}`]: {
      machine: controlThread,
      input: { rules: CONTROL, domains: [...domains], attached: null, name: `control-${device}`, iommuGroup: device },
      role: "control",
      events: controlSteps,
    },
  };
}

/** Which thread of the trace takes the steps of a component: a slot, or whoever called the control thread of a device. */
export const threadOf = (component: string): string =>
  /^(?:reporter|handler|reader|writer|closer|destroyer)-/.test(component)
    ? `slot-${component.slice(component.indexOf("-") + 1)}`
    : component;

export function traceSystem({ slots, devices, queues }: TraceSize): System {
  const components: Record<string, Component> = { outside: { machine: outside, role: "outside" } };
  for (const slot of range(slots)) Object.assign(components, threadMachines(slot));
  for (const device of range(devices)) Object.assign(components, deviceMachines(device, domainsOf(queues)));
  for (const queue of range(queues)) {
    components[`queue-${queue}`] = { machine: unallocatedFaultQueue, input: { queue, hwpts: 0 }, role: "queue" };
    components[`mutex-${queue}`] = { machine: mutex, role: "mutex" };
  }
  const ofDevice = (prefix: string) => (message: Message) => `${prefix}-${Number(message["device"])}`;
  const param = ofDevice("param");
  const queue = (message: Message) => `queue-${Number(message["queue"])}`;
  const lock = (message: Message) => `mutex-${Number(message["queue"])}`;
  const by = (message: Message) => String(message["by"]);
  const owned = (prefix: string) => (_: Message, sender: string) => sender.replace(/^\w+/, prefix);
  const all = (prefix: string, count: number) => range(count).map((k) => `${prefix}-${k}`);
  const reporters = all("reporter", slots);
  const borrowers = [...reporters, ...all("handler", slots), ...all("queue", queues)];
  const locks = (role: string) => [call(role, ["lock.acquires"], lock, "block"), call(role, ["lock.releases"], lock)];
  return defineSystem({
    name: "traced-linux-6.12",
    parameters: { slots, devices, queues },
    components,
    routes: [
      call("reporter", ["handle.looks-up"], ofDevice("handles")),
      call("reporter", ["param.gets"], param, "block"),
      call("reporter", ["param.puts", "partial.pushes", "group.collects", "group.responds", "group.frees"], param),
      call("reporter", ["group.forgets"], param),
      call("reporter", ["group.delivered"], owned("handler")),
      call("reporter", ["driver.page-response", "reported", "kernel.warns", "kernel.logs"], "outside"),
      call("reporter", ["allocation.fails"], "outside"),
      call("handles", ["handle.found"], () => reporters, "drop"),
      call("handles", ["handle.changed"], (message) => `control-${Number(message["iommuGroup"])}`, "drop"),
      // A ghost, which marks borrowed pointers as dangling: no line shows it, and it would tie every thread to every other.
      call("handles", ["handle.freed"], () => []),
      call("param", ["param.got", "group.built"], () => reporters, "drop"),
      call("param", ["param.added"], ofDevice("control"), "drop"),
      call("param", ["param.removed", "driver.page-response", "kernel.warns", "allocation.fails"], "outside"),
      call("param", ["flush.returns"], "outside"),
      call("param", ["group.freed"], () => borrowers, "drop"),
      call("handler", ["group.dequeues", "group.forgets"], param),
      call("handler", ["handler.returns"], owned("reporter")),
      call("handler", ["deliver.appends"], queue),
      call("handler", ["queue.wakes"], "outside"),
      ...locks("handler"),
      call("queue", ["deliver.seen", "deliver.fetched", "response.taken", "answer.taken", "queue.claimed"], by, "drop"),
      call("queue", ["group.forgets"], param),
      call("reader", ["file.gets"], queue, "block"),
      call("reader", ["file.puts", "deliver.looks", "deliver.fetches", "deliver.restores", "deliver.keeps"], queue),
      call("reader", ["paging.requests", "copy.fails", "poll.returns", "read.returns"], "outside"),
      ...locks("reader"),
      call("writer", ["file.gets"], queue, "block"),
      call("writer", ["file.puts", "response.takes"], queue),
      call("writer", ["group.responds", "group.frees"], param),
      call("writer", ["copy.fails", "write.returns"], "outside"),
      ...locks("writer"),
      call("closer", ["file.closes"], queue, "block"),
      call("closer", ["object.reads-context", "file.drops", "file.released"], queue),
      call("control", ["intake.opens", "intake.blocks", "intake.drains", "intake.awaits"], "outside"),
      call("control", ["handle.inserts", "handle.replaces", "handle.erases", "handle.frees"], owned("handles")),
      call("control", ["param.adds", "param.removes", "group.responds", "group.frees"], param),
      call("control", ["queue.unrefs", "answers.gathers", "answers.takes-next", "queue.destroys"], queue),
      call("control", ["hwpt.gets", "hwpt.puts", "control.returns", "kernel.warns", "allocation.fails"], "outside"),
      call("control", ["queue.refs", "queue.claims", "queue.creates"], queue, "block"),
      ...locks("control"),
    ],
    properties: [],
  });
}
