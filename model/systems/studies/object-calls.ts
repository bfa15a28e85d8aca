/** Threads inside calls of iommufd of Linux 7.3: who destroys what, who waits for whom, and what the others see. */
import { call, takesSteps, type Component } from "../../../checker/system.ts";
import { EFAULT, ENOMEM } from "../../machines/linux/include/iommu.ts";
import { callThread } from "../../machines/linux/iommu/iommufd/objects-7.3/call-thread.ts";
import { eventReporter, eventReporterSteps } from "../../machines/linux/iommu/iommufd/objects-7.3/event-reporter.ts";
import { iommufdDevice } from "../../machines/linux/iommu/iommufd/objects-7.3/iommufd-device.ts";
import { SELFTEST } from "../../machines/linux/iommu/iommufd/objects-7.3/mock-device.ts";
import { mockViommu } from "../../machines/linux/iommu/iommufd/objects-7.3/mock-viommu.ts";
import type { Entry } from "../../machines/linux/iommu/iommufd/objects-7.3/object-entries.ts";
import type { Named, ObjectKind } from "../../machines/linux/iommu/iommufd/objects-7.3/object-messages.ts";
import { objectTable } from "../../machines/linux/iommu/iommufd/objects-7.3/object-table.ts";
import { vdevice } from "../../machines/linux/iommu/iommufd/objects-7.3/objects.ts";
import { veventq, VEVENTQ_7_3 } from "../../machines/linux/iommu/iommufd/objects-7.3/veventq.ts";
import { viommu } from "../../machines/linux/iommu/iommufd/objects-7.3/viommu.ts";
import { mutex } from "../../machines/linux/lib/mutex.ts";
import { rwSemaphore } from "../../machines/linux/lib/rw-semaphore.ts";
import { range } from "../configuration.ts";
import { callRoutes73, lockName } from "../iommufd-7.3.ts";
import { field } from "../host-side.ts";
import type { Study } from "../study.ts";
import { objectCallsHosts, type ObjectCallsDesign, type ObjectCallsSizes } from "./object-calls-design.ts";
import { objectCallsKnobs, objectCallsSizeKnobs } from "./object-calls-knobs.ts";

const CUT =
  "The objects are there from the start: a vIOMMU with one vDEVICE and one vEVENTQ whose file is closed, and two bound " +
  "devices. Attaching, reading events and hardware queues are left out; the replay of recordings has them. Hidden: a race " +
  "with one of those, with the allocation of a vIOMMU or a vEVENTQ, and with the end of the context.";

const named = (kind: ObjectKind, at: number): Named => ({ kind, at });
const PARENT = named("hwpt-paging", 0);
const VIOMMU = named("viommu", 0);
const VDEVICE = named("vdevice", 0);
const VEVENTQ = named("veventq", 0);
const DEVICE = named("device", 0);
const OTHER = named("device", 1);
const NESTED = named("hwpt-nested", 0);
const VIRT = 7;

/** In the order of their IDs, which begin at 1. */
const ALL = [DEVICE, PARENT, VIOMMU, VDEVICE, VEVENTQ, OTHER, NESTED];
const idOf = (one: Named): number => ALL.indexOf(one) + 1;

/** Each with 1 for the table; a device has VFIO as a user, and its vDEVICE. */
function entriesOf({ vdeviceHolds }: ObjectCallsDesign, { driverReports }: ObjectCallsSizes): readonly Entry[] {
  const held = vdeviceHolds === "device" ? 1 : 0;
  const attached = driverReports > 0 ? 1 : 0;
  const users = new Map([
    [DEVICE, 2 + held],
    [OTHER, 2],
    [PARENT, 2],
    [VIOMMU, 3 + attached],
  ]);
  return ALL.filter((one) => one !== NESTED || attached === 1).map((one) => ({
    ...one,
    id: idOf(one),
    place: "visible",
    users: users.get(one) ?? 1,
    waits: one === DEVICE ? 1 + held : 1,
  }));
}

const begins = (name: string, args: object, memory: object, names: object) => ({
  type: "call.begins",
  call: name,
  args: { ...args },
  memory: { ...memory },
  names: { ...names },
});
const DESTROYS = [VIOMMU, VDEVICE, VEVENTQ].map((meant) =>
  begins("object-destroy", { target: idOf(meant) }, {}, { meant }),
);
const makes = (memory: number) =>
  [DEVICE, OTHER].map((device) =>
    begins("vdevice-alloc", { viommu: idOf(VIOMMU), device: idOf(device), virt: VIRT }, { vdevice: memory }, {}),
  );
const STEP = { type: "thread.steps" };
const FAILS = [ENOMEM, EFAULT].map((error) => ({ type: "thread.fails", error }));

