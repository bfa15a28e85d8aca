/**
 * The way of a page fault in Linux 7.3, from the driver of the selftest to the fault queues of iommufd: the IOPF core, the
 * fault handler and the threads on the files of the queues, as in 6.12 (their rules of 7.3.4 are the same), between the
 * objects of 7.3.
 */
import type { Message } from "../../checker/json.ts";
import { call, type Component, type Route } from "../../checker/system.ts";
import { attachHandles } from "../machines/linux/iommu/io-pgfault/6.12/attach-handles.ts";
import { faultParam, LINUX_6_12 } from "../machines/linux/iommu/io-pgfault/6.12/fault-param.ts";
import { iopfQueue } from "../machines/linux/iommu/io-pgfault/6.12/iopf-queue.ts";
import { reporter } from "../machines/linux/iommu/io-pgfault/6.12/reporter.ts";
import { faultHandler, type FaultHandlerRules } from "../machines/linux/iommu/iommufd/fault/fault-handler.ts";
import { unallocatedFaultQueue } from "../machines/linux/iommu/iommufd/fault/fault-queue.ts";
import type { FaultReaderRules } from "../machines/linux/iommu/iommufd/fault/fault-reader-messages.ts";
import { faultReader } from "../machines/linux/iommu/iommufd/fault/fault-reader.ts";
import { faultWriter, type FaultWriterRules } from "../machines/linux/iommu/iommufd/fault/fault-writer.ts";
import { coreRoutes612 } from "./iopf-core-6.12.ts";
import { iommufdRoutes } from "./iommufd-routes.ts";
import type { Ends73 } from "./iommufd-7.3.ts";

export interface Faults73 {
  readonly devices: number;
  readonly queues: number;
  readonly handler: FaultHandlerRules;
  readonly reader: FaultReaderRules;
  readonly writer: FaultWriterRules;
}

const paramOf = ({ device }: Message): string => `param-${Number(device)}`;
const handlesOf = ({ device }: Message): string => `handles-${Number(device)}`;
const queueOf = ({ queue }: Message): string => `fault-queue-${Number(queue)}`;

const numbered = (count: number, of: (index: number) => [string, Component]): Record<string, Component> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => of(index)));

export const faults73 = ({ devices, queues, handler, reader, writer }: Faults73): Record<string, Component> => ({
  reporter: { machine: reporter, role: "reporter" },
  "iopf-queue": { machine: iopfQueue, role: "iopf-queue", input: { queue: 0 } },
  "fault-handler": { machine: faultHandler, role: "fault-handler", input: { ...handler } },
  "fault-reader": { machine: faultReader, role: "fault-reader", input: { name: "fault-reader", rules: { ...reader } } },
  "fault-writer": { machine: faultWriter, role: "fault-writer", input: { name: "fault-writer", rules: { ...writer } } },
  ...numbered(devices, (device) => [
    `param-${device}`,
    { machine: faultParam, role: "fault-param", input: { device, rules: LINUX_6_12 } },
  ]),
  ...numbered(devices, (device) => [
    `handles-${device}`,
    { machine: attachHandles, role: "attach-handles", input: { iommuGroup: device, userPasidTable: true } },
  ]),
  ...numbered(queues, (queue) => [
    `fault-queue-${queue}`,
    { machine: unallocatedFaultQueue, role: "fault-queue", input: { queue, hwpts: 0 } },
  ]),
});

/** What the objects have around them. */
export const endsOfFaults73 = (outside: string): Ends73 => ({
  outside,
  iopfQueue: "iopf-queue",
  param: paramOf,
  handles: handlesOf,
  faultQueue: queueOf,
  reporter: "reporter",
});

/** Roles that only older kernels, or other systems, have between these machines. */
const ABSENT: readonly string[] = ["control-thread", "fd-closer"];

/** `caller`: the thread that lets a driver report, and `outside` hears all else. */
export function faultRoutes73({ queues }: Faults73, caller: string, outside: string): readonly Route[] {
  const all = Array.from({ length: queues }, (_, queue) => `fault-queue-${queue}`);
  return [
    ...coreRoutes612({
      param: paramOf,
      queue: "iopf-queue",
      handles: handlesOf,
      handler: "fault-handler",
      driver: outside,
      attacher: outside,
      borrowers: ["fault-handler", ...all],
      caller: outside,
      flusher: outside,
      owner: "fault-handler",
      log: outside,
    }),
    call("reporter", ["reported"], caller),
    ...iommufdRoutes({
      queue: queueOf,
      param: paramOf,
      handles: handlesOf,
      woken: outside,
      mutex: outside,
      paging: outside,
      calls: outside,
      outside,
      released: [],
      intake: outside,
      enabler: outside,
      hwptQueue: outside,
      hwpt: outside,
    }).filter(({ from }) => !ABSENT.includes(from)),
  ];
}
