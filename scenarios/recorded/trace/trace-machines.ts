/** The machines of a traced system (trace-system.ts), with the rules of Linux 6.12.117. */
import type { Component } from "../../../checker/system.ts";
import { attachHandles, type Domain } from "../../../model/machines/linux/iommu/io-pgfault/6.12/attach-handles.ts";
import { faultParam } from "../../../model/machines/linux/iommu/io-pgfault/6.12/fault-param.ts";
import { iopfQueue, queueSteps } from "../../../model/machines/linux/iommu/io-pgfault/6.12/iopf-queue.ts";
import { reporter, reporterSteps } from "../../../model/machines/linux/iommu/io-pgfault/6.12/reporter.ts";
import { iommuGroup } from "../../../model/machines/linux/iommu/iommufd/attach/iommu-group.ts";
import { controlSteps, controlThread } from "../../../model/machines/linux/iommu/iommufd/fault/control-thread.ts";
import {
  faultHandler,
  faultHandlerSteps,
  type FaultHandlerRules,
} from "../../../model/machines/linux/iommu/iommufd/fault/fault-handler.ts";
import { faultReader, faultReaderSteps } from "../../../model/machines/linux/iommu/iommufd/fault/fault-reader.ts";
import { faultWriter, faultWriterSteps } from "../../../model/machines/linux/iommu/iommufd/fault/fault-writer.ts";
import { fdCloser, fdCloserSteps } from "../../../model/machines/linux/iommu/iommufd/fault/fd-closer.ts";
import { queueOf, queueThread } from "../../../model/systems/page-request-path.ts";
import { iommufdHosts } from "../../../model/systems/studies/iommufd-design.ts";

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
export const threadMachines = (slot: number): Record<string, Component> => ({
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
});

/** The page request thread of an IOMMU, its queue, and its IOPF queue. How many requests the queue holds shows in no line. */
export const requestMachines = (slot: number): Record<string, Component> => ({
  [`ring-${slot}`]: { machine: queueOf(1), role: "page-request-queue" },
  [`prq-${slot}`]: queueThread("prq-thread", true),
  [`iopf-${slot}`]: { machine: iopfQueue, input: { queue: 0 }, role: "iopf-queue", events: queueSteps },
});

/** dev->iommu->fault_param. */
export const paramMachine = (device: number): Component => ({ machine: faultParam, input: { device }, role: "param" });

/** An IOMMU group, its PASID table, and whoever attaches it. */
export const groupMachines = (
  group: number,
  devices: readonly number[],
  domains: readonly Domain[],
  userPasidTable: boolean,
): Record<string, Component> => ({
  [`group-${group}`]: { machine: iommuGroup, input: { iommuGroup: group, devices: [...devices] }, role: "iommu-group" },
  [`handles-${group}`]: {
    machine: attachHandles,
    input: { iommuGroup: group, userPasidTable },
    role: "handles",
  },
  [`control-${group}`]: {
    machine: controlThread,
    input: { rules: CONTROL, domains: [...domains], attached: null, name: `control-${group}`, iommuGroup: group },
    role: "control",
    events: controlSteps,
  },
});