export const objectCalls: Study<ObjectCallsDesign, ObjectCallsSizes> = {
  name: "object-calls",
  sentence: "Calls of iommufd beside each other: destroy against use, unbind, allocation and a report of the driver.",
  cut: CUT,
  hosts: objectCallsHosts,
  knobs: objectCallsKnobs,
  sizeKnobs: objectCallsSizeKnobs,
  bounds: {
    small: { userDestroys: 2, destroysEach: 1, deviceUnbinds: true, vdeviceAllocs: 0, driverReports: 0 },
    default: { userDestroys: 2, destroysEach: 2, deviceUnbinds: true, vdeviceAllocs: 0, driverReports: 0 },
    deep: { userDestroys: 2, destroysEach: 2, deviceUnbinds: true, vdeviceAllocs: 2, driverReports: 2 },
  },
  contradiction: () => undefined,
  compose: (design, sizes) => {
    const { name: _, slotClear, reportLock, ...rules } = design;
    const { userDestroys, destroysEach, deviceUnbinds, vdeviceAllocs, driverReports } = sizes;
    const threads: { readonly [name: string]: readonly [calls: number, events: Component["events"]] } = {
      ...Object.fromEntries(range(userDestroys).map((k) => [`vmm${k}`, [destroysEach, [...DESTROYS, STEP]]])),
      ...Object.fromEntries(range(vdeviceAllocs).map((k) => [`maker${k}`, [1, [...makes(k + 1), STEP, ...FAILS]]])),
      ...(deviceUnbinds
        ? { vfio: [1, [begins("device-unbind", {}, {}, { device: DEVICE }), STEP]] satisfies [number, object[]] }
        : {}),
    };
    const callers = Object.keys(threads);
    const vdevices = range(vdeviceAllocs + 1);
    const components: { readonly [name: string]: Component } = {
      objects: {
        machine: objectTable,
        role: "object-table",
        input: { entries: entriesOf(design, sizes).map((entry) => ({ ...entry })) },
      },
      ...Object.fromEntries(
        [DEVICE, OTHER].map(({ at }): [string, Component] => [
          `device-${at}`,
          { machine: iommufdDevice, role: "iommufd-device", input: { at, ...(at === 0 ? { vdevice: VDEVICE } : {}) } },
        ]),
      ),
      "viommu-0": {
        machine: viommu,
        role: "viommu",
        input: {
          at: 0,
          slotClear,
          parent: PARENT,
          slots: [{ virt: VIRT, vdevice: VDEVICE, device: DEVICE }],
          queues: [{ type: SELFTEST, veventq: VEVENTQ }],
        },
      },
      "mock-viommu-0": { machine: mockViommu, role: "mock-viommu", input: { at: 0, queueIndex: "stored" } },
      ...Object.fromEntries(
        vdevices.map((at): [string, Component] => [
          `vdevice-${at}`,
          {
            machine: vdevice,
            role: "vdevice",
            input:
              at === 0 ? { at, names: { viommu: VIOMMU, device: DEVICE }, facts: { virt: VIRT } } : { at, names: {} },
          },
        ]),
      ),
      "veventq-0": {
        machine: veventq,
        role: "veventq",
        input: { at: 0, viommu: VIOMMU, depth: 1, rules: { ...VEVENTQ_7_3 } },
      },
      ...Object.fromEntries(
        Object.entries(threads).map(([name, [calls, events]]): [string, Component] => [
          name,
          { machine: callThread, role: "call-thread", input: { name, rules, calls }, events: events! },
        ]),
      ),
      ...(driverReports > 0
        ? {
            irq: {
              machine: eventReporter,
              role: "event-reporter",
              input: { name: "irq", lock: reportLock, viommu: VIOMMU, reports: driverReports },
              events: [{ type: "report.begins" }, ...eventReporterSteps],
            },
          }
        : {}),
      ...Object.fromEntries(
        [0, 1].map((at): [string, Component] => [
          lockName("igroup->lock", at),
          { machine: mutex, role: "mutex", lane: `igroup->lock of device ${at}` },
        ]),
      ),
      [lockName("veventqs_rwsem", 0)]: {
        machine: rwSemaphore,
        role: "rw-semaphore",
        input: { writers: callers },
        lane: "viommu->veventqs_rwsem",
      },
    };
    const by = (message: { readonly type: string }): string => field(message, "by");
    return {
      components,
      /** Every thread may have made all of its calls; IOC-11 (call-returns) is about one that does not return. */
      deadlock: "allowed",
      routes: [
        ...callRoutes73(() => []),
        call("event-reporter", ["lock.acquires"], lockName("veventqs_rwsem", 0), "block"),
        call("event-reporter", ["lock.releases"], lockName("veventqs_rwsem", 0)),
        call("event-reporter", ["veventq.looks-up"], "viommu-0"),
        call("event-reporter", ["vevent.arrives"], "veventq-0"),
        call("viommu", ["veventq.found"], by),
        call("veventq", ["call.answered", "object.described"], by),
      ],
      fairness: {
        threads: [
          ...callers.map((name) => takesSteps(name, "weak", [STEP.type])),
          ...(driverReports > 0
            ? [
                takesSteps(
                  "irq",
                  "weak",
                  eventReporterSteps.map(({ type }) => type),
                ),
              ]
            : []),
        ],
        hardware: [],
        devices: [],
      },
    };
  },
};
