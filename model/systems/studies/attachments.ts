/** Page tables that are attached to the devices of a group, replaced, and detached, with page faults that go on and off. */
import type { Message } from "../../../checker/json.ts";
import { call, takesSteps, type Component, type Route } from "../../../checker/system.ts";
import { attachStates } from "../../machines/linux/iommu/iommufd/attach/attach-states.ts";
import { attachThread, attachThreadSteps } from "../../machines/linux/iommu/iommufd/attach/attach-thread.ts";
import { faultReports, faultReportsSteps } from "../../machines/vmm/fault-reports.ts";
import { faultingDevice, faultingDeviceSteps } from "../../machines/device/faulting-device.ts";
import { iommufdGroup } from "../../machines/linux/iommu/iommufd/attach/iommufd-group.ts";
import { pageTable, pageTableSteps } from "../../machines/linux/iommu/iommufd/attach/page-table.ts";
import { mutex } from "../../machines/linux/lib/mutex.ts";
import { range } from "../configuration.ts";
import { field } from "../host-side.ts";
import type { Study, Wiring } from "../study.ts";
import {
  attachmentsBounds,
  attachmentsHosts,
  type AttachmentsDesign,
  type AttachmentsSizes,
} from "./attachments-design.ts";
import { attachmentsKnobs, attachmentsSizeKnobs } from "./attachments-knobs.ts";

const CUT =
  "The fault queue is one list, and the IOMMU is the page table that each device uses. Attaching, replacing and " +
  "detaching exclude each other by the lock of the group. The way of a fault is in iommufd and teardown. One lock " +
  "stands for the lock of iommufd and that of the IOMMU core. Hidden: a fault between two steps of a drain, devices " +
  "of several groups, and a second PASID.";

/** The page tables that have a fault queue. */
const FAULTING = [0] as const;

function componentsOf(design: AttachmentsDesign, sizes: AttachmentsSizes): { readonly [name: string]: Component } {
  const devices = range(sizes.groupDevices);
  const tables = range(sizes.pageTables);
  const rules = {
    enabledOn: design.iopfEnabledOn,
    enable: design.iopfEnable,
    enabledFor: design.iopfEnabledFor,
    wayBack: design.attachUnwind,
    replacedBy: design.replacedBy,
    counts: design.attachCounts,
    detachReads: design.detachReads,
    disables: design.iopfDisables,
    failedSwitch: design.failedSwitch,
    replacedCount: design.replacedCount,
    replaceDisables: design.replaceDisables,
    answers: design.replaceAnswers,
    pasidRevert: design.pasidRevert,
  };
  const thread = (name: string, self: number | null): Component => ({
    machine: attachThread,
    input: {
      name,
      rules,
      slot: self === null ? "pasid" : "rid",
      self,
      devices,
      withPri: sizes.deviceOwnFaults ? devices.slice(0, -1) : devices,
      faulting: [...FAULTING],
    },
    role: "attach-thread",
    events: [
      ...tables.map((hwpt) => ({ type: "user.attaches", hwpt })),
      ...(self === null ? [] : tables.map((hwpt) => ({ type: "user.replaces", hwpt }))),
      { type: "user.detaches" },
      ...(sizes.devicesUnbind && self !== null ? [{ type: "user.unbinds" }, { type: "user.binds" }] : []),
      ...attachThreadSteps,
      ...(sizes.attachFails ? [{ type: "thread.fails" }] : []),
    ],
  });
  /** Attachments of a device at a time, of which a replace has both, and one that was forgotten. */
  const most = (sizes.pageTables > 1 ? 2 : 1) + (sizes.attachesPasid ? 1 : 0) + 1;
  const perDevice = devices.flatMap((device): readonly (readonly [string, Component])[] => [
    [`user${device}`, thread(`user${device}`, device)],
    [
      `states${device}`,
      { machine: attachStates, input: { device, removal: design.pasidRemoval }, role: "attach-states" },
    ],
    [
      `device${device}`,
      {
        machine: faultingDevice,
        input: { device, most, faulting: [...FAULTING] },
        role: "faulting-device",
        events: faultingDeviceSteps,
      },
    ],
  ]);
  return {
    ...Object.fromEntries(
      tables.map((hwpt) => [
        `table${hwpt}`,
        {
          machine: pageTable,
          input: { hwpt },
          role: "page-table",
          events: sizes.tablesGo ? pageTableSteps : [],
        },
      ]),
    ),
    group: {
      machine: iommufdGroup,
      input: { names: design.reportNames, faulting: [...FAULTING] },
      role: "iommufd-group",
    },
    reports: { machine: faultReports, role: "fault-reports", events: faultReportsSteps },
    ...Object.fromEntries(perDevice),
    ...(sizes.attachesPasid ? { binder: thread("binder", null) } : {}),
    "group-lock": { machine: mutex, role: "mutex", lane: "igroup->lock" },
  };
}

