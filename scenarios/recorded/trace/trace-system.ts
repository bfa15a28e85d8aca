/**
 * The system that a trace is a run of: the IOPF core of Linux 6.12 and the fault queues of iommufd, with as many threads,
 * devices, IOMMU groups and queues as the trace has.
 *
 * A thread of the trace has a machine for each call that it may be in (trace-machines.ts). An IOMMU group has a control thread,
 * which works for whoever makes the ioctl. A thread that discards partial faults is the page request thread of an IOMMU, and
 * has its queue and its IOPF queue; devices of no such thread are on one IOPF queue, which nobody discards.
 */
import { defineSystem, type Component, type System } from "../../../checker/system.ts";
import { iopfQueue } from "../../../model/machines/linux/iommu/io-pgfault/6.12/iopf-queue.ts";
import { outside } from "../../../model/machines/linux/iommu/io-pgfault/outside.ts";
import { unallocatedFaultQueue } from "../../../model/machines/linux/iommu/iommufd/fault/fault-queue.ts";
import { mockDriver } from "../../../model/machines/linux/iommu/iommufd/mock-driver.ts";
import { mutex } from "../../../model/machines/linux/lib/mutex.ts";
import { domainsOf } from "./hwpts.ts";
import { groupMachines, paramMachine, requestMachines, threadMachines } from "./trace-machines.ts";
import { traceRoutes } from "./trace-routes.ts";
import { groupOf, groupsIn, range, type TraceSize } from "./trace-size.ts";

export function traceSystem(size: TraceSize): System {
  const { slots, devices, queues, absent = [], withoutPasidTable = [], requestThreads = [] } = size;
  const components: Record<string, Component> = {
    outside: { machine: outside, role: "outside" },
    driver: { machine: mockDriver, input: { hasQueue: true }, role: "driver" },
    iopf: { machine: iopfQueue, input: { queue: 0 }, role: "iopf-queue" },
  };
  for (const slot of range(slots)) Object.assign(components, threadMachines(slot));
  for (const { slot } of requestThreads) Object.assign(components, requestMachines(slot));
  for (const device of range(devices)) components[`param-${device}`] = paramMachine(device);
  for (const group of groupsIn(size)) {
    const present = range(devices).filter((device) => groupOf(size, device) === group && !absent.includes(device));
    Object.assign(components, groupMachines(group, present, domainsOf(queues), !withoutPasidTable.includes(group)));
  }
  for (const queue of range(queues)) {
    components[`queue-${queue}`] = { machine: unallocatedFaultQueue, input: { queue, hwpts: 0 }, role: "queue" };
    components[`mutex-${queue}`] = { machine: mutex, role: "mutex" };
  }
  return defineSystem({
    name: "traced-linux-6.12",
    parameters: { slots, devices, queues },
    components,
    routes: traceRoutes(size),
    properties: [],
  });
}
