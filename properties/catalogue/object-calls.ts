/** IOC: calls of iommufd that run beside each other: destroy, unbind, allocation, and a report of the driver. */
import { all, always, each, leadsTo, optional, sometimes } from "../../checker/property.ts";
import { EBUSY, ENOENT, OK } from "../../model/machines/linux/include/iommu.ts";
import { expanded } from "../../model/machines/linux/iommu/iommufd/objects-7.3/call-next.ts";
import type { CallThreadContext } from "../../model/machines/linux/iommu/iommufd/objects-7.3/call-thread.ts";
import type { EventReporterContext } from "../../model/machines/linux/iommu/iommufd/objects-7.3/event-reporter.ts";
import type { IommufdDeviceContext } from "../../model/machines/linux/iommu/iommufd/objects-7.3/iommufd-device.ts";
import type { Entry, ObjectTableContext } from "../../model/machines/linux/iommu/iommufd/objects-7.3/object-entries.ts";
import type { Named } from "../../model/machines/linux/iommu/iommufd/objects-7.3/object-messages.ts";
import type { ViommuContext } from "../../model/machines/linux/iommu/iommufd/objects-7.3/viommu.ts";
import type { ObjectCallsDesign, ObjectCallsSizes } from "../../model/systems/studies/object-calls-design.ts";
import { inStudy } from "./parameters.ts";
import { iommufdRule } from "./sources.ts";

type Condition = (design: ObjectCallsDesign, sizes: ObjectCallsSizes) => boolean;
const here = (condition?: Condition) => inStudy<ObjectCallsDesign, ObjectCallsSizes>("object-calls", condition);

const table = each<ObjectTableContext>("object-table");
const threads = all<CallThreadContext>("call-thread");
const thread = each<CallThreadContext>("call-thread");
const devices = all<IommufdDeviceContext>("iommufd-device");
const viommu = each<ViommuContext>("viommu");
const vdevices = all<{ readonly names: { readonly [role: string]: Named | null } }>("vdevice");
const reporters = optional<EventReporterContext>("event-reporter");
const reporter = each<EventReporterContext>("event-reporter");

const isIn = (entries: readonly Entry[], { kind, at }: Named): boolean =>
  entries.some((entry) => entry.kind === kind && entry.at === at);
const countOf = (entries: readonly Entry[], { kind, at }: Named): Entry | undefined =>
  entries.find((entry) => entry.kind === kind && entry.at === at);

/** The object that the next step of the thread reads or writes; undefined: none that it has a pointer to. */
function usedNext({ state, context }: { readonly state: string; readonly context: CallThreadContext }) {
  if (state !== "inside") return undefined;
  const [step] = expanded(context);
  if (!step || !("of" in step)) return undefined;
  return context.found[step.of] ?? undefined;
}

const isTold = ({ state, context }: { readonly state: string; readonly context: CallThreadContext }, result: number) =>
  state === "inside" && context.result === result;
const unbinds: Condition = (_, { deviceUnbinds }) => deviceUnbinds;
const reports: Condition = (_, { driverReports }) => driverReports > 0;
/** An ID that user space has destroyed may be given out again, and another thread of it that still uses the ID is to blame. */
const destroysOnce: Condition = (_, { userDestroys, destroysEach, deviceUnbinds, vdeviceAllocs }) =>
  userDestroys * destroysEach === 1 && deviceUnbinds && vdeviceAllocs > 0;