const named =
  (prefix: string, name: string) =>
  (message: Message): string =>
    `${prefix}${message[name] as number}`;
const byName = (message: Message): string => field(message, "by");

const ROUTES: readonly Route[] = [
  call("attach-thread", ["lock.acquires"], (message) => field(message, "lock"), "block"),
  call("attach-thread", ["lock.releases"], (message) => field(message, "lock")),
  call("attach-thread", ["group.looks", "group.stores", "group.adds", "group.removes"], "group"),
  call("attach-thread", ["group.forgets"], "group", "drop"),
  call("attach-thread", ["hwpt.gets", "hwpt.puts"], named("table", "hwpt")),
  call("attach-thread", ["state.prepares", "state.releases"], named("states", "device")),
  call(
    "attach-thread",
    ["iopf.joins", "iopf.turns-on", "iopf.counts", "iopf.uncounts", "iopf.turns-off", "iopf.leaves", "device.switches"],
    named("device", "device"),
  ),
  call("attach-thread", ["iopf.forgets"], named("device", "device")),
  call("faulting-device", ["iopf.refused"], byName),
  call("attach-thread", ["reports.answers"], "reports"),
  call("iommufd-group", ["group.seen"], byName),
  call("iommufd-group", ["fault.queued", "report.named"], "reports"),
  call("iommufd-group", ["fault.answered"], named("device", "device")),
  call("page-table", ["hwpt.got"], byName),
  call("page-table", ["hwpt.returns", "queue.refs", "queue.unrefs"], () => []),
  call("attach-states", ["domain.takes", "domain.drops"], named("table", "hwpt")),
  call("faulting-device", ["fault.reports"], "group"),
  call("fault-reports", ["report.names"], "group"),
  call("fault-reports", ["fault.answered"], named("device", "device")),
];

/** Threads go on with a call that they have begun; what is called, and whether user space reads, is free. */
function fairnessOf({ groupDevices, attachesPasid }: AttachmentsSizes): NonNullable<Wiring["fairness"]> {
  const threads = [...range(groupDevices).map((device) => `user${device}`), ...(attachesPasid ? ["binder"] : [])];
  return {
    threads: threads.map((thread) => takesSteps(thread, "weak", ["thread.steps"])),
    hardware: [],
    devices: [],
    lock: threads.map((thread) => takesSteps(thread, "strong", ["thread.locks"])),
  };
}

export const attachments: Study<AttachmentsDesign, AttachmentsSizes> = {
  name: "attachments",
  sentence: "Page tables attached to the devices of a group: references, page faults on and off, and error paths.",
  cut: CUT,
  hosts: attachmentsHosts,
  knobs: attachmentsKnobs,
  sizeKnobs: attachmentsSizeKnobs,
  bounds: attachmentsBounds,
  compose: (design, sizes) => ({
    components: componentsOf(design, sizes),
    routes: ROUTES,
    fairness: fairnessOf(sizes),
  }),
};