export const ioc = [
  always({
    id: "IOC-1",
    name: "no-freed-object-in-a-call",
    statement: "A call of iommufd, and a report of the driver, use no object and no lock whose memory was freed.",
    source: iommufdRule("J2, J22, J41"),
    witness: "IOC-2",
    applies: here(),
    reads: { table, threads, reporters },
    parts: {
      "a call uses no freed object": ({ table: t, threads: all_ }) =>
        all_.every((one) => {
          const used = usedNext(one);
          return !used || isIn(t.context.entries, used);
        }),
      "a report uses no freed queue": ({ table: t, reporters: all_ }) =>
        all_.every(
          ({ state, context: { veventq } }) =>
            state !== "found" || veventq === null || isIn(t.context.entries, veventq),
        ),
    },
    values: ({ table: t, threads: all_, reporters: r }) => ({
      "used after it was freed": [
        ...all_.flatMap((one) => {
          const used = usedNext(one);
          return used && !isIn(t.context.entries, used) ? [`${nameOf(used)} by ${one.name}`] : [];
        }),
        ...r.flatMap(({ state, context: { veventq } }) =>
          state === "found" && veventq && !isIn(t.context.entries, veventq) ? [nameOf(veventq)] : [],
        ),
      ],
    }),
  }),
  sometimes({
    id: "IOC-2",
    name: "two-calls-inside",
    statement: "An object has left the table and is not freed yet, while another call is in the kernel.",
    source: iommufdRule("J2"),
    applies: here(),
    reads: { table, threads },
    holds: ({ table: t, threads: all_ }) =>
      t.context.entries.some(({ place }) => place === "gone") &&
      all_.filter(({ state }) => state === "inside").length > 1,
  }),
  always({
    id: "IOC-3",
    name: "counts-never-below-zero",
    statement: "No count of an object goes below zero, and none is changed after the object was freed.",
    source: iommufdRule("J1"),
    witness: "IOC-2",
    applies: here(),
    reads: { table },
    holds: ({ table: t }) => !t.context.broken,
  }),
  always({
    id: "IOC-4",
    name: "unbind-succeeds",
    statement:
      "The kernel's own destroy of a device or a vDEVICE removes it: nobody else is a user when its short users are gone.",
    source: iommufdRule("J3"),
    witness: "IOC-5",
    applies: here(unbinds),
    reads: { threads },
    holds: ({ threads: all_ }) =>
      all_.every(
        ({ context: { call, now, answer } }) => call !== "device-unbind" || now?.do !== "leave" || answer === OK,
      ),
    values: ({ threads: all_ }) =>
      Object.fromEntries(
        all_
          .filter(({ context: { call, now } }) => call === "device-unbind" && now?.do === "leave")
          .map(({ name, context }) => [`answer to ${name}`, context.answer]),
      ),
  }),
  sometimes({
    id: "IOC-5",
    name: "unbind-meets-destroy",
    statement: "The unbind of a device waits for a vDEVICE that user space is destroying.",
    source: iommufdRule("J26"),
    applies: here(unbinds),
    reads: { threads, devices },
    holds: ({ threads: all_, devices: d }) =>
      d.some(({ context }) => context.destroying && context.vdevice !== null) &&
      all_.some(({ context }) => context.call === "object-destroy" && context.found["target"]?.kind === "vdevice"),
  }),
  always({
    id: "IOC-6",
    name: "no-freed-device-in-a-slot",
    statement: "The device of a vDEVICE that look-ups by virtual ID find is not freed.",
    source: iommufdRule("J22, J27, J29b"),
    witness: "IOC-7",
    applies: here(unbinds),
    reads: { table, viommu },
    holds: ({ table: t, viommu: v }) =>
      v.context.slots.every(({ device }) => device === null || isIn(t.context.entries, device)),
    values: ({ table: t, viommu: v }) => ({
      "devices in slots": v.context.slots.map(({ device }) => nameOf(device)),
      "devices in memory": t.context.entries.filter(({ kind }) => kind === "device").map(nameOf),
    }),
  }),
  sometimes({
    id: "IOC-7",
    name: "device-is-freed",
    statement: "A device that had a vDEVICE is freed.",
    source: iommufdRule("J27"),
    applies: here(unbinds),
    reads: { table },
    holds: ({ table: { context } }) => !isIn(context.entries, { kind: "device", at: 0 }),
  }),
  always({
    id: "IOC-8",
    name: "destroy-hits-what-it-means",
    statement:
      "IOMMU_DESTROY destroys the object to which the ID belonged, unless user space itself destroyed that object before.",
    source: iommufdRule("J4, J25"),
    witness: "IOC-9",
    applies: here(destroysOnce),
    reads: { thread },
    holds: ({ thread: { context } }) => {
      const { target, meant } = context.found;
      return !target || !meant || (target.kind === meant.kind && target.at === meant.at);
    },
    values: ({ thread: { context } }) => ({
      meant: nameOf(context.found["meant"]),
      destroyed: nameOf(context.found["target"]),
    }),
  }),
  sometimes({
    id: "IOC-9",
    name: "destroy-after-unbind",
    statement: "User space destroys a vDEVICE that has gone with its device, and is told ENOENT.",
    source: iommufdRule("J25"),
    applies: here(unbinds),
    reads: { threads },
    holds: ({ threads: all_ }) =>
      all_.some((one) => isTold(one, ENOENT) && one.context.found["meant"]?.kind === "vdevice"),
  }),
  always({
    id: "IOC-10",
    name: "slot-holds-its-vdevice",
    statement:
      "A vDEVICE that look-ups find is in the slot of its virtual ID, and no slot holds a vDEVICE that was freed.",
    source: iommufdRule("J23, J24"),
    witness: "IOC-2",
    applies: here(),
    reads: { table, viommu, vdevices },
    parts: {
      "a visible vDEVICE is in a slot": ({ table: t, viommu: v }) =>
        t.context.entries.every(
          ({ kind, at, place }) =>
            kind !== "vdevice" || place !== "visible" || v.context.slots.some(({ vdevice: d }) => d?.at === at),
        ),
      "no slot holds a freed vDEVICE": ({ table: t, viommu: v }) =>
        !isIn(t.context.entries, { kind: "viommu", at: 0 }) ||
        v.context.slots.every(({ vdevice: d }) => d === null || isIn(t.context.entries, d)),
    },
    values: ({ viommu: v }) => ({ "slots hold": v.context.slots.map(({ vdevice: d }) => nameOf(d)) }),
  }),
  leadsTo({
    id: "IOC-11",
    name: "call-returns",
    statement: "A call of iommufd returns if the threads keep running.",
    source: iommufdRule("J2, J3, J26"),
    witness: "IOC-2",
    applies: here(),
    reads: { thread },
    when: ({ thread: t }) => t.state !== "outside",
    eventually: ({ thread: t }) => t.state === "outside",
    assumes: ["threads"],
  }),
  always({
    id: "IOC-12",
    name: "counts-are-holders-at-rest",
    statement:
      "With no call in the kernel, each object is visible, and its users are the table, those that depend on it, and no other.",
    source: iommufdRule("J1, J11, J12, J22"),
    witness: "IOC-13",
    applies: here(),
    reads: { table, threads, vdevices, viommu },
    holds: ({ table: { context }, threads: all_, vdevices: v, viommu: { context: of } }) => {
      if (all_.some(({ state }) => state !== "outside")) return true;
      const { entries } = context;
      const living = v.filter(({ name }) => isIn(entries, vdeviceOf(name)));
      const dependents = living.length + of.queues.length + (isIn(entries, { kind: "hwpt-nested", at: 0 }) ? 1 : 0);
      return (
        entries.every(({ place, waits, kind, at, users }) => {
          const held = kind === "device" && living.some(({ context: c }) => c.names["device"]?.at === at) ? 1 : 0;
          const due = { device: 2 + held, viommu: 1 + dependents }[kind as string];
          return place === "visible" && waits === 1 + held && (due === undefined || users === due);
        }) &&
        countOf(entries, { kind: "hwpt-paging", at: 0 })?.users === (isIn(entries, { kind: "viommu", at: 0 }) ? 2 : 1)
      );
    },
    values: ({ table: { context } }) => ({
      "users and short users": context.entries.map(({ kind, at, users, waits }) => `${kind} ${at}: ${users}, ${waits}`),
    }),
  }),
  sometimes({
    id: "IOC-13",
    name: "calls-returned-object-gone",
    statement: "All calls have returned, and an object is gone.",
    source: iommufdRule("J2"),
    applies: here(),
    reads: { table, threads },
    holds: ({ table: { context }, threads: all_ }) =>
      all_.every(({ state }) => state === "outside") &&
      (!isIn(context.entries, { kind: "vdevice", at: 0 }) || !isIn(context.entries, { kind: "veventq", at: 0 })),
  }),
  sometimes({
    id: "IOC-14",
    name: "destroy-of-dying-vdevice-is-busy",
    statement: "User space is told EBUSY for a vDEVICE that an unbind is destroying.",
    source: iommufdRule("J26b"),
    applies: here(unbinds),
    reads: { threads, devices },
    holds: ({ threads: all_, devices: d }) =>
      d.some(({ context }) => context.destroying) &&
      all_.some((one) => isTold(one, EBUSY) && one.context.found["meant"]?.kind === "vdevice"),
  }),
  sometimes({
    id: "IOC-15",
    name: "report-finds-no-queue",
    statement: "A report of the driver finds no queue, because user space has destroyed it.",
    source: iommufdRule("J41, J43"),
    applies: here(reports),
    reads: { reporter },
    holds: ({ reporter: r }) => r.context.refused,
  }),
  sometimes({
    id: "IOC-16",
    name: "viommu-has-users",
    statement: "User space is told EBUSY for a vIOMMU on which something depends.",
    source: iommufdRule("J12"),
    applies: here(),
    reads: { threads },
    holds: ({ threads: all_ }) =>
      all_.some((one) => isTold(one, EBUSY) && one.context.found["meant"]?.kind === "viommu"),
  }),
] as const;

/** The object that a component is. */
function vdeviceOf(component: string): Named {
  return { kind: "vdevice", at: Number(component.slice("vdevice-".length)) };
}

function nameOf(named: Named | null | undefined): string {
  return named ? `${named.kind} ${named.at}` : "none";
}
